import type { KeyObject } from 'node:crypto';
import { createHash, X509Certificate } from 'node:crypto';
import { fromBER } from 'asn1js';
import { Certificate } from 'pkijs';
import type { DescribedCertificate } from '../../../routing/judge.ts';
import { oneLine } from '../certificate.ts';
import type { Extensions } from './extensions.ts';
import { readExtensions } from './extensions.ts';
import type { Name } from './names.ts';
import { readName, shownName } from './names.ts';

/** A certificate as path validation needs it. */
export interface PathCertificate {
  readonly der: Uint8Array;
  /** SHA-256 of the DER, lower-case hex. */
  readonly fingerprint: string;
  readonly subject: Name;
  readonly issuer: Name;
  /** DER of the subject's Name, lower-case hex. */
  readonly subjectDer: string;
  readonly notBefore: Date;
  readonly notAfter: Date;
  readonly key: KeyObject;
  readonly extensions: Extensions;
  /** Object identifier of the algorithm it is signed with. */
  readonly signatureAlgorithm: string;
  /** For the signature alone: everything else is read above. */
  readonly x509: X509Certificate;
}

/** Largest certificate that is looked at. */
export const CERTIFICATE_BYTES = 64 << 10;
const CACHED = 2048;
const cache = new Map<string, PathCertificate>();

/**
 * Reads a certificate from DER. OpenSSL and asn1js must agree on its extent, so that a signature is never checked over other bytes than
 * those that were read. Throws an Error with the reason.
 */
export function readPathCertificate(der: Uint8Array): PathCertificate {
  if (der.length > CERTIFICATE_BYTES) throw new Error(`a certificate has more than ${CERTIFICATE_BYTES} bytes`);
  const fingerprint = createHash('sha256').update(der).digest('hex');
  const known = cache.get(fingerprint);
  if (known !== undefined) return known;
  const fresh = parse(der, fingerprint);
  if (cache.size >= CACHED) cache.delete(cache.keys().next().value as string);
  cache.set(fingerprint, fresh);
  return fresh;
}

/** As the directory knows a certificate, with its name for people. Throws as `readPathCertificate`. */
export function describeCertificate(der: Uint8Array): DescribedCertificate {
  const { fingerprint, notBefore, notAfter, subject, x509 } = readPathCertificate(der);
  const record = { subject: oneLine(x509.subject), issuer: oneLine(x509.issuer), serial: x509.serialNumber.toLowerCase() };
  return { fingerprint, der, notBefore, notAfter, ...record, name: shownName(subject) };
}

function parse(der: Uint8Array, fingerprint: string): PathCertificate {
  const x509 = new X509Certificate(der);
  const { result, offset } = fromBER(der);
  if (offset !== der.length || !x509.raw.equals(der)) throw new Error('something stands behind the certificate');
  const read = new Certificate({ schema: result });
  const { algorithmId } = read.signatureAlgorithm;
  if (algorithmId !== read.signature.algorithmId) throw new Error('the two signature algorithms of the certificate differ');
  const [notBefore, notAfter] = [read.notBefore.value, read.notAfter.value];
  if (Number.isNaN(notBefore.getTime()) || Number.isNaN(notAfter.getTime())) throw new Error('the dates of the certificate are no dates');
  if (x509.publicKey.type !== 'public') throw new Error('the certificate has no usable key');
  const subject = new Uint8Array(read.subject.valueBeforeDecode);
  return {
    der: new Uint8Array(der),
    fingerprint,
    subject: readName(subject),
    issuer: readName(new Uint8Array(read.issuer.valueBeforeDecode)),
    subjectDer: Buffer.from(subject).toString('hex'),
    notBefore,
    notAfter,
    key: x509.publicKey,
    extensions: readExtensions(read.version, read.extensions ?? []),
    signatureAlgorithm: algorithmId,
    x509,
  };
}

/** Issued under its own name: a change of key, or a root (RFC 5280, 3.2). */
export function isSelfIssued(certificate: PathCertificate): boolean {
  return certificate.subject.key === certificate.issuer.key;
}
