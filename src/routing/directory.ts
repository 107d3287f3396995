import type { AgencyCertificate, SignaturePolicy } from './package.ts';
import type { Ending } from './succession.ts';

/** How an agency takes its packages: it fetches them, they are pushed to its URL, or they reach it over an upward route. */
export type Channel = 'inbox' | 'push' | 'upward';

/** `closed`: no longer exists. `suspended`: may neither send nor receive until an operator lifts it. */
export type AgencyStatus = 'active' | 'suspended' | 'closed';

/** An agency as routing and verification need it, found by one of its codes on a day. */
export interface AgencyEntry {
  readonly id: string;
  /** Its name on that day. */
  readonly name: string;
  /** `closed` also when a succession has ended it by that day. */
  readonly status: AgencyStatus;
  /** False when the code asked for is outside its validity dates. */
  readonly codeValid: boolean;
  readonly channel: Channel;
  readonly signaturePolicy: SignaturePolicy;
  readonly certificates: readonly AgencyCertificate[];
  /** A code of it that is valid on the day: the one asked for, if that is. Absent when none is. */
  readonly code?: string;
  /** The day on which the code asked for begins, when it has not begun yet. */
  readonly beginsOn?: string;
  /** How it ended, when a succession has ended it by that day; the entries of those that follow are of the same day. */
  readonly ending?: Ending;
}

/**
 * Finds agencies by code, many in one call; a code that nobody has is absent from the answer. `on` is `yyyy-mm-dd` in +07:00.
 * Certificates are given for the first code only: the sender's. Who answers for a code is for `addresseeOf` to say.
 */
export type LookUp = (codes: readonly string[], on: string) => Promise<ReadonlyMap<string, AgencyEntry>>;
