import { createHash } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import { pipeline } from 'node:stream/promises';
import type { OutgoingPackage } from '../../routing/outbox.ts';
import { requestOf } from './answer.ts';
import { readRange } from './byte-range.ts';
import type { Call } from './call.ts';
import type { ByteRange, Log, OpenContent } from './ports.ts';

/** Sends the bytes of a package, or the range asked for, with digests and the headers of `more`. */
export type SendContent = (call: Call, found: OutgoingPackage, more: Readonly<Record<string, string>>) => Promise<void>;

/**
 * Streams packages. The last piece of a whole package is held back until its SHA-256 proved right: a damaged one never arrives whole,
 * the connection is cut instead.
 */
export function createSendContent(openContent: OpenContent, log: Log): SendContent {
  return async function sendContent({ req, res }, found, more) {
    const etag = `"${found.sha256}"`;
    const ifRange = req.headers['if-range'];
    const asked = ifRange === undefined || ifRange === etag ? req.headers.range : undefined;
    const range = readRange(asked, found.size);
    const bytes = openContent(found.text, found.runs, range);
    const pieces = range === undefined ? proven(bytes, found) : measured(bytes, range.end - range.start);
    // taken before anything is sent, so that what fails at once is still answered as an error
    const first = await pieces.next();
    writeHead(res, found, range, { ETag: etag, ...more });
    try {
      await pipeline(resumed(first, pieces), res);
    } catch (error) {
      const gone = (error as NodeJS.ErrnoException).code === 'ERR_STREAM_PREMATURE_CLOSE';
      const about = { request: requestOf(res), package: found.id };
      if (gone) log.debug(about, 'the client went away while fetching');
      else log.error({ ...about, err: error }, 'content could not be sent');
      res.destroy();
    }
  };
}

function writeHead(res: ServerResponse, found: OutgoingPackage, range: ByteRange | undefined, more: Record<string, string>): void {
  const digest = `sha-256=:${Buffer.from(found.sha256, 'hex').toString('base64')}:`;
  res.statusCode = range === undefined ? 200 : 206;
  res.setHeader('Content-Type', 'application/xml');
  res.setHeader('Content-Length', range === undefined ? found.size : range.end - range.start);
  res.setHeader('Content-Disposition', `attachment; filename="${found.id}.edxml"`);
  res.setHeader('Cache-Control', 'private, no-store');
  res.setHeader('Accept-Ranges', 'bytes');
  res.setHeader('Lienthong-Package', found.id);
  res.setHeader('Lienthong-Sha256', found.sha256);
  // RFC 9530: Repr-Digest is of the whole package, Content-Digest of what this answer holds
  res.setHeader('Repr-Digest', digest);
  if (range === undefined) res.setHeader('Content-Digest', digest);
  else res.setHeader('Content-Range', `bytes ${range.start}-${range.end - 1}/${found.size}`);
  for (const [name, value] of Object.entries(more)) res.setHeader(name, value);
}

/** The same pieces, the last one only after size and SHA-256 of the whole proved right. Throws when they don't. */
export async function* proven(bytes: AsyncIterable<Uint8Array>, found: OutgoingPackage): AsyncGenerator<Uint8Array, void, undefined> {
  const hash = createHash('sha256');
  let held: Uint8Array | undefined;
  let size = 0;
  for await (const piece of bytes) {
    if (piece.length === 0) continue;
    if (held !== undefined) yield held;
    hash.update(piece);
    size += piece.length;
    held = piece;
  }
  if (size !== found.size || hash.digest('hex') !== found.sha256) {
    throw new Error(`content of package ${found.id} is damaged: ${size} of ${found.size} bytes`);
  }
  if (held !== undefined) yield held;
}

/** The same pieces; throws before sending more, or after less, than `size` bytes. */
async function* measured(bytes: AsyncIterable<Uint8Array>, size: number): AsyncGenerator<Uint8Array, void, undefined> {
  let left = size;
  for await (const piece of bytes) {
    left -= piece.length;
    if (left < 0) break;
    yield piece;
  }
  if (left !== 0) throw new Error(`a range of ${size} bytes could not be read`);
}

async function* resumed(first: IteratorResult<Uint8Array, void>, rest: AsyncGenerator<Uint8Array, void, undefined>) {
  try {
    if (!first.done) yield first.value;
    yield* rest;
  } finally {
    await rest.return(undefined);
  }
}
