import type { Hash } from 'node:crypto';
import { createHash } from 'node:crypto';
import { closeSync, openSync, readSync } from 'node:fs';
import { open } from 'node:fs/promises';
import type { Lifted, Run } from '../../routing/package.ts';

/** Bytes of a token; the same for every run. */
export const TOKEN_BYTES = 32;

const BUFFER_BYTES = 1 << 19;
/** Buffers that nobody reads through: memory outside the heap costs more to get and to collect than to fill. */
const spareBuffers: Buffer[] = [];
const LF = 0x0a;
const CR = 0x0d;

/**
 * Digest of a canonical text as if nothing had been lifted out of it: in the place of each run's token stand the run's raw bytes,
 * with CR LF and lone CR turned into LF as an XML parser would.
 *
 * `pieces` is the canonical text in order, in pieces of any size (a token may straddle them; each is used before the next is asked for).
 * Reads the runs from disk synchronously through one buffer: meant for a worker thread.
 * `complete` is true when every run's token stood in the text exactly once; when it is false the digest says nothing and the
 * caller must refuse. Throws an Error when `algorithm` is unknown or a run can't be read in full.
 */
export function hashCanonical(
  algorithm: string,
  pieces: Iterable<Uint8Array>,
  runs: readonly Run[],
): { digest: Buffer; complete: boolean } {
  const hash = createHash(algorithm);
  const finder = tokenFinder(runs);
  const seen = new Set<string>();
  let complete = true;
  let rest: Buffer = Buffer.alloc(0);
  for (const piece of pieces) {
    const text = rest.length === 0 ? asBuffer(piece) : Buffer.concat([rest, piece]);
    let done = 0;
    for (let hit = finder.next(text, 0); hit !== undefined; hit = finder.next(text, done)) {
      if (seen.has(hit.run.token)) complete = false;
      seen.add(hit.run.token);
      hash.update(text.subarray(done, hit.index));
      hashRun(hash, hit.run);
      done = hit.index + TOKEN_BYTES;
    }
    const settled = Math.max(done, text.length - TOKEN_BYTES + 1);
    hash.update(text.subarray(done, settled));
    rest = Buffer.from(text.subarray(settled));
  }
  hash.update(rest);
  return { digest: hash.digest(), complete: complete && seen.size === runs.length };
}

/** A long text that stands for its token. */
export interface LongText {
  /** 32 characters. */
  readonly token: string;
  chunks(): AsyncIterable<Uint8Array>;
}

/**
 * As `hashCanonical`, of a text in one piece, reading the long texts without holding up the thread. Undefined when not every token stood
 * in the text exactly once.
 */
export async function hashCanonicalStreamed(algorithm: string, text: Buffer, longTexts: readonly LongText[]): Promise<Buffer | undefined> {
  const hash = createHash(algorithm);
  const finder = tokenFinder(longTexts);
  const seen = new Set<string>();
  let done = 0;
  for (let hit = finder.next(text, 0); hit !== undefined; hit = finder.next(text, done)) {
    if (seen.has(hit.run.token)) return undefined;
    seen.add(hit.run.token);
    hash.update(text.subarray(done, hit.index));
    const lines = lineEnds(hash);
    for await (const chunk of hit.run.chunks()) lines(asBuffer(chunk));
    done = hit.index + TOKEN_BYTES;
  }
  return seen.size === longTexts.length ? hash.update(text.subarray(done)).digest() : undefined;
}

/** The bytes exactly as they were received: text with each run in its token's place. Throws an Error when a run can't be read in full. */
export async function* splice(lifted: Pick<Lifted, 'text' | 'runs'>): AsyncGenerator<Uint8Array, void, undefined> {
  let done = 0;
  for (const run of lifted.runs) {
    if (run.at > done) yield lifted.text.subarray(done, run.at);
    yield* readRun(run);
    done = run.at + TOKEN_BYTES;
  }
  if (done < lifted.text.length) yield lifted.text.subarray(done);
}

/** As `splice`, for a worker thread. A yielded chunk is valid only until the next one is asked for. */
export function* spliceSync(lifted: Pick<Lifted, 'text' | 'runs'>): Generator<Uint8Array, void, undefined> {
  let done = 0;
  for (const run of lifted.runs) {
    if (run.at > done) yield lifted.text.subarray(done, run.at);
    yield* readRunSync(run);
    done = run.at + TOKEN_BYTES;
  }
  if (done < lifted.text.length) yield lifted.text.subarray(done);
}

/** The raw bytes of a run, each chunk in memory of its own. Throws an Error when the file is too short. */
export async function* readRun(run: Run): AsyncGenerator<Buffer, void, undefined> {
  const file = await open(run.path, 'r');
  try {
    let done = 0;
    while (done < run.length) {
      const wanted = Math.min(run.length - done, 1 << 18);
      const { bytesRead, buffer } = await file.read(Buffer.allocUnsafeSlow(wanted), 0, wanted, run.start + done);
      if (bytesRead === 0) throw cutShort(run);
      done += bytesRead;
      yield buffer.subarray(0, bytesRead);
    }
  } finally {
    await file.close();
  }
}

/**
 * As `readRun`, for a worker thread, through one buffer: a yielded chunk is valid only until the next one is asked for.
 * May be left early; the file is closed then too.
 */
export function* readRunSync(run: Run): Generator<Buffer, void, undefined> {
  const buffer = spareBuffers.pop() ?? Buffer.allocUnsafeSlow(BUFFER_BYTES);
  const file = openSync(run.path, 'r');
  try {
    let done = 0;
    while (done < run.length) {
      const bytesRead = readSync(file, buffer, 0, Math.min(buffer.length, run.length - done), run.start + done);
      if (bytesRead === 0) throw cutShort(run);
      done += bytesRead;
      yield buffer.subarray(0, bytesRead);
    }
  } finally {
    closeSync(file);
    spareBuffers.push(buffer);
  }
}

function cutShort(run: Run): Error {
  return new Error(`lifted bytes missing: ${run.path} ends before ${run.start + run.length}`);
}

function hashRun(hash: Hash, run: Run): void {
  const lines = lineEnds(hash);
  for (const chunk of readRunSync(run)) lines(chunk);
}

/** Hashes chunks, which it may rewrite, with their line ends as a parser would give them. */
function lineEnds(hash: Hash): (chunk: Buffer) => void {
  let afterCr = false;
  return function add(chunk) {
    if (!afterCr && chunk.indexOf(CR) < 0) {
      hash.update(chunk);
      return;
    }
    const endsInCr = chunk[chunk.length - 1] === CR;
    hash.update(chunk.subarray(0, normaliseLineEnds(chunk, afterCr)));
    afterCr = endsInCr;
  };
}

/**
 * Rewrites `chunk` in place and returns its new length. `afterCr`: the chunk before ended in CR, which was already given out as LF.
 * The native search is fast for lines and slow for a text full of CR, so it gets a budget.
 */
function normaliseLineEnds(chunk: Buffer, afterCr: boolean): number {
  let from = afterCr && chunk[0] === LF ? 1 : 0;
  let to = 0;
  for (let budget = chunk.length / 32; budget > 0; budget--) {
    const cr = chunk.indexOf(CR, from);
    const end = cr < 0 ? chunk.length : cr;
    chunk.copyWithin(to, from, end);
    to += end - from;
    if (cr < 0) return to;
    chunk[to++] = LF;
    from = chunk[cr + 1] === LF ? cr + 2 : cr + 1;
  }
  return normaliseByteByByte(chunk, from, to);
}

function normaliseByteByByte(chunk: Buffer, start: number, end: number): number {
  let to = end;
  let before = 0;
  for (let from = start; from < chunk.length; from++) {
    const byte = chunk[from] as number;
    if (byte !== LF || before !== CR) chunk[to++] = byte === CR ? LF : byte;
    before = byte;
  }
  return to;
}

interface TokenFinder<T> {
  /** The first token at or after `from` that lies in `text` as a whole. */
  next(text: Buffer, from: number): { index: number; run: T } | undefined;
}

/** Tokens of one lift share their first characters, so one native search finds them all, however many there are. */
function tokenFinder<T extends { readonly token: string }>(runs: readonly T[]): TokenFinder<T> {
  const byToken = new Map(runs.map((run) => [run.token, run]));
  const needle = Buffer.from(commonStart([...byToken.keys()]), 'latin1');
  return {
    next(text, from) {
      if (byToken.size === 0) return undefined;
      let index = text.indexOf(needle, from);
      while (index >= 0 && index + TOKEN_BYTES <= text.length) {
        const run = byToken.get(text.toString('latin1', index, index + TOKEN_BYTES));
        if (run !== undefined) return { index, run };
        index = text.indexOf(needle, index + 1);
      }
      return undefined;
    },
  };
}

function commonStart(words: readonly string[]): string {
  let start = words[0] ?? '';
  for (const word of words) while (!word.startsWith(start)) start = start.slice(0, -1);
  return start;
}

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
