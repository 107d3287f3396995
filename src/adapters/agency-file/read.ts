import type { Code } from '../../routing/codes/index.ts';
import { foldName } from '../../routing/fold.ts';
import type { SignaturePolicy } from '../../routing/package.ts';
import type { NewId } from '../../routing/ports.ts';
import { reject } from '../../routing/problem.ts';
import type { Agency } from '../../routing/register.ts';
import { type CheckedEntry, checkEntry } from './check.ts';
import { agencyTable } from './columns.ts';
import { readDelimited } from './delimited.ts';
import type { Dirt } from './dirt.ts';
import type { Entries } from './entry.ts';
import { readJson } from './json.ts';
import { refuseBadParents } from './parents.ts';

/** An agency file as read. `rows` counts the rows with something in them; `ignored` names the columns that mean nothing to us. */
export interface AgencyFile {
  readonly rows: number;
  readonly agencies: readonly Agency[];
  readonly dirty: readonly Dirt[];
  readonly ignored: readonly string[];
}

/**
 * Reads an agency file: CSV, TSV or JSON, told apart by what is in it. Rows that can be cleaned are in `agencies` cleaned, rows
 * that can't be are left out; `dirty` lists every change and every row left out. `registered` tells which of the codes are in the
 * register already, `policy` is that of agencies for which the file gives none. Throws Rejection AGENCY_FILE_MALFORMED when
 * the file as a whole can't be read, AGENCY_UNKNOWN and SUCCESSION_CYCLE with the lines whose parents do not exist or lead back to them.
 */
export async function readAgencyFile(
  bytes: Uint8Array,
  ports: { readonly newId: NewId; readonly registered: (codes: readonly string[]) => Promise<ReadonlySet<string>> },
  policy: SignaturePolicy = 'required',
): Promise<AgencyFile> {
  const text = decode(bytes);
  const { entries, ignored } = /^\s*[[{]/.test(text) ? readJson(text) : readTable(text);
  const checked = leaveOutRepeated(entries.map((entry) => checkEntry(entry, policy)));
  const codes = checked.flatMap(({ agency }) => agency?.codes.map((one) => one.code) ?? []);
  const fresh = leaveOutRegistered(checked, await ports.registered(codes));
  const rows = fresh.flatMap(({ line, agency }) => (agency === undefined ? [] : [{ line, agency }]));
  const parents = rows.flatMap(({ agency: { parent } }) => (parent === undefined ? [] : [parent]));
  if (parents.length > 0) refuseBadParents(rows, await ports.registered([...new Set(parents)]));
  return {
    rows: entries.length,
    agencies: rows.map(({ agency }) => ({ id: ports.newId(), ...agency })),
    dirty: fresh.flatMap(({ dirt }) => dirt),
    ignored,
  };
}

function readTable(text: string): Entries {
  const { rows, ignored } = readDelimited(text, agencyTable);
  return { entries: rows.map((row) => ({ ...row, codes: [row.values] })), ignored };
}

/** UTF-8, or UTF-16 with its mark as Excel's "Unicode text" is; the mark itself is no part of the text. */
export function decode(bytes: Uint8Array, malformed: Code = 'AGENCY_FILE_MALFORMED'): string {
  const encoding = bytes[0] === 0xff && bytes[1] === 0xfe ? 'utf-16le' : 'utf-8';
  try {
    return new TextDecoder(encoding, { fatal: true }).decode(bytes);
  } catch {
    const detail = 'tệp không phải UTF-8, hãy lưu lại dưới dạng UTF-8 / the file is not UTF-8, save it as UTF-8';
    throw reject(malformed, { params: { detail } });
  }
}

/**
 * Of several rows with one code the first stays. A code is one agency whatever the name beside it, so none of them may become a
 * second agency, and a person has to see which name is right.
 */
function leaveOutRepeated(entries: readonly CheckedEntry[]): CheckedEntry[] {
  const firsts = new Map<string, { line: number; name: string }>();
  return entries.map((entry) => {
    const { agency, line } = entry;
    if (agency === undefined) return entry;
    if (namesCodeTwice(agency)) return left(entry, 'ROW_REPEATED', agency.codes.map((one) => one.code).join(', '));
    const taken = agency.codes.find((one) => firsts.has(one.code));
    const first = taken && firsts.get(taken.code);
    if (taken === undefined || first === undefined) {
      for (const { code } of agency.codes) firsts.set(code, { line, name: agency.name });
      return entry;
    }
    const same = foldName(first.name) === foldName(agency.name);
    const earlier = `dòng ${first.line} / line ${first.line}`;
    if (same) return left(entry, 'ROW_REPEATED', `${taken.code} (${earlier})`);
    return left(entry, 'CODE_REPEATED', `${taken.code} ${agency.name} (${earlier}: ${first.name})`);
  });
}

function namesCodeTwice({ codes }: Pick<Agency, 'codes'>): boolean {
  return codes.length > 1 && new Set(codes.map((one) => `${one.scheme} ${one.code}`)).size < codes.length;
}

function leaveOutRegistered(entries: readonly CheckedEntry[], registered: ReadonlySet<string>): CheckedEntry[] {
  return entries.map((entry) => {
    const taken = entry.agency?.codes.find((one) => registered.has(one.code));
    return taken === undefined ? entry : left(entry, 'CODE_REGISTERED', `${taken.code} ${entry.agency?.name ?? ''}`);
  });
}

function left({ line, dirt }: CheckedEntry, kind: Dirt['kind'], what: string): CheckedEntry {
  return { line, dirt: [...dirt, { line, kind, what, dropped: true }] };
}
