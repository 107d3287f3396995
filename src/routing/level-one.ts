/** A level-1 unit (ministry, province) by its code, for example `H61`; data, never source (domain: the list changes by decision). */
export interface LevelOne {
  readonly code: string;
  readonly name: string;
  /** The first day on which the code is closed. */
  readonly closedOn?: string;
  /** The level-1 code that answers for it then. */
  readonly successor?: string;
  /** False for a row that no published source confirms. */
  readonly confirmed: boolean;
  /** Where the row comes from. */
  readonly source: string;
}

/** Level-1 codes that are known, closed ones too. */
export type KnownLevelOne = Pick<ReadonlySet<string>, 'has'>;

/**
 * The level-1 code in an agency code: the one group that is a known level-1 code, wherever it stands (last in the form of QCVN 102:2016,
 * first in that of QĐ 20/2020). Undefined when no group is one, or several are.
 */
export function levelOneOf(code: string, known: KnownLevelOne): string | undefined {
  const found = code.split('.').filter((group) => known.has(group));
  return found.length === 1 ? found[0] : undefined;
}

/**
 * The groups of a code from level 1 down, zero groups at the end left out: `000.21.31.H53` and `21.31.H53` are `H53 31 21`, `H37.02.02`
 * is `H37 02 02`. Undefined when level 1 is not known, or stands neither first nor last.
 */
export function codePath(code: string, known: KnownLevelOne): readonly string[] | undefined {
  const levelOne = levelOneOf(code, known);
  if (levelOne === undefined) return undefined;
  const groups = code.split('.');
  const path = groups[0] === levelOne ? groups : groups.reverse();
  if (path[0] !== levelOne) return undefined;
  while (path.length > 1 && /^0+$/.test(path.at(-1) ?? '')) path.pop();
  return path;
}

/** The level-1 unit that answers for a level-1 code on a day: itself, or the one that follows it. Undefined when nobody does. */
export function levelOneOn(code: string, on: string, units: ReadonlyMap<string, LevelOne>): LevelOne | undefined {
  let unit = units.get(code);
  for (let steps = 0; unit?.closedOn !== undefined && unit.closedOn <= on; steps += 1) {
    if (steps > units.size) throw new Error(`level-1 codes follow each other in a circle: ${code}`);
    unit = unit.successor === undefined ? undefined : units.get(unit.successor);
  }
  return unit;
}
