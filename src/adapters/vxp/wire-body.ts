import { createHash } from 'node:crypto';

const trailer = Buffer.from('\r\n');

/** A `hash-file` that fits neither form of the body. */
export class HashFileMismatch extends Error {}

/** The `hash-file` of a digest (SHA-256, hex): the client library writes each byte in hex without padding it to two digits. */
export function hashFileOf(sha256: string): string {
  return sha256.replace(/../g, (pair) => (pair.startsWith('0') ? pair.slice(1) : pair));
}

/** True when `hashFile` is the digest (SHA-256, hex), unpadded as the library writes it or padded. */
export function isHashFileOf(hashFile: string, sha256: string): boolean {
  const claimed = hashFile.toLowerCase();
  return claimed === hashFileOf(sha256) || claimed === sha256;
}

/** The file in the body of a sendEdoc call as the library sends it: followed by CR LF. */
export async function* withTrailer(file: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array, void, undefined> {
  yield* file;
  yield trailer;
}

/**
 * The file in the body of a sendEdoc call. The library appends CR LF to the file; a client that appends nothing is understood too: the
 * last two bytes belong to the file when only so `hashFile` is right. Throws HashFileMismatch at the end when it is right neither way.
 */
export async function* fileIn(body: AsyncIterable<Uint8Array>, hashFile: string): AsyncGenerator<Uint8Array, void, undefined> {
  const hash = createHash('sha256');
  let tail: Uint8Array = new Uint8Array(0);
  for await (const piece of body) {
    const all = tail.length === 0 ? piece : Buffer.concat([tail, piece]);
    const sure = Math.max(all.length - trailer.length, 0);
    // a copy: the piece's memory may be used again for the next one
    tail = Uint8Array.from(all.subarray(sure));
    if (sure === 0) continue;
    hash.update(all.subarray(0, sure));
    yield all.subarray(0, sure);
  }
  const appended = Buffer.from(tail).equals(trailer);
  if (appended && isHashFileOf(hashFile, hash.copy().digest('hex'))) return;
  if (!isHashFileOf(hashFile, hash.update(tail).digest('hex'))) throw new HashFileMismatch('hash-file is not that of the file');
  if (tail.length > 0) yield tail;
}
