import { readFile, stat } from 'node:fs/promises';
import type { GatewayKey } from './gateway-key.ts';
import { keyFromPem } from './gateway-key.ts';
import type { KeyFolder } from './key-folder.ts';
import { loadFromFolder, watchedInFolder } from './key-folder.ts';

/** Where a token is and which of its keys may sign. The key is the one that belongs to the certificate. */
export interface TokenOptions {
  /** Path of the PKCS#11 module. */
  readonly module: string;
  /** Label of the token. */
  readonly token: string;
  readonly pin: () => string;
  /** Label of the private key, when the token holds others too. */
  readonly key?: string;
}

/** Where the gateway's key is: the data folder unless files or a token are named. */
export interface GatewayKeyOptions extends KeyFolder {
  /** An own key and its certificate (PEM) instead; both or neither. */
  readonly keyFile?: string;
  readonly certificateFile?: string;
  /** A token instead of `keyFile`. */
  readonly pkcs11?: TokenOptions;
}

/** Loads the gateway's key. Throws an Error that says what to mend. */
export async function loadGatewayKey(options: GatewayKeyOptions): Promise<GatewayKey> {
  const { keyFile, certificateFile, pkcs11 } = options;
  if (pkcs11 !== undefined) {
    if (certificateFile === undefined) throw new Error('a key in a token needs the file of its certificate');
    const { loadFromToken } = await import('./pkcs11-key.ts');
    return loadFromToken(pkcs11, await readFile(certificateFile, 'utf8'));
  }
  if (keyFile !== undefined && certificateFile !== undefined) {
    return keyFromPem(await readFile(keyFile, 'utf8'), await readFile(certificateFile, 'utf8'), keyFile, 'file');
  }
  if (keyFile !== undefined || certificateFile !== undefined) throw new Error('set both a key file and a certificate file, or neither');
  return loadFromFolder(options);
}

/** A text that changes when there may be another key to load. */
export async function keyMark(options: GatewayKeyOptions): Promise<string> {
  const own = [options.keyFile, options.certificateFile].filter((path) => path !== undefined);
  const paths = own.length > 0 ? own : watchedInFolder(options.folder);
  return (await Promise.all(paths.map(markOf))).join(' ');
}

async function markOf(path: string): Promise<string> {
  try {
    const { ino, size, mtimeMs } = await stat(path);
    return `${ino}-${size}-${mtimeMs}`;
  } catch {
    return 'absent';
  }
}
