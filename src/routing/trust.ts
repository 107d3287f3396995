import type { Problem } from './problem.ts';
import type { CertificateRecord } from './register.ts';

/** DER of certificates from the leaf to the trust anchor, both included. */
export type Chain = readonly Uint8Array[];

/**
 * What an anchor is trusted for: signatures on packages, signatures inside documents (PDF), timestamps (RFC 3161), clients of mutual TLS.
 * An anchor says nothing about a purpose that it does not name.
 */
export type TrustPurpose = 'package' | 'document' | 'timestamp' | 'client';

/**
 * What follows when nobody can say whether a certificate was revoked. `hard-fail`: refused. `quarantine`: accepted provisionally and
 * judged again. `off`: revocation is not asked about at all.
 */
export type RevocationPolicy = 'hard-fail' | 'quarantine' | 'off';

/** The conditions under which certificates below an anchor are accepted. */
export interface AnchorPolicy {
  readonly purposes: readonly TrustPurpose[];
  readonly revocation: RevocationPolicy;
  /** Dotted object identifiers; a leaf must carry at least one of them in its extended key usage. Empty: not asked for. */
  readonly extendedKeyUsages: readonly string[];
  /** Least size of RSA keys below the anchor, in bits. */
  readonly rsaBits: number;
  /** Least size of EC keys below the anchor, in bits. */
  readonly ecBits: number;
}

/** A certification authority that somebody here decided to trust. The only source of trust in certificates that were not imported singly. */
export interface TrustAnchor {
  /** A short name, `[a-z0-9-]`, that commands and evidence use. */
  readonly id: string;
  readonly name: string;
  /** SHA-256 of the DER, lower-case hex. */
  readonly fingerprint: string;
  /** DER. Only its name and key are used, not its dates or extensions (RFC 5280, 6.1.1 d), but for what `path` checks on top. */
  readonly certificate: Uint8Array;
  readonly policy: AnchorPolicy;
}

/** What a new anchor gets when nothing else is said. */
export const defaultAnchorPolicy: AnchorPolicy = {
  purposes: ['package'],
  revocation: 'quarantine',
  extendedKeyUsages: [],
  rsaBits: 2048,
  ecBits: 256,
};

/**
 * One attribute that a subject must have. `value` may hold `*` for any text; compared as RFC 5280, 7.1 says: without regard to case and
 * repeated blanks.
 */
export interface SubjectRule {
  /** Short name (`CN`, `O`, `OU`, `L`, `ST`, `C`, `UID`, `serialNumber`, `emailAddress`, …) or dotted object identifier. */
  readonly type: string;
  readonly value: string;
}

/** Any certificate of this issuer whose subject fits is a certificate of the agency. */
export interface CertificateBinding {
  readonly id: string;
  readonly agencyId: string;
  /** The anchor that the path must end at. */
  readonly anchorId: string;
  /** Name of the direct issuer, DER of its Name in lower-case hex; absent: any authority below the anchor. */
  readonly issuer?: string;
  /** All must fit, and every attribute of a type that is named here must fit one of them. Never empty. */
  readonly subject: readonly SubjectRule[];
}

/** Everything that decides about certificates, at one version. Every change makes a new version. */
export interface TrustSettings {
  readonly version: number;
  readonly anchors: readonly TrustAnchor[];
  /** DER of authorities' certificates that help to find a path; never trusted by themselves. */
  readonly intermediates: readonly Uint8Array[];
  /** By agency id. */
  readonly bindings: ReadonlyMap<string, readonly CertificateBinding[]>;
}

/** The settings as they are now, at most a second old. */
export type ReadTrustSettings = () => Promise<TrustSettings>;

/** The question whether a certificate leads to an anchor. `hints` (certificates that came with it) only help to find the way. */
export interface PathQuestion {
  readonly leaf: Uint8Array;
  readonly hints: readonly Uint8Array[];
  readonly purpose: TrustPurpose;
  /** The moment at which every certificate of the path must be valid. */
  readonly at: Date;
}

/** The answer: the path that holds, or why the most promising one does not (codes CHAIN_*). */
export type PathVerdict =
  | { readonly ok: true; readonly chain: Chain; readonly anchor: TrustAnchor }
  | { readonly ok: false; readonly problem: Problem };

/** Finds and validates a path to one of the present anchors (RFC 5280, section 6), revocation left aside. Answers are remembered for a while. */
export type ValidatePath = (question: PathQuestion) => Promise<PathVerdict>;

/** A CRL or an OCSP response as it was relied on. */
export interface RevocationEvidence {
  readonly kind: 'crl' | 'ocsp';
  /** Of `der`, lower-case hex. */
  readonly sha256: string;
  readonly der: Uint8Array;
}

/** What is known about the revocation of the certificates of a path; `revoked` when one of them is, `unknown` when that can't be told of all. */
export type RevocationVerdict =
  | { readonly status: 'good' }
  | {
      readonly status: 'revoked';
      readonly since: Date;
      /** Since when its key may have been in other hands (RFC 5280, 5.3.2). */
      readonly invalidityDate?: Date;
      /** CRLReason by name, `unspecified` when none is given (RFC 5280, 5.3.1). */
      readonly reason: string;
      /** SHA-256 of the revoked certificate, lower-case hex. */
      readonly fingerprint: string;
    }
  /** `why` in English, `whyVi` in Vietnamese. */
  | { readonly status: 'unknown'; readonly why: string; readonly whyVi: string };

/** A verdict with what it rests on and until when it may be used again. */
export interface RevocationFinding {
  readonly verdict: RevocationVerdict;
  readonly evidence: readonly RevocationEvidence[];
  readonly validUntil: Date;
}

/**
 * Asks whether a certificate of this valid path is revoked, as the anchor's policy wants it, by what is cached, stapled (`stapled`: OCSP
 * responses and CRLs that came with the signature, untrusted until verified) or fetched. Never throws for what an authority or a
 * responder did; never called under the policy `off`. `at` is the moment the signature is judged at.
 */
export type CheckRevocation = (chain: Chain, anchor: TrustAnchor, at: Date, stapled?: readonly Uint8Array[]) => Promise<RevocationFinding>;

/** A timestamp that was found good: an RFC 3161 token of an authority below an anchor with the purpose `timestamp`. */
export interface ProvenTime {
  /** DER of the token (CMS SignedData). */
  readonly token: Uint8Array;
  readonly at: Date;
  readonly chain: Chain;
  readonly anchorId: string;
}

/**
 * What the gateway relied on when it accepted a package; kept as long as the package.
 * `imported`: the certificate itself was registered for the agency. `chain`: it leads to an anchor. `unsigned`: the policy of the
 * agency let the package in without a signature that anybody could hold against it.
 */
export interface TrustEvidence {
  readonly basis: 'imported' | 'chain' | 'unsigned';
  /** `provisional`: revocation could not be asked about and the anchor's policy is `quarantine`. */
  readonly verdict: 'trusted' | 'provisional';
  readonly policyVersion: number;
  /** The moment the certificates were judged at, and what proves it. */
  readonly at: Date;
  readonly timeFrom: 'timestamp' | 'receipt';
  /** From the signer's certificate to the anchor; only the former under `imported` when no path was found. Empty when unsigned. */
  readonly chain: Chain;
  readonly anchor?: TrustAnchor;
  /** The binding by which the certificate is the agency's. */
  readonly binding?: CertificateBinding;
  /** The signer's certificate, when a binding made it the agency's. */
  readonly signer?: CertificateRecord;
  readonly revocation: 'good' | 'unknown' | 'not-asked';
  readonly revocationEvidence: readonly RevocationEvidence[];
  readonly timestamp?: ProvenTime;
}

/** The first of the bindings that a certificate fits by issuer and subject; its path is another question. */
export type BindingFor = (der: Uint8Array, bindings: readonly CertificateBinding[]) => CertificateBinding | undefined;

/**
 * Reads a timestamp over `covered` and checks all that needs no anchor; `further` are certificates that may hold the authority's if the
 * token does not. Never throws.
 */
export type ReadTimestamp = (
  token: Uint8Array,
  covered: Uint8Array,
  further: readonly Uint8Array[],
) => { readonly at: Date; readonly certificate: Uint8Array; readonly hints: readonly Uint8Array[] } | { readonly why: string };
