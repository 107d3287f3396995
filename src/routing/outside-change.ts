import type { AgencyStatus, Channel } from './directory.ts';
import type { AgencyCode } from './register.ts';

/** Who has a code here, or had it. */
export interface CodeOwner {
  readonly id: string;
  readonly name: string;
  readonly status: AgencyStatus;
  readonly channel: Channel;
  /** A succession has ended it. */
  readonly ended: boolean;
  /** Its parent's id, and its codes, those that have run out too. */
  readonly parent?: string;
  readonly codes: readonly AgencyCode[];
  /** A succession that a person applied says what its name or its parent is. */
  readonly ruled: { readonly name: boolean; readonly parent: boolean };
}

interface Changed {
  readonly id: string;
  readonly code: string;
  readonly name: string;
}

/** What a sync does to one agency elsewhere. */
export type OutsideChange =
  /** `parent`: a code of the agency above it. */
  | { readonly kind: 'add'; readonly code: string; readonly name: string; readonly codes: readonly AgencyCode[]; readonly parent?: string }
  | (Changed & { readonly kind: 'rename'; readonly before: string })
  | (Changed & { readonly kind: 'close' })
  | (Changed & { readonly kind: 'reopen' })
  /** Its code is another one from today on; the one before runs out. */
  | (Changed & { readonly kind: 'recode'; readonly before: string })
  /** One more code that is, or was, its own. */
  | (Changed & { readonly kind: 'code'; readonly added: AgencyCode })
  | (Changed & { readonly kind: 'move'; readonly parent: string });

/** A change of one kind. */
export type ChangeOf<K extends OutsideChange['kind']> = Extract<OutsideChange, { kind: K }>;

/**
 * Why a row is left out. `ours`: its code is that of an agency that takes part here; `ours-by-code`: another of its codes is. `province`: it
 * has a code of our province, which only a person gives. `suspended`, `ended`, `code-ended`: a person suspended it here, a succession ended
 * it, or its code. `same-agency`: another row before it speaks of the same agency. `superseded`: it is closed, and another row has its code.
 */
export type SkipReason =
  | 'ours'
  | 'ours-by-code'
  | 'province'
  | 'suspended'
  | 'ended'
  | 'code-ended'
  | 'same-agency'
  | 'superseded'
  | 'malformed'
  | 'nameless'
  | 'repeated'
  | 'closed';

/**
 * What of a row can't be mapped, although the rest of it is taken: a further code (of no form; claimed by several rows; another agency's
 * here; of our province), a change of code that the directory refuses, a name or parent that a succession rules, a parent that is not
 * listed, has no place here or leads back to its child.
 */
export type UnmappedReason =
  | 'code-malformed'
  | 'code-shared'
  | 'code-taken'
  | 'code-province'
  | 'recode-refused'
  | 'name-ruled'
  | 'parent-ruled'
  | 'parent-unlisted'
  | 'parent-unknown'
  | 'parent-circle';

/** A row, or a part of one, that was left out. `about`: the code or the parent that it is about. */
export interface LeftOut {
  readonly code: string;
  readonly name: string;
  readonly why: SkipReason | UnmappedReason;
  readonly about?: string;
}

/** What a sync changed, or would change. */
export interface SyncReport {
  readonly listed: number;
  readonly unchanged: number;
  readonly added: number;
  readonly renamed: number;
  readonly closed: number;
  readonly reopened: number;
  readonly moved: number;
  readonly recoded: number;
  /** Further codes that agencies got, without those that were added with them. */
  readonly codesAdded: number;
  readonly skipped: Readonly<Partial<Record<SkipReason, number>>>;
  readonly unmapped: Readonly<Partial<Record<UnmappedReason, number>>>;
  /** Lists of further codes that the other side does not offer, each with what it said. */
  readonly unread: Readonly<Record<string, string>>;
  /** The first changes, one by one. */
  readonly changes: readonly OutsideChange[];
  /** The first rows and parts of rows that were left out; those of ours, and what was closed before it was known, are only counted. */
  readonly leftOut: readonly LeftOut[];
}
