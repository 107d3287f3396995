import { createSign } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createIssueToken, createReadToken } from '../../../src/adapters/pki/access-token.ts';
import type { GatewayKey } from '../../../src/adapters/pki/gateway-key.ts';
import { loadGatewayKey } from '../../../src/adapters/pki/key-source.ts';
import type { PublicKey } from '../../../src/routing/gateway-keys.ts';
import { identity } from '../../support/certificates.ts';

const now = new Date('2026-03-02T02:15:00.123Z');
const token = { clientId: 'qlvb-snv', scopes: ['send', 'receive'], issuedAt: now, expiresAt: new Date('2026-03-02T02:25:00.123Z') };

let folder: string;
let ec: GatewayKey;
let rsa: GatewayKey;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'lienthong-token-'));
  ec = await loadGatewayKey({ folder, name: 'H61', now });
  const { keyPem, certificatePem } = await identity('rsa-2048');
  const [keyFile, certificateFile] = [join(folder, 'rsa.key'), join(folder, 'rsa.pem')];
  writeFileSync(keyFile, keyPem);
  writeFileSync(certificateFile, certificatePem);
  rsa = await loadGatewayKey({ folder, name: 'H61', now, keyFile, certificateFile });
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const publicOf = (key: GatewayKey): PublicKey => ({ ...key, der: key.certificateDer, activeFrom: now });
const issueWith = (key: GatewayKey, gateway = 'truc') =>
  createIssueToken({ gateway, current: () => key, byFingerprint: async () => undefined, newId: () => 'jti' })(token);
const readWith = (...keys: GatewayKey[]) =>
  createReadToken({ gateway: 'truc', byFingerprint: async (one) => keys.map(publicOf).find(({ fingerprint }) => fingerprint === one) });

/** The token with a part written anew. */
function forge(text: string, change: { head?: object; body?: object; signature?: string }): string {
  const [head = '', body = '', signature = ''] = text.split('.');
  const again = (part: string, more?: object) =>
    more === undefined
      ? part
      : Buffer.from(JSON.stringify({ ...JSON.parse(Buffer.from(part, 'base64url').toString()), ...more })).toString('base64url');
  return `${again(head, change.head)}.${again(body, change.body)}.${change.signature ?? signature}`;
}

describe('an access token', () => {
  it('says who may do what until when, signed with an EC or an RSA key', async () => {
    for (const key of [ec, rsa]) expect(await readWith(ec, rsa)(await issueWith(key))).toEqual(token);
  });

  it.each<[string, (good: string) => string | Promise<string>]>([
    ['with more scopes', (good) => forge(good, { body: { scope: 'admin' } })],
    ['of another client', (good) => forge(good, { body: { client_id: 'other' } })],
    ['that lives longer', (good) => forge(good, { body: { exp: 4e9 } })],
    ['without a signature', (good) => forge(good, { head: { alg: 'none' }, signature: '' })],
    ['signed with the public key as a secret', (good) => forge(good, { head: { alg: 'HS256' } })],
    ['of another type', (good) => forge(good, { head: { typ: 'JWT' } })],
    ['of a key that is none of ours', (good) => forge(good, { head: { kid: 'a'.repeat(64) } })],
    ['of a key named by no fingerprint', (good) => forge(good, { head: { kid: '../../x' } })],
    ['of another gateway that shares the key', () => issueWith(ec, 'truc-khac')],
    ['that is none', () => 'eyJ.x.y'],
    ['of JSON that is no object', () => `${Buffer.from('1').toString('base64url')}.MQ.MQ`],
  ])('%s is refused', async (_, make) => {
    await expect(readWith(ec, rsa)(await make(await issueWith(ec)))).rejects.toMatchObject({ problems: [{ code: 'TOKEN_INVALID' }] });
  });

  it('can be checked by anybody with the published key', async () => {
    const [head, body, signature = ''] = (await issueWith(rsa)).split('.');
    const { keyPem } = await identity('rsa-2048');
    // RSA PKCS#1 v1.5 has one signature for one text
    expect(createSign('sha256').update(`${head}.${body}`).sign(keyPem).toString('base64url')).toBe(signature);
  });
});
