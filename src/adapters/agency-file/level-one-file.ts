import { foldName } from '../../routing/fold.ts';
import type { LevelOne } from '../../routing/level-one.ts';
import { reject } from '../../routing/problem.ts';
import { clean } from './clean.ts';
import { readDelimited, type TableKind, type TableRow } from './delimited.ts';
import { decode } from './read.ts';

type Field = 'code' | 'name' | 'closedOn' | 'successor' | 'confirmed' | 'source';

const fields: readonly Field[] = ['code', 'name', 'closedOn', 'successor', 'confirmed', 'source'];
const mostUnits = 2000;

const table: TableKind<Field> = {
  fieldOf: (title) => fields.find((field) => field.toLowerCase() === foldName(title).replace(/[^a-z0-9]/g, '')),
  key: 'code',
  titles: 'code',
  malformed: 'LEVEL_ONE_FILE_MALFORMED',
};

/** Reads level-1 codes from CSV. Throws Rejection LEVEL_ONE_FILE_MALFORMED with the line: all rows are good, or none is taken. */
export function readLevelOneFile(bytes: Uint8Array): LevelOne[] {
  const { rows } = readDelimited(decode(bytes, 'LEVEL_ONE_FILE_MALFORMED'), table);
  if (rows.length > mostUnits) throw malformed(1, `> ${mostUnits}`);
  const units = rows.map(unitOf);
  const known = new Map(units.map((unit) => [unit.code, unit]));
  rows.forEach(({ line }, i) => {
    const { code, successor, closedOn } = units[i] as LevelOne;
    if (known.get(code) !== units[i]) throw malformed(line, `${code}: lặp lại / repeated`);
    if (successor === undefined) return;
    const next = known.get(successor);
    if (next === undefined || closedOn === undefined) throw malformed(line, `${code} → ${successor}`);
    if (next.closedOn !== undefined && next.closedOn <= closedOn) throw malformed(line, `${code} → ${successor}: ${next.closedOn}`);
  });
  return units;
}

function unitOf({ line, values, malformed: why }: TableRow<Field>): LevelOne {
  if (why !== undefined) throw malformed(line, why);
  const cell = (field: Field) => clean(values[field] ?? '').text;
  const [code, name, closedOn, successor, confirmed] = [cell('code'), cell('name'), cell('closedOn'), cell('successor'), cell('confirmed')];
  if (!/^[A-Z0-9]{1,10}$/.test(code) || name === '' || name.length > 200) throw malformed(line, `${code} ${name}`);
  if (closedOn !== '' && (!/^\d{4}-\d{2}-\d{2}$/.test(closedOn) || Number.isNaN(Date.parse(closedOn)))) throw malformed(line, closedOn);
  if (!['yes', 'no'].includes(confirmed)) throw malformed(line, `confirmed: ${confirmed} (yes, no)`);
  return {
    ...{ code, name, confirmed: confirmed === 'yes', source: cell('source').slice(0, 500) },
    ...(closedOn === '' ? {} : { closedOn }),
    ...(successor === '' ? {} : { successor }),
  };
}

function malformed(line: number, detail: string) {
  return reject('LEVEL_ONE_FILE_MALFORMED', { line, params: { detail } });
}
