import type { RevocationRecords } from '../../../routing/revocation.ts';
import { authorityId, subjectOf } from './authority.ts';
import { namedUrls } from './refresh.ts';

/** What tidying needs. */
export interface TidyPorts {
  readonly records: Pick<RevocationRecords, 'forget'>;
  /** DER of every authority whose lists are taken. */
  authorities(): Promise<readonly Uint8Array[]>;
  /** DER of every certificate whose lists are wanted. */
  certificates(): Promise<readonly Uint8Array[]>;
  now(): Date;
}

/** Removes what nothing relies on any more; returns how much of each kind. */
export type Tidy = () => ReturnType<RevocationRecords['forget']>;

/** Kept for so many milliseconds after it ran out: an anchor may have been retired by mistake, a clock put right. */
const grace = 30 * 86_400_000;

/**
 * Removes OCSP answers that ran out, lists that ran out of authorities that nobody trusts any more, and sources that no certificate and no
 * setting (`urls`) names any more. A list of a trusted authority stays, however old: what it says of a certificate that it names still
 * counts. What packages were accepted on is kept with them and is not touched.
 */
export function createTidy({ records, authorities, certificates, now }: TidyPorts, urls: readonly string[]): Tidy {
  return async () => {
    const known = (await authorities()).map((der) => authorityId(subjectOf(der)));
    const named = (await certificates()).flatMap(namedUrls);
    return records.forget(new Date(now().getTime() - grace), known, [...urls, ...named]);
  };
}
