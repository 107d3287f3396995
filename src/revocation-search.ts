import { createHash } from 'node:crypto';
import { createValidatePath } from './adapters/pki/path/remembered.ts';
import { subjectOf } from './adapters/pki/revocation/authority.ts';
import type { Config } from './config.ts';
import { createRevocation } from './revocation.ts';
import type { RevocationVerdict } from './routing/trust.ts';
import type { Store } from './store.ts';

type Revoked = Extract<RevocationVerdict, { status: 'revoked' }>;

/** Finds which of the agencies' certificates are revoked, or whether one is; the fingerprint in each answer is that of the agency's. */
export type RevocationSearch = (fingerprint?: string) => Promise<readonly Revoked[]>;

/**
 * Judges every certificate that packages were accepted under, as of now. A certificate below a revoked authority counts as revoked with
 * it. Where a certificate has expired, its path is looked for at the end of its time.
 */
export function createRevocationSearch(config: Config, store: Store): RevocationSearch {
  const { check } = createRevocation(config, store);
  const validatePath = createValidatePath(store.trust.settings, store.now);
  return async (fingerprint) => {
    const leaves = await store.revocation.leaves(new Date(0));
    const named = leaves.map((der) => ({ der, fingerprint: createHash('sha256').update(der).digest('hex') }));
    const found: Revoked[] = [];
    for (const { der, fingerprint: own } of named.filter((one) => fingerprint === undefined || one.fingerprint === fingerprint)) {
      const now = store.now();
      const { notAfter } = subjectOf(der);
      const path = await validatePath({ leaf: der, hints: [], purpose: 'package', at: notAfter < now ? notAfter : now });
      if (!path.ok || path.anchor.policy.revocation === 'off') continue;
      const { verdict } = await check(path.chain, path.anchor, now);
      if (verdict.status === 'revoked') found.push({ ...verdict, fingerprint: own });
    }
    return found;
  };
}
