import type { Problem } from '../../routing/problem.ts';

/** How much structure a package may have. Checked on the bytes, before any parser sees them. */
export interface MarkupLimits {
  /** Levels of nested elements; libxml2 stops at 256 by itself. */
  readonly depth: number;
  /** Attributes and namespace declarations of one element. */
  readonly attributes: number;
  readonly elements: number;
  /** Bytes of a start tag, and of the name in it: the parser repeats namespaces for every element that is in them. */
  readonly tagBytes: number;
  readonly nameBytes: number;
  /** Namespace declarations in force at one place: canonicalisation compares all of them at every element below. */
  readonly namespaces: number;
  /** Comments and CDATA sections between two tags: the validator copies a text anew for each piece of it. */
  readonly pieces: number;
}

const TAB = 0x09;
const LF = 0x0a;
const CR = 0x0d;
const SPACE = 0x20;
const BANG = 0x21;
const QUOTE = 0x22;
const APOSTROPHE = 0x27;
const SLASH = 0x2f;
export const LESS = 0x3c;
const EQUALS = 0x3d;
const GREATER = 0x3e;
const QUESTION = 0x3f;

const declared = /[ \t\r\n]xmlns[:= \t\r\n]/g;

/** Line (from 1) on which byte `offset` of `text` stands. */
export function lineAt(text: Uint8Array, offset: number): number {
  let line = 1;
  for (let at = text.indexOf(LF); at >= 0 && at < offset; at = text.indexOf(LF, at + 1)) line++;
  return line;
}

interface Tag {
  /** Byte after the closing `>`, or the end of the text when there is none. */
  readonly end: number;
  readonly nameBytes: number;
  readonly attributes: number;
  readonly empty: boolean;
}

/** DOCTYPE, a processing instruction inside the root, or the first limit that the markup goes over. */
export function markupProblem(bytes: Buffer, limits: MarkupLimits): Problem | undefined {
  const walk = new Walk(bytes, limits);
  let at = bytes.indexOf(LESS);
  while (at >= 0) {
    const passed = walk.pass(at);
    if (typeof passed !== 'number') return { ...passed, line: lineAt(bytes, at) };
    at = bytes.indexOf(LESS, passed);
  }
  return undefined;
}

/** What was met on the way through the markup. */
class Walk {
  readonly #bytes: Buffer;
  readonly #limits: MarkupLimits;
  /** Namespace declarations in force inside each open element. */
  readonly #open: number[] = [];
  #elements = 0;
  #pieces = 0;
  #nextDeclaration = -1;

  constructor(bytes: Buffer, limits: MarkupLimits) {
    this.#bytes = bytes;
    this.#limits = limits;
  }

  /** Passes the markup at `at`; returns where it ends, or what is wrong with it. */
  pass(at: number): number | Problem {
    const next = this.#bytes[at + 1];
    if (next === BANG || next === QUESTION) return this.#passSection(at, next);
    this.#pieces = 0;
    if (next !== SLASH) return this.#passTag(at);
    this.#open.pop();
    return at + 2;
  }

  #passSection(at: number, next: number): number | Problem {
    if (next === QUESTION && this.#open.length > 0) return { code: 'INSTRUCTION_FORBIDDEN' };
    const end = sectionEnd(this.#bytes, at);
    if (end === undefined) return { code: 'DOCTYPE_FORBIDDEN' };
    this.#pieces++;
    return this.#pieces > this.#limits.pieces ? { code: 'TEXT_IN_PIECES', params: { limit: this.#limits.pieces } } : end;
  }

  #passTag(at: number): number | Problem {
    const tag = readTag(this.#bytes, at + 1);
    const inForce = (this.#open.at(-1) ?? 0) + this.#declarationsIn(at, tag.end);
    if (!tag.empty) this.#open.push(inForce);
    this.#elements++;
    return this.#exceeded(tag, tag.end - at, inForce) ?? tag.end;
  }

  #exceeded(tag: Tag, length: number, inForce: number): Problem | undefined {
    const { depth, attributes, elements, tagBytes, nameBytes, namespaces } = this.#limits;
    if (this.#open.length > depth) return { code: 'XML_TOO_DEEP', params: { limit: depth } };
    if (tag.attributes > attributes) return { code: 'TOO_MANY_ATTRIBUTES', params: { limit: attributes } };
    if (this.#elements > elements) return { code: 'TOO_MANY_ELEMENTS', params: { limit: elements } };
    if (tag.nameBytes > nameBytes) return { code: 'NAME_TOO_LONG', params: { limit: nameBytes } };
    if (length > tagBytes) return { code: 'TAG_TOO_LONG', params: { limit: tagBytes } };
    if (inForce > namespaces) return { code: 'TOO_MANY_NAMESPACES', params: { limit: namespaces } };
    return undefined;
  }

  /** One search from declaration to declaration serves all tags between them. */
  #declarationsIn(start: number, end: number): number {
    if (this.#nextDeclaration < start) {
      const found = this.#bytes.indexOf('xmlns', start, 'latin1');
      this.#nextDeclaration = found < 0 ? this.#bytes.length : found;
    }
    if (this.#nextDeclaration >= end) return 0;
    return this.#bytes.toString('latin1', start, end).match(declared)?.length ?? 0;
  }
}

/** End of a comment, CDATA section or processing instruction at `at`; undefined for any other declaration, DOCTYPE above all. */
function sectionEnd(bytes: Buffer, at: number): number | undefined {
  if (bytes[at + 1] === QUESTION) return after(bytes, '?>', at + 2);
  if (bytes.toString('latin1', at + 2, at + 4) === '--') return after(bytes, '-->', at + 4);
  if (bytes.toString('latin1', at + 2, at + 9) === '[CDATA[') return after(bytes, ']]>', at + 9);
  return undefined;
}

function after(bytes: Buffer, mark: string, from: number): number {
  const found = bytes.indexOf(mark, from, 'latin1');
  return found < 0 ? bytes.length : found + mark.length;
}

function readTag(bytes: Buffer, from: number): Tag {
  let attributes = 0;
  let last = 0;
  let nameEnd = 0;
  for (let at = from; at < bytes.length; at++) {
    const byte = bytes[at] as number;
    if (byte === GREATER) return { end: at + 1, nameBytes: (nameEnd || at) - from, attributes, empty: last === SLASH };
    if (byte === QUOTE || byte === APOSTROPHE) {
      const close = bytes.indexOf(byte, at + 1);
      if (close < 0) break;
      at = close;
    }
    if (byte === EQUALS) attributes++;
    if (byte !== SPACE && byte !== LF && byte !== CR && byte !== TAB) last = byte;
    else nameEnd ||= at;
  }
  return { end: bytes.length, nameBytes: (nameEnd || bytes.length) - from, attributes, empty: false };
}
