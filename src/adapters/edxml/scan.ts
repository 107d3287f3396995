import { isUtf8 } from 'node:buffer';
import type { Problem } from '../../routing/problem.ts';

/** How much structure a package may have. Checked on the bytes, before any parser sees them. */
export interface ScanLimits {
  /** Levels of nested elements; libxml2 stops at 256 by itself. */
  readonly depth: number;
  /** Attributes and namespace declarations of one element. */
  readonly attributes: number;
  readonly elements: number;
}

const TAB = 0x09;
const LF = 0x0a;
const CR = 0x0d;
const SPACE = 0x20;
const BANG = 0x21;
const QUOTE = 0x22;
const APOSTROPHE = 0x27;
const SLASH = 0x2f;
const LESS = 0x3c;
const EQUALS = 0x3d;
const GREATER = 0x3e;
const QUESTION = 0x3f;

const declaration = /^<\?xml(\s[^>]*)\?>/;

/**
 * What must hold before the bytes may go to the parser: UTF-8, nothing before the XML, no DOCTYPE, bounded structure.
 * At most one problem; its byte offsets count in `text`. Says nothing about well-formedness: that is the parser's verdict.
 */
export function scan(text: Uint8Array, limits: ScanLimits): Problem | undefined {
  const bytes = Buffer.from(text.buffer, text.byteOffset, text.byteLength);
  return encodingProblem(bytes) ?? leadingProblem(bytes) ?? structureProblem(bytes, limits);
}

/** Line (from 1) on which byte `offset` of `text` stands. */
export function lineAt(text: Uint8Array, offset: number): number {
  let line = 1;
  for (let at = text.indexOf(LF); at >= 0 && at < offset; at = text.indexOf(LF, at + 1)) line++;
  return line;
}

function encodingProblem(bytes: Buffer): Problem | undefined {
  const wide = wideEncoding(bytes);
  if (wide !== undefined) return { code: 'ENCODING_UNSUPPORTED', line: 1, params: { encoding: wide } };
  const declared = declaration.exec(bytes.toString('latin1', bom(bytes), bom(bytes) + 200))?.[1] ?? '';
  const encoding = /\sencoding\s*=\s*["']([^"']*)["']/.exec(declared)?.[1];
  if (encoding !== undefined && !/^utf-?8$/i.test(encoding)) {
    return { code: 'ENCODING_UNSUPPORTED', line: 1, params: { encoding } };
  }
  const version = /\sversion\s*=\s*["']([^"']*)["']/.exec(declared)?.[1];
  if (version !== undefined && version !== '1.0') return { code: 'NOT_XML', line: 1, params: { detail: `XML version ${version}` } };
  if (isUtf8(bytes)) return undefined;
  const offset = firstInvalid(bytes);
  return { code: 'ENCODING_INVALID', line: lineAt(bytes, offset), params: { offset } };
}

function wideEncoding(bytes: Buffer): string | undefined {
  const start = bytes.toString('hex', 0, 4);
  if (start === 'fffe0000' || start === '0000feff' || start === '0000003c' || start === '3c000000') return 'UTF-32';
  return /^(fffe|feff|3c00|003c)/.test(start) ? 'UTF-16' : undefined;
}

/** Length of the byte order mark of UTF-8, which is allowed. */
function bom(bytes: Buffer): number {
  return bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? 3 : 0;
}

/** A streaming decoder forgives a sequence cut off at the end, so validity of prefixes is monotone and can be halved. */
function firstInvalid(bytes: Buffer): number {
  let valid = 0;
  let invalid = bytes.length;
  while (invalid - valid > 1) {
    const middle = (valid + invalid) >> 1;
    if (decodes(bytes.subarray(0, middle))) valid = middle;
    else invalid = middle;
  }
  // The byte that spoils a sequence is found; the place to look at is where the sequence begins.
  while (!isUtf8(bytes.subarray(0, valid))) valid--;
  return valid;
}

function decodes(bytes: Buffer): boolean {
  try {
    new TextDecoder('utf-8', { fatal: true }).decode(bytes, { stream: true });
    return true;
  } catch {
    return false;
  }
}

function leadingProblem(bytes: Buffer): Problem | undefined {
  const start = bom(bytes);
  const first = bytes.indexOf(LESS, start);
  if (first < 0) {
    const detail = bytes.length === 0 ? 'empty' : 'no "<" in it';
    return { code: 'NOT_XML', line: 1, params: { detail } };
  }
  const before = bytes.toString('utf8', start, Math.min(first, start + 40));
  const declared = bytes.toString('latin1', first, first + 5) === '<?xml';
  if (first === start || (before.trim() === '' && !declared)) return undefined;
  return { code: 'LEADING_BYTES', line: 1, params: { offset: start, count: first - start, found: JSON.stringify(before) } };
}

interface Tag {
  /** Byte after the closing `>`, or the end of the text when there is none. */
  readonly end: number;
  readonly attributes: number;
  readonly empty: boolean;
}

function structureProblem(bytes: Buffer, limits: ScanLimits): Problem | undefined {
  let depth = 0;
  let elements = 0;
  let at = bytes.indexOf(LESS);
  while (at >= 0) {
    const next = bytes[at + 1];
    if (next === BANG || next === QUESTION) {
      if (next === QUESTION && depth > 0) return { code: 'INSTRUCTION_FORBIDDEN', line: lineAt(bytes, at) };
      const end = markupEnd(bytes, at);
      if (end === undefined) return { code: 'DOCTYPE_FORBIDDEN', line: lineAt(bytes, at) };
      at = bytes.indexOf(LESS, end);
      continue;
    }
    if (next === SLASH) {
      depth--;
      at = bytes.indexOf(LESS, at + 2);
      continue;
    }
    const tag = readTag(bytes, at + 1);
    if (!tag.empty) depth++;
    const exceeded = overLimit(limits, depth, ++elements, tag.attributes);
    if (exceeded !== undefined) return { ...exceeded, line: lineAt(bytes, at) };
    at = bytes.indexOf(LESS, tag.end);
  }
  return undefined;
}

function overLimit(limits: ScanLimits, depth: number, elements: number, attributes: number): Problem | undefined {
  if (depth > limits.depth) return { code: 'XML_TOO_DEEP', params: { limit: limits.depth } };
  if (attributes > limits.attributes) return { code: 'TOO_MANY_ATTRIBUTES', params: { limit: limits.attributes } };
  if (elements > limits.elements) return { code: 'TOO_MANY_ELEMENTS', params: { limit: limits.elements } };
  return undefined;
}

/** End of a comment, CDATA section or processing instruction at `at`; undefined for any other declaration, DOCTYPE above all. */
function markupEnd(bytes: Buffer, at: number): number | undefined {
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
  for (let at = from; at < bytes.length; at++) {
    const byte = bytes[at];
    if (byte === GREATER) return { end: at + 1, attributes, empty: last === SLASH };
    if (byte === QUOTE || byte === APOSTROPHE) {
      const close = bytes.indexOf(byte, at + 1);
      if (close < 0) break;
      at = close;
    }
    if (byte === EQUALS) attributes++;
    if (byte !== SPACE && byte !== LF && byte !== CR && byte !== TAB) last = byte as number;
  }
  return { end: bytes.length, attributes, empty: false };
}
