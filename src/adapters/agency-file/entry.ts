import type { Field } from './columns.ts';

/** One code of an entry, as written. */
export type WrittenCode = Readonly<Partial<Record<'code' | 'scheme' | 'validFrom' | 'validTo', string>>>;

/** One agency as a file has it: nothing checked. `malformed` says why a row could not be taken apart. */
export interface Entry {
  readonly line: number;
  readonly values: Readonly<Partial<Record<Field, string>>>;
  readonly codes: readonly WrittenCode[];
  readonly malformed?: string;
}

/** All entries of a file, and the columns or keys in it that mean nothing to us. */
export interface Entries {
  readonly entries: readonly Entry[];
  readonly ignored: readonly string[];
}
