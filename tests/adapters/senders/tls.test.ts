import 'reflect-metadata';
import { webcrypto } from 'node:crypto';
import type { ServerOptions } from 'node:https';
import { createServer } from 'node:https';
import { BasicConstraintsExtension, SubjectAlternativeNameExtension, X509CertificateGenerator } from '@peculiar/x509';
import { answering, claimOf, closeRecipients, pushTo, recipient } from './recipient.ts';

const bytes = Buffer.from('<edXML/>');
const resolve = async () => [{ address: '127.0.0.1', family: 4 }];

/** A self-made authority and a server certificate of it for agency.example. */
async function makeCertificates() {
  const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
  const newKeys = () => webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify']) as Promise<CryptoKeyPair>;
  const [caKeys, keys] = [await newKeys(), await newKeys()];
  const ca = await X509CertificateGenerator.createSelfSigned({
    name: 'CN=Test authority',
    keys: caKeys,
    signingAlgorithm: algorithm,
    extensions: [new BasicConstraintsExtension(true, undefined, true)],
  });
  const server = await X509CertificateGenerator.create({
    subject: 'CN=agency.example',
    issuer: ca.subject,
    publicKey: keys.publicKey,
    signingKey: caKeys.privateKey,
    signingAlgorithm: algorithm,
    extensions: [new SubjectAlternativeNameExtension([{ type: 'dns', value: 'agency.example' }])],
  });
  const pkcs8 = Buffer.from(await webcrypto.subtle.exportKey('pkcs8', keys.privateKey)).toString('base64');
  return { ca: ca.toString('pem'), cert: server.toString('pem'), key: `-----BEGIN PRIVATE KEY-----\n${pkcs8}\n-----END PRIVATE KEY-----` };
}

type CryptoKeyPair = Awaited<ReturnType<typeof webcrypto.subtle.generateKey>> & {
  publicKey: webcrypto.CryptoKey;
  privateKey: webcrypto.CryptoKey;
};

describe('pushes over TLS', () => {
  let made: Awaited<ReturnType<typeof makeCertificates>>;
  beforeAll(async () => {
    made = await makeCertificates();
  });
  afterEach(closeRecipients);

  async function push(host: string, ca: string | undefined, options: ServerOptions = {}) {
    const { port } = await recipient(answering(200), createServer({ cert: made.cert, key: made.key, ...options }));
    const send = pushTo({ resolve, ...(ca === undefined ? {} : { ca }) });
    return send(claimOf(`https://${host}:${port}/`, bytes));
  }

  it('go to a recipient whose authority is in the setting', async () => {
    expect(await push('agency.example', made.ca)).toMatchObject({ kind: 'delivered' });
  });

  it('do not go to one whose authority nobody knows', async () => {
    expect(await push('agency.example', undefined)).toMatchObject({
      kind: 'unavailable',
      detail: expect.stringContaining('UNABLE_TO_VERIFY'),
    });
  });

  it('do not go to one with the certificate of another name', async () => {
    expect(await push('other.example', made.ca)).toMatchObject({
      kind: 'unavailable',
      detail: expect.stringContaining('ERR_TLS_CERT_ALTNAME'),
    });
  });

  it('do not go to one that speaks only TLS 1.1', async () => {
    const old = { minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT@SECLEVEL=0' } as const;
    expect(await push('agency.example', made.ca, old)).toMatchObject({ kind: 'unavailable' });
  });
});
