import { randomBytes } from 'node:crypto';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { OutgoingPackage } from '../../routing/outbox.ts';
import type { Lifted } from '../../routing/package.ts';
import type { OpenRun, Taken } from '../../routing/ports.ts';
import { FolderSync, FreeSpace } from './disk.ts';
import type { ByteRange } from './open-package.ts';
import { DamagedContent, packageBytes, proven } from './open-package.ts';
import type { Spool, SpoolPlace } from './spool.ts';
import { newSpool } from './spool.ts';
import type { SweepOptions, Swept } from './sweep.ts';
import { sweepContent, sweepSpools } from './sweep.ts';

/** `dir`: the data folder. `minFreeBytes`: when less is free nothing is taken in; 0 or absent for no such limit. */
export interface StorageOptions {
  readonly dir: string;
  readonly minFreeBytes?: number;
}

/**
 * The long texts of packages on disk: `spool/<process>/…` while they come in, `content/ab/<sha256>` once they are ours.
 * The same content is stored once. Digests are SHA-256 in lower-case hex; sizes are in bytes.
 */
export interface Storage {
  /** Runs `lift` with a spool of its own and cleans up when it throws. Throws Rejection DISK_FULL, and whatever `lift` throws. */
  takeIn(lift: (openRun: OpenRun) => Promise<Lifted>): Promise<Taken>;
  newSpool(): Spool;
  contentPath(sha256: string): string;
  /** Undefined when there is no such content. */
  contentSize(sha256: string): Promise<number | undefined>;
  /**
   * The exact bytes of a package, or of a range of it, each chunk in memory of its own. With `sha256` and no range the last chunk comes only
   * when the digest of all is that; without it the caller has to check. Throws DamagedContent while streaming.
   */
  openPackage(text: OutgoingPackage['text'], runs: OutgoingPackage['runs'], range?: ByteRange, sha256?: string): AsyncIterable<Uint8Array>;
  /** Reads a whole package and says whether it is still what was received. Throws when it can't be read for another reason. */
  check(text: OutgoingPackage['text'], runs: OutgoingPackage['runs'], sha256: string): Promise<'sound' | 'missing' | 'altered'>;
  /** Removes old content that nothing refers to, and what dead processes left in the spool. */
  sweepOrphans(options: SweepOptions): Promise<Swept>;
  /** Bytes free where the data is, at most a second old. */
  freeBytes(): Promise<number>;
}

/** Spool folders are never shared, not even by processes of several machines on one data folder. */
const processName = `${process.pid}-${randomBytes(8).toString('hex')}`;

/** Opens the storage in a data folder. Folders are made when they are needed. */
export function createStorage({ dir, minFreeBytes = 0 }: StorageOptions): Storage {
  const content = join(dir, 'content');
  const spools = join(dir, 'spool');
  const contentPath = (sha256: string) => join(content, sha256.slice(0, 2), sha256);
  const space = new FreeSpace(dir, minFreeBytes);
  const place: SpoolPlace = { folder: join(spools, processName), folders: new FolderSync(), space, contentPath };
  return {
    takeIn: (lift) => takeIn(place, lift),
    newSpool: () => newSpool(place),
    contentPath,
    contentSize: async (sha256) => (await stat(contentPath(sha256)).catch(absent))?.size,
    openPackage(text, runs, range, sha256) {
      const bytes = packageBytes(contentPath, text, runs, range);
      return range === undefined && sha256 !== undefined ? proven(bytes, sha256) : bytes;
    },
    check: (text, runs, sha256) => check(packageBytes(contentPath, text, runs), sha256),
    async sweepOrphans(options) {
      const removed = await sweepContent(content, options);
      return { content: removed, spool: await sweepSpools(spools, place.folder, options.olderThanMs) };
    },
    freeBytes: () => space.bytes(),
  };
}

async function takeIn(place: SpoolPlace, lift: (openRun: OpenRun) => Promise<Lifted>): Promise<Taken> {
  await place.space.reserve();
  const spool = newSpool(place);
  try {
    const lifted = await lift(spool.openRun);
    return { lifted, keep: () => spool.keep(lifted.runs), discard: () => spool.discard() };
  } catch (error) {
    await spool.discard();
    throw error;
  }
}

async function check(bytes: AsyncIterable<Uint8Array>, sha256: string): Promise<'sound' | 'missing' | 'altered'> {
  try {
    for await (const chunk of proven(bytes, sha256)) void chunk;
    return 'sound';
  } catch (error) {
    if (error instanceof DamagedContent) return error.what;
    throw error;
  }
}

function absent(error: NodeJS.ErrnoException): undefined {
  if (error.code !== 'ENOENT') throw error;
}
