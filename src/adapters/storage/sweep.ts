import type { Stats } from 'node:fs';
import { link, readdir, rename, rm, rmdir, stat } from 'node:fs/promises';
import { join } from 'node:path';

/**
 * `olderThanMs`: younger files are left alone; must be far longer than the time from `keep` to the commit of what refers to it.
 * `isReferenced`: those of these digests that a stored package refers to.
 */
export interface SweepOptions {
  readonly olderThanMs: number;
  readonly isReferenced: (sha256s: readonly string[]) => Promise<ReadonlySet<string>>;
}

/** How many files were removed. */
export interface Swept {
  readonly content: number;
  readonly spool: number;
}

const BATCH = 500;
const DIGEST = /^[0-9a-f]{64}$/;
const TAKEN = '.orphan';

/** Removes old content that nothing refers to. */
export async function sweepContent(folder: string, { olderThanMs, isReferenced }: SweepOptions): Promise<number> {
  const before = Date.now() - olderThanMs;
  let removed = 0;
  for (const shelf of await namesIn(folder)) {
    const path = join(folder, shelf);
    const names = await namesIn(path);
    for (const name of names.filter((each) => each.endsWith(TAKEN))) await putBack(join(path, name.slice(0, -TAKEN.length)));
    const digests = names.filter((name) => DIGEST.test(name));
    for (let at = 0; at < digests.length; at += BATCH) {
      const old = await olderOf(path, digests.slice(at, at + BATCH), before);
      const referenced = old.length === 0 ? new Set<string>() : await isReferenced(old);
      for (const digest of old) if (!referenced.has(digest) && (await remove(join(path, digest), before))) removed++;
    }
  }
  return removed;
}

/** Removes files that a process left behind in its spool folder, and empty folders, except the folder `own`. */
export async function sweepSpools(folder: string, own: string, olderThanMs: number): Promise<number> {
  const before = Date.now() - olderThanMs;
  let removed = 0;
  for (const process of await namesIn(folder)) {
    const path = join(folder, process);
    if (path === own) continue;
    const old = await olderOf(path, await namesIn(path), before);
    for (const name of old) await rm(join(path, name), { force: true, recursive: true });
    removed += old.length;
    // Fails while something is in it; a living process makes its folder again when it needs it.
    if ((await ageOf(path))?.isDirectory()) await rmdir(path).catch(() => undefined);
  }
  return removed;
}

/**
 * A package that just came in may have found this very content and be counting on it. So the file is taken out of sight first, then
 * looked at again: if it was marked as young in the meantime it is put back; from then on nobody can have found it.
 */
async function remove(path: string, before: number): Promise<boolean> {
  const taken = path + TAKEN;
  await rename(path, taken);
  const found = await ageOf(taken);
  if (found !== undefined && found.mtimeMs > before) {
    await putBack(path);
    return false;
  }
  await rm(taken, { force: true });
  return true;
}

async function putBack(path: string): Promise<void> {
  await link(path + TAKEN, path).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'EEXIST' && error.code !== 'ENOENT') throw error;
  });
  await rm(path + TAKEN, { force: true });
}

async function olderOf(folder: string, names: readonly string[], before: number): Promise<string[]> {
  const found = await Promise.all(names.map((name) => ageOf(join(folder, name))));
  return names.filter((_, index) => (found[index]?.mtimeMs ?? Number.POSITIVE_INFINITY) <= before);
}

async function ageOf(path: string): Promise<Stats | undefined> {
  return stat(path).catch(absent);
}

async function namesIn(folder: string): Promise<string[]> {
  return (await readdir(folder).catch(absent)) ?? [];
}

function absent(error: NodeJS.ErrnoException): undefined {
  if (error.code !== 'ENOENT' && error.code !== 'ENOTDIR') throw error;
}
