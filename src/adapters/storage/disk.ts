import fs, { closeSync, openSync } from 'node:fs';
import { mkdir, statfs } from 'node:fs/promises';
import { dirname } from 'node:path';
import { promisify } from 'node:util';
import { reject } from '../../routing/problem.ts';

// On descriptors, as `node:fs` has them: a handle of `node:fs/promises` costs a turn of the thread pool more, to be closed.
export const open: (path: string, flags: string, mode: number) => Promise<number> = promisify(fs.open);
export const write = promisify(fs.write);
export const datasync = promisify(fs.fdatasync);
const sync = promisify(fs.fsync);

const FREE_BYTES_VALID_MS = 1000;

/** The result of something that writes; Rejection DISK_FULL when there was no room for it. */
export async function onDisk<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    throw code === 'ENOSPC' || code === 'EDQUOT' ? reject('DISK_FULL') : error;
  }
}

/** Makes the entries of folders durable. Calls for one folder that come while it is being synced share the next sync. */
export class FolderSync {
  readonly #running = new Map<string, Promise<void>>();
  readonly #next = new Map<string, Promise<void>>();
  readonly #made = new Map<string, Promise<void>>();

  /** Every entry made in `folder` before this call is durable when it resolves. */
  sync(folder: string): Promise<void> {
    const running = this.#running.get(folder);
    if (running === undefined) return this.#start(folder);
    let next = this.#next.get(folder);
    if (next === undefined) {
      next = running
        .catch(() => undefined)
        .then(() => {
          this.#next.delete(folder);
          return this.#start(folder);
        });
      this.#next.set(folder, next);
    }
    return next;
  }

  /** Makes a folder and all above it, durably. Costs nothing for a folder that this object made or found before. */
  make(folder: string): Promise<void> {
    let made = this.#made.get(folder);
    if (made === undefined) {
      made = this.#make(folder);
      this.#made.set(folder, made);
      made.catch(() => this.#made.delete(folder));
    }
    return made;
  }

  /** The entry of the folder itself is synced even when it exists: another process may just have made it. */
  async #make(folder: string): Promise<void> {
    const first = (await mkdir(folder, { recursive: true, mode: 0o700 })) ?? folder;
    for (let made = folder; made.length >= first.length; made = dirname(made)) await this.sync(dirname(made));
  }

  #start(folder: string): Promise<void> {
    const running = syncFolder(folder).finally(() => this.#running.delete(folder));
    this.#running.set(folder, running);
    return running;
  }
}

async function syncFolder(folder: string): Promise<void> {
  // its entry has just been used, so this asks nothing of the disk
  const file = openSync(folder, 'r');
  try {
    await sync(file);
  } finally {
    closeSync(file);
  }
}

/** How much room is left where the data is. */
export class FreeSpace {
  readonly #dir: string;
  readonly #least: number;
  #known: { readonly bytes: Promise<number>; readonly at: number } | undefined;

  /** `least`: bytes that are not to be used up. */
  constructor(dir: string, least: number) {
    this.#dir = dir;
    this.#least = least;
  }

  /** Bytes free to this user, at most a second old. */
  bytes(): Promise<number> {
    const now = performance.now();
    if (this.#known === undefined || now - this.#known.at > FREE_BYTES_VALID_MS) this.#known = { bytes: freeBytes(this.#dir), at: now };
    return this.#known.bytes;
  }

  /** Throws Rejection DISK_FULL when less than the reserve is free. */
  async reserve(): Promise<void> {
    if (this.#least > 0 && (await this.bytes()) < this.#least) throw reject('DISK_FULL');
  }
}

async function freeBytes(dir: string): Promise<number> {
  await mkdir(dir, { recursive: true });
  const { bavail, bsize } = await statfs(dir);
  return bavail * bsize;
}
