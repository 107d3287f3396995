import { isUtf8 } from 'node:buffer';
import type { Rejection } from '../../routing/problem.ts';
import { reject } from '../../routing/problem.ts';

/** A header value of the form `value; name=value; name="value"`. `value` and the names are in lower case. */
export interface Parameterised {
  readonly value: string;
  readonly parameters: ReadonlyMap<string, string>;
}

const FIELD = /^([!#$%&'*+\-.^_`|~0-9A-Za-z]+)[ \t]*:(.*)$/s;
const PARAMETER = /[ \t]*;[ \t]*(?:([!#$%&'*+\-.^_`|~0-9A-Za-z]+)[ \t]*=[ \t]*("(?:[^"\\]|\\.)*"|[^\s";,]+)[ \t]*)?/sy;

/**
 * Reads the header block of a part, without its empty last line. Folded lines are joined with one blank; names are in lower case.
 * Throws Rejection MULTIPART_MALFORMED for anything but `name: value` lines ending in CR LF, and when a name occurs twice.
 */
export function parseHeaders(block: Buffer): Map<string, string> {
  const text = block.toString(isUtf8(block) ? 'utf8' : 'latin1').replace(/\r\n[ \t]+/g, ' ');
  const headers = new Map<string, string>();
  if (text === '') return headers;
  for (const line of text.split('\r\n')) {
    const field = FIELD.exec(line);
    if (field === null || /[\x00-\x08\x0a-\x1f\x7f]/.test(line)) throw malformed('a header line is not "name: value" ending in CR LF');
    const name = (field[1] ?? '').toLowerCase();
    if (headers.has(name)) throw malformed(`the header ${name} occurs twice in a part`);
    headers.set(name, (field[2] ?? '').trim());
  }
  return headers;
}

/** Reads a value with parameters. Throws Rejection MULTIPART_MALFORMED when it is none, or has a parameter twice. */
export function parseParameters(header: string): Parameterised {
  const semicolon = header.indexOf(';');
  const value = (semicolon < 0 ? header : header.slice(0, semicolon)).trim().toLowerCase();
  const parameters = new Map<string, string>();
  PARAMETER.lastIndex = semicolon < 0 ? header.length : semicolon;
  while (PARAMETER.lastIndex < header.length) {
    const found = PARAMETER.exec(header);
    if (found === null) throw malformed(`cannot read the parameters of "${header}"`);
    const name = found[1]?.toLowerCase();
    if (name === undefined) continue;
    if (parameters.has(name)) throw malformed(`the parameter ${name} occurs twice in "${header}"`);
    parameters.set(name, unquoted(found[2] ?? ''));
  }
  return { value, parameters };
}

/** Browsers escape only quotes and backslashes; any other backslash is one of a Windows path. */
function unquoted(value: string): string {
  return value.startsWith('"') ? value.slice(1, -1).replace(/\\(["\\])/g, '$1') : value;
}

/** The file name of a Content-Disposition: `filename*` (RFC 8187, UTF-8) before `filename`. Data, never a path. */
export function fileName(parameters: ReadonlyMap<string, string>): string | undefined {
  const extended = parameters.get('filename*');
  if (extended === undefined) return parameters.get('filename');
  const encoded = /^utf-8'[^']*'(.*)$/i.exec(extended)?.[1];
  try {
    if (encoded !== undefined) return decodeURIComponent(encoded);
  } catch {
    // Not percent-encoded UTF-8: refused below like any other charset.
  }
  throw malformed('filename* is not percent-encoded UTF-8');
}

/** A Content-ID without its angle brackets, if it has them. */
export function bareId(id: string): string {
  return /^<(.*)>$/.exec(id.trim())?.[1] ?? id.trim();
}

export function malformed(detail: string): Rejection {
  return reject('MULTIPART_MALFORMED', { params: { detail } });
}
