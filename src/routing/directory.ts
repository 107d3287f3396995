import type { AgencyCertificate, SignaturePolicy } from './package.ts';

/** How an agency takes its packages: it fetches them, or they are pushed to its URL. */
export type Channel = 'inbox' | 'push';

/** `closed`: no longer exists. `suspended`: may neither send nor receive until an operator lifts it. */
export type AgencyStatus = 'active' | 'suspended' | 'closed';

/** An agency as routing and verification need it, found by one of its codes on a day. */
export interface AgencyEntry {
  readonly id: string;
  readonly name: string;
  readonly status: AgencyStatus;
  /** False when the code asked for is outside its validity dates. */
  readonly codeValid: boolean;
  readonly channel: Channel;
  readonly signaturePolicy: SignaturePolicy;
  readonly certificates: readonly AgencyCertificate[];
}

/**
 * Finds agencies by code, many in one call; a code that nobody has is absent from the answer. `on` is `yyyy-mm-dd` in +07:00.
 * Certificates are given for the first code only: the sender's.
 */
export type LookUp = (codes: readonly string[], on: string) => Promise<ReadonlyMap<string, AgencyEntry>>;
