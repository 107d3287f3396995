import type { KeyObject } from 'node:crypto';
import { X509Certificate } from 'node:crypto';
import type { AgencyCertificate } from '../../routing/package.ts';
import { reject } from '../../routing/problem.ts';

/** A certificate as it is registered for an agency. Names may hold a person's identity number: not for logs. */
export interface CertificateDetails extends AgencyCertificate {
  readonly subject: string;
  readonly issuer: string;
  /** Hex, as the certificate has it. */
  readonly serial: string;
  readonly keyType: 'rsa' | 'ec';
  readonly keyBits: number;
}

/** What a public key is, when it is strong enough to be trusted. */
export interface KeyStrength {
  readonly type: 'rsa' | 'ec';
  readonly bits: number;
}

const CERTIFICATE_BYTES = 64 << 10;
const RSA_BITS = 2048;
const curveBits: Readonly<Record<string, number>> = { prime256v1: 256, secp384r1: 384, secp521r1: 521 };

/**
 * Reads one certificate from PEM text or DER bytes for registration. Neither its issuer nor its dates are judged here.
 * Throws Rejection CERTIFICATE_UNREADABLE, or CERTIFICATE_KEY_WEAK for a key that `strengthOf` does not accept.
 */
export function readCertificate(pemOrDer: string | Uint8Array): CertificateDetails {
  const certificate = parse(onlyCertificate(pemOrDer));
  const strength = strengthOf(certificate.publicKey);
  if (strength === undefined) throw reject('CERTIFICATE_KEY_WEAK', { params: { key: describeKey(certificate.publicKey) } });
  return {
    fingerprint: fingerprintOf(certificate),
    der: new Uint8Array(certificate.raw),
    subject: oneLine(certificate.subject),
    issuer: oneLine(certificate.issuer),
    serial: certificate.serialNumber.toLowerCase(),
    notBefore: moment(certificate.validFrom),
    notAfter: moment(certificate.validTo),
    keyType: strength.type,
    keyBits: strength.bits,
  };
}

/** SHA-256 of the DER in lower-case hex: how a certificate is named everywhere in the gateway. */
export function fingerprintOf(certificate: X509Certificate): string {
  return certificate.fingerprint256.replaceAll(':', '').toLowerCase();
}

/** RSA of 2048 bits or more and EC on P-256, P-384 or P-521; undefined for any other key (design, decision 5). */
export function strengthOf(key: KeyObject): KeyStrength | undefined {
  const details = key.asymmetricKeyDetails;
  if (key.asymmetricKeyType === 'rsa') {
    const bits = details?.modulusLength ?? 0;
    // With exponent 1 a signature is the padded digest itself.
    return bits >= RSA_BITS && (details?.publicExponent ?? 0n) >= 3n ? { type: 'rsa', bits } : undefined;
  }
  const bits = key.asymmetricKeyType === 'ec' ? curveBits[details?.namedCurve ?? ''] : undefined;
  return bits === undefined ? undefined : { type: 'ec', bits };
}

function onlyCertificate(pemOrDer: string | Uint8Array): Buffer {
  const bytes = Buffer.from(pemOrDer);
  if (bytes.length > CERTIFICATE_BYTES) throw unreadable(`longer than ${CERTIFICATE_BYTES} bytes`);
  const text = bytes.toString('latin1');
  if (!text.includes('-----BEGIN ')) return bytes;
  if (/-----BEGIN [A-Z ]*PRIVATE KEY-----/.test(text)) throw unreadable('the file holds a private key, which must stay with its owner');
  const blocks = text.match(/-----BEGIN (?:X509 |TRUSTED )?CERTIFICATE-----/g) ?? [];
  if (blocks.length !== 1) throw unreadable(`the file holds ${blocks.length} certificates`);
  return bytes;
}

function parse(bytes: Buffer): X509Certificate {
  try {
    const certificate = new X509Certificate(bytes);
    // Parsed lazily: an unknown key type or broken dates must show here, not at the first package.
    if (certificate.publicKey.type !== 'public' || Number.isNaN(moment(certificate.validTo).getTime()))
      throw new Error('no usable key or dates');
    return certificate;
  } catch (error) {
    throw unreadable(error instanceof Error ? error.message : String(error));
  }
}

/** OpenSSL's form of a time, `Mar  2 09:15:00 2026 GMT`: Node 20 has no other. */
function moment(text: string): Date {
  return new Date(text);
}

function describeKey(key: KeyObject): string {
  const { modulusLength, namedCurve } = key.asymmetricKeyDetails ?? {};
  return [key.asymmetricKeyType, namedCurve ?? modulusLength].filter((part) => part !== undefined).join(' ');
}

/** A name as OpenSSL prints it, on one line. */
export function oneLine(name: string | undefined): string {
  return (name ?? '').split('\n').join(', ');
}

function unreadable(detail: string) {
  return reject('CERTIFICATE_UNREADABLE', { params: { detail } });
}
