import type { KeyObject } from 'node:crypto';
import { verify, X509Certificate } from 'node:crypto';
import type { AgencyCertificate, SignatureAlgorithm, SignatureClaim, SignaturePolicy, SignatureVerdict } from '../../routing/package.ts';
import type { Problem } from '../../routing/problem.ts';
import { vietnamTime } from '../../routing/time.ts';
import { fingerprintOf, strengthOf } from './certificate.ts';

type Decision = { readonly verdict: SignatureVerdict } | { readonly problem: Problem };
type Present = Extract<SignatureClaim, { state: 'present' }>;

const SIGNATURE_AT = '/edXML/edXMLEnvelope/edXMLHeader/Signature';

/**
 * Decides whether a signature was made with one of these certificates, which are the sender's in our directory: the key never comes
 * from the message (design, decisions 5 and 6).
 *
 * `required` wants a strong signature, `legacy` also takes SHA-1 and marks the verdict weak, `optional` takes an unsigned package and
 * marks it absent. Under `optional` a signature of a sender without any registered certificate counts as absent too, however it looks:
 * nobody can hold it against anything, and whoever sent it could as well have left it out. Any other signature must be valid.
 *
 * Problems: SIGNATURE_MISSING, SIGNATURE_FORM, SIGNATURE_ALGORITHM, CERTIFICATE_UNKNOWN, SIGNATURE_INVALID, CERTIFICATE_NOT_VALID.
 * Throws an Error when a certificate is not the one its fingerprint names.
 */
export function verifyClaim(
  claim: SignatureClaim,
  certificates: readonly AgencyCertificate[],
  policy: SignaturePolicy,
  at: Date,
  sender: string,
): Decision {
  const nobodyCanCheck = policy === 'optional' && certificates.length === 0;
  if (nobodyCanCheck || (claim.state === 'absent' && policy === 'optional')) return { verdict: { state: 'absent' } };
  if (claim.state === 'absent') return { problem: claim.because ?? { code: 'SIGNATURE_MISSING', at: SIGNATURE_AT, params: { sender } } };
  if (claim.state === 'unacceptable') return { problem: claim.problem };
  const weak = claim.algorithm === 'rsa-sha1' || claim.digestAlgorithm === 'sha1';
  if (weak && policy !== 'legacy') return refuse(claim, 'SIGNATURE_ALGORITHM', { algorithm: weakest(claim) });
  if (certificates.length === 0) return refuse(claim, 'CERTIFICATE_UNKNOWN', { sender });
  const signer = claim.digestMatches ? signerOf(claim, certificates, at) : undefined;
  const registered = certificates.some((certificate) => isValidAt(certificate, at));
  if (signer === undefined)
    return refuse(claim, registered || !claim.digestMatches ? 'SIGNATURE_INVALID' : 'CERTIFICATE_UNKNOWN', { sender });
  if (!isValidAt(signer, at)) return refuse(claim, 'CERTIFICATE_NOT_VALID', validity(signer));
  return { verdict: { state: weak ? 'weak' : 'valid', algorithm: claim.algorithm, fingerprint: signer.fingerprint } };
}

function refuse(claim: Present, code: Problem['code'], params: Record<string, string>): Decision {
  return { problem: { code, at: SIGNATURE_AT, ...(claim.line === undefined ? {} : { line: claim.line }), params } };
}

function weakest(claim: Present): string {
  return claim.algorithm === 'rsa-sha1' ? claim.algorithm : `${claim.algorithm} with digest ${claim.digestAlgorithm}`;
}

function validity(certificate: AgencyCertificate): Record<string, string> {
  return { notBefore: vietnamTime(certificate.notBefore), notAfter: vietnamTime(certificate.notAfter) };
}

/** The certificate whose key made the signature; one that is valid at the time is preferred to one that is not. */
function signerOf(claim: Present, certificates: readonly AgencyCertificate[], at: Date): AgencyCertificate | undefined {
  const validFirst = [...certificates].sort((a, b) => Number(isValidAt(b, at)) - Number(isValidAt(a, at)));
  return validFirst.find((certificate) => signedBy(claim, certificate));
}

function isValidAt(certificate: AgencyCertificate, at: Date): boolean {
  return certificate.notBefore <= at && at <= certificate.notAfter;
}

function signedBy(claim: Present, certificate: AgencyCertificate): boolean {
  const key = publicKeyOf(certificate);
  return key !== null && isMadeWith(key, claim);
}

/** True when the private key of this one, which must be strong enough, made the signature. */
export function isMadeWith(key: KeyObject, claim: Pick<Present, 'algorithm' | 'signedInfo' | 'value'>): boolean {
  const [type, digest] = splitAlgorithm(claim.algorithm);
  if (strengthOf(key)?.type !== type) return false;
  try {
    // XML Signature writes ECDSA values as r and s side by side (xmldsig-core1, 6.4.3), not as DER.
    return verify(digest, claim.signedInfo, { key, dsaEncoding: 'ieee-p1363' }, claim.value);
  } catch {
    return false;
  }
}

function splitAlgorithm(algorithm: SignatureAlgorithm): ['rsa' | 'ec', string] {
  const [family, digest] = algorithm.split('-') as ['rsa' | 'ecdsa', string];
  return [family === 'rsa' ? 'rsa' : 'ec', digest];
}

const CACHED_KEYS = 4096;
/** Least recently used first. Null: a certificate whose key is too weak to be used. */
const keys = new Map<string, KeyObject | null>();

function publicKeyOf(certificate: AgencyCertificate): KeyObject | null {
  const { fingerprint } = certificate;
  const cached = keys.get(fingerprint);
  const key = cached === undefined ? readKey(certificate) : cached;
  keys.delete(fingerprint);
  keys.set(fingerprint, key);
  if (keys.size > CACHED_KEYS) keys.delete(keys.keys().next().value as string);
  return key;
}

function readKey(certificate: AgencyCertificate): KeyObject | null {
  const parsed = new X509Certificate(certificate.der);
  if (fingerprintOf(parsed) !== certificate.fingerprint) throw new Error(`no certificate with fingerprint ${certificate.fingerprint}`);
  return strengthOf(parsed.publicKey) === undefined ? null : parsed.publicKey;
}
