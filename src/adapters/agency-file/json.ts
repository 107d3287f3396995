import { reject } from '../../routing/problem.ts';
import { type Field, fieldOf } from './columns.ts';
import type { Entries, Entry, WrittenCode } from './entry.ts';

type Fields = Readonly<Record<string, unknown>>;

/**
 * Reads a JSON list of agencies, bare or as the only list inside an object. Keys as the columns of a CSV file; `codes` may hold
 * several codes, each a text or an object with code, scheme, validFrom, validTo. Throws Rejection AGENCY_FILE_MALFORMED.
 */
export function readJson(text: string): Entries {
  const list = listIn(parse(text));
  const lines = linesOfElements(text);
  const ignored = new Set<string>();
  const entries = list.map((element, at) => entryOf(element, lines[at] ?? 1, ignored));
  return { entries, ignored: [...ignored] };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw reject('AGENCY_FILE_MALFORMED', { params: { detail: error instanceof Error ? error.message : String(error) } });
  }
}

function listIn(parsed: unknown): readonly unknown[] {
  if (Array.isArray(parsed)) return parsed;
  const lists = isFields(parsed) ? Object.values(parsed).filter((value) => Array.isArray(value)) : [];
  if (lists.length === 1 && lists[0] !== undefined) return lists[0];
  const detail = 'cần một danh sách đơn vị / one list of agencies is needed';
  throw reject('AGENCY_FILE_MALFORMED', { params: { detail } });
}

function entryOf(element: unknown, line: number, ignored: Set<string>): Entry {
  if (!isFields(element)) return { line, values: {}, codes: [], malformed: JSON.stringify(element) };
  const values: Partial<Record<Field, string>> = {};
  const odd: string[] = [];
  for (const [key, value] of Object.entries(element)) {
    const field = fieldOf(key);
    const text = textOf(value);
    if (key === 'codes' || value === null || text === '') continue;
    if (field === undefined) ignored.add(key);
    else if (text === undefined) odd.push(key);
    else values[field] = text;
  }
  const codes = codesOf(element['codes'], values);
  if (codes === undefined) odd.push('codes');
  const malformed = odd.length === 0 ? {} : { malformed: odd.join(', ') };
  return { line, values, codes: codes ?? [], ...malformed };
}

function codesOf(given: unknown, values: Entry['values']): readonly WrittenCode[] | undefined {
  if (given === undefined || given === null) return [values];
  if (!Array.isArray(given)) return undefined;
  const codes = given.map((one: unknown) =>
    isFields(one) ? codeOf(one) : textOf(one) === undefined ? undefined : { code: textOf(one) ?? '' },
  );
  const all = values.code === undefined ? codes : [values, ...codes];
  return all.every((code) => code !== undefined) ? all : undefined;
}

function codeOf(fields: Fields): WrittenCode | undefined {
  const entries = Object.entries(fields).filter(([, value]) => value !== null && value !== '');
  const texts = entries.map(([key, value]) => [fieldOf(key), textOf(value)] as const);
  const good = texts.every(([field, text]) => codeFields.has(field) && text !== undefined);
  return good ? Object.fromEntries(texts.map(([field, text]) => [field, text])) : undefined;
}

const codeFields: ReadonlySet<Field | undefined> = new Set(['code', 'scheme', 'validFrom', 'validTo']);

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : typeof value === 'number' ? String(value) : undefined;
}

/** The line on which each element of the list begins. The text is valid JSON. */
function linesOfElements(text: string): number[] {
  const starts: number[] = [];
  const listDepth = text.trimStart().startsWith('[') ? 1 : 2;
  let line = 1;
  let depth = 0;
  for (const [token] of text.matchAll(/"(?:[^"\\]|\\.)*"|[[\]{}]|\n/g)) {
    if (token === '\n') line += 1;
    else if (token === '}' || token === ']') depth -= 1;
    else if (token === '{' || token === '[') {
      if (depth === listDepth && token === '{') starts.push(line);
      depth += 1;
    }
  }
  return starts;
}
