import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import type { InflateRaw } from 'node:zlib';
import { crc32, createInflateRaw, inflateRawSync } from 'node:zlib';
import type { Rejection } from '../../routing/problem.ts';
import { reject } from '../../routing/problem.ts';
import { ByteCursor } from './byte-cursor.ts';
import type { ZipEntry } from './zip-directory.ts';
import { isDangerousName, malformed, namesOf } from './zip-directory.ts';

/** `ratio`: unpacked to packed, not applied below 1 MiB. `fileBytes`: all that a ZIP unpacks to. */
export interface ZipLimits {
  readonly ratio: number;
  readonly fileBytes: number;
}

/** A file as it came out. `head`: its first 64 KiB. */
export interface UnpackedFile {
  readonly size: number;
  readonly sha256: string;
  readonly head: Buffer;
}

const HEADER_SIGNATURE = 0x04034b50;
const DESCRIPTOR_SIGNATURE = 0x08074b50;
const RATIO_FREE_BYTES = 1 << 20;
const HEAD_BYTES = 65536;
const SMALL_BYTES = 65536;
const STORED = 0;
const DEFLATED = 8;
const ENCRYPTED = 0x0001;
const SIZES_LATER = 0x0008;

/** True for an entry whose content can't be looked at: encrypted, or packed by another method than deflate. */
export function isSealed(entry: ZipEntry): boolean {
  return (entry.flags & ENCRYPTED) !== 0 || (entry.method !== STORED && entry.method !== DEFLATED);
}

/**
 * Goes through a whole ZIP from its first byte, as a program that reads it as a stream would, and compares it with its directory:
 * no bytes before, between or behind the entries, the same names in both places, every content that is not sealed unpacked (to nowhere)
 * within `limits`, with the size and CRC-32 stated. So nothing can hide from us that such a program would unpack.
 *
 * `bytes` gives the ZIP; `directoryAt` is where its directory starts. Returns the unpacked file when there is exactly one entry.
 * Throws Rejection ZIP_MALFORMED, ZIP_ENTRY_NAME, ZIP_BOMB, ZIP_CHECKSUM. Memory does not grow with the ZIP.
 */
export async function walkZip(
  bytes: AsyncIterable<Buffer>,
  entries: readonly ZipEntry[],
  directoryAt: number,
  limits: ZipLimits,
): Promise<UnpackedFile | undefined> {
  const inOrder = [...entries].sort((a, b) => a.headerAt - b.headerAt);
  const cursor = new ByteCursor(bytes);
  let unpacked = 0;
  let last: UnpackedFile | undefined;
  try {
    for (const [index, entry] of inOrder.entries()) {
      const end = inOrder[index + 1]?.headerAt ?? directoryAt;
      await checkHeader(cursor, entry);
      if (cursor.position + entry.packedSize > end) throw malformed('entries overlap');
      last = await checkContent(cursor, entry, new BoundedOutput(entry, limits, unpacked));
      unpacked += last?.size ?? 0;
      await checkDescriptor(cursor, entry, end);
    }
    if (cursor.position !== directoryAt) throw malformed('bytes outside of its entries');
    return entries.length === 1 ? last : undefined;
  } finally {
    await cursor.close();
  }
}

async function checkHeader(cursor: ByteCursor, entry: ZipEntry): Promise<void> {
  if (cursor.position !== entry.headerAt)
    throw malformed(cursor.position > entry.headerAt ? 'entries overlap' : 'bytes outside of its entries');
  const header = await cursor.take(30);
  const name = await cursor.take(header.readUInt16LE(26));
  const extra = await cursor.take(header.readUInt16LE(28));
  const dangerous = namesOf(name, extra).find(isDangerousName);
  if (dangerous !== undefined) throw reject('ZIP_ENTRY_NAME', { params: { entry: dangerous } });
  const sizesLater = (entry.flags & SIZES_LATER) !== 0;
  const same =
    header.readUInt32LE(0) === HEADER_SIGNATURE &&
    header.readUInt16LE(6) === entry.flags &&
    header.readUInt16LE(8) === entry.method &&
    (sizesLater || (header.readUInt32LE(18) === entry.packedSize && header.readUInt32LE(22) === entry.size)) &&
    name.equals(entry.rawName);
  if (!same) throw malformed('an entry is not as the directory says');
}

async function checkContent(cursor: ByteCursor, entry: ZipEntry, output: BoundedOutput): Promise<UnpackedFile | undefined> {
  if (isSealed(entry)) {
    await cursor.skipTo(cursor.position + entry.packedSize);
    return undefined;
  }
  if (entry.method === DEFLATED && entry.packedSize <= SMALL_BYTES) return inflateSmall(await cursor.take(entry.packedSize), output);
  const packed = cursor.stream(entry.packedSize);
  if (entry.method === STORED) {
    for await (const chunk of packed) output.add(chunk);
    return output.finish(entry.packedSize);
  }
  const engine = createInflateRaw({ chunkSize: 65536 });
  for await (const chunk of inflated(packed, engine)) output.add(chunk);
  return output.finish(engine.bytesWritten);
}

function wasBroken(error: unknown): boolean {
  const code = (error as NodeJS.ErrnoException).code;
  return code === 'Z_DATA_ERROR' || code === 'Z_BUF_ERROR';
}

/** A stream for each of thousands of small entries would take half a millisecond each. */
function inflateSmall(packed: Buffer, output: BoundedOutput): UnpackedFile {
  try {
    // The types do not know what the option `info` does.
    const result = inflateRawSync(packed, { info: true, maxOutputLength: Math.max(1, output.most) }) as unknown as {
      buffer: Buffer;
      engine: InflateRaw;
    };
    output.add(result.buffer);
    return output.finish(result.engine.bytesWritten);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE') throw output.tooMuch;
    throw wasBroken(error) ? malformed('packed content is broken') : error;
  }
}

async function* inflated(packed: AsyncIterable<Buffer>, engine: InflateRaw): AsyncGenerator<Buffer, void, undefined> {
  const input = Readable.from(packed);
  input.on('error', (error) => engine.destroy(error));
  input.pipe(engine);
  try {
    for await (const chunk of engine) yield chunk as Buffer;
  } catch (error) {
    throw wasBroken(error) ? malformed('packed content is broken') : error;
  } finally {
    input.destroy();
    engine.destroy();
  }
}

/**
 * The file in a ZIP of one entry that `walkZip` has gone through before; `size` is what that found. Throws Rejection ZIP_MALFORMED when
 * it is not that ZIP.
 */
export async function* unpackOnly(bytes: AsyncIterable<Buffer>, size: number): AsyncGenerator<Buffer, void, undefined> {
  const cursor = new ByteCursor(bytes);
  try {
    const header = await cursor.take(30);
    await cursor.skipTo(30 + header.readUInt16LE(26) + header.readUInt16LE(28));
    if (header.readUInt16LE(8) === STORED) yield* cursor.stream(size);
    else yield* inflated(cursor.rest(), createInflateRaw({ chunkSize: 65536 }));
  } finally {
    await cursor.close();
  }
}

/** What an entry unpacks to: measured, never kept. */
class BoundedOutput {
  readonly #entry: ZipEntry;
  readonly tooMuch: Rejection;
  /** Bytes that may come out. */
  readonly most: number;
  readonly #hash = createHash('sha256');
  readonly #head: Buffer[] = [];
  #size = 0;
  #crc = 0;

  /** `before`: bytes that came out of the same ZIP already. */
  constructor(entry: ZipEntry, limits: ZipLimits, before: number) {
    this.#entry = entry;
    this.tooMuch = reject('ZIP_BOMB', { params: { limit: limits.fileBytes, ratio: limits.ratio } });
    this.most = Math.min(limits.fileBytes - before, Math.max(RATIO_FREE_BYTES, entry.packedSize * limits.ratio));
    if (!isSealed(entry) && entry.size > this.most) throw this.tooMuch;
  }

  add(chunk: Buffer): void {
    if (this.#size < HEAD_BYTES) this.#head.push(Buffer.from(chunk.subarray(0, HEAD_BYTES - this.#size)));
    this.#size += chunk.length;
    if (this.#size > this.most) throw this.tooMuch;
    this.#hash.update(chunk);
    this.#crc = crc32(chunk, this.#crc);
  }

  /** `consumed`: how many packed bytes it took. Fewer than stated means that something stands behind the end of the packed content. */
  finish(consumed: number): UnpackedFile {
    const { packedSize, size, crc, names } = this.#entry;
    if (consumed !== packedSize) throw malformed('bytes outside of its entries');
    if (this.#size !== size || this.#crc !== crc) throw reject('ZIP_CHECKSUM', { params: { entry: names[0] ?? '' } });
    return { size, sha256: this.#hash.digest('hex'), head: Buffer.concat(this.#head) };
  }
}

/** Behind the content stands nothing, or the sizes when they were not known before it. */
async function checkDescriptor(cursor: ByteCursor, entry: ZipEntry, end: number): Promise<void> {
  const length = end - cursor.position;
  if ((entry.flags & SIZES_LATER) === 0 && length === 0) return;
  if ((entry.flags & SIZES_LATER) === 0 || (length !== 12 && length !== 16)) throw malformed('bytes outside of its entries');
  const descriptor = await cursor.take(length);
  const facts = descriptor.subarray(length - 12);
  const same =
    (length === 12 || descriptor.readUInt32LE(0) === DESCRIPTOR_SIGNATURE) &&
    facts.readUInt32LE(0) === entry.crc &&
    facts.readUInt32LE(4) === entry.packedSize &&
    facts.readUInt32LE(8) === entry.size;
  if (!same) throw malformed('an entry is not as the directory says');
}
