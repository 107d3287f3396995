import { createPrivateKey, sign, X509Certificate } from 'node:crypto';
import { promisify } from 'node:util';
import type { KeyOrigin } from '../../routing/gateway-keys.ts';
import { fingerprintOf } from './certificate.ts';

/** The key that the gateway signs receipts, push requests and tokens with, wherever it lives. It never prints. */
export interface GatewayKey {
  readonly algorithm: 'ecdsa-sha256' | 'rsa-sha256';
  readonly origin: KeyOrigin;
  readonly certificatePem: string;
  readonly certificateDer: Uint8Array;
  /** SHA-256 of the certificate's DER in hex; names the key in signed requests. */
  readonly fingerprint: string;
  readonly notAfter: Date;
  /** Signs the SHA-256 of these bytes: r and s side by side (ECDSA), or PKCS#1 v1.5 (RSA). */
  sign(bytes: Uint8Array): Promise<Buffer>;
}

const RSA_BITS = 2048;
const signInThreadPool = promisify(sign);

/** What a certificate says of a gateway's key. Throws an Error when it is for a key that the gateway can't use; `from` names its source. */
export function aboutKey(certificatePem: string | Uint8Array, from: string) {
  const certificate = new X509Certificate(certificatePem);
  const { asymmetricKeyType: type, asymmetricKeyDetails: details } = certificate.publicKey;
  const isEc = type === 'ec' && details?.namedCurve === 'prime256v1';
  const isRsa = type === 'rsa' && (details?.modulusLength ?? 0) >= RSA_BITS;
  if (!isEc && !isRsa) throw new Error(`${from}: the gateway's key must be EC P-256 or RSA of ${RSA_BITS} bits or more`);
  return {
    certificate,
    algorithm: isEc ? ('ecdsa-sha256' as const) : ('rsa-sha256' as const),
    certificatePem: certificate.toString(),
    certificateDer: new Uint8Array(certificate.raw),
    fingerprint: fingerprintOf(certificate),
    notAfter: new Date(certificate.validTo),
  };
}

/** A key from PEM texts. Throws an Error that says what to mend; `path` names the file of the key. */
export function keyFromPem(keyPem: string, certificatePem: string, path: string, origin: KeyOrigin): GatewayKey {
  const privateKey = createPrivateKey(keyPem);
  const { certificate, ...about } = aboutKey(certificatePem, path);
  if (!certificate.checkPrivateKey(privateKey)) throw new Error(`${path}: the certificate is not that of this key`);
  const signer = { key: privateKey, dsaEncoding: 'ieee-p1363' } as const;
  return {
    ...about,
    origin,
    // a P-256 signature takes 0.03 ms, less than the way to another thread; RSA takes ten times as long
    sign: async (bytes) => (about.algorithm === 'ecdsa-sha256' ? sign('sha256', bytes, signer) : signInThreadPool('sha256', bytes, signer)),
  };
}
