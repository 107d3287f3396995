import { QCVN_NAMESPACE } from './namespaces.ts';

/**
 * The two prefixes that the axis' own samples use without declaring them, which its Java library reads because it looks at prefixes and not
 * at namespaces (domain 5.1), with what is meant.
 */
const meant: Readonly<Record<string, string>> = { edXML: QCVN_NAMESPACE, xlink: 'http://www.w3.org/1999/xlink' };

/** True for a prefix that has only one meaning in a package, declared or not. */
export function isRepairable(prefix: string): boolean {
  return Object.hasOwn(meant, prefix);
}

/**
 * The text with these prefixes declared on its root element; lines stay where they are. Null when there is no root element where one must be.
 * Only for reading: what is stored and passed on is the text as it came.
 */
export function declaredOnRoot(text: Uint8Array, prefixes: readonly string[]): Buffer | null {
  const bytes = Buffer.from(text.buffer, text.byteOffset, text.byteLength);
  const at = rootNameEnd(bytes);
  if (at === null) return null;
  const declarations = prefixes.map((prefix) => ` xmlns:${prefix}="${meant[prefix]}"`).join('');
  return Buffer.concat([bytes.subarray(0, at), Buffer.from(declarations), bytes.subarray(at)]);
}

const rootName = /^<[^\s<>/!?][^\s<>/]*/;
const nameBytes = 512;

/** Where the name of the root element ends: after white space, processing instructions and comments. */
function rootNameEnd(bytes: Buffer): number | null {
  let at = bytes.subarray(0, 3).equals(Buffer.from('\ufeff')) ? 3 : 0;
  for (;;) {
    while (at < bytes.length && (bytes[at] as number) <= 0x20) at += 1;
    const next = bytes.toString('latin1', at, at + 4);
    const close = next.startsWith('<?') ? '?>' : next === '<!--' ? '-->' : undefined;
    if (close === undefined) break;
    const end = bytes.indexOf(close, at + (close === '?>' ? 2 : 4));
    if (end < 0) return null;
    at = end + close.length;
  }
  const name = rootName.exec(bytes.toString('latin1', at, at + nameBytes))?.[0];
  return name === undefined ? null : at + name.length;
}
