import { createPublicKey, verify } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { GatewayKey } from '../../../src/adapters/pki/gateway-key.ts';
import type { SignedRequest } from '../../../src/adapters/pki/http-signature.ts';
import { contentDigest, signRequest, verifyRequest } from '../../../src/adapters/pki/http-signature.ts';
import { loadGatewayKey } from '../../../src/adapters/pki/key-source.ts';
import { identity } from '../../support/certificates.ts';

const now = new Date('2026-03-02T02:15:00.500Z');
const fresh = { now, maxAge: 300 };
const request: SignedRequest = {
  method: 'POST',
  targetUri: 'https://vanban.xa-a.gov.vn/nhan?x=1',
  headers: {
    'content-digest': contentDigest('a'.repeat(64)),
    'content-type': 'application/xml',
    'lienthong-delivery': '0190a5b2-1111-7222-8333-444455556666',
    'lienthong-package': '0190a5b2-1111-7222-8333-444455557777',
  },
};

const folder = mkdtempSync(join(tmpdir(), 'lienthong-http-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

let ec: GatewayKey;
let rsa: GatewayKey;
beforeAll(async () => {
  ec = await loadGatewayKey({ folder, name: 'H61', now });
  const { keyPem, certificatePem } = await identity('rsa-2048');
  const [keyFile, certificateFile] = [join(folder, 'rsa-key.pem'), join(folder, 'rsa.pem')];
  writeFileSync(keyFile, keyPem);
  writeFileSync(certificateFile, certificatePem);
  rsa = await loadGatewayKey({ folder, name: 'H61', now, keyFile, certificateFile });
});

const withSignature = async (key: GatewayKey, one = request): Promise<SignedRequest> => ({
  ...one,
  headers: { ...one.headers, ...(await signRequest(one, key, now)) },
});
const withHeaders = (one: SignedRequest, headers: Record<string, string | undefined>): SignedRequest => ({
  ...one,
  headers: { ...one.headers, ...headers },
});

describe('a signed push request', () => {
  it('has the form of RFC 9421, and its signature base can be made by hand', async () => {
    const headers = await signRequest(request, ec, now);
    const parameters = `("@method" "@target-uri" "content-digest" "lienthong-delivery" "lienthong-package");created=1772417700;keyid="${ec.fingerprint}";alg="ecdsa-p256-sha256"`;
    expect(headers['signature-input']).toBe(`lienthong=${parameters}`);
    const base = [
      '"@method": POST',
      '"@target-uri": https://vanban.xa-a.gov.vn/nhan?x=1',
      '"content-digest": sha-256=:qqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqo=:',
      '"lienthong-delivery": 0190a5b2-1111-7222-8333-444455556666',
      '"lienthong-package": 0190a5b2-1111-7222-8333-444455557777',
      `"@signature-params": ${parameters}`,
    ].join('\n');
    const value = Buffer.from(headers.signature.slice('lienthong=:'.length, -1), 'base64');
    const key = createPublicKey(ec.certificatePem);
    expect(verify('sha256', Buffer.from(base), { key, dsaEncoding: 'ieee-p1363' }, value)).toBe(true);
  });

  it('verifies with the key that signed it, EC or RSA, beside signatures of others', async () => {
    const created = new Date('2026-03-02T02:15:00Z');
    for (const key of [ec, rsa]) {
      expect(verifyRequest(await withSignature(key), key.certificatePem, fresh)).toEqual({ valid: true, created });
    }
    const signed = await withSignature(ec);
    const among = withHeaders(signed, {
      'signature-input': `other=("@method");created=1, ${signed.headers['signature-input']}`,
      signature: `other=:AAAA:, ${signed.headers['signature']}`,
    });
    expect(verifyRequest(among, ec.certificatePem, fresh)).toEqual({ valid: true, created });
  });

  it.each<[string, (signed: SignedRequest) => SignedRequest, string]>([
    ['another method', (one) => ({ ...one, method: 'PUT' }), 'does not match'],
    ['another address', (one) => ({ ...one, targetUri: 'https://elsewhere.gov.vn/nhan?x=1' }), 'does not match'],
    ['another body', (one) => withHeaders(one, { 'content-digest': contentDigest('b'.repeat(64)) }), 'does not match'],
    ['another delivery', (one) => withHeaders(one, { 'lienthong-delivery': '1' }), 'does not match'],
    ['a header missing', (one) => withHeaders(one, { 'lienthong-package': undefined }), 'is missing'],
    ['no signature', (one) => withHeaders(one, { signature: undefined }), 'no signature'],
    ['a broken signature', (one) => withHeaders(one, { signature: 'lienthong=:AAAA:' }), 'does not match'],
    [
      'a component left out',
      (one) => withHeaders(one, { 'signature-input': one.headers['signature-input']?.replace(' "content-digest"', '') }),
      'must cover',
    ],
    [
      'a component twice in the place of another',
      (one) => withHeaders(one, { 'signature-input': one.headers['signature-input']?.replace('"content-digest"', '"@method"') }),
      'must cover',
    ],
    [
      'another algorithm',
      (one) => withHeaders(one, { 'signature-input': one.headers['signature-input']?.replace('ecdsa-p256-sha256', 'hmac-sha256') }),
      'does not fit',
    ],
    [
      'another time',
      (one) => withHeaders(one, { 'signature-input': one.headers['signature-input']?.replace(/created=\d+/, 'created=1772417701') }),
      'does not match',
    ],
  ])('is refused with %s', async (_name, change, reason) => {
    expect(verifyRequest(change(await withSignature(ec)), ec.certificatePem, fresh)).toMatchObject({
      valid: false,
      reason: expect.stringContaining(reason),
    });
  });

  it('is refused when too old, from the future, or by another key', async () => {
    const signed = await withSignature(ec);
    for (const minutes of [-6, 6]) {
      const then = { now: new Date(now.getTime() + minutes * 60_000), maxAge: 300 };
      expect(verifyRequest(signed, ec.certificatePem, then)).toMatchObject({ valid: false, reason: expect.stringContaining('created') });
    }
    expect(verifyRequest(signed, rsa.certificatePem, fresh)).toMatchObject({
      valid: false,
      reason: expect.stringContaining('another key'),
    });
    expect(verifyRequest(signed, 'no certificate', fresh)).toMatchObject({ valid: false });
  });

  it('is not made without the headers it covers, or with line breaks in them', async () => {
    await expect(signRequest(withHeaders(request, { 'lienthong-delivery': undefined }), ec, now)).rejects.toThrow(
      'lienthong-delivery is missing',
    );
    await expect(signRequest(withHeaders(request, { 'lienthong-delivery': '1\n"@method": GET' }), ec, now)).rejects.toThrow(
      'cannot be signed',
    );
  });
});
