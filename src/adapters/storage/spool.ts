import { randomUUID } from 'node:crypto';
import { rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Run } from '../../routing/package.ts';
import type { OpenRun } from '../../routing/ports.ts';
import type { FolderSync, FreeSpace } from './disk.ts';
import { onDisk } from './disk.ts';
import { RunFile } from './run-file.ts';

/**
 * Where the runs of one body go. `openRun` may throw nothing; its writers throw Rejection DISK_FULL when there is no room.
 * `keep` makes these runs durable under the names of their content: when it resolves, nothing short of a broken disk loses them. It may be
 * called once. `discard` removes what is left and never throws; it may be called at any time, also while a writer is open.
 */
export interface Spool {
  readonly openRun: OpenRun;
  keep(runs: readonly Run[]): Promise<void>;
  discard(): Promise<void>;
}

/** What a spool works on. `folder` belongs to this process alone. */
export interface SpoolPlace {
  readonly folder: string;
  readonly folders: FolderSync;
  readonly space: FreeSpace;
  readonly contentPath: (sha256: string) => string;
}

/** Files of one spool that are open, or worked on, at the same time. */
const FILES_AT_ONCE = 16;

/** Opens a spool. Nothing is on disk until a run is written. */
export function newSpool(place: SpoolPlace): Spool {
  const files = new Map<string, RunFile>();
  const moved = new Set<string>();
  return {
    openRun() {
      const path = join(place.folder, randomUUID());
      const file = new RunFile(path, () => place.space.reserve(), files.size < FILES_AT_ONCE);
      files.set(path, file);
      return file;
    },
    async keep(runs) {
      await onDisk(each(runs, async (run) => files.get(run.path)?.sync()));
      await onDisk(
        each(runs, async (run) => {
          await moveIn(place, run);
          moved.add(run.path);
        }),
      );
      const folders = new Set(runs.map((run) => dirname(place.contentPath(run.sha256))));
      await onDisk(each([...folders], (folder) => place.folders.sync(folder)));
    },
    async discard() {
      await each([...files], async ([path, file]) => {
        await file.abandon();
        if (!moved.has(path)) await rm(path, { force: true }).catch(() => undefined);
      });
      files.clear();
    },
  };
}

/**
 * The same content may be there already: then this copy, young and durable, takes its place. So the sweeper, which looks at the age of
 * what it has taken away, never removes what an acceptance counts on.
 */
async function moveIn(place: SpoolPlace, run: Run): Promise<void> {
  const path = place.contentPath(run.sha256);
  await place.folders.make(dirname(path));
  await rename(run.path, path);
}

async function each<T>(items: readonly T[], work: (item: T) => Promise<void>): Promise<void> {
  const left = items.values();
  const lane = async () => {
    for (const item of left) await work(item);
  };
  const lanes = Array.from({ length: Math.min(FILES_AT_ONCE, items.length) }, lane);
  // All lanes have stopped when this returns, also when one of them failed.
  const failed = (await Promise.allSettled(lanes)).find((result) => result.status === 'rejected');
  if (failed !== undefined) throw failed.reason;
}
