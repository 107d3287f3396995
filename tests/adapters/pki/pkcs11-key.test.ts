import { execFileSync, spawnSync } from 'node:child_process';
import { verify, X509Certificate } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { verifyReceipt } from '../../../src/adapters/edxml/second-verifier.ts';
import { identity, makeIdentity } from '../../support/certificates.ts';
import { ownEnvironment } from '../../support/gateway-process.ts';

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
/** Where the tokens are: read by the module itself, so every use of it is a process of its own. */
let env: Record<string, string>;

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
  execFileSync('softhsm2-util', args, { stdio: 'ignore', env });
}

/** What the process says that loads the key and signs with it. */
interface Said {
  readonly error?: string;
  readonly algorithm?: string;
  readonly origin?: string;
  readonly certificatePem: string;
  readonly receipt: string;
  readonly values: readonly string[];
}

const program = fileURLToPath(new URL('../../support/token-process.js', import.meta.url));

function load(certificateFile: string, more: { key?: string; token?: string; pin?: string } = {}): Said {
  const args = [module ?? '', more.token ?? 'truc', more.pin ?? pin, certificateFile, more.key ?? ''];
  return JSON.parse(execFileSync(process.execPath, [program, ...args], { env, encoding: 'utf8' })) as Said;
}

withToken('a key in a PKCS#11 token (softhsm2)', () => {
  let rsa: string;
  let ec: string;
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'lienthong-hsm-'));
    mkdirSync(join(folder, 'tokens'));
    const config = join(folder, 'softhsm2.conf');
    writeFileSync(config, `directories.tokendir = ${join(folder, 'tokens')}\nobjectstore.backend = file\nlog.level = ERROR\n`);
    env = { ...ownEnvironment(), SOFTHSM2_CONF: config };
    util('--init-token', '--free', '--label', 'truc', '--so-pin', '13579246', '--pin', pin);
    rsa = await importKey('khoa-rsa', 'rsa-2048', 'a1');
    ec = await importKey('khoa-ec', 'p256', 'b2');
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it.each([
    ['RSA', () => rsa, 'rsa-sha256'],
    ['P-256', () => ec, 'ecdsa-sha256'],
  ])(
    '%s is found by its certificate among all of the token, and signs many at once and receipts that the second engine verifies',
    (_, file, algorithm) => {
      const said = load(file());
      expect(said).toMatchObject({ algorithm, origin: 'pkcs11' });
      expect(verifyReceipt(said.receipt, said.certificatePem)).toMatchObject({ valid: true });
      const key = { key: new X509Certificate(said.certificatePem).publicKey, dsaEncoding: 'ieee-p1363' } as const;
      const right = said.values.map((value, i) => verify('sha256', Buffer.from(`${i}`), key, Buffer.from(value, 'base64')));
      expect([right.length, new Set(right)]).toEqual([40, new Set([true])]);
    },
  );

  it('is not found when the token holds none for the certificate, by another label, with another PIN, or in no token at all', async () => {
    const stranger = join(folder, 'stranger.pem');
    writeFileSync(stranger, (await makeIdentity('p256')).certificatePem);
    expect(load(stranger).error).toContain('no private key belongs to the certificate');
    expect(load(rsa, { key: 'khoa-ec' }).error).toContain('no private key with the label khoa-ec');
    expect(load(rsa, { key: 'khoa-rsa' }).error).toBeUndefined();
    expect(load(rsa, { token: 'khong-co' }).error).toContain('no token with the label khong-co');
    expect(load(rsa, { pin: '000000' }).error).toContain('CKR_PIN_INCORRECT');
    expect(load('').error).toContain('certificate');
  });
});
