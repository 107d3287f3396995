import { readFileSync } from 'node:fs';
import { nearest } from './nearest.ts';
import { isRouteSecret } from './route-secrets.ts';
import type { Setting, SettingFault } from './setting.ts';

/** Variables by name, as `process.env`. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** The table of settings, by the name of each field. */
export type Table = Readonly<Record<string, Setting<unknown>>>;

/** One row of the table as it is shown. `value` is `(set)` for a secret, null for what is not set. */
export interface SettingRow {
  readonly name: string;
  readonly type: string;
  readonly default: string | null;
  readonly value: string | null;
  readonly secret: boolean;
  readonly description: string;
}

/** Reads every row; `faults` names all that can't be read and every variable of ours that no row knows. */
export function readTable(table: Table, env: Environment): { values: Record<string, unknown>; faults: SettingFault[] } {
  const faults = unknownNames(table, env);
  const values: Record<string, unknown> = {};
  for (const [field, row] of Object.entries(table)) {
    const given = givenText(row, env);
    if ('fault' in given) {
      faults.push(given.fault);
      continue;
    }
    const chosen = given.text ?? row.fallback;
    // An empty fallback is an empty list, which every kind of list reads.
    const reading = chosen === undefined ? { value: undefined } : row.kind.read(chosen);
    if ('value' in reading) values[field] = reading.value;
    else faults.push({ name: given.from, ...reading });
  }
  return { values, faults };
}

/** The table with what this environment says, good or bad. */
export function showTable(table: Table, env: Environment): readonly SettingRow[] {
  return Object.values(table).map((row) => {
    const secret = row.kind.secret ?? false;
    const given = secret ? (isGiven(row, env) ? '(set)' : undefined) : filled(env[row.name]);
    return {
      name: row.name,
      type: row.kind.type,
      default: row.fallback ?? null,
      value: given ?? row.fallback ?? null,
      secret,
      description: row.about,
    };
  });
}

type Given = { readonly from: string; readonly text?: string } | { readonly fault: SettingFault };

function givenText(row: Setting<unknown>, env: Environment): Given {
  const text = filled(env[row.name]);
  const fileName = `${row.name}_FILE`;
  const path = row.kind.secret ? filled(env[fileName]) : undefined;
  if (path === undefined) return { from: row.name, ...(text === undefined ? {} : { text }) };
  if (text !== undefined) {
    const en = `is set beside ${row.name}; give only one of them`;
    return { fault: { name: fileName, en, vi: `chỉ đặt một trong hai biến ${row.name} và ${fileName}` } };
  }
  return readSecret(fileName, path);
}

function readSecret(name: string, path: string): Given {
  try {
    const text = filled(readFileSync(path, 'utf8'));
    if (text !== undefined) return { from: name, text };
    return { fault: { name, en: `the file is empty: ${path}`, vi: 'tệp rỗng' } };
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? 'unknown';
    return { fault: { name, en: `the file can't be read (${code}): ${path}`, vi: `không đọc được tệp (${code})` } };
  }
}

function isGiven(row: Setting<unknown>, env: Environment): boolean {
  return filled(env[row.name]) !== undefined || filled(env[`${row.name}_FILE`]) !== undefined;
}

function filled(text: string | undefined): string | undefined {
  const trimmed = text?.trim();
  return trimmed === '' ? undefined : trimmed;
}

/** Variables that begin so are ours: one that no row knows is a mistake. */
const prefix = 'LIENTHONG_';

function unknownNames(table: Table, env: Environment): SettingFault[] {
  const rows = Object.values(table);
  const known = rows.flatMap((row) => (row.kind.secret ? [row.name, `${row.name}_FILE`] : [row.name]));
  const unknown = Object.keys(env).filter((name) => name.startsWith(prefix) && !isRouteSecret(name) && !known.includes(name));
  return unknown.map((name) => {
    const near = nearest(name, known, prefix);
    return { name, en: `there is no such setting; the nearest is ${near}`, vi: `không có biến cấu hình này; gần nhất là ${near}` };
  });
}
