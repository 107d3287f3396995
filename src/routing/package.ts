import type { Message } from './message.ts';
import type { Problem } from './problem.ts';
import type { TrustEvidence } from './trust.ts';

/**
 * A long base64 text that was taken out of a package while it streamed in (design: lifting).
 * Its raw bytes are `length` bytes of the file `path` from `start`; in `Lifted.text` the 32-byte `token` stands at byte `at`.
 */
export interface Run {
  readonly token: string;
  readonly at: number;
  readonly length: number;
  readonly path: string;
  readonly start: number;
  /** SHA-256 (hex) of the raw bytes; empty when the run lies in a file that is only being checked, not stored. */
  readonly sha256: string;
}

/** A package after the lift: a few KB of XML with tokens, and the long texts on disk. Digest and size are of the received bytes. */
export interface Lifted {
  readonly sha256: string;
  readonly size: number;
  readonly text: Uint8Array;
  readonly runs: readonly Run[];
}

/** Signature algorithms that are ever looked at; `rsa-sha1` only under the policy `legacy`. */
export type SignatureAlgorithm = 'rsa-sha1' | 'rsa-sha256' | 'rsa-sha384' | 'rsa-sha512' | 'ecdsa-sha256' | 'ecdsa-sha384' | 'ecdsa-sha512';

/**
 * What the signature inside a package claims, with all that needs no key already checked.
 * `absent`: none, or one that counts for nothing, `because` of this. `unacceptable`: place, form or algorithms are outside the profile, nothing was computed.
 * `present`: one Signature in its place, one Reference over the whole package; `digestMatches` is the verdict on the content,
 * `signedInfo` the canonical bytes that `value` must sign.
 */
export type SignatureClaim =
  | { readonly state: 'absent'; readonly because?: Problem }
  | { readonly state: 'unacceptable'; readonly problem: Problem }
  | {
      readonly state: 'present';
      readonly algorithm: SignatureAlgorithm;
      readonly digestAlgorithm: 'sha1' | 'sha256' | 'sha384' | 'sha512';
      readonly digestMatches: boolean;
      readonly signedInfo: Uint8Array;
      readonly value: Uint8Array;
      readonly line?: number;
      readonly attached?: SignatureAttachments;
    };

/** What stands beside a signature without being signed by it: nothing in it is trusted for being there. */
export interface SignatureAttachments {
  /** DER as far as it is well-formed base64: the certificates of KeyInfo in their order, then those of CertificateValues. */
  readonly certificates: readonly Uint8Array[];
  /** The token of SignatureTimeStamp and the bytes its imprint must be of: the canonical SignatureValue element (EN 319 132-1, 5.3). */
  readonly timestamp?: { readonly token: Uint8Array; readonly covered: Uint8Array };
  /** OCSP responses and CRLs of RevocationValues. */
  readonly stapled: readonly Uint8Array[];
}

/** A package read: nothing in it is trusted yet. `message` is there when `problems` is empty. */
export interface Examined {
  readonly problems: readonly Problem[];
  readonly warnings: readonly Problem[];
  readonly message?: Message;
  /** Code of the sender as claimed, when it could be read, even if other things are wrong. */
  readonly claimedSender?: string;
  readonly signature: SignatureClaim;
}

/** A certificate of an agency in the directory. `der` is the certificate itself. */
export interface AgencyCertificate {
  /** SHA-256 of the DER, hex. */
  readonly fingerprint: string;
  readonly der: Uint8Array;
  readonly notBefore: Date;
  readonly notAfter: Date;
}

/** How strictly an agency's packages must be signed (design, decision 6). */
export type SignaturePolicy = 'required' | 'legacy' | 'optional';

/**
 * What is known about the origin of an accepted package.
 * `valid`: signed by `fingerprint`, which is bound to the sender. `weak`: the same with SHA-1 (policy legacy).
 * `absent`: unsigned, accepted under the policy optional; by law such a document is for information only (QĐ 28/2018 Đ4).
 */
export type SignatureVerdict =
  | { readonly state: 'valid' | 'weak'; readonly algorithm: SignatureAlgorithm; readonly fingerprint: string }
  | { readonly state: 'absent' };

/** A message whose origin was proven (or whose lack of proof is allowed and noted). Only `verify` makes it. */
export interface Verified {
  readonly message: Message;
  readonly signature: SignatureVerdict;
  readonly warnings: readonly Problem[];
  /** What the verdict rests on; `receive` puts it in. */
  readonly trust?: TrustEvidence;
}

/** What a signature covers: by it the same signed content is known again in whatever form it comes. Empty without signature. */
export function signedPart(signature: SignatureClaim): { readonly signedInfo?: Uint8Array } {
  return signature.state === 'present' ? { signedInfo: signature.signedInfo } : {};
}
