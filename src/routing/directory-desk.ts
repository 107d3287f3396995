import type { AgencyStatus } from './directory.ts';
import type { LevelOne } from './level-one.ts';
import type { AgencyKind } from './placement.ts';

/** An agency as searches, trees and groups show it, on a day. */
export interface ListedAgency {
  readonly id: string;
  /** A code that is valid on the day; its last one when it has ended. */
  readonly code: string;
  readonly name: string;
  readonly kind: AgencyKind;
  readonly status: AgencyStatus;
  /** Name of its parent. */
  readonly parent?: string;
}

/** An agency in the tree, with those under it as far as they were asked for. */
export interface TreeNode extends ListedAgency {
  readonly children: readonly TreeNode[];
  /** How many are right under it, shown or not. */
  readonly size: number;
}

/** Which agencies a group has by rule: all conditions that are given must hold. */
export interface GroupRule {
  readonly kinds?: readonly AgencyKind[];
  /** Code of the agency under which, at any depth, they stand. */
  readonly under?: string;
  /** Words that all stand in the name; accents and case aside, beginnings of words are enough. */
  readonly words?: string;
}

/** A group of agencies: by rule, by hand, or both. Its key can be written in a package in place of a recipient's code. */
export interface AgencyGroup {
  readonly key: string;
  readonly name: string;
  readonly rule?: GroupRule;
  /** How many were put in by hand. */
  readonly byHand: number;
}

/** Finds agencies and groups for persons. `on` is a day `yyyy-mm-dd`. */
export interface DirectoryDesk {
  /** By beginnings of words of the name, without accents and dirt, or by the beginning of a code; the likeliest first. Ended ones last. */
  search(words: string, on: string, limit: number): Promise<readonly ListedAgency[]>;
  /** The tree under an agency, or under all that have no parent. Throws Rejection AGENCY_UNKNOWN. At most `mostNodes` agencies. */
  tree(code: string | undefined, on: string, depth: number): Promise<readonly TreeNode[]>;
  groups(): Promise<readonly AgencyGroup[]>;
  /** Throws Rejection GROUP_KEY_TAKEN when the key is an agency's code. A group that exists gets the new name and rule. */
  defineGroup(group: { key: string; name: string; rule?: GroupRule }, actor: string): Promise<AgencyGroup>;
  /** Puts agencies in by hand, or takes them out. Throws Rejection GROUP_UNKNOWN, AGENCY_UNKNOWN. */
  changeMembers(key: string, change: { add?: readonly string[]; remove?: readonly string[] }, actor: string): Promise<AgencyGroup>;
  removeGroup(key: string, actor: string): Promise<void>;
  /** Its members on a day: living agencies, each once. Throws Rejection GROUP_UNKNOWN. */
  members(key: string, on: string): Promise<readonly ListedAgency[]>;
}

/** Agencies that one tree shows at most. */
export const mostNodes = 5000;

/** Level-1 codes as data. */
export interface LevelOneCodes {
  list(): Promise<readonly LevelOne[]>;
  /** Adds and replaces codes; agencies whose codes become readable find their place in the tree. */
  load(units: readonly LevelOne[], actor: string): Promise<void>;
}
