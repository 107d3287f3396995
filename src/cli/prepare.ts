import { createWriteStream, existsSync } from 'node:fs';
import { readFile, rename } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import { liftFile } from '../adapters/edxml/lift.ts';
import { defaultLimits } from '../adapters/edxml/limits.ts';
import { read } from '../adapters/edxml/read-status.ts';
import { type SigningIdentity, signPackage } from '../adapters/edxml/sign.ts';
import { readSignature } from '../adapters/edxml/signature.ts';
import { splice } from '../adapters/edxml/splice.ts';
import { withTree } from '../adapters/edxml/tree.ts';
import type { Lifted } from '../routing/package.ts';
import { Rejection } from '../routing/problem.ts';
import { UsageFault } from './failure.ts';

/** How a package is made ready to go. */
export interface PrepareOptions {
  readonly as?: string;
  readonly key?: string;
  readonly cert?: string;
  /** Where the package is written once it is signed, and taken from when it is there. */
  readonly signed?: string;
}

/** A package that can be sent, as often as needed; `signing` says when it was signed, `fileSha256` is of the file as it was read. */
export interface Prepared {
  readonly open: () => AsyncIterable<Uint8Array>;
  readonly size: number;
  readonly fileSha256: string;
  readonly sender: string;
  readonly signing: 'before' | 'now' | 'none';
}

/** Far more than any gateway takes in: what is too large is the gateway's to say. */
const limits = { packageBytes: 2 ** 40, textBytes: 64 * 2 ** 20 };

/**
 * Reads a package from a file and signs it if it is unsigned and a key is given. Throws Rejection when it can't be read or signed,
 * UsageFault when it is not from the agency that `as` names.
 */
export async function prepare(path: string, options: PrepareOptions): Promise<Prepared> {
  const { as, signed } = options;
  const identity = await identityOf(options);
  const lifted = await liftFile(signed !== undefined && existsSync(signed) ? signed : path, limits);
  const { sender, unsigned } = look(lifted);
  if (as !== undefined && as !== sender) {
    throw new UsageFault(`gói tin do ${sender || '(?)'} gửi, không phải ${as} / the package is from ${sender || '(?)'}, not ${as}`);
  }
  const about = { sender, fileSha256: lifted.sha256 };
  if (!unsigned || identity === undefined) return { ...about, ...ready(lifted), signing: unsigned ? 'none' : 'before' };
  const done = signPackage(lifted, identity);
  if (signed !== undefined) await save(done, signed);
  return { ...about, ...ready(done), signing: 'now' };
}

async function identityOf({ key, cert }: PrepareOptions): Promise<SigningIdentity | undefined> {
  if (key === undefined && cert === undefined) return undefined;
  if (key === undefined || cert === undefined) throw new UsageFault('--key và --cert đi cùng nhau / --key and --cert go together');
  return { keyPem: await readFile(key, 'utf8'), certificatePem: await readFile(cert, 'utf8') };
}

function look(lifted: Lifted): { readonly sender: string; readonly unsigned: boolean } {
  const grown = withTree(lifted, defaultLimits, (tree) => ({
    sender: read(tree.root).sender.code.value,
    unsigned: readSignature(tree.doc, lifted).state === 'absent',
  }));
  if ('problems' in grown) throw new Rejection(grown.problems);
  return grown.value;
}

function ready(lifted: Lifted): Pick<Prepared, 'open' | 'size'> {
  return { open: () => splice(lifted), size: lifted.size };
}

async function save(lifted: Lifted, path: string): Promise<void> {
  await pipeline(splice(lifted), createWriteStream(`${path}.part`, { flush: true }));
  await rename(`${path}.part`, path);
}
