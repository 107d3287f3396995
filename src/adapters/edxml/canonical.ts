import { randomBytes } from 'node:crypto';
import type { C14NOptions, XmlDocument, XmlElement } from 'libxml2-wasm';
import { XmlC14NMode, XmlError } from 'libxml2-wasm';
import type { CanonicalForm } from './signature-algorithms.ts';
import { refuseForm } from './signature-shape.ts';

/** How to canonicalise: the form and, for the exclusive one, the prefixes treated inclusively (`#default` for the default namespace). */
export interface Canonicalization {
  readonly form: CanonicalForm;
  readonly prefixes: readonly string[];
}

const modes = {
  c14n10: XmlC14NMode.XML_C14N_1_0,
  c14n11: XmlC14NMode.XML_C14N_1_1,
  exclusive: XmlC14NMode.XML_C14N_EXCLUSIVE_1_0,
} as const;

/** Never leaves this process, so no package can contain it. */
const MARK = randomBytes(24).toString('base64url');

/**
 * Canonical form of the whole document without `element` and all below it, in two pieces.
 *
 * The tree is the same afterwards. For the moment of canonicalisation two CDATA nodes with an unguessable text mark the element's
 * place, and what stands between them is cut out of the output: that is the node-set of the enveloped-signature transform, because no
 * byte outside an element depends on what is inside it. It costs a quarter of a visibility callback for every node.
 *
 * Throws Rejection SIGNATURE_FORM when libxml2 refuses (a relative namespace URI) or the form is longer than `limit` bytes.
 */
export function canonicalWithout(doc: XmlDocument, element: XmlElement, how: Canonicalization, limit: number): readonly Buffer[] {
  const before = element.prependCData(MARK);
  const after = element.appendCData(MARK);
  try {
    const whole = canonicalize(doc, element, how, {}, limit);
    return [whole.subarray(0, whole.indexOf(MARK)), whole.subarray(whole.lastIndexOf(MARK) + MARK.length)];
  } finally {
    before.remove();
    after.remove();
  }
}

/** Canonical form of `element` with its namespace context. Throws as `canonicalWithout`. */
export function canonicalSubtree(doc: XmlDocument, element: XmlElement, how: Canonicalization, limit: number): Buffer {
  // A node-set is tested in the library by pointer; its own subtree function makes two objects for every node of the document.
  return canonicalize(doc, element, how, { nodeSet: new Set([element]) }, limit);
}

type Part = Pick<C14NOptions, 'nodeSet'>;

function canonicalize(doc: XmlDocument, about: XmlElement, how: Canonicalization, part: Part, limit: number): Buffer {
  const pieces: Buffer[] = [];
  let length = 0;
  const collect = {
    write(view: Uint8Array): number {
      length += view.byteLength;
      if (length > limit) return -1;
      // The view is wasm memory, which the next write overwrites.
      pieces.push(Buffer.from(view));
      return view.byteLength;
    },
    close: () => true,
  };
  const prefixes = how.form === 'exclusive' && how.prefixes.length > 0 ? { inclusiveNamespacePrefixes: [...how.prefixes] } : {};
  try {
    doc.canonicalize(collect, { mode: modes[how.form], ...prefixes, ...part });
  } catch (error) {
    if (!(error instanceof XmlError)) throw error;
    refuseForm(about, length > limit ? tooLong(limit) : 'the package has no canonical form (a relative namespace URI?)');
  }
  if (length > limit) refuseForm(about, tooLong(limit));
  return Buffer.concat(pieces, length);
}

function tooLong(limit: number): string {
  return `the canonical form is longer than ${limit} bytes`;
}
