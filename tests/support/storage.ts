import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { liftBody } from '../../src/adapters/edxml/lift.ts';
import type { Storage } from '../../src/adapters/storage/content.ts';
import type { Taken } from '../../src/routing/ports.ts';
import { Rejection } from '../../src/routing/problem.ts';
import { inChunks } from './byte-streams.ts';

const folders: string[] = [];

/** To be called after all tests of a file. */
export function removeFolders(): void {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
}

export function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'storage-'));
  folders.push(folder);
  return folder;
}

export const limits = { packageBytes: 1 << 28, textBytes: 4 << 20 };
export const packageOf = (...runs: string[]) => Buffer.from(`<a>${runs.map((run) => `<b>${run}</b>`).join('\n')}</a>`);
export const takeIn = (storage: Storage, body: Buffer, sizes: readonly number[] = [65536]): Promise<Taken> =>
  storage.takeIn((openRun) => liftBody(inChunks(body, sizes), openRun, limits));

export async function keep(storage: Storage, body: Buffer): Promise<Taken> {
  const taken = await takeIn(storage, body);
  await taken.keep();
  await taken.discard();
  return taken;
}

export function filesBelow(folder: string): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => entry.name)
    .sort();
}

export async function codesOf(work: Promise<unknown>): Promise<string[]> {
  const error = await work.catch((thrown: unknown) => thrown);
  if (!(error instanceof Rejection)) throw error;
  return error.problems.map((problem) => problem.code);
}

export const nobody = async () => new Set<string>();
