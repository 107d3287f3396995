import type { SpecialDay } from '../routing/calendar.ts';
import type { Problem } from '../routing/problem.ts';
import { Rejection } from '../routing/problem.ts';

const mostLines = 10_000;
const longestName = 200;

/**
 * Reads a list of special days: one `day,kind,name` for each line, separated by comma, semicolon or tab; `day` is `yyyy-mm-dd`, `kind` is
 * `holiday` or `working`. Lines of titles and lines that begin with # are skipped. Throws Rejection HOLIDAY_MALFORMED with every
 * line that is wrong.
 */
export function readHolidays(text: string): SpecialDay[] {
  const lines = text.replace(/^\ufeff/, '').split(/\r\n|\n|\r/);
  const problems: Problem[] = [];
  const days = new Map<string, SpecialDay>();
  for (const [at, line] of lines.entries()) {
    if (line.trim() === '' || line.startsWith('#') || /^day\b/i.test(line)) continue;
    const read = at < mostLines ? readLine(line) : `> ${mostLines}`;
    const wrong = typeof read === 'string' ? read : days.has(read.day) ? `${read.day} ×2` : undefined;
    if (wrong !== undefined) problems.push({ code: 'HOLIDAY_MALFORMED', line: at + 1, params: { what: wrong } });
    else if (typeof read !== 'string') days.set(read.day, read);
  }
  if (problems.length > 0) throw new Rejection(problems.slice(0, 100));
  return [...days.values()].sort((a, b) => (a.day < b.day ? -1 : 1));
}

/** A special day, or what is wrong with the line. */
function readLine(line: string): SpecialDay | string {
  const [day = '', kind = '', ...name] = line.split(/[,;\t]/).map((cell) => cell.trim().replace(/^"|"$/g, ''));
  if (!isDay(day)) return `day: ${day}`;
  if (kind !== 'holiday' && kind !== 'working') return `kind: ${kind}`;
  const named = name.join(', ');
  return named.length > longestName ? `name: > ${longestName}` : { day, kind, name: named };
}

/** True for a day that exists, as `yyyy-mm-dd`. */
export function isDay(text: string): boolean {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(text)) return false;
  const at = new Date(`${text}T00:00:00Z`);
  return !Number.isNaN(at.getTime()) && at.toISOString().startsWith(text);
}
