/** A piece of an answer: a part of the text, or one element of the list, that stands in `data`. */
export type Piece = { readonly text: string } | { readonly row: Readonly<Record<string, unknown>> };

/** What stands around `data`, by name. */
export type Around = Readonly<Record<string, unknown>>;

/** An answer that is not of the protocol: no JSON, cut, or larger than anything that is meant. */
export class AnswerMalformed extends Error {}

/** Longest row, and longest text around the data, in bytes. */
const most = 65_536;
const [quote, backslash, comma, colon, openBrace, closeBrace, openBracket, closeBracket] = Buffer.from('"\\,:{}[]');

/**
 * Reads an answer while it streams in: a package as base64, or a list of 111,000 agencies, in memory that does not grow with it.
 * Yields the data and returns what stands around it. Throws AnswerMalformed.
 */
export async function* piecesOf(body: AsyncIterable<Uint8Array>): AsyncGenerator<Piece, Around, undefined> {
  const reader = new AnswerReader();
  for await (const chunk of body) yield* reader.read(Buffer.from(chunk.buffer, chunk.byteOffset, chunk.length));
  return reader.end();
}

/** What stands around the data of an answer whose data does not matter. Throws AnswerMalformed. */
export async function aroundOf(body: AsyncIterable<Uint8Array>): Promise<Around> {
  const pieces = piecesOf(body);
  for (;;) {
    const next = await pieces.next();
    if (next.done === true) return next.value;
  }
}

class AnswerReader {
  readonly #around = new Bounded();
  #row = new Bounded();
  #mode: 'around' | 'text' | 'rows' | 'row' = 'around';
  #depth = 0;
  #rowDepth = 0;
  #inString = false;
  #escaped = false;
  /** The string read last on the first level, if it stood where a name stands. */
  #name: number[] | undefined;
  #expectsName = false;
  #isData = false;

  *read(chunk: Buffer): Generator<Piece, void, undefined> {
    for (let at = 0; at < chunk.length; ) {
      if (this.#mode === 'text') {
        const end = chunk.indexOf(quote as number, at);
        const until = end < 0 ? chunk.length : end;
        if (until > at) yield { text: chunk.toString('latin1', at, until) };
        at = until + 1;
        if (end >= 0) this.#mode = 'around';
        continue;
      }
      const byte = chunk[at] as number;
      at += 1;
      if (this.#mode === 'around') this.#readAround(byte);
      else if (this.#mode === 'rows') this.#readBetween(byte);
      else {
        this.#row.add(byte);
        if (this.#isRowOver(byte)) yield { row: this.#takeRow() };
      }
    }
  }

  end(): Around {
    if (this.#mode !== 'around') throw new AnswerMalformed('the answer is cut');
    return objectIn(this.#around.text());
  }

  #readAround(byte: number): void {
    if (!this.#inString && this.#isData && (byte === quote || byte === openBracket)) {
      this.#mode = byte === quote ? 'text' : 'rows';
      this.#isData = false;
      for (const one of Buffer.from('null')) this.#around.add(one);
      return;
    }
    this.#around.add(byte);
    if (this.#isInString(byte)) {
      if (byte !== quote) this.#name?.push(byte);
      return;
    }
    if (byte === openBrace || byte === openBracket) this.#depth += 1;
    if (byte === closeBrace || byte === closeBracket) this.#depth -= 1;
    if (this.#depth !== 1) return;
    if (byte === openBrace || byte === comma) this.#expectsName = true;
    else if (byte === colon) {
      this.#isData = Buffer.from(this.#name ?? []).toString('latin1') === 'data';
      this.#name = undefined;
      this.#expectsName = false;
    } else if (!isSpace(byte)) this.#isData = false;
  }

  /** Follows strings; true for every byte of one, its quotes included. */
  #isInString(byte: number): boolean {
    if (!this.#inString) {
      if (byte !== quote) return false;
      this.#inString = true;
      if (this.#expectsName && this.#mode === 'around') this.#name = [];
      return true;
    }
    if (this.#escaped) this.#escaped = false;
    else if (byte === backslash) this.#escaped = true;
    else if (byte === quote) this.#inString = false;
    return true;
  }

  #readBetween(byte: number): void {
    if (byte === openBrace) {
      this.#mode = 'row';
      this.#rowDepth = 1;
      this.#row.add(byte);
    } else if (byte === closeBracket) this.#mode = 'around';
    else if (byte !== comma && !isSpace(byte)) throw new AnswerMalformed('the list holds something that is no object');
  }

  #isRowOver(byte: number): boolean {
    if (this.#isInString(byte)) return false;
    if (byte === openBrace) this.#rowDepth += 1;
    if (byte === closeBrace) this.#rowDepth -= 1;
    return this.#rowDepth === 0;
  }

  #takeRow(): Record<string, unknown> {
    const text = this.#row.text();
    this.#row = new Bounded();
    this.#mode = 'rows';
    return objectIn(text);
  }
}

/** Bytes of which there may not be too many. */
class Bounded {
  #bytes = Buffer.alloc(1024);
  #length = 0;

  add(byte: number): void {
    if (this.#length === most) throw new AnswerMalformed('a part of the answer is too long');
    if (this.#length === this.#bytes.length) this.#bytes = Buffer.concat([this.#bytes, Buffer.alloc(this.#length)]);
    this.#bytes[this.#length] = byte;
    this.#length += 1;
  }

  text(): string {
    return this.#bytes.toString('utf8', 0, this.#length).replace(/^\uFEFF/, '');
  }
}

function objectIn(text: string): Record<string, unknown> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new AnswerMalformed(`the answer is not JSON: ${text.slice(0, 100)}`);
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new AnswerMalformed('the answer is no object');
  return value as Record<string, unknown>;
}

function isSpace(byte: number): boolean {
  return byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09;
}
