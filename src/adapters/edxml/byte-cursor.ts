import { reject } from '../../routing/problem.ts';

/** Reads a stream of bytes piece by piece, forward only. Throws Rejection ZIP_MALFORMED when the stream ends too early. */
export class ByteCursor {
  readonly #source: AsyncIterator<Buffer>;
  #rest: Buffer = Buffer.alloc(0);
  #position = 0;

  constructor(source: AsyncIterable<Buffer>) {
    this.#source = source[Symbol.asyncIterator]();
  }

  /** Bytes read so far. */
  get position(): number {
    return this.#position;
  }

  /** The next `count` bytes at once: for small counts. */
  async take(count: number): Promise<Buffer> {
    const parts: Buffer[] = [];
    for await (const part of this.stream(count)) parts.push(part);
    return Buffer.concat(parts);
  }

  async skipTo(position: number): Promise<void> {
    for await (const part of this.stream(position - this.#position)) void part;
  }

  /** The next `count` bytes as they come. */
  async *stream(count: number): AsyncGenerator<Buffer, void, undefined> {
    let left = count;
    while (left > 0) {
      if (this.#rest.length === 0) await this.#fill();
      const part = this.#rest.subarray(0, left);
      this.#rest = this.#rest.subarray(part.length);
      this.#position += part.length;
      left -= part.length;
      yield part;
    }
  }

  /** Everything to the end as it comes. */
  async *rest(): AsyncGenerator<Buffer, void, undefined> {
    if (this.#rest.length > 0) yield this.#rest;
    for (let next = await this.#source.next(); next.done !== true; next = await this.#source.next()) yield next.value;
  }

  /** Gives the source back. */
  async close(): Promise<void> {
    await this.#source.return?.();
  }

  async #fill(): Promise<void> {
    const next = await this.#source.next();
    if (next.done === true) throw reject('ZIP_MALFORMED', { params: { detail: 'it ends too early' } });
    this.#rest = next.value;
  }
}
