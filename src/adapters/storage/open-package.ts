import { createHash } from 'node:crypto';
import { open } from 'node:fs/promises';
import type { OutgoingPackage } from '../../routing/outbox.ts';

/** Some bytes of a package: from `start` up to, not including, `end`. */
export interface ByteRange {
  readonly start: number;
  readonly end: number;
}

/** Content that is not there, or not as it was stored: a fault of ours. */
export class DamagedContent extends Error {
  readonly what: 'missing' | 'altered';

  constructor(what: DamagedContent['what'], detail: string) {
    super(`stored content is ${what}: ${detail}`);
    this.name = 'DamagedContent';
    this.what = what;
  }
}

const TOKEN_BYTES = 32;
const CHUNK_BYTES = 1 << 18;

/**
 * The exact bytes of a package: its text with each run in its token's place. Chunks are in memory of their own.
 * Memory does not grow with the package. Throws DamagedContent while streaming.
 */
export async function* packageBytes(
  contentPath: (sha256: string) => string,
  text: OutgoingPackage['text'],
  runs: OutgoingPackage['runs'],
  range: ByteRange = { start: 0, end: Number.POSITIVE_INFINITY },
): AsyncGenerator<Uint8Array, void, undefined> {
  let position = 0;
  for (const piece of piecesOf(text, runs)) {
    const start = Math.max(0, range.start - position);
    const end = Math.min(piece.length, range.end - position);
    position += piece.length;
    if (start >= end) continue;
    if (piece.sha256 === undefined) yield text.subarray(piece.at + start, piece.at + end);
    else yield* fileBytes(contentPath(piece.sha256), piece.length, { start, end });
  }
}

/** A part of a package: `length` bytes of the text from `at`, or a run. */
interface Piece {
  readonly at: number;
  readonly length: number;
  readonly sha256?: string;
}

function* piecesOf(text: OutgoingPackage['text'], runs: OutgoingPackage['runs']): Generator<Piece, void, undefined> {
  let done = 0;
  for (const run of runs) {
    yield { at: done, length: run.at - done };
    yield run;
    done = run.at + TOKEN_BYTES;
  }
  yield { at: done, length: text.length - done };
}

async function* fileBytes(path: string, length: number, range: ByteRange): AsyncGenerator<Uint8Array, void, undefined> {
  const file = await open(path, 'r').catch((error: NodeJS.ErrnoException) => {
    throw error.code === 'ENOENT' ? new DamagedContent('missing', path) : error;
  });
  try {
    const { size } = await file.stat();
    if (size !== length) throw new DamagedContent('altered', `${path} has ${size} of ${length} bytes`);
    for (let at = range.start; at < range.end; ) {
      const wanted = Math.min(CHUNK_BYTES, range.end - at);
      const { bytesRead, buffer } = await file.read(Buffer.allocUnsafeSlow(wanted), 0, wanted, at);
      if (bytesRead === 0) throw new DamagedContent('altered', `${path} was cut while it was read`);
      at += bytesRead;
      yield buffer.subarray(0, bytesRead);
    }
  } finally {
    await file.close();
  }
}

/** The same bytes, the last of them only when their SHA-256 is `sha256`. Throws DamagedContent when it is not. */
export async function* proven(bytes: AsyncIterable<Uint8Array>, sha256: string): AsyncGenerator<Uint8Array, void, undefined> {
  const hash = createHash('sha256');
  let held: Uint8Array | undefined;
  for await (const chunk of bytes) {
    if (held !== undefined) yield held;
    hash.update(chunk);
    held = chunk;
  }
  const found = hash.digest('hex');
  if (found !== sha256) throw new DamagedContent('altered', `a package of ${sha256} reads as ${found}`);
  if (held !== undefined) yield held;
}
