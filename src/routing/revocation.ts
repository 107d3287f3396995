import type { Problem } from './problem.ts';
import type { RevocationEvidence } from './trust.ts';

/** Names of CRLReason (RFC 5280, 5.3.1) by number; a number without a name is unused. */
export const revocationReasons: Readonly<Record<number, string>> = {
  0: 'unspecified',
  1: 'keyCompromise',
  2: 'cACompromise',
  3: 'affiliationChanged',
  4: 'superseded',
  5: 'cessationOfOperation',
  6: 'certificateHold',
  8: 'removeFromCRL',
  9: 'privilegeWithdrawn',
  10: 'aACompromise',
};

/** The list that holds now for one authority, scope and kind. */
export interface CrlRecord {
  /** SHA-256 (hex) over name and key of who signs: see `authorityId`. */
  readonly authority: string;
  /** Readable name of the authority. */
  readonly issuer: string;
  /** Hex of the issuing distribution point; empty without one. */
  readonly scope: string;
  /** Number of the list and, of a delta list, of the complete list that it adds to; decimal. */
  readonly number?: string;
  readonly base?: string;
  readonly thisUpdate: Date;
  readonly nextUpdate: Date;
  readonly entries: number;
  readonly size: number;
  /** SHA-256 of the DER, hex. */
  readonly sha256: string;
  /** Where it came from: a URL, or `file:<name>`. */
  readonly source: string;
  readonly fetchedAt: Date;
}

/** An OCSP answer that was proven, as it is kept. */
export interface AnswerRecord extends RevocationEvidence {
  readonly authority: string;
  readonly serial: string;
  readonly thisUpdate: Date;
  readonly validUntil: Date;
  readonly fetchedAt: Date;
}

/** A place that lists are fetched from on schedule. */
export interface CrlSource {
  readonly url: string;
  readonly etag?: string;
  readonly lastModified?: string;
  readonly checkedAt?: Date;
  readonly nextCheckAt: Date;
  /** Failures in a row. */
  readonly failures: number;
  /** Why the last look failed. */
  readonly problem?: Problem;
}

/** The store as revocation needs it. What lies in it was proven when it was put there. */
export interface RevocationRecords {
  /** Puts a list in the place of the one before it. `older`: the present one is newer and stays. `known`: it is the present one. */
  keepCrl(crl: CrlRecord, der: Uint8Array): Promise<'kept' | 'known' | 'older'>;
  /** The lists of an authority; of all authorities, by issuer, without an argument. */
  crls(authority?: string): Promise<readonly CrlRecord[]>;
  /** The bytes of a list that is in force; null when another one has taken its place. */
  crlBytes(sha256: string): Promise<Uint8Array | null>;
  keepAnswer(answer: AnswerRecord): Promise<void>;
  answer(authority: string, serial: string): Promise<AnswerRecord | null>;
  /** Sources that are due; those of `urls` that were not known yet are added, due at once. At most `limit`. */
  dueSources(urls: readonly string[], now: Date, limit: number): Promise<readonly CrlSource[]>;
  sources(): Promise<readonly CrlSource[]>;
  /** DER of the agencies' certificates that are valid at a moment and not withdrawn. */
  leaves(at: Date): Promise<readonly Uint8Array[]>;
  keepSource(source: CrlSource): Promise<void>;
  /** Removes answers, lists and sources of before a moment, but for lists of these authorities and sources of these URLs. */
  forget(
    before: Date,
    authorities: readonly string[],
    urls: readonly string[],
  ): Promise<{ readonly answers: number; readonly lists: number; readonly sources: number }>;
}
