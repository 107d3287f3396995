import type { Chain, CheckRevocation, RevocationEvidence, TrustAnchor } from './trust.ts';

/** What came of asking whether a certificate of a path was revoked at the moment it is judged at. `not-asked`: the policy wants nobody asked. */
export type Asked =
  | { readonly status: 'good' | 'not-asked'; readonly evidence: readonly RevocationEvidence[] }
  | { readonly status: 'unknown'; readonly why: string; readonly whyVi: string; readonly evidence: readonly RevocationEvidence[] }
  | {
      readonly status: 'revoked';
      readonly since: Date;
      readonly reason: string;
      /** SHA-256 of the revoked certificate, lower-case hex. */
      readonly fingerprint: string;
      readonly evidence: readonly RevocationEvidence[];
    };

/** Nobody was asked. */
export const notAsked: Asked = { status: 'not-asked', evidence: [] };

/** Asks as the anchor's policy wants it. A certificate that was revoked only after the moment it is judged at was good then. */
export async function askRevocation(
  check: CheckRevocation | undefined,
  chain: Chain,
  anchor: TrustAnchor,
  at: Date,
  stapled: readonly Uint8Array[] = [],
): Promise<Asked> {
  if (anchor.policy.revocation === 'off' || check === undefined) return notAsked;
  const { verdict, evidence } = await check(chain, anchor, at, stapled);
  if (verdict.status !== 'revoked') return { ...verdict, evidence };
  const { since, invalidityDate, reason, fingerprint } = verdict;
  const from = invalidityDate !== undefined && invalidityDate < since ? invalidityDate : since;
  return from > at ? { status: 'good', evidence } : { status: 'revoked', since: from, reason, fingerprint, evidence };
}
