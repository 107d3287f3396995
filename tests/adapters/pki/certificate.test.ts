import { createHash, generateKeyPairSync, sign } from 'node:crypto';
import { readCertificate } from '../../../src/adapters/pki/certificate.ts';
import { problemText, Rejection } from '../../../src/routing/problem.ts';
import type { KeyKind } from '../../support/certificates.ts';
import { identity, makeIdentity } from '../../support/certificates.ts';

function refusalOf(pemOrDer: string | Uint8Array) {
  try {
    readCertificate(pemOrDer);
  } catch (error) {
    if (error instanceof Rejection) return error.problems[0];
    throw error;
  }
  return undefined;
}

describe('reading a certificate for registration', () => {
  it.each<[KeyKind, 'rsa' | 'ec', number]>([
    ['rsa-2048', 'rsa', 2048],
    ['rsa-3072', 'rsa', 3072],
    ['p256', 'ec', 256],
    ['p384', 'ec', 384],
    ['p521', 'ec', 521],
  ])('takes %s', async (kind, keyType, keyBits) => {
    const { certificatePem, certificate } = await identity(kind);
    const read = readCertificate(certificatePem);
    expect(read).toMatchObject({ keyType, keyBits, fingerprint: certificate.fingerprint });
    expect(read.fingerprint).toBe(createHash('sha256').update(certificate.der).digest('hex'));
    expect(Buffer.from(read.der)).toEqual(Buffer.from(certificate.der));
    expect(read.subject).toBe(`CN=Sở Nội vụ (${kind})`);
    expect(read.issuer).toBe(read.subject);
    expect(read.serial).toMatch(/^[0-9a-f]+$/);
  });

  it('reads PEM with text around it and DER alike', async () => {
    const { certificatePem, certificate } = await identity('p256');
    expect(readCertificate(`Bag Attributes\n${certificatePem}\n`).fingerprint).toBe(certificate.fingerprint);
    expect(readCertificate(certificate.der).fingerprint).toBe(certificate.fingerprint);
    expect(readCertificate(Buffer.from(certificatePem)).fingerprint).toBe(certificate.fingerprint);
  });

  it('reads dates to the second, also far ones', async () => {
    const notBefore = new Date('2019-03-02T04:05:06Z');
    const notAfter = new Date('2061-12-31T23:59:59Z');
    const { certificatePem } = await makeIdentity('p256', { notBefore, notAfter });
    expect(readCertificate(certificatePem)).toMatchObject({ notBefore, notAfter });
  });

  it.each<KeyKind>(['rsa-1024', 'ed25519'])('refuses the key %s and says what it is', async (kind) => {
    const { certificatePem } = await identity(kind);
    const problem = refusalOf(certificatePem);
    expect(problem?.code).toBe('CERTIFICATE_KEY_WEAK');
    expect(problemText(problem as NonNullable<typeof problem>).en).toContain(kind.replace('-', ' '));
  });

  it('refuses what is no certificate, and a file with a key or several certificates', async () => {
    const { certificatePem, keyPem, certificate } = await identity('p256');
    expect(refusalOf('')?.code).toBe('CERTIFICATE_UNREADABLE');
    expect(refusalOf('hello')?.code).toBe('CERTIFICATE_UNREADABLE');
    expect(refusalOf(certificate.der.slice(0, 100))?.code).toBe('CERTIFICATE_UNREADABLE');
    expect(refusalOf('x'.repeat(100_000))?.params?.['detail']).toContain('longer');
    expect(refusalOf(keyPem + certificatePem)?.params?.['detail']).toContain('private key');
    expect(refusalOf(certificatePem + certificatePem)?.params?.['detail']).toContain('2 certificates');
    const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'prime256v1' });
    expect(refusalOf(publicKey.export({ type: 'spki', format: 'pem' }).toString())?.params?.['detail']).toContain('0 certificates');
    expect(refusalOf(sign('sha256', Buffer.from('x'), privateKey))?.code).toBe('CERTIFICATE_UNREADABLE');
  });
});
