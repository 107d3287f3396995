import { reject } from '../../routing/problem.ts';
import { isCodeForm } from './code-form.ts';
import { type Field, fieldOf } from './columns.ts';
import type { Entries, Entry } from './entry.ts';

const delimiters = ['\t', ';', ',', '|'] as const;
type Delimiter = (typeof delimiters)[number];

/** A quoted cell may hold so many line ends; one that is longer was never closed, and must not swallow the rest of the file. */
const longestQuote = 20;

interface Line {
  readonly cells: readonly string[];
  readonly next: number;
  readonly malformed?: string;
}

interface Layout {
  readonly delimiter: Delimiter;
  readonly fields: readonly (Field | undefined)[];
  readonly ignored: readonly string[];
  readonly first: number;
}

/**
 * Reads CSV or TSV: the delimiter is found, the first row names the columns, or is a row itself when it begins with a code (then
 * the columns are code and name). Quotes as in RFC 4180. Throws Rejection AGENCY_FILE_MALFORMED when no column is a code.
 */
export function readDelimited(text: string): Entries {
  const lines = text.split(/\r\n|\n|\r/);
  const layout = findLayout(lines);
  const entries: Entry[] = [];
  for (let at = layout.first; at < lines.length; ) {
    const line = readLine(lines, at, layout.delimiter);
    if (line.cells.some((cell) => cell.trim() !== '')) entries.push(entryOf(line, at + 1, layout.fields));
    at = line.next;
  }
  return { entries, ignored: layout.ignored };
}

function findLayout(lines: readonly string[]): Layout {
  const top = lines.findIndex((line) => line.trim() !== '');
  if (top === -1) throw reject('AGENCY_FILE_MALFORMED', { params: { detail: 'tệp rỗng / the file is empty' } });
  const layouts = delimiters.map((delimiter) => layoutBy(lines, top, delimiter));
  const best = layouts.reduce((a, b) => (known(b) > known(a) ? b : a));
  if (best.fields.includes('code')) return best;
  const detail = 'không có cột mã định danh (organId, code) / no column for codes (organId, code)';
  throw reject('AGENCY_FILE_MALFORMED', { params: { detail }, line: top + 1 });
}

function layoutBy(lines: readonly string[], top: number, delimiter: Delimiter): Layout {
  const { cells, next } = readLine(lines, top, delimiter);
  const [first = ''] = cells;
  if (cells.length > 1 && fieldOf(first) === undefined && first.includes('.') && isCodeForm(first.trim(), 'local')) {
    return { delimiter, fields: ['code', 'name'], ignored: [], first: top };
  }
  const found = cells.map(fieldOf);
  // A second column of the same title would silently win over the first.
  const fields = found.map((field, at) => (found.indexOf(field) === at ? field : undefined));
  return { delimiter, fields, ignored: cells.filter((cell, at) => fields[at] === undefined && cell.trim() !== ''), first: next };
}

function known(layout: Layout): number {
  return layout.fields.filter((field) => field !== undefined).length;
}

function readLine(lines: readonly string[], at: number, delimiter: Delimiter): Line {
  const line = lines[at] ?? '';
  if (!line.includes('"')) return { cells: line.split(delimiter), next: at + 1 };
  for (let last = at; last < Math.min(at + longestQuote, lines.length); last += 1) {
    const cells = splitQuoted(lines.slice(at, last + 1).join('\n'), delimiter);
    if (cells === 'garbage') break;
    if (cells !== 'open') return { cells, next: last + 1 };
  }
  return { cells: [line], next: at + 1, malformed: 'dấu ngoặc kép không khép đúng / quotes are not closed properly' };
}

/** The cells of a record, `open` when it ends inside quotes, `garbage` when text follows a closing quote. */
function splitQuoted(record: string, delimiter: Delimiter): string[] | 'open' | 'garbage' {
  const cells: string[] = [];
  for (let at = 0; ; ) {
    const quoted = record[at] === '"';
    const cell = quoted ? quotedCell(record, at) : plainCell(record, at, delimiter);
    if (cell === 'open') return 'open';
    cells.push(cell.text);
    if (cell.end === record.length) return cells;
    if (record[cell.end] !== delimiter) return 'garbage';
    at = cell.end + 1;
  }
}

function plainCell(record: string, at: number, delimiter: Delimiter) {
  const found = record.indexOf(delimiter, at);
  const end = found === -1 ? record.length : found;
  return { text: record.slice(at, end), end };
}

function quotedCell(record: string, at: number): { text: string; end: number } | 'open' {
  let close = record.indexOf('"', at + 1);
  while (close !== -1 && record[close + 1] === '"') close = record.indexOf('"', close + 2);
  if (close === -1) return 'open';
  return { text: record.slice(at + 1, close).replaceAll('""', '"'), end: close + 1 };
}

function entryOf({ cells, malformed }: Line, line: number, fields: Layout['fields']): Entry {
  const values: Partial<Record<Field, string>> = {};
  cells.forEach((cell, at) => {
    const field = fields[at];
    if (field !== undefined && cell !== '') values[field] = cell;
  });
  const surplus = cells.some((cell, at) => at >= fields.length && cell.trim() !== '');
  const counts = `${cells.length} ô, tiêu đề có ${fields.length} / ${cells.length} cells, header has ${fields.length}`;
  const why = malformed ?? (surplus ? counts : undefined);
  return why === undefined ? { line, values, codes: [values] } : { line, values, codes: [values], malformed: why };
}
