import { foldName } from './fold.ts';
import type { KnownLevelOne } from './level-one.ts';
import { codePath } from './level-one.ts';
import type { Agency } from './register.ts';

/** What an agency is in the tree: a level-1 unit, an agency under it, or a unit of one of those. */
export type AgencyKind = 'ministry' | 'province' | 'department' | 'district' | 'commune' | 'unit';

/** All kinds. */
export const agencyKinds: readonly AgencyKind[] = ['ministry', 'province', 'department', 'district', 'commune', 'unit'];

const people = '(?:(?:ubnd|uy ban nhan dan|hdnd|hoi dong nhan dan|hdnd va ubnd) )?';
const commune = new RegExp(`^${people}(?:xa|phuong|thi tran|tt|dac khu) `);
const district = new RegExp(`^${people}(?:huyen|quan|thi xa|thanh pho|tp) `);
const department =
  /^(?:so|ban|thanh tra tinh|thanh tra thanh pho|van phong (?:ubnd|uy ban nhan dan|hdnd|hoi dong nhan dan|doan dbqh)[^,]* (?:tinh|thanh pho)) ?/;

/**
 * What kind an agency is, by its name and the place of its code, when the register does not say: communes by their names (xã, phường, thị
 * trấn, đặc khu), departments and districts only right under level 1.
 */
export function kindOf(name: string, path: readonly string[] | undefined): AgencyKind {
  if (path?.length === 1) return /^H\d/.test(path[0] ?? '') ? 'province' : 'ministry';
  const folded = foldName(name);
  if (commune.test(folded)) return 'commune';
  if (path !== undefined && path.length > 2) return 'unit';
  if (district.test(folded)) return 'district';
  return department.test(folded) ? 'department' : 'unit';
}

/** Where an agency stands: its kind, its parent, and the path of each of its codes, in their order. */
export interface Placement {
  readonly kind: AgencyKind;
  readonly parentId?: string;
  readonly paths: readonly (string | undefined)[];
}

/** Those above a path, nearest first: of `H53.31.21` these are `H53.31` and `H53`. */
export function pathsAbove(path: string): string[] {
  const groups = path.split('.');
  return groups.slice(1).map((_, i) => groups.slice(0, groups.length - 1 - i).join('.'));
}

/** The paths of the codes of an agency, in their order. */
export function pathsOf({ codes }: Pick<Agency, 'codes'>, known: KnownLevelOne): (string | undefined)[] {
  return codes.map(({ code }) => codePath(code, known)?.join('.'));
}

/**
 * Places agencies that are being added. A parent that is named counts, else the nearest agency above by its codes. `byCode` and `byPath`
 * give the agency of a code and of a path, in the register or among those being added. An agency is never put under itself.
 */
export function placed(
  agency: Agency,
  paths: readonly (string | undefined)[],
  byCode: (code: string) => string | undefined,
  byPath: (path: string) => string | undefined,
): Placement {
  const path = paths.find((one) => one !== undefined);
  const above =
    agency.parent === undefined ? paths.flatMap((one) => (one === undefined ? [] : pathsAbove(one))).map(byPath) : [byCode(agency.parent)];
  const parentId = above.find((id) => id !== undefined && id !== agency.id);
  return { kind: agency.kind ?? kindOf(agency.name, path?.split('.')), paths, ...(parentId === undefined ? {} : { parentId }) };
}

/** Those whose parents lead back to them. `parentOf` knows those being added and those in the register. */
export function circular<T>(all: Iterable<T>, parentOf: (one: T) => T | undefined): T[] {
  return [...all].filter((id) => {
    const seen = new Set<T>();
    let at = parentOf(id);
    while (at !== undefined && at !== id && !seen.has(at)) {
      seen.add(at);
      at = parentOf(at);
    }
    return at === id;
  });
}
