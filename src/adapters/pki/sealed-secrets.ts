import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { link, mkdir, open, readFile, rm } from 'node:fs/promises';
import { dirname } from 'node:path';

/** Encrypts secrets that must be known in the clear to be used, such as keys of an HMAC. */
export interface Vault {
  /** `name` says whose it is: sealed for one name, it can't be opened for another. */
  seal(secret: string, name: string): Uint8Array;
  /** Throws an Error when it was sealed with another key or for another name. */
  open(sealed: Uint8Array, name: string): string;
}

const cipher = 'aes-256-gcm';
const sizes = { key: 32, nonce: 12, tag: 16 };

/**
 * The vault under the key in a file of 64 hex digits. A file that is not there is made, mode 0600, durably and only once, also when two
 * processes start together. Throws an Error when the file holds no key.
 */
export async function openVault(path: string): Promise<Vault> {
  const text = (await readOwn(path)) ?? (await make(path));
  if (!/^[0-9a-f]{64}\s*$/i.test(text)) throw new Error(`${path} does not hold a key of 64 hex digits`);
  return vaultOf(Buffer.from(text.trim(), 'hex'));
}

function vaultOf(key: Buffer): Vault {
  return {
    seal(secret, name) {
      const nonce = randomBytes(sizes.nonce);
      const sealing = createCipheriv(cipher, key, nonce, { authTagLength: sizes.tag }).setAAD(Buffer.from(name));
      const text = Buffer.concat([sealing.update(secret, 'utf8'), sealing.final()]);
      return Buffer.concat([nonce, sealing.getAuthTag(), text]);
    },
    open(sealed, name) {
      const nonce = sealed.subarray(0, sizes.nonce);
      const opening = createDecipheriv(cipher, key, nonce, { authTagLength: sizes.tag }).setAAD(Buffer.from(name));
      opening.setAuthTag(sealed.subarray(sizes.nonce, sizes.nonce + sizes.tag));
      return Buffer.concat([opening.update(sealed.subarray(sizes.nonce + sizes.tag)), opening.final()]).toString('utf8');
    },
  };
}

async function make(path: string): Promise<string> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  const draft = `${path}.${randomBytes(6).toString('hex')}`;
  try {
    const file = await open(draft, 'wx', 0o600);
    try {
      await file.writeFile(`${randomBytes(sizes.key).toString('hex')}\n`);
      await file.sync();
    } finally {
      await file.close();
    }
    // A link, unlike a rename, never replaces what another process has made in the meantime.
    await link(draft, path).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'EEXIST') throw error;
    });
  } finally {
    await rm(draft, { force: true });
  }
  return readFile(path, 'utf8');
}

async function readOwn(path: string): Promise<string | undefined> {
  return readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT') throw error;
    return undefined;
  });
}
