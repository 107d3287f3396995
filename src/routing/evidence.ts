import type { TrustEvidence } from './trust.ts';

/** What a statement of evidence says, as it is kept: JSON; digests are SHA-256 in lower-case hex and name the objects beside it. */
export interface TrustStatement extends Pick<TrustEvidence, 'basis' | 'verdict' | 'policyVersion' | 'timeFrom' | 'revocation' | 'binding'> {
  readonly chain: readonly string[];
  readonly anchor?: { readonly id: string; readonly name: string; readonly policy: NonNullable<TrustEvidence['anchor']>['policy'] };
  readonly revocationEvidence: readonly { readonly kind: 'crl' | 'ocsp'; readonly sha256: string }[];
  readonly timestampChain?: readonly string[];
  readonly timestampAnchor?: string;
}

/** One thing that was relied on, named by the SHA-256 of its bytes. */
export interface TrustObject {
  /** Lower-case hex. */
  readonly sha256: string;
  readonly kind: 'certificate' | 'crl' | 'ocsp' | 'timestamp';
  readonly der: Uint8Array;
}

/** A later judgement of the same package. */
export interface TrustReview {
  readonly at: Date;
  readonly statement: string;
  readonly statementSha256: string;
}

/** Everything that a package was accepted on, as it is kept and exported: enough to judge it again without the gateway. */
export interface StoredEvidence {
  readonly packageId: string;
  /** SHA-256 of the package, lower-case hex. */
  readonly packageSha256: string;
  readonly signature: 'valid' | 'weak' | 'absent';
  /** JSON of a TrustStatement, byte for byte as it was digested. */
  readonly statement: string;
  readonly statementSha256: string;
  /** The moment that the certificates were judged at. */
  readonly at: Date;
  readonly receivedAt: Date;
  /** SHA-256 of the timestamp that proves it. */
  readonly timestamp?: string;
  readonly reviews: readonly TrustReview[];
  readonly objects: readonly TrustObject[];
}

/** Reads the evidence of an accepted package; null for one that was refused, is unknown, or was accepted before evidence was kept. */
export type ReadEvidence = (packageId: string) => Promise<StoredEvidence | null>;
