import type { KeyObject } from 'node:crypto';
import { createPrivateKey, randomBytes, X509Certificate } from 'node:crypto';
import { chmod, link, mkdir, open, readFile, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { fingerprintOf } from './certificate.ts';
import { issueCertificate, newKeyPem } from './issue-certificate.ts';

/** The key that the gateway signs receipts and push requests with. Only `node:crypto` can look into `privateKey`: it never prints. */
export interface GatewayKey {
  readonly privateKey: KeyObject;
  readonly algorithm: 'ecdsa-sha256' | 'rsa-sha256';
  readonly certificatePem: string;
  readonly certificateDer: Uint8Array;
  /** SHA-256 of the certificate's DER in hex; names the key in signed requests. */
  readonly fingerprint: string;
  readonly notAfter: Date;
}

export interface GatewayKeyOptions {
  /** The data folder: here the key is made and found again. */
  readonly folder: string;
  /** Common name in a certificate that is made here. */
  readonly name: string;
  readonly now: Date;
  /** An own key and its certificate (PEM) instead; both or neither. */
  readonly keyFile?: string;
  readonly certificateFile?: string;
}

const RSA_BITS = 2048;
const VALID_YEARS = 10;
const DAY = 86_400_000;

/**
 * Loads the gateway's key and certificate, or makes a P-256 key with a self-signed certificate at the first start: files
 * `gateway-key.pem` and `gateway-certificate.pem` of mode 0600, written durably and only once, also when two processes start together.
 * Throws an Error that says what to mend when the files are unusable; nothing existing is ever overwritten.
 */
export async function loadGatewayKey(options: GatewayKeyOptions): Promise<GatewayKey> {
  const { keyFile, certificateFile } = options;
  if (keyFile !== undefined && certificateFile !== undefined) {
    return assemble(await readFile(keyFile, 'utf8'), await readFile(certificateFile, 'utf8'), keyFile);
  }
  if (keyFile !== undefined || certificateFile !== undefined) throw new Error('set both a key file and a certificate file, or neither');
  await mkdir(options.folder, { recursive: true, mode: 0o700 });
  const keyPath = join(options.folder, 'gateway-key.pem');
  const keyPem = await readOrCreate(keyPath, () => newKeyPem('ec-p256'));
  const certificatePem = await readOrCreate(join(options.folder, 'gateway-certificate.pem'), () => selfSigned(keyPem, options));
  return assemble(keyPem, certificatePem, keyPath);
}

function assemble(keyPem: string, certificatePem: string, keyPath: string): GatewayKey {
  const privateKey = createPrivateKey(keyPem);
  const certificate = new X509Certificate(certificatePem);
  const { modulusLength, namedCurve } = privateKey.asymmetricKeyDetails ?? {};
  const isEc = privateKey.asymmetricKeyType === 'ec' && namedCurve === 'prime256v1';
  const isRsa = privateKey.asymmetricKeyType === 'rsa' && (modulusLength ?? 0) >= RSA_BITS;
  if (!isEc && !isRsa) throw new Error(`${keyPath}: the gateway's key must be EC P-256 or RSA of ${RSA_BITS} bits or more`);
  if (!certificate.checkPrivateKey(privateKey)) throw new Error(`${keyPath}: the certificate is not that of this key`);
  return {
    privateKey,
    algorithm: isEc ? 'ecdsa-sha256' : 'rsa-sha256',
    certificatePem: certificate.toString(),
    certificateDer: new Uint8Array(certificate.raw),
    fingerprint: fingerprintOf(certificate),
    notAfter: new Date(certificate.validTo),
  };
}

async function readOrCreate(path: string, create: () => Promise<string>): Promise<string> {
  const found = await readOwn(path);
  if (found !== undefined) return found;
  const draft = `${path}.${randomBytes(6).toString('hex')}`;
  try {
    const file = await open(draft, 'wx', 0o600);
    try {
      await file.writeFile(await create());
      await file.sync();
    } finally {
      await file.close();
    }
    // A link, unlike a rename, never replaces what another process has made in the meantime.
    await link(draft, path).catch(unlessCode('EEXIST'));
  } finally {
    await rm(draft, { force: true });
  }
  const made = await readOwn(path);
  if (made === undefined) throw new Error(`${path} could not be made`);
  return made;
}

/** A file of ours, closed to others should a restore have opened it. */
async function readOwn(path: string): Promise<string | undefined> {
  const text = await readFile(path, 'utf8').catch(unlessCode('ENOENT'));
  if (text !== undefined && ((await stat(path)).mode & 0o077) !== 0) await chmod(path, 0o600);
  return text;
}

function unlessCode(code: string): (error: unknown) => undefined {
  return (error) => {
    if ((error as NodeJS.ErrnoException).code !== code) throw error;
    return undefined;
  };
}

function selfSigned(keyPem: string, { name, now }: GatewayKeyOptions): Promise<string> {
  return issueCertificate(keyPem, {
    name,
    notBefore: new Date(now.getTime() - DAY),
    notAfter: new Date(now.getTime() + VALID_YEARS * 365 * DAY),
  });
}
