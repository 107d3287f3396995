import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { open, rename, rm, stat } from 'node:fs/promises';
import type { IncomingMessage } from 'node:http';
import { dirname } from 'node:path';
import type { Caller } from './caller.ts';
import { DigestDiffers, GatewayRefusal } from './faults.ts';

/** What a download needs beside where it comes from and goes to. */
export interface DownloadOptions {
  /** Told how many of how many bytes are there. */
  readonly progress?: (received: number, size: number) => void;
  readonly signal?: AbortSignal;
}

/** A package on disk, durable and proven. */
export interface Downloaded {
  readonly path: string;
  readonly package: string;
  readonly sha256: string;
  readonly size: number;
}

interface Target {
  readonly path: string;
  /** Holds what is there so far; named by the delivery, so that it is never continued with the bytes of another one. */
  readonly part: string;
}

/**
 * Downloads to a file, in memory that does not grow with it. A download that broke off goes on where it stopped, also in a later
 * call. The file appears under its name when it is complete, has the SHA-256 that the gateway states, and is safe on disk.
 */
export async function download(caller: Caller, from: string, id: string, to: string, options: DownloadOptions): Promise<Downloaded> {
  const target = { path: to, part: `${to}.${id}.part` };
  const call = {
    method: 'GET',
    path: from,
    headers: () => rangeAfter(target.part),
    repeatable: true,
    ...(options.signal === undefined ? {} : { signal: options.signal }),
  } as const;
  const take = (answer: IncomingMessage) => append(answer, target.part, options.progress);
  try {
    return await finish(await caller.stream(call, take), target);
  } catch (error) {
    // The part holds as many bytes as the package or more: it can't be continued.
    if (!(error instanceof GatewayRefusal && error.status === 416)) throw error;
    await rm(target.part, { force: true });
    return finish(await caller.stream(call, take), target);
  }
}

async function rangeAfter(part: string): Promise<Record<string, string>> {
  const size = await stat(part).then(
    (found) => found.size,
    () => 0,
  );
  return size === 0 ? {} : { range: `bytes=${size}-` };
}

type Stated = Pick<Downloaded, 'package' | 'sha256'>;

async function append(answer: IncomingMessage, part: string, progress: DownloadOptions['progress']): Promise<Stated> {
  const file = await open(part, answer.statusCode === 206 ? 'a' : 'w');
  try {
    let received = (await file.stat()).size;
    const size = received + Number(answer.headers['content-length'] ?? 0);
    for await (const chunk of answer as AsyncIterable<Buffer>) {
      await file.appendFile(chunk);
      received += chunk.length;
      progress?.(received, size);
    }
    await file.sync();
  } finally {
    await file.close();
  }
  return { package: header(answer, 'lienthong-package'), sha256: header(answer, 'lienthong-sha256') };
}

function header(answer: IncomingMessage, name: string): string {
  const value = answer.headers[name];
  if (typeof value === 'string') return value;
  throw new Error(`the answer has no header ${name}: is this a gateway?`);
}

async function finish(stated: Stated, { path, part }: Target): Promise<Downloaded> {
  const found = await digestOf(part);
  if (found.sha256 !== stated.sha256) {
    await rm(part, { force: true });
    throw new DigestDiffers(stated.sha256, found.sha256);
  }
  await rename(part, path);
  const folder = await open(dirname(path), 'r');
  await folder.sync().finally(() => folder.close());
  return { ...stated, path, size: found.size };
}

/** SHA-256 in hex and size of a file. */
export async function digestOf(path: string): Promise<{ readonly sha256: string; readonly size: number }> {
  const hash = createHash('sha256');
  let size = 0;
  for await (const chunk of createReadStream(path, { highWaterMark: 2 ** 18 }) as AsyncIterable<Buffer>) {
    hash.update(chunk);
    size += chunk.length;
  }
  return { sha256: hash.digest('hex'), size };
}
