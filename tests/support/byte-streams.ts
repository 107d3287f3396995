import { createCipheriv, createHash } from 'node:crypto';
import { closeSync, openSync, readSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Run } from '../../src/routing/package.ts';
import type { OpenRun } from '../../src/routing/ports.ts';

/** The same bytes as a stream, cut into chunks of these sizes in turn. Each chunk is in memory of its own. */
export async function* inChunks(bytes: Uint8Array, sizes: readonly number[]): AsyncGenerator<Buffer, void, undefined> {
  for (let at = 0, turn = 0; at < bytes.length; turn++) {
    const size = Math.max(1, sizes[turn % sizes.length] ?? 1);
    yield Buffer.from(bytes.subarray(at, at + size));
    at += size;
  }
}

/** All of a stream at once. */
export async function collect(stream: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of stream) chunks.push(chunk);
  return Buffer.concat(chunks);
}

/** Puts runs into files of a folder, by the simplest means. `takenBack` counts those that were none. */
export function runsIn(folder: string): { openRun: OpenRun; takenBack: () => number } {
  let opened = 0;
  let takenBack = 0;
  const openRun: OpenRun = () => {
    const path = join(folder, `run-${opened++}`);
    const chunks: Buffer[] = [];
    return {
      write: (chunk) => void chunks.push(Buffer.from(chunk)),
      close: async () => {
        const bytes = Buffer.concat(chunks);
        writeFileSync(path, bytes);
        return { path, start: 0, length: bytes.length, sha256: sha256(bytes) };
      },
      takeBack: async () => {
        takenBack++;
        return Buffer.concat(chunks);
      },
    };
  };
  return { openRun, takenBack: () => takenBack };
}

/** The raw bytes of a run. */
export function bytesOf(run: Run): Buffer {
  const bytes = Buffer.alloc(run.length);
  const file = openSync(run.path, 'r');
  readSync(file, bytes, 0, run.length, run.start);
  closeSync(file);
  return bytes;
}

export function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

/** Base64 text of a length, the same each time for one seed, so that failures can be repeated. */
export function base64Text(length: number, seed = 1): string {
  const stream = createCipheriv('aes-128-ctr', Buffer.alloc(16, seed), Buffer.alloc(16));
  return stream
    .update(Buffer.alloc(Math.ceil(length / 4) * 3))
    .toString('base64')
    .slice(0, length);
}
