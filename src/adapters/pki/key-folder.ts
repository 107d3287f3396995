import { randomBytes } from 'node:crypto';
import { chmod, link, mkdir, open, readFile, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { GatewayKey } from './gateway-key.ts';
import { keyFromPem } from './gateway-key.ts';
import type { KeyKind } from './issue-certificate.ts';

/** The folder of keys that are made here. `name`: common name in a certificate that is made. */
export interface KeyFolder {
  readonly folder: string;
  readonly name: string;
  readonly now: Date;
}

/** Names which of several keys signs; absent until the first rotation. */
const pointer = 'current';
const VALID_YEARS = 10;
const DAY = 86_400_000;

/** Loaded when a key is made, once in a gateway's life: it takes longer to load than all the rest that a short command needs. */
const maker = () => import('./issue-certificate.ts');

/**
 * Loads the key that signs from the folder, or makes a P-256 key with a self-signed certificate at the first start: files
 * `gateway-key.pem` and `gateway-certificate.pem` of mode 0600, written durably and only once, also when two processes start together.
 * Throws an Error that says what to mend when the files are unusable; nothing existing is ever overwritten.
 */
export async function loadFromFolder(options: KeyFolder): Promise<GatewayKey> {
  const { folder } = options;
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const [keyPath, certificatePath] = pathsOf(folder, await currentStem(folder));
  const keyPem = await readOrCreate(keyPath, async () => (await maker()).newKeyPem('ec-p256'));
  const certificatePem = await readOrCreate(certificatePath, () => selfSigned(keyPem, options));
  return keyFromPem(keyPem, certificatePem, keyPath, 'made');
}

/** Makes a key beside the others. It does not sign before `pointTo` says so. */
export async function makeInFolder(options: KeyFolder, kind: KeyKind): Promise<{ readonly key: GatewayKey; readonly stem: string }> {
  await mkdir(options.folder, { recursive: true, mode: 0o700 });
  const stem = `-${options.now
    .toISOString()
    .replace(/[^0-9]/g, '')
    .slice(0, 14)}-${randomBytes(3).toString('hex')}`;
  const [keyPath, certificatePath] = pathsOf(options.folder, stem);
  const keyPem = await readOrCreate(keyPath, async () => (await maker()).newKeyPem(kind));
  const certificatePem = await readOrCreate(certificatePath, () => selfSigned(keyPem, options));
  return { key: keyFromPem(keyPem, certificatePem, keyPath, 'made'), stem };
}

/** From now on this key of the folder signs: one rename, so that there is no moment without a key. */
export async function pointTo(folder: string, stem: string): Promise<void> {
  const draft = join(folder, `${pointer}.${randomBytes(6).toString('hex')}`);
  const file = await open(draft, 'wx', 0o600);
  try {
    await file.writeFile(`${stem}\n`);
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(draft, join(folder, pointer));
}

/** The files whose change means another key. */
export function watchedInFolder(folder: string): readonly string[] {
  return [join(folder, pointer)];
}

async function currentStem(folder: string): Promise<string> {
  const stem = (await readFile(join(folder, pointer), 'utf8').catch(unlessCode('ENOENT')))?.trim() ?? '';
  if (!/^(-[0-9]{14}-[0-9a-f]{6})?$/.test(stem)) throw new Error(`${join(folder, pointer)} does not name a key`);
  return stem;
}

const pathsOf = (folder: string, stem: string) =>
  [join(folder, `gateway-key${stem}.pem`), join(folder, `gateway-certificate${stem}.pem`)] as const;

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

async function selfSigned(keyPem: string, { name, now }: KeyFolder): Promise<string> {
  return (await maker()).issueCertificate(keyPem, {
    name,
    notBefore: new Date(now.getTime() - DAY),
    notAfter: new Date(now.getTime() + VALID_YEARS * 365 * DAY),
  });
}
