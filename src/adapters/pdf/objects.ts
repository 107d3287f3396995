/** A value of PDF syntax (ISO 32000-1, 7.3), as far as signatures need it; `other`: references, booleans, null. */
export type PdfValue =
  | { readonly kind: 'name' | 'string' | 'other'; readonly text: string }
  | { readonly kind: 'number'; readonly value: number }
  | { readonly kind: 'array'; readonly items: readonly PdfValue[] }
  | PdfDictionary;

/** A dictionary. `repeated`: a key stands in it twice, of which readers take different ones. */
export interface PdfDictionary {
  readonly kind: 'dictionary';
  readonly entries: Map<string, { readonly value: PdfValue; readonly keyAt: number; readonly valueAt: number }>;
  repeated: boolean;
  closed: boolean;
}

const DEPTH = 32;
const DELIMITER = /[\s()<>[\]{}/%]/;

/** The text is no PDF object, or ends within one. */
export class BrokenPdf extends Error {}

/**
 * Reads the object at `at` in latin1 text and returns the innermost dictionary that has a value at exactly `valueAt`, when that
 * dictionary is complete; undefined when there is none. What stands behind it may be cut.
 */
export function dictionaryHolding(text: string, at: number, valueAt: number): PdfDictionary | undefined {
  const reader = new ObjectReader(text, at, valueAt);
  try {
    reader.value(0);
  } catch (error) {
    if (!(error instanceof BrokenPdf)) throw error;
  }
  return reader.holder?.closed === true ? reader.holder : undefined;
}

class ObjectReader {
  readonly #text: string;
  readonly #wanted: number;
  #at: number;
  holder: PdfDictionary | undefined;

  constructor(text: string, at: number, wanted: number) {
    this.#text = text;
    this.#at = at;
    this.#wanted = wanted;
  }

  value(depth: number): PdfValue {
    if (depth > DEPTH) throw new BrokenPdf('nested too deep');
    this.#skip();
    const text = this.#text;
    if (text.startsWith('<<', this.#at)) return this.#dictionary(depth);
    const first = text[this.#at];
    if (first === undefined) throw new BrokenPdf('ends within an object');
    if (first === '<') return this.#hex();
    if (first === '(') return this.#literal();
    if (first === '[') return this.#array(depth);
    if (first === '/') return { kind: 'name', text: this.#name() };
    return this.#word();
  }

  #skip(): void {
    for (;;) {
      while (/\s|\0/.test(this.#text[this.#at] ?? 'x')) this.#at++;
      if (this.#text[this.#at] !== '%') return;
      while (this.#at < this.#text.length && !/[\r\n]/.test(this.#text[this.#at] as string)) this.#at++;
    }
  }

  #dictionary(depth: number): PdfDictionary {
    const dictionary: PdfDictionary = { kind: 'dictionary', entries: new Map(), repeated: false, closed: false };
    this.#at += 2;
    for (;;) {
      this.#skip();
      if (this.#text.startsWith('>>', this.#at)) break;
      const keyAt = this.#at;
      const key = this.#name();
      this.#skip();
      const valueAt = this.#at;
      if (valueAt === this.#wanted) this.holder = dictionary;
      if (dictionary.entries.has(key)) dictionary.repeated = true;
      dictionary.entries.set(key, { value: this.value(depth + 1), keyAt, valueAt });
    }
    this.#at += 2;
    dictionary.closed = true;
    return dictionary;
  }

  #array(depth: number): PdfValue {
    const items: PdfValue[] = [];
    this.#at++;
    for (this.#skip(); this.#text[this.#at] !== ']'; this.#skip()) items.push(this.value(depth + 1));
    this.#at++;
    return { kind: 'array', items };
  }

  #hex(): PdfValue {
    const end = this.#text.indexOf('>', this.#at);
    if (end < 0) throw new BrokenPdf('a string does not end');
    const text = this.#text.slice(this.#at + 1, end);
    this.#at = end + 1;
    return { kind: 'string', text };
  }

  #literal(): PdfValue {
    const start = this.#at + 1;
    let depth = 0;
    do {
      const letter = this.#text[this.#at];
      if (letter === undefined) throw new BrokenPdf('a string does not end');
      if (letter === '(') depth++;
      if (letter === ')') depth--;
      this.#at += letter === '\\' ? 2 : 1;
    } while (depth > 0);
    return { kind: 'string', text: this.#text.slice(start, this.#at - 1) };
  }

  #name(): string {
    if (this.#text[this.#at] !== '/') throw new BrokenPdf('a name is missing');
    this.#at++;
    return this.#regular().replace(/#([0-9a-fA-F]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
  }

  /** A number, a reference `12 0 R`, or a word. */
  #word(): PdfValue {
    const reference = /\d+\s+\d+\s+R(?=[\s()<>[\]{}/%]|$)/y;
    reference.lastIndex = this.#at;
    const [whole] = reference.exec(this.#text) ?? [];
    if (whole !== undefined) {
      this.#at += whole.length;
      return { kind: 'other', text: whole };
    }
    const word = this.#regular();
    if (word === '') throw new BrokenPdf('a value is missing');
    return /^[+-]?\d*\.?\d+$/.test(word) ? { kind: 'number', value: Number(word) } : { kind: 'other', text: word };
  }

  #regular(): string {
    const start = this.#at;
    while (this.#at < this.#text.length && !DELIMITER.test(this.#text[this.#at] as string)) this.#at++;
    return this.#text.slice(start, this.#at);
  }
}
