import { createHash } from 'node:crypto';
import { isCodeForm, longestCode, schemeOf } from '../../routing/code-form.ts';
import { foldName } from '../../routing/fold.ts';
import type { Problem } from '../../routing/problem.ts';
import { Rejection, reject } from '../../routing/problem.ts';
import type { CodeScheme } from '../../routing/register.ts';
import type { ShareRule, SuccessionKind } from '../../routing/succession.ts';
import type { SuccessionRow } from '../../routing/succession-plan.ts';
import type { SuccessionFile } from '../../routing/successions.ts';
import { clean, looksLegacy } from './clean.ts';
import { readDelimited, type TableKind, type TableRow } from './delimited.ts';
import { decode } from './read.ts';

type Field = 'kind' | 'from' | 'to' | 'on' | 'name' | 'parent' | 'code' | 'scheme' | 'rule' | 'basis';

const mostBytes = 20_000_000;
const mostRows = 100_000;
const longestText = 200;

const titles: Readonly<Record<Field, readonly string[]>> = {
  kind: ['kind', 'loai', 'hinhthuc'],
  from: ['from', 'tu', 'macu', 'madonvi'],
  to: ['to', 'den', 'makethua', 'kethua'],
  on: ['on', 'ngay', 'ngayhieuluc', 'hieuluctu'],
  name: ['name', 'ten', 'tenmoi'],
  parent: ['parent', 'captren', 'macaptren', 'tructhuoc'],
  code: ['code', 'newcode', 'mamoi'],
  scheme: ['scheme', 'luocdo'],
  rule: ['rule', 'quytac'],
  basis: ['basis', 'cancu'],
};
const fields = new Map(Object.entries(titles).flatMap(([field, names]) => names.map((title) => [title, field as Field] as const)));

const table: TableKind<Field> = {
  fieldOf: (title) => fields.get(foldName(title).replace(/[^a-z0-9]/g, '')),
  key: 'kind',
  titles: 'kind (loai)',
  malformed: 'SUCCESSION_FILE_MALFORMED',
};

/** Which columns each kind must and may have, besides kind, from, on and basis. */
const shapes: Readonly<Record<SuccessionKind, { readonly must: readonly Field[]; readonly may: readonly Field[] }>> = {
  close: { must: [], may: [] },
  merge: { must: ['to'], may: [] },
  split: { must: ['to'], may: ['rule'] },
  rename: { must: [], may: ['name', 'code', 'scheme'] },
  move: { must: ['parent'], may: ['name', 'code', 'scheme'] },
};
const always: readonly Field[] = ['kind', 'from', 'on', 'basis'];
const schemes: readonly CodeScheme[] = ['qcvn102', 'qd20', 'axis', 'local'];

/**
 * Reads a file of successions (CSV or TSV). Throws Rejection SUCCESSION_FILE_MALFORMED when it can't be read as a whole, else
 * SUCCESSION_ROW_INVALID for every row that is not well-formed, with its line.
 */
export function readSuccessionFile(name: string, bytes: Uint8Array): SuccessionFile {
  const malformed = (detail: string) => reject('SUCCESSION_FILE_MALFORMED', { params: { detail } });
  if (bytes.length > mostBytes) throw malformed(`quá ${mostBytes} byte / more than ${mostBytes} bytes`);
  const { rows } = readDelimited(decode(bytes, 'SUCCESSION_FILE_MALFORMED'), table);
  if (rows.length > mostRows) throw malformed(`quá ${mostRows} dòng / more than ${mostRows} rows`);
  if (rows.length === 0) throw malformed('không có dòng nào / no rows');
  const problems: Problem[] = [];
  const read = rows.flatMap((row) => {
    const found = rowOf(row);
    if ('kind' in found) return [found];
    problems.push({ code: 'SUCCESSION_ROW_INVALID', line: row.line, params: { detail: found.detail } });
    return [];
  });
  if (problems.length > 0) throw new Rejection(problems.slice(0, 1000));
  return { name, sha256: createHash('sha256').update(bytes).digest('hex'), rows: read };
}

type Refused = { readonly detail: string };

function rowOf({ line, values, malformed }: TableRow<Field>): SuccessionRow | Refused {
  if (malformed !== undefined) return { detail: malformed };
  const cells: Partial<Record<Field, string>> = {};
  for (const [field, value] of Object.entries(values)) {
    const { text } = clean(value);
    if (text !== '') cells[field as Field] = text;
  }
  const kind = cells.kind?.toLowerCase();
  if (kind === undefined || !(kind in shapes)) return { detail: `kind: ${cells.kind ?? ''} (${Object.keys(shapes).join(', ')})` };
  const detail = shapeFault(kind as SuccessionKind, cells) ?? valueFault(cells);
  if (detail !== undefined) return { detail };
  return built(line, kind as SuccessionKind, cells);
}

function shapeFault(kind: SuccessionKind, cells: Partial<Record<Field, string>>): string | undefined {
  const { must, may } = shapes[kind];
  const missing = [...always.slice(0, 3), ...must].filter((field) => cells[field] === undefined);
  if (missing.length > 0) return `thiếu / missing: ${missing.join(', ')}`;
  const surplus = (Object.keys(cells) as Field[]).filter((field) => ![...always, ...must, ...may].includes(field));
  if (surplus.length > 0) return `${kind} không có / has no: ${surplus.join(', ')}`;
  const idle = kind === 'rename' && cells.name === undefined && cells.code === undefined;
  return idle ? 'thiếu tên mới hoặc mã mới / a rename needs name or code' : undefined;
}

function valueFault(cells: Partial<Record<Field, string>>): string | undefined {
  const { on = '', name = '', scheme, basis = '', rule } = cells;
  const day = on.replaceAll('/', '-');
  const isDay = /^\d{4}-\d{2}-\d{2}$/.test(day) && !Number.isNaN(Date.parse(day)) && new Date(day).toISOString().startsWith(day);
  if (!isDay) return `on: ${on} (yyyy-mm-dd)`;
  if (scheme !== undefined && !schemes.includes(scheme as CodeScheme)) return `scheme: ${scheme} (${schemes.join(', ')})`;
  const odd = (['from', 'to', 'parent', 'code'] as const).find(
    (field) => cells[field] !== undefined && !isCode(cells[field], field, scheme),
  );
  if (odd !== undefined) return `${odd}: ${cells[odd]}`;
  if (name.length > longestText || basis.length > longestText) return `quá ${longestText} ký tự / longer than ${longestText} characters`;
  if (looksLegacy(name)) return `tên gõ bằng bảng mã cũ (TCVN3, VNI) / name in a legacy font encoding: ${name}`;
  return rule !== undefined && readRule(rule) === null ? `rule: ${rule}` : undefined;
}

/** A code that is looked for may have any form; a new one must be well-formed. */
function isCode(code: string, field: Field, scheme: string | undefined): boolean {
  return code.length <= longestCode && isCodeForm(code, field === 'code' ? (scheme as CodeScheme | undefined) : 'local');
}

function built(line: number, kind: SuccessionKind, cells: Partial<Record<Field, string>>): SuccessionRow {
  const { from = '', to, on = '', name, parent, code, scheme, basis } = cells;
  const rule = cells.rule === undefined ? null : readRule(cells.rule);
  return {
    ...{ line, kind, from, on: on.replaceAll('/', '-') },
    ...(to === undefined ? {} : { to }),
    ...(name === undefined ? {} : { name }),
    ...(parent === undefined ? {} : { parent }),
    ...(code === undefined ? {} : { code: { code, scheme: (scheme as CodeScheme | undefined) ?? schemeOf(code) } }),
    ...(rule === null ? {} : { rule }),
    ...(basis === undefined ? {} : { basis }),
  };
}

const ruleFields: Readonly<Record<string, keyof ShareRule>> = {
  sender: 'sender',
  notation: 'notation',
  type: 'typeName',
  subject: 'subject',
};

/** `subject=giáo dục|trường học; sender=G22`, or `*` for everything else. Null when it is none. */
export function readRule(text: string): ShareRule | null {
  if (text.trim() === '*') return {};
  const rule: Partial<Record<keyof ShareRule, string[]>> = {};
  for (const condition of text.split(';')) {
    const [, key = '', words = ''] = /^\s*(\w+)\s*=(.*)$/s.exec(condition) ?? [];
    const field = ruleFields[key];
    const list = words.split('|').map((word) => word.trim());
    if (field === undefined || rule[field] !== undefined || list.some((word) => word === '')) return null;
    rule[field] = list;
  }
  return rule;
}
