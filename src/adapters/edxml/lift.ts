import type { Hash } from 'node:crypto';
import { createHash, randomBytes } from 'node:crypto';
import type { FileHandle } from 'node:fs/promises';
import { open } from 'node:fs/promises';
import type { Lifted, Run } from '../../routing/package.ts';
import type { OpenRun, RunWriter } from '../../routing/ports.ts';
import { reject } from '../../routing/problem.ts';
import { hasContent, isPure } from './base64-purity.ts';
import { GrowingText } from './growing-text.ts';

/** `packageBytes`: the whole body as received. `textBytes`: what stays in memory once long base64 is lifted out (4 MiB is ample). */
export interface LiftLimits {
  readonly packageBytes: number;
  readonly textBytes: number;
  /** Nobody will ask for the digest of the whole body: `sha256` of the result is empty. */
  readonly noDigest?: true;
}

/** A text of more than so many bytes is lifted. */
export const LIFT_OVER = 16384;

const FILE_BUFFER_BYTES = 1 << 18;
const LT = 0x3c;
const GT = 0x3e;

/**
 * Takes a body in as it streams by: digest and size of everything, long base64 texts to `openRun`, the rest in memory with a token in
 * the place of each run. Memory does not grow with the body; chunks may be cut anywhere and make no difference to the result.
 *
 * Throws Rejection PACKAGE_TOO_LARGE or TEXT_TOO_LARGE as soon as it is certain, BODY_INCOMPLETE when the sender's connection breaks;
 * anything that a RunWriter throws is passed on. After a throw the last RunWriter may be open: whoever made `openRun` cleans up.
 */
export async function liftBody(body: AsyncIterable<Uint8Array>, openRun: OpenRun, limits: LiftLimits): Promise<Lifted> {
  const lift = new Lift(openRun, limits);
  for await (const chunk of untilBroken(body)) await lift.add(chunk);
  return lift.finish();
}

/**
 * Lifts a file that stays where it is: runs are ranges of that file, nothing is copied and `sha256` of a run is empty.
 * The file must not change while the result is in use. Throws as `liftBody`, and an Error when the file can't be read.
 */
export async function liftFile(path: string, limits: LiftLimits): Promise<Lifted> {
  const file = await open(path, 'r');
  try {
    const lift = new Lift((at) => new FileRange(path, file, at), limits);
    const buffer = Buffer.allocUnsafeSlow(FILE_BUFFER_BYTES);
    for (;;) {
      const { bytesRead } = await file.read(buffer, 0, buffer.length, null);
      if (bytesRead === 0) return await lift.finish();
      await lift.add(buffer.subarray(0, bytesRead));
    }
  } finally {
    await file.close();
  }
}

async function* untilBroken(body: AsyncIterable<Uint8Array>): AsyncGenerator<Buffer, void, undefined> {
  try {
    for await (const chunk of body) yield Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code === 'ECONNRESET' || code === 'ERR_STREAM_PREMATURE_CLOSE') throw reject('BODY_INCOMPLETE', { params: { detail: code } });
    throw error;
  }
}

/** A candidate that has become long enough and is on its way to its writer. `content`: it is not all white space. */
interface OpenedRun {
  readonly writer: RunWriter;
  length: number;
  content: boolean;
}

class Lift {
  readonly #openRun: OpenRun;
  readonly #limits: LiftLimits;
  readonly #hash: Hash | undefined;
  /** Shared by all tokens of this lift, so that they can be found by one search. */
  readonly #tokenStart = randomBytes(12).toString('base64');
  readonly #text = new GrowingText();
  readonly #runs: Run[] = [];
  #size = 0;
  /** Where in the text a candidate begins: just behind a `>` with no `<` since. Undefined inside markup and in text known to be impure. */
  #candidate: number | undefined;
  #opened: OpenedRun | undefined;

  constructor(openRun: OpenRun, limits: LiftLimits) {
    this.#openRun = openRun;
    this.#limits = limits;
    this.#hash = limits.noDigest ? undefined : createHash('sha256');
  }

  async add(chunk: Buffer): Promise<void> {
    const start = this.#size;
    this.#size += chunk.length;
    if (this.#size > this.#limits.packageBytes) throw reject('PACKAGE_TOO_LARGE', { params: { limit: this.#limits.packageBytes } });
    this.#hash?.update(chunk);
    let at = 0;
    while (at < chunk.length) {
      at = this.#opened === undefined ? await this.#scan(chunk, at, start) : await this.#goOn(this.#opened, chunk, at);
    }
  }

  async finish(): Promise<Lifted> {
    if (this.#opened !== undefined) await this.#takeBackLast(this.#opened);
    this.#candidate = undefined;
    this.#append(Buffer.alloc(0));
    return { sha256: this.#hash?.digest('hex') ?? '', size: this.#size, text: this.#text.copy(), runs: this.#runs };
  }

  /** Takes text in until the chunk ends or a candidate is long enough. Returns how far it came. */
  async #scan(chunk: Buffer, at: number, start: number): Promise<number> {
    let from = at;
    for (;;) {
      if (this.#candidate === undefined) {
        const gt = chunk.indexOf(GT, from);
        if (gt < 0) return at + this.#append(chunk.subarray(at));
        from = gt + 1;
        this.#candidate = this.#text.length + from - at;
      }
      const lt = chunk.indexOf(LT, from);
      const end = lt < 0 ? chunk.length : lt;
      if (this.#text.length + end - at - this.#candidate > LIFT_OVER) {
        const gt = chunk.lastIndexOf(GT, end - 1);
        if (gt < from) return await this.#open(chunk, at, start);
        from = gt + 1;
        this.#candidate = this.#text.length + from - at;
      } else if (lt < 0) {
        return at + this.#append(chunk.subarray(at));
      } else {
        from = lt;
        this.#candidate = undefined;
      }
    }
  }

  /** Opens a run for the candidate, unless what is in the text of it already shows that it is none. */
  async #open(chunk: Buffer, at: number, start: number): Promise<number> {
    const candidate = this.#candidate ?? 0;
    const fresh = Math.max(at, at + candidate - this.#text.length);
    this.#append(chunk.subarray(at, fresh));
    const held = Buffer.from(this.#text.from(candidate));
    const gt = held.lastIndexOf(GT);
    if (gt >= 0) {
      this.#candidate = candidate + gt + 1;
      return fresh;
    }
    this.#candidate = undefined;
    if (!isPure(held)) return fresh;
    this.#opened = { writer: this.#openRun(start + fresh - held.length), length: 0, content: false };
    this.#text.cutTo(candidate);
    await this.#write(this.#opened, held);
    return fresh;
  }

  async #goOn(opened: OpenedRun, chunk: Buffer, at: number): Promise<number> {
    const lt = chunk.indexOf(LT, at);
    const end = lt < 0 ? chunk.length : lt;
    const more = chunk.subarray(at, end);
    if (!isPure(more)) {
      await this.#takeBack(opened);
      return at;
    }
    await this.#write(opened, more);
    if (lt >= 0) await (opened.content ? this.#close(opened) : this.#takeBack(opened));
    return end;
  }

  async #write(opened: OpenedRun, bytes: Buffer): Promise<void> {
    if (bytes.length === 0) return;
    opened.length += bytes.length;
    opened.content ||= hasContent(bytes);
    await opened.writer.write(bytes);
  }

  async #close(opened: OpenedRun): Promise<void> {
    const place = await opened.writer.close();
    this.#opened = undefined;
    const token = this.#tokenStart + randomBytes(12).toString('base64');
    this.#runs.push({ token, at: this.#text.length, ...place });
    this.#append(Buffer.from(token, 'latin1'));
  }

  async #takeBack(opened: OpenedRun): Promise<void> {
    if (this.#text.length + opened.length > this.#limits.textBytes) throw this.#textTooLarge();
    const bytes = await opened.writer.takeBack();
    this.#opened = undefined;
    this.#append(bytes);
  }

  /** The body ended inside a base64 text. A short one is left to the parser, which can say where. */
  async #takeBackLast(opened: OpenedRun): Promise<void> {
    const fits = this.#text.length + opened.length <= this.#limits.textBytes;
    if (opened.content && !fits) throw reject('BODY_INCOMPLETE', { params: { detail: 'ends inside a base64 text' } });
    await this.#takeBack(opened);
  }

  /** Returns the number of bytes appended. A candidate does not count against the limit: it may still be lifted. */
  #append(bytes: Uint8Array): number {
    const settled = this.#candidate ?? this.#text.length + bytes.length;
    if (settled > this.#limits.textBytes) throw this.#textTooLarge();
    this.#text.append(bytes);
    return bytes.length;
  }

  #textTooLarge(): Error {
    return reject('TEXT_TOO_LARGE', { params: { limit: this.#limits.textBytes } });
  }
}

/** A run that is a range of a file which is only read. */
class FileRange implements RunWriter {
  readonly #path: string;
  readonly #file: FileHandle;
  readonly #start: number;
  #length = 0;

  constructor(path: string, file: FileHandle, start: number) {
    this.#path = path;
    this.#file = file;
    this.#start = start;
  }

  write(chunk: Uint8Array): void {
    this.#length += chunk.length;
  }

  async close(): Promise<Pick<Run, 'path' | 'start' | 'length' | 'sha256'>> {
    return { path: this.#path, start: this.#start, length: this.#length, sha256: '' };
  }

  async takeBack(): Promise<Uint8Array> {
    const bytes = Buffer.alloc(this.#length);
    const { bytesRead } = await this.#file.read(bytes, 0, bytes.length, this.#start);
    return bytes.subarray(0, bytesRead);
  }
}
