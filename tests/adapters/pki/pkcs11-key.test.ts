import { execFileSync, spawnSync } from 'node:child_process';
import { verify, X509Certificate } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { verifyReceipt } from '../../../src/adapters/edxml/second-verifier.ts';
import type { GatewayKey } from '../../../src/adapters/pki/gateway-key.ts';
import { loadGatewayKey } from '../../../src/adapters/pki/key-source.ts';
import { createReceiptSigner } from '../../../src/adapters/pki/receipt-xml.ts';
import { identity } from '../../support/certificates.ts';

const module = ['/usr/lib/softhsm/libsofthsm2.so', '/usr/lib/x86_64-linux-gnu/softhsm/libsofthsm2.so'].find((path) => existsSync(path));
const hasLibrary = (() => {
  try {
    createRequire(import.meta.url).resolve('pkcs11js');
    return true;
  } catch {
    return false;
  }
})();
const able = module !== undefined && hasLibrary && spawnSync('softhsm2-util', ['--version']).error === undefined;
// skipped where there is no softhsm2 (apt-get install softhsm2) or pkcs11js was not built
const withToken = able ? describe : describe.skip;

const pin = '246810';
let folder: string;

/** Puts a key into the token, as an operator does. */
async function importKey(label: string, kind: 'rsa-2048' | 'p256', id: string): Promise<string> {
  const { keyPem, certificatePem } = await identity(kind);
  const [key, certificate] = [join(folder, `${label}.key`), join(folder, `${label}.pem`)];
  writeFileSync(key, keyPem);
  writeFileSync(certificate, certificatePem);
  util('--import', key, '--token', 'truc', '--label', label, '--id', id, '--pin', pin);
  return certificate;
}

function util(...args: string[]): void {
  execFileSync('softhsm2-util', args, { stdio: 'ignore' });
}

const load = (certificateFile: string, more: { key?: string; token?: string; pin?: string } = {}) =>
  loadGatewayKey({
    folder,
    name: 'H61',
    now: new Date(),
    certificateFile,
    pkcs11: {
      module: module ?? '',
      token: more.token ?? 'truc',
      pin: () => more.pin ?? pin,
      ...(more.key === undefined ? {} : { key: more.key }),
    },
  });

withToken('a key in a PKCS#11 token (softhsm2)', () => {
  let rsa: string;
  let ec: string;
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'lienthong-hsm-'));
    mkdirSync(join(folder, 'tokens'));
    const config = join(folder, 'softhsm2.conf');
    writeFileSync(config, `directories.tokendir = ${join(folder, 'tokens')}\nobjectstore.backend = file\nlog.level = ERROR\n`);
    process.env['SOFTHSM2_CONF'] = config;
    util('--init-token', '--free', '--label', 'truc', '--so-pin', '13579246', '--pin', pin);
    rsa = await importKey('khoa-rsa', 'rsa-2048', 'a1');
    ec = await importKey('khoa-ec', 'p256', 'b2');
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it.each<[string, () => string, GatewayKey['algorithm']]>([
    ['RSA', () => rsa, 'rsa-sha256'],
    ['P-256', () => ec, 'ecdsa-sha256'],
  ])(
    '%s is found by its certificate among all of the token, and signs receipts that the second engine verifies',
    async (_, file, algorithm) => {
      const key = await load(file());
      expect(key).toMatchObject({ algorithm, origin: 'pkcs11' });
      const xml = await createReceiptSigner(() => key)({
        id: '0190a5b2-1111-7222-8333-444455556666',
        kind: 'accepted',
        issuedAt: new Date('2026-03-02T02:15:00Z'),
        gateway: 'H61',
        package: { id: '0190a5b2-1111-7222-8333-444455557777', sha256: 'a'.repeat(64), size: 1, receivedAt: new Date() },
      });
      expect(verifyReceipt(xml, key.certificatePem)).toMatchObject({ valid: true });
    },
  );

  it('signs many at the same time, each rightly', async () => {
    const key = await load(ec);
    const { publicKey } = new X509Certificate(key.certificatePem);
    const values = await Promise.all(Array.from({ length: 40 }, (_, i) => key.sign(Buffer.from(`${i}`))));
    const right = values.map((value, i) => verify('sha256', Buffer.from(`${i}`), { key: publicKey, dsaEncoding: 'ieee-p1363' }, value));
    expect(new Set(right)).toEqual(new Set([true]));
  });

  it('is not found when the token holds none for the certificate, by another label, or in no token at all', async () => {
    const stranger = join(folder, 'stranger.pem');
    writeFileSync(stranger, (await identity('rsa-3072')).certificatePem);
    await expect(load(stranger)).rejects.toThrow('no private key belongs to the certificate');
    await expect(load(rsa, { key: 'khoa-ec' })).rejects.toThrow('no private key with the label khoa-ec');
    await expect(load(rsa, { token: 'khong-co' })).rejects.toThrow('no token with the label khong-co');
    await expect(
      loadGatewayKey({ folder, name: 'H61', now: new Date(), pkcs11: { module: module ?? '', token: 'truc', pin: () => pin } }),
    ).rejects.toThrow('certificate');
  });
});
