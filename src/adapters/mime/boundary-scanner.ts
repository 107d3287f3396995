import { reject } from '../../routing/problem.ts';
import { malformed } from './header.ts';

const TAB = 0x09;
const CR = 0x0d;
const SPACE = 0x20;
const CRLF = Buffer.from('\r\n');
const EMPTY_LINE = Buffer.from('\r\n\r\n');
const DASHES = Buffer.from('--');
/** What may stand before the first boundary, behind the last one, and (of blanks) behind any. */
const IGNORED_BYTES_MAX = 16384;

/** Cuts a multipart body at its boundaries while it streams by. Holds one chunk, or what of it may yet become a boundary. */
export class BoundaryScanner {
  readonly #source: AsyncIterator<Uint8Array>;
  readonly #delimiter: Buffer;
  /** A line end before the body makes the first boundary look like all others. */
  #buffer: Buffer = CRLF;
  #part = 0;
  #inPart = true;

  constructor(body: AsyncIterable<Uint8Array>, boundary: string) {
    this.#source = body[Symbol.asyncIterator]();
    this.#delimiter = Buffer.from(`\r\n--${boundary}`, 'latin1');
  }

  /** Goes on to the next part; false behind the last boundary. */
  async nextPart(): Promise<boolean> {
    await this.#skipPart();
    await this.#atLeast(2);
    if (this.#startsWith(DASHES)) {
      await this.#skipEpilogue();
      return false;
    }
    await this.#skipBlanks();
    if (!this.#startsWith(CRLF)) throw malformed('nothing but CR LF may follow a boundary');
    this.#buffer = this.#buffer.subarray(CRLF.length);
    this.#part++;
    this.#inPart = true;
    return true;
  }

  /** The headers of the part, without the empty line behind them. To be called once, before its body is read. */
  async headerBlock(most: number): Promise<Buffer> {
    await this.#atLeast(CRLF.length);
    const block = this.#startsWith(CRLF) ? Buffer.alloc(0) : await this.#headerLines(most);
    await this.#atLeast(this.#delimiter.length);
    // The empty line behind the headers may as well be the line end before the next boundary: then there is no body (RFC 2046, 5.1.1).
    if (!this.#startsWith(this.#delimiter)) this.#buffer = this.#buffer.subarray(CRLF.length);
    return block;
  }

  async #headerLines(most: number): Promise<Buffer> {
    const block = await this.#upTo(EMPTY_LINE, most, `headers of a part are longer than ${most} bytes or do not end in CR LF`);
    if (Buffer.concat([CRLF, block]).includes(this.#delimiter)) throw malformed('a boundary within the headers of a part');
    this.#buffer = Buffer.concat([CRLF, this.#buffer]);
    return block;
  }

  /** The bytes of the current part; ends early when the scanner has gone on to another. */
  partBody(): AsyncGenerator<Buffer, void, undefined> {
    return this.#chunksOf(this.#part);
  }

  async *#chunksOf(part: number): AsyncGenerator<Buffer, void, undefined> {
    while (part === this.#part && this.#inPart) {
      const chunk = await this.#chunk();
      if (chunk.length > 0) yield chunk;
    }
  }

  async close(): Promise<void> {
    await this.#source.return?.();
  }

  /** Some bytes of the part, perhaps none; ends the part when the boundary is reached. */
  async #chunk(): Promise<Buffer> {
    const end = this.#buffer.indexOf(this.#delimiter);
    if (end >= 0) {
      const chunk = this.#buffer.subarray(0, end);
      this.#buffer = this.#buffer.subarray(end + this.#delimiter.length);
      this.#inPart = false;
      return chunk;
    }
    const open = Math.max(0, this.#buffer.length - this.#delimiter.length + 1);
    const cr = this.#buffer.indexOf(CR, open);
    const settled = cr < 0 ? this.#buffer.length : cr;
    const chunk = this.#buffer.subarray(0, settled);
    this.#buffer = this.#buffer.subarray(settled);
    if (settled === 0) await this.#more();
    return chunk;
  }

  async #skipPart(): Promise<void> {
    let skipped = 0;
    while (this.#inPart) {
      skipped += (await this.#chunk()).length;
      if (this.#part === 0 && skipped > IGNORED_BYTES_MAX) throw malformed('no boundary at its beginning');
    }
  }

  async #skipBlanks(): Promise<void> {
    for (let skipped = 0; this.#buffer[0] === SPACE || this.#buffer[0] === TAB; skipped++) {
      if (skipped > IGNORED_BYTES_MAX) throw malformed('nothing but CR LF may follow a boundary');
      this.#buffer = this.#buffer.subarray(1);
      await this.#atLeast(CRLF.length);
    }
  }

  async #skipEpilogue(): Promise<void> {
    let skipped = this.#buffer.length - DASHES.length;
    while (skipped <= IGNORED_BYTES_MAX) {
      const next = await this.#source.next();
      if (next.done === true) return;
      skipped += next.value.length;
    }
    throw malformed('content behind the last boundary');
  }

  #startsWith(bytes: Buffer): boolean {
    return this.#buffer.subarray(0, bytes.length).equals(bytes);
  }

  async #atLeast(count: number): Promise<void> {
    while (this.#buffer.length < count) await this.#more();
  }

  /** Takes everything before `mark`, and the mark away. */
  async #upTo(mark: Buffer, most: number, otherwise: string): Promise<Buffer> {
    let end = this.#buffer.indexOf(mark);
    while (end < 0) {
      if (this.#buffer.length > most + mark.length) throw malformed(otherwise);
      await this.#more();
      end = this.#buffer.indexOf(mark);
    }
    if (end > most) throw malformed(otherwise);
    const taken = this.#buffer.subarray(0, end);
    this.#buffer = this.#buffer.subarray(end + mark.length);
    return taken;
  }

  async #more(): Promise<void> {
    const next = await this.#source.next();
    if (next.done === true) throw reject('BODY_INCOMPLETE', { params: { detail: 'the last boundary is missing' } });
    const { buffer, byteOffset, byteLength } = next.value;
    const chunk = Buffer.from(buffer, byteOffset, byteLength);
    this.#buffer = this.#buffer.length === 0 ? chunk : Buffer.concat([this.#buffer, chunk]);
  }
}
