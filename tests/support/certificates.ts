import { createHash, webcrypto } from 'node:crypto';
import 'reflect-metadata';
import { cryptoProvider, X509CertificateGenerator } from '@peculiar/x509';
import type { AgencyCertificate } from '../../src/routing/package.ts';

cryptoProvider.set(webcrypto as never);

/** A key and its self-signed certificate, as files hold them and as the directory knows them. */
export interface TestIdentity {
  readonly keyPem: string;
  readonly certificatePem: string;
  readonly certificate: AgencyCertificate;
}

export type KeyKind = 'rsa-1024' | 'rsa-2048' | 'rsa-3072' | 'p256' | 'p384' | 'p521' | 'ed25519';

export interface IdentityOptions {
  readonly name?: string;
  readonly notBefore?: Date;
  readonly notAfter?: Date;
}

const curves = { p256: 'P-256', p384: 'P-384', p521: 'P-521' } as const;

function algorithmOf(kind: KeyKind) {
  if (kind === 'ed25519') return { name: 'Ed25519' };
  if (kind in curves) return { name: 'ECDSA', namedCurve: curves[kind as keyof typeof curves], hash: 'SHA-256' };
  const modulusLength = Number(kind.slice(4));
  return { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256', modulusLength, publicExponent: new Uint8Array([1, 0, 1]) };
}

/** Makes a key and a self-signed certificate, valid from 2020 to 2040 unless told otherwise. */
export async function makeIdentity(kind: KeyKind, options: IdentityOptions = {}): Promise<TestIdentity> {
  const algorithm = algorithmOf(kind);
  const keys = (await webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify'])) as webcrypto.CryptoKeyPair;
  const certificate = await X509CertificateGenerator.createSelfSigned({
    name: `CN=${options.name ?? `Sở Nội vụ (${kind})`}`,
    notBefore: options.notBefore ?? new Date('2020-01-01T00:00:00Z'),
    notAfter: options.notAfter ?? new Date('2040-01-01T00:00:00Z'),
    signingAlgorithm: algorithm,
    keys: keys as never,
  });
  const der = new Uint8Array(certificate.rawData);
  return {
    keyPem: pem('PRIVATE KEY', new Uint8Array(await webcrypto.subtle.exportKey('pkcs8', keys.privateKey))),
    certificatePem: pem('CERTIFICATE', der),
    certificate: {
      fingerprint: createHash('sha256').update(der).digest('hex'),
      der,
      notBefore: certificate.notBefore,
      notAfter: certificate.notAfter,
    },
  };
}

const made = new Map<KeyKind, Promise<TestIdentity>>();

/** One identity of each kind for a whole test file: RSA keys take a while to find. */
export function identity(kind: KeyKind): Promise<TestIdentity> {
  const known = made.get(kind);
  if (known !== undefined) return known;
  const fresh = makeIdentity(kind);
  made.set(kind, fresh);
  return fresh;
}

function pem(label: string, der: Uint8Array): string {
  const lines =
    Buffer.from(der)
      .toString('base64')
      .match(/.{1,64}/g) ?? [];
  return `-----BEGIN ${label}-----\n${lines.join('\n')}\n-----END ${label}-----\n`;
}
