import type { Code } from '../../routing/codes/index.ts';
import { reject } from '../../routing/problem.ts';

const delimiters = ['\t', ';', ',', '|'] as const;
type Delimiter = (typeof delimiters)[number];

/** A quoted cell may hold so many line ends; one that is longer was never closed, and must not swallow the rest of the file. */
const longestQuote = 20;

interface Line {
  readonly cells: readonly string[];
  readonly next: number;
  readonly malformed?: string;
}

/** What a kind of table is made of. */
export interface TableKind<F extends string> {
  /** The field that a column is for. */
  readonly fieldOf: (title: string) => F | undefined;
  /** The column without which it is no such table; `titles` shows how it may be called. */
  readonly key: F;
  readonly titles: string;
  /** What the columns are when the first row is one of data already. */
  readonly headless?: (cells: readonly string[]) => readonly F[] | undefined;
  /** The code of the refusal when the table as a whole can't be read. */
  readonly malformed: Code;
}

/** A row with its cells by field; `malformed` says why it could not be taken apart. */
export interface TableRow<F extends string> {
  readonly line: number;
  readonly values: Readonly<Partial<Record<F, string>>>;
  readonly malformed?: string;
}

interface Layout<F extends string> {
  readonly delimiter: Delimiter;
  readonly fields: readonly (F | undefined)[];
  readonly ignored: readonly string[];
  readonly first: number;
}

/**
 * Reads CSV or TSV: the delimiter is found, the first row names the columns, or is a row itself where the kind of table allows that.
 * Quotes as in RFC 4180. Throws Rejection with the kind's code when the key column is missing.
 */
export function readDelimited<F extends string>(text: string, kind: TableKind<F>): { rows: TableRow<F>[]; ignored: readonly string[] } {
  const lines = text.split(/\r\n|\n|\r/);
  const layout = findLayout(lines, kind);
  const rows: TableRow<F>[] = [];
  for (let at = layout.first; at < lines.length; ) {
    const line = readLine(lines, at, layout.delimiter);
    if (line.cells.some((cell) => cell.trim() !== '')) rows.push(rowOf(line, at + 1, layout.fields));
    at = line.next;
  }
  return { rows, ignored: layout.ignored };
}

function findLayout<F extends string>(lines: readonly string[], kind: TableKind<F>): Layout<F> {
  const top = lines.findIndex((line) => line.trim() !== '');
  if (top === -1) throw reject(kind.malformed, { params: { detail: 'tệp rỗng / the file is empty' } });
  const layouts = delimiters.map((delimiter) => layoutBy(lines, top, delimiter, kind));
  const best = layouts.reduce((a, b) => (known(b) > known(a) ? b : a));
  if (best.fields.includes(kind.key)) return best;
  throw reject(kind.malformed, { params: { detail: `không có cột ${kind.titles} / no such column` }, line: top + 1 });
}

function layoutBy<F extends string>(lines: readonly string[], top: number, delimiter: Delimiter, kind: TableKind<F>): Layout<F> {
  const { cells, next } = readLine(lines, top, delimiter);
  const headless = kind.headless?.(cells);
  if (headless !== undefined) return { delimiter, fields: headless, ignored: [], first: top };
  const found = cells.map(kind.fieldOf);
  // A second column of the same title would silently win over the first.
  const fields = found.map((field, at) => (found.indexOf(field) === at ? field : undefined));
  return { delimiter, fields, ignored: cells.filter((cell, at) => fields[at] === undefined && cell.trim() !== ''), first: next };
}

function known(layout: Layout<string>): number {
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

function rowOf<F extends string>({ cells, malformed }: Line, line: number, fields: Layout<F>['fields']): TableRow<F> {
  const values: Partial<Record<F, string>> = {};
  cells.forEach((cell, at) => {
    const field = fields[at];
    if (field !== undefined && cell !== '') values[field] = cell;
  });
  const surplus = cells.some((cell, at) => at >= fields.length && cell.trim() !== '');
  const counts = `${cells.length} ô, tiêu đề có ${fields.length} / ${cells.length} cells, header has ${fields.length}`;
  const why = malformed ?? (surplus ? counts : undefined);
  return why === undefined ? { line, values } : { line, values, malformed: why };
}
