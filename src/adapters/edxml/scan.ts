import { isUtf8 } from 'node:buffer';
import type { Problem } from '../../routing/problem.ts';
import type { MarkupLimits } from './markup.ts';
import { LESS, lineAt, markupProblem } from './markup.ts';

const declaration = /^<\?xml(\s[^>]*)\?>/;
/** An XML declaration has some 40 characters; one that is not over by here could hide an encoding from whoever looks only so far. */
const DECLARATION_BYTES = 200;

/**
 * What must hold before the bytes may go to the parser: UTF-8, nothing before the XML, no DOCTYPE, bounded structure.
 * At most one problem; its byte offsets count in `text`. Says nothing about well-formedness: that is the parser's verdict.
 */
export function scan(text: Uint8Array, limits: MarkupLimits): Problem | undefined {
  const bytes = Buffer.from(text.buffer, text.byteOffset, text.byteLength);
  return encodingProblem(bytes) ?? leadingProblem(bytes) ?? markupProblem(bytes, limits);
}

function encodingProblem(bytes: Buffer): Problem | undefined {
  const wide = wideEncoding(bytes);
  if (wide !== undefined) return { code: 'ENCODING_UNSUPPORTED', line: 1, params: { encoding: wide } };
  const start = bytes.toString('latin1', bom(bytes), bom(bytes) + DECLARATION_BYTES);
  const declared = declaration.exec(start)?.[1] ?? '';
  if (declared === '' && /^<\?xml\s/.test(start)) return { code: 'NOT_XML', line: 1, params: { detail: 'the XML declaration has no end' } };
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
