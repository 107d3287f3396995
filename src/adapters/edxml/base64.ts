import type { Rejection } from '../../routing/problem.ts';
import { reject } from '../../routing/problem.ts';

const DASH = 0x2d;
const UNDERSCORE = 0x5f;
const EQUALS = 0x3d;
const LF = 0x0a;
const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
const NOT_ALPHABET_OR_SPACE = /[^A-Za-z0-9+/\t\r\n ]/;
const NOT_ALPHABET = /[^A-Za-z0-9+/]/;
const WHITE_SPACE = /[\t\r\n ]+/g;
/** Latin1 strings above this size leave V8's young heap and cost four times as much. */
const SLICE_BYTES = 32768;
/** Memory that no decoding with `reuse` uses: outside the heap it costs more to get and to collect than to fill. */
const spares: Buffer[] = [];

/**
 * Decodes base64 (RFC 4648 section 4) that comes in chunks cut anywhere, strictly: XML white space may stand between any two characters,
 * padding is required and stands only at the end, its unused bits are zero. Memory does not grow with the text.
 * Throws Rejection ATTACHMENT_BASE64 or ATTACHMENT_BASE64_PADDING at the first thing that is wrong, with the byte `offset` in the text as a
 * value; what was yielded before is then worth nothing.
 * With `reuse` all chunks of a size share their memory: each is valid only until the next one is asked for.
 */
export async function* decodeBase64(
  chunks: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  reuse = false,
): AsyncGenerator<Buffer, void, undefined> {
  const decoder = new Base64Decoder(reuse);
  try {
    for await (const chunk of chunks) {
      const decoded = decoder.add(chunk);
      if (decoded.length > 0) yield decoded;
    }
    const last = decoder.finish();
    if (last.length > 0) yield last;
  } finally {
    decoder.giveBack();
  }
}

class Base64Decoder {
  #offset = 0;
  #carry = '';
  #padding = 0;
  readonly #reuse: boolean;
  #out: Buffer = Buffer.alloc(0);

  constructor(reuse: boolean) {
    this.#reuse = reuse;
    if (reuse) this.#out = spares.pop() ?? this.#out;
  }

  /** What was decoded last is worth nothing from here on. */
  giveBack(): void {
    if (this.#reuse && this.#out.length > 0) spares.push(this.#out);
    this.#out = Buffer.alloc(0);
  }

  add(chunk: Uint8Array): Buffer {
    const bytes = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
    const most = Math.floor((bytes.length + 3) / 4) * 3;
    const out = this.#reuse && this.#out.length >= most ? this.#out : Buffer.allocUnsafeSlow(most);
    this.#out = out;
    let written = 0;
    for (let at = 0; at < bytes.length; at += SLICE_BYTES) {
      written += this.#slice(bytes.subarray(at, at + SLICE_BYTES), out, written);
    }
    return out.subarray(0, written);
  }

  finish(): Buffer {
    if (this.#carry === '' && this.#padding === 0) return Buffer.alloc(0);
    if (this.#carry.length < 2 || this.#carry.length + this.#padding !== 4) throw this.#padded();
    const unused = this.#padding === 1 ? 0b11 : 0b1111;
    const lastValue = ALPHABET.indexOf(this.#carry.slice(-1));
    if ((lastValue & unused) !== 0) throw this.#padded();
    return Buffer.from(this.#carry, 'base64');
  }

  #slice(slice: Buffer, out: Buffer, at: number): number {
    const padding = this.#padding > 0 ? 0 : slice.indexOf(EQUALS);
    const body = padding < 0 ? slice : slice.subarray(0, padding);
    const written = this.#body(body, out, at);
    this.#offset += body.length;
    if (padding >= 0) this.#end(slice.subarray(padding));
    return written;
  }

  /** Tries Node's decoder on the text as it is; most packages have no line breaks in it. */
  #body(body: Buffer, out: Buffer, at: number): number {
    const raw = body.toString('latin1');
    const urlSafe = body.indexOf(DASH) >= 0 || body.indexOf(UNDERSCORE) >= 0;
    if (urlSafe) throw this.#strange(raw);
    const written = body.indexOf(LF) < 0 ? this.#decode(this.#carry + raw, out, at) : undefined;
    if (written !== undefined) return written;
    const again = this.#decode(this.#carry + raw.replace(WHITE_SPACE, ''), out, at);
    if (again === undefined) throw this.#strange(raw);
    return again;
  }

  /** Decodes all whole groups and keeps the rest. The decoder skips what it does not know: then the count is short and nothing is kept. */
  #decode(text: string, out: Buffer, at: number): number | undefined {
    const whole = text.length - (text.length % 4);
    const rest = text.slice(whole);
    if (NOT_ALPHABET.test(rest)) return undefined;
    const written = whole === 0 ? 0 : out.write(whole === text.length ? text : text.slice(0, whole), at, 'base64');
    if (written !== (whole / 4) * 3) return undefined;
    this.#carry = rest;
    return written;
  }

  #strange(raw: string): Rejection {
    return reject('ATTACHMENT_BASE64', { params: { offset: this.#offset + Math.max(0, raw.search(NOT_ALPHABET_OR_SPACE)) } });
  }

  #padded(): Rejection {
    return reject('ATTACHMENT_BASE64_PADDING', { params: { offset: this.#offset } });
  }

  /** Everything from the first `=` on: at most two of them, and white space. */
  #end(rest: Buffer): void {
    for (const byte of rest) {
      if (byte === EQUALS) {
        if (++this.#padding > 2) throw this.#padded();
      } else if (byte !== 0x20 && byte !== 0x09 && byte !== 0x0a && byte !== 0x0d) {
        throw this.#padded();
      }
      this.#offset++;
    }
  }
}
