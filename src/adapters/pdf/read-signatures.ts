import type { X509Certificate } from 'node:crypto';
import { createHash } from 'node:crypto';
import { GeneralizedTime, Sequence, UTCTime } from 'asn1js';
import type { CertificateClaim, PdfReading, PdfSignatureClaim, SignerName } from '../../routing/contents.ts';
import type { CmsSignature } from './cms.ts';
import { CmsFault, readCms, singleValue } from './cms.ts';
import { readPdfDate } from './date.ts';
import { findByteRanges } from './find.ts';
import { formName, isWeak } from './signature-form.ts';
import type { MisplacedSignature, PlacedSignature } from './signature-place.ts';
import { placeSignatures } from './signature-place.ts';
import type { OpenFile, Sink } from './stretches.ts';
import { feed } from './stretches.ts';
import { readTimestamp } from './timestamp.ts';
import { beginVerification } from './verify.ts';

/** Signatures judged in one file; a document passes through fewer hands. */
const MOST = 16;
const SIGNING_TIME = '1.2.840.113549.1.9.5';
const TIMESTAMP = '1.2.840.113549.1.9.16.2.14';
const DATA = '1.2.840.113549.1.7.1';
const DETACHED = ['adbe.pkcs7.detached', 'ETSI.CAdES.detached'];

/**
 * Reads the signatures inside a PDF file and verifies each with the certificate it came with; whose certificate that is, and whether it
 * is trusted, is the caller's business. The file is read three times; memory does not grow with it. Forms that are judged:
 * adbe.pkcs7.detached, ETSI.CAdES.detached and ETSI.RFC3161 (ISO 32000-2, 12.8).
 */
export async function readSignatures(open: OpenFile): Promise<PdfReading> {
  const { size, places, more } = await findByteRanges(open, MOST);
  if (more) return { unreadable: `more than ${MOST} signatures` };
  if (places.length === 0) return { signatures: [] };
  const found = await placeSignatures(open, size, places);
  const checks = found.map(begin);
  await feed(
    open,
    checks.flatMap(({ sink }) => (sink === undefined ? [] : [sink])),
  );
  const judged = checks.map((check) => ({ end: check.end, claim: check.finish() }));
  const covered = Math.max(0, ...judged.flatMap(({ end, claim }) => (claim.integrity === 'intact' ? [end] : [])));
  return { signatures: judged.map(({ end, claim }) => withCoverage(claim, end, covered, size)) };
}

/** A signature under way: fed by `sink`, told by `finish`. */
interface Check {
  readonly end: number;
  readonly sink?: Sink;
  finish(): PdfSignatureClaim;
}

function withCoverage(claim: PdfSignatureClaim, end: number, covered: number, size: number): PdfSignatureClaim {
  if (claim.coverage === 'partial') return claim;
  if (end === size) return { ...claim, coverage: 'whole' };
  return { ...claim, coverage: covered === size ? 'earlier' : 'changed' };
}

function begin(found: PlacedSignature | MisplacedSignature): Check {
  const { subFilter } = found;
  const kind = subFilter === 'ETSI.RFC3161' ? ('timestamp' as const) : ('signature' as const);
  const base = { kind, subFilter, coverage: 'whole' as const, weak: false };
  if ('misplaced' in found) {
    const claim: PdfSignatureClaim = { ...base, coverage: 'partial', integrity: 'broken', detail: found.misplaced };
    return { end: 0, finish: () => claim };
  }
  try {
    if (kind === 'timestamp') return beginTimestamp(found, base);
    if (!DETACHED.includes(subFilter)) throw new CmsFault(`signatures of the form "${subFilter}" are not judged`, true);
    return beginSignature(found, base);
  } catch (error) {
    return { end: found.end, finish: () => ({ ...base, ...fault(error) }) };
  }
}

type Base = Pick<PdfSignatureClaim, 'kind' | 'subFilter' | 'coverage' | 'weak'>;

function beginSignature(found: PlacedSignature, base: Base): Check {
  const cms = readCms(found.contents);
  const described = { ...base, ...describe(cms), ...claimedTime(cms, found.stated) };
  try {
    if (cms.content !== undefined || cms.contentType !== DATA) throw new CmsFault('its CMS signs something of its own, not the file');
    const sink = beginVerification(cms, found.stretches, found.subFilter === 'ETSI.CAdES.detached');
    return { end: found.end, sink, finish: () => outcome(() => sink.finish(), { ...described, ...timestampOf(cms) }, described) };
  } catch (error) {
    return { end: found.end, finish: () => ({ ...described, ...fault(error) }) };
  }
}

function beginTimestamp(found: PlacedSignature, base: Base): Check {
  const token = readTimestamp(found.contents);
  const described = { ...base, ...describe(token.cms), claimedAt: token.at.toISOString() };
  const hash = createHash(token.hash);
  const sink = { stretches: found.stretches, update: (bytes: Uint8Array) => hash.update(bytes) };
  const check = () => {
    if (!hash.digest().equals(token.digest)) throw new CmsFault('what it covers was changed after signing');
  };
  return { end: found.end, sink, finish: () => outcome(check, described, described) };
}

type Described = Omit<PdfSignatureClaim, 'integrity'>;

function outcome(check: () => void, good: Described, bad: Described): PdfSignatureClaim {
  try {
    check();
    return { ...good, integrity: 'intact' };
  } catch (error) {
    return { ...bad, ...fault(error) };
  }
}

/** What a CMS is broken by. Anything else that is thrown while a stranger's bytes are taken apart comes from them, too. */
function fault(error: unknown): Pick<PdfSignatureClaim, 'integrity' | 'detail'> {
  if (!(error instanceof CmsFault)) return { integrity: 'broken', detail: 'its CMS can not be read' };
  return { integrity: error.unsupported ? 'unsupported' : 'broken', detail: error.message };
}

function describe(cms: CmsSignature): Pick<PdfSignatureClaim, 'algorithm' | 'weak' | 'signer' | 'certificates'> {
  const { signer, form } = cms;
  if (signer === undefined) return { algorithm: formName(form), weak: false };
  return { algorithm: formName(form), weak: isWeak(form, signer.publicKey), signer: nameOf(signer), certificates: claimOf(cms, signer) };
}

function claimOf(cms: CmsSignature, signer: X509Certificate): CertificateClaim {
  return { certificate: new Uint8Array(signer.raw), hints: cms.others.map((one) => new Uint8Array(one.raw)) };
}

function nameOf(certificate: X509Certificate): SignerName {
  const subject = fieldOf(certificate.subject, 'O');
  return {
    commonName: fieldOf(certificate.subject, 'CN') ?? '',
    ...(subject === undefined ? {} : { organisation: subject }),
    issuer: fieldOf(certificate.issuer, 'CN') ?? fieldOf(certificate.issuer, 'O') ?? '',
    fingerprint: createHash('sha256').update(certificate.raw).digest('hex'),
  };
}

/** One field of a name as node writes it, a line each. Other fields may hold numbers of identity cards. */
function fieldOf(name: string | undefined, field: string): string | undefined {
  const line = name?.split('\n').find((one) => one.startsWith(`${field}=`));
  return line?.slice(field.length + 1, field.length + 201);
}

function claimedTime(cms: CmsSignature, stated: string | undefined): Pick<PdfSignatureClaim, 'claimedAt'> {
  const attribute = singleValue(cms.attributes, SIGNING_TIME);
  const signed = attribute instanceof UTCTime || attribute instanceof GeneralizedTime ? attribute.toDate() : undefined;
  const at = signed ?? readPdfDate(stated ?? '');
  return at === undefined || Number.isNaN(at.getTime()) ? {} : { claimedAt: at.toISOString() };
}

/** The timestamp over the signature; none when it is not good, since then it proves nothing. */
function timestampOf(cms: CmsSignature): Pick<PdfSignatureClaim, 'timestamp'> {
  try {
    const value = singleValue(cms.unsigned, TIMESTAMP);
    if (!(value instanceof Sequence)) return {};
    const token = readTimestamp(Buffer.from(value.valueBeforeDecodeView));
    const own = createHash(token.hash).update(cms.signature).digest();
    const { signer } = token.cms;
    if (!own.equals(token.digest) || signer === undefined) return {};
    return { timestamp: { ...claimOf(token.cms, signer), at: token.at.toISOString() } };
  } catch {
    return {};
  }
}
