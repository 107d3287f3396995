import type { Message } from './message.ts';
import type { OutgoingPackage } from './outbox.ts';
import type { Lifted } from './package.ts';
import type { Problem } from './problem.ts';

/** A certificate with those that came with it; DER. */
export interface CertificateClaim {
  readonly certificate: Uint8Array;
  readonly hints: readonly Uint8Array[];
}

/** What the gateway may show of a certificate: names of persons and bodies, no numbers of identity cards. */
export interface SignerName {
  readonly commonName: string;
  readonly organisation?: string;
  readonly issuer: string;
  /** SHA-256 of the DER, lower-case hex. */
  readonly fingerprint: string;
}

/**
 * What a signature inside a PDF file covers. `whole`: the whole file but the signature's own bytes. `earlier`: a former revision; what
 * was added later is covered by another intact signature. `changed`: something was added after signing that no signature covers.
 * `partial`: its ByteRange leaves out more than the signature itself, so that anything may have been exchanged.
 */
export type PdfCoverage = 'whole' | 'earlier' | 'changed' | 'partial';

/** `unsupported`: a form or an algorithm that is not judged here. */
export type PdfIntegrity = 'intact' | 'broken' | 'unsupported';

interface PdfSignatureFacts {
  /** `timestamp`: a document timestamp (ETSI.RFC3161), which says when, not who. */
  readonly kind: 'signature' | 'timestamp';
  /** SubFilter as written: `adbe.pkcs7.detached`, `ETSI.CAdES.detached`, `ETSI.RFC3161`; empty when it could not be read. */
  readonly subFilter: string;
  readonly coverage: PdfCoverage;
  readonly integrity: PdfIntegrity;
  /** In English, for the operator: why it is not intact or not whole. */
  readonly detail?: string;
  /** `rsa-sha256`, `ecdsa-sha384`, … */
  readonly algorithm?: string;
  /** SHA-1, or an RSA key below 2048 bits: intact, but forgeable. */
  readonly weak: boolean;
  readonly signer?: SignerName;
  /** When the signer says that it signed; ISO 8601. Proven only by a timestamp. */
  readonly claimedAt?: string;
}

/** A signature as found in the file, its certificates not yet judged. */
export interface PdfSignatureClaim extends PdfSignatureFacts {
  readonly certificates?: CertificateClaim;
  /** A timestamp token over the signature, itself intact; ISO 8601. */
  readonly timestamp?: CertificateClaim & { readonly at: string };
}

/** A signature as it is kept and shown. */
export interface PdfSignature extends PdfSignatureFacts {
  /** ISO 8601; there only when the authority that states it leads to an anchor. */
  readonly timestampedAt?: string;
  readonly trust: PdfTrust;
}

/**
 * `at`: the moment the certificates were judged at, ISO 8601. `revocation`: what was known about it then, as far as the anchor's policy
 * asks; absent in findings of before it was asked about.
 */
export type PdfTrust =
  | {
      readonly trusted: true;
      readonly anchor: string;
      readonly at: string;
      readonly timeFrom: 'timestamp' | 'receipt';
      readonly revocation?: 'good' | 'unknown' | 'not-asked';
    }
  | { readonly trusted: false; readonly problem?: Problem };

/**
 * A PDF file in one word, the worst that is true of it. `broken`: a signature is not intact or covers only parts. `changed`: content was
 * added after the last signature. `untrusted`: some signer leads to no anchor. `unreadable`: it could not be looked through.
 */
export type PdfVerdict = 'unsigned' | 'trusted' | 'untrusted' | 'changed' | 'broken' | 'unreadable';

/** What was found in one PDF file. */
export interface PdfFinding {
  readonly kind: 'pdf';
  readonly verdict: PdfVerdict;
  readonly signatures: readonly PdfSignature[];
  readonly detail?: string;
}

/**
 * How the name ByteRange stands in a PDF file: letters may be written as `#` and two hex digits (ISO 32000-1, 7.3.5). The dictionary of a
 * signature can't be in a compressed object, since its ByteRange names bytes of the file around its Contents; so a file without this name
 * among its bytes holds no signature.
 */
export const byteRangeName = /\/(?:B|#42)(?:y|#79)(?:t|#74)(?:e|#65)(?:R|#52)(?:a|#61)(?:n|#6[eE])(?:g|#67)(?:e|#65)(?=[\s[\d])/;

/** What is known of a PDF file in which no signature stands. */
export const unsignedPdf: PdfFinding = { kind: 'pdf', verdict: 'unsigned', signatures: [] };

/** What the file says, or why it can't be said. */
export type PdfReading = { readonly signatures: readonly PdfSignatureClaim[] } | { readonly unreadable: string };

/** What the scanner said of one attachment. `unscanned`: nothing, for the reason given. */
export interface VirusFinding {
  readonly kind: 'virus';
  readonly verdict: 'clean' | 'infected' | 'unscanned';
  /** The signature that matched, or why it was not scanned. */
  readonly detail?: string;
}

/** What was found in one attachment of a package; `ordinal` counts attachments from 0. Append-only: a later look adds another. */
export interface ContentFinding {
  readonly ordinal: number;
  readonly at: Date;
  readonly result: PdfFinding | VirusFinding;
}

/** Something to be looked at after acceptance. */
export interface ContentWork {
  readonly ordinal: number;
  readonly kind: ContentFinding['result']['kind'];
}

/** What acceptance adds about the attachments of a package: what was found already, and what is still to be looked at. */
export interface Inspected {
  readonly findings: readonly ContentFinding[];
  readonly work: readonly ContentWork[];
}

/**
 * Looks into the attachments before acceptance, as far as the policy wants it; the sender is proven already. Throws Rejection with every
 * attachment that is refused, or SCANNER_UNAVAILABLE when a scan is required and can't be had.
 */
export type Inspect = (lifted: Lifted, message: Message, receivedAt: Date) => Promise<Inspected>;

/** An attachment to look at, with its package and how often that was begun already. */
export interface ClaimedWork extends ContentWork {
  readonly package: OutgoingPackage;
  readonly name: string;
  readonly form: 'plain' | 'zip';
  readonly fileSize: number;
  readonly tries: number;
}

/** The store as those need it who look into attachments after acceptance. */
export interface ContentDesk {
  /** Takes the next due work for `seconds`, after which somebody else gets it; null when there is none. Counts the try. */
  claim(seconds: number): Promise<ClaimedWork | null>;
  /** Keeps the finding and ends the work, in one transaction. */
  settle(work: ClaimedWork, finding: ContentFinding): Promise<void>;
  /** Leaves the work for later without a finding; `tries` is what the next claim counts on from. */
  postpone(work: ClaimedWork, until: Date, tries: number): Promise<void>;
}

/** `report`: looked at after acceptance. The others look before it and refuse what is broken or changed, or also what is untrusted. */
export type PdfPolicy = 'off' | 'report' | 'refuse-broken' | 'refuse-untrusted';

/** Why a PDF file is refused under a policy; undefined when it is not. `name` of the attachment. */
export function pdfProblem(finding: PdfFinding, policy: PdfPolicy, name: string): Problem | undefined {
  const { verdict } = finding;
  const params = { name };
  if (policy !== 'refuse-broken' && policy !== 'refuse-untrusted') return undefined;
  if (verdict === 'unreadable') return { code: 'PDF_SIGNATURE_UNREADABLE', params: { ...params, detail: finding.detail ?? '' } };
  if (verdict === 'broken') return { code: 'PDF_SIGNATURE_BROKEN', params: { ...params, detail: detailOf(finding) } };
  if (verdict === 'changed') return { code: 'PDF_CHANGED_AFTER_SIGNING', params };
  return verdict === 'untrusted' && policy === 'refuse-untrusted' ? { code: 'PDF_SIGNER_UNTRUSTED', params } : undefined;
}

function detailOf({ signatures }: PdfFinding): string {
  return signatures.find((one) => one.detail !== undefined)?.detail ?? '';
}
