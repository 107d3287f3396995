import { verify, X509Certificate } from 'node:crypto';
import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import type { GatewayKey } from '../../../src/adapters/pki/gateway-key.ts';
import { loadGatewayKey } from '../../../src/adapters/pki/key-source.ts';
import { identity } from '../../support/certificates.ts';

const now = new Date('2026-03-02T02:15:00Z');
const name = 'Trục liên thông "tỉnh", H61 #1';

/** True when what the key signs is verified with the certificate. */
async function signs(key: GatewayKey, certificate: X509Certificate): Promise<boolean> {
  const bytes = Buffer.from('biên nhận');
  return verify('sha256', bytes, { key: certificate.publicKey, dsaEncoding: 'ieee-p1363' }, await key.sign(bytes));
}

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'lienthong-key-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe("the gateway's key", () => {
  it('is made at the first start, with a certificate of its own, in files that nobody else can read', async () => {
    const key = await loadGatewayKey({ folder: join(folder, 'data'), name, now });
    expect(key.algorithm).toBe('ecdsa-sha256');
    const certificate = new X509Certificate(key.certificatePem);
    expect(await signs(key, certificate)).toBe(true);
    expect(certificate.verify(certificate.publicKey)).toBe(true);
    expect(certificate.ca).toBe(false);
    expect(certificate.subject).toBe('CN=Trục liên thông tỉnh H61 1');
    expect(key.notAfter.getUTCFullYear()).toBe(2036);
    const files = readdirSync(join(folder, 'data')).sort();
    expect(files).toEqual(['gateway-certificate.pem', 'gateway-key.pem']);
    for (const file of files) expect(statSync(join(folder, 'data', file)).mode & 0o777).toBe(0o600);
  });

  it('is the same at the next start, and for all who start at once', async () => {
    const keys = await Promise.all(Array.from({ length: 5 }, () => loadGatewayKey({ folder, name, now })));
    const again = await loadGatewayKey({ folder, name: 'other', now });
    expect(new Set([...keys, again].map((key) => key.fingerprint)).size).toBe(1);
    expect(readdirSync(folder)).toHaveLength(2);
  });

  it('gets a new certificate when only that was lost, and is closed again when a restore has opened it', async () => {
    const first = await loadGatewayKey({ folder, name, now });
    rmSync(join(folder, 'gateway-certificate.pem'));
    chmodSync(join(folder, 'gateway-key.pem'), 0o644);
    const second = await loadGatewayKey({ folder, name, now });
    expect(await signs(first, new X509Certificate(second.certificatePem))).toBe(true);
    expect(second.fingerprint).not.toBe(first.fingerprint);
    expect(statSync(join(folder, 'gateway-key.pem')).mode & 0o777).toBe(0o600);
  });

  it('never prints', async () => {
    const key = await loadGatewayKey({ folder, name, now });
    const secret = readFileSync(join(folder, 'gateway-key.pem'), 'utf8').split('\n')[1] as string;
    expect(inspect(key, { depth: 9, showHidden: true }) + JSON.stringify(key)).not.toContain(secret.slice(10, 40));
  });

  it('may be an RSA key from files, and both files must be named', async () => {
    const rsa = await identity('rsa-2048');
    const keyFile = join(folder, 'own-key.pem');
    const certificateFile = join(folder, 'own.pem');
    writeFileSync(keyFile, rsa.keyPem);
    writeFileSync(certificateFile, rsa.certificatePem);
    const key = await loadGatewayKey({ folder, name, now, keyFile, certificateFile });
    expect(key).toMatchObject({ algorithm: 'rsa-sha256', fingerprint: rsa.certificate.fingerprint });
    await expect(loadGatewayKey({ folder, name, now, keyFile })).rejects.toThrow('both');
  });

  it('is refused when weak, of another kind, or not that of the certificate, and nothing is overwritten', async () => {
    const [weak, odd, one, other] = [
      await identity('rsa-1024'),
      await identity('p384'),
      await identity('p256'),
      await identity('rsa-2048'),
    ];
    const cases = [
      [weak.keyPem, weak.certificatePem, 'must be EC P-256 or RSA'],
      [odd.keyPem, odd.certificatePem, 'must be EC P-256 or RSA'],
      [one.keyPem, other.certificatePem, 'not that of this key'],
    ] as const;
    for (const [keyPem, certificatePem, message] of cases) {
      writeFileSync(join(folder, 'gateway-key.pem'), keyPem);
      writeFileSync(join(folder, 'gateway-certificate.pem'), certificatePem);
      await expect(loadGatewayKey({ folder, name, now })).rejects.toThrow(message);
      expect(readFileSync(join(folder, 'gateway-key.pem'), 'utf8')).toBe(keyPem);
    }
    writeFileSync(join(folder, 'gateway-key.pem'), 'cut sho');
    await expect(loadGatewayKey({ folder, name, now })).rejects.toThrow();
  });
});
