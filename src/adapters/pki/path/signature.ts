import type { PathCertificate } from './certificate.ts';

/** Algorithms that a certificate may be signed with: RSA (PKCS #1 v1.5) and ECDSA with SHA-2. SHA-1, MD5, DSA and the rest are refused. */
export const signatureAlgorithms: ReadonlyMap<string, string> = new Map([
  ['1.2.840.113549.1.1.11', 'sha256WithRSAEncryption'],
  ['1.2.840.113549.1.1.12', 'sha384WithRSAEncryption'],
  ['1.2.840.113549.1.1.13', 'sha512WithRSAEncryption'],
  ['1.2.840.10045.4.3.2', 'ecdsa-with-SHA256'],
  ['1.2.840.10045.4.3.3', 'ecdsa-with-SHA384'],
  ['1.2.840.10045.4.3.4', 'ecdsa-with-SHA512'],
]);

const CACHED = 4096;
/** Pairs of fingerprints; a signature once computed never changes. */
const known = new Map<string, boolean>();

/** Whether the issuer's key made the signature of the certificate. */
export function isSignedBy(certificate: PathCertificate, issuer: PathCertificate): boolean {
  const pair = `${certificate.fingerprint} ${issuer.fingerprint}`;
  const cached = known.get(pair);
  if (cached !== undefined) return cached;
  const verdict = verified(certificate, issuer);
  if (known.size >= CACHED) known.delete(known.keys().next().value as string);
  known.set(pair, verdict);
  return verdict;
}

function verified(certificate: PathCertificate, issuer: PathCertificate): boolean {
  try {
    return certificate.x509.verify(issuer.key);
  } catch {
    return false;
  }
}
