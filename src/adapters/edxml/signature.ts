import type { XmlDocument, XmlElement } from 'libxml2-wasm';
import { XmlXPath } from 'libxml2-wasm';
import type { Lifted, SignatureAttachments, SignatureClaim } from '../../routing/package.ts';
import { Rejection } from '../../routing/problem.ts';
import { canonicalSubtree, canonicalWithout } from './canonical.ts';
import { defaultLimits } from './limits.ts';
import { DSIG_NAMESPACE, QCVN_NAMESPACE } from './namespaces.ts';
import type { SignatureForm } from './signature-form.ts';
import { readSignatureForm } from './signature-form.ts';
import { refuseForm } from './signature-shape.ts';
import { hashCanonical } from './splice.ts';
import type { Tree } from './tree.ts';
import { withTree } from './tree.ts';

const namespaces = { ds: DSIG_NAMESPACE, q: QCVN_NAMESPACE };
const signatures = XmlXPath.compile('//ds:Signature', namespaces);
const inPlace = XmlXPath.compile('/q:edXML/q:edXMLEnvelope/q:edXMLHeader/ds:Signature', namespaces);
const strippedSignature = XmlXPath.compile('//q:Signature', namespaces);

/**
 * What the signature of a package claims, and whether the package's content is what was signed (design, decision 5): all that needs
 * no key. Works on the one tree that is also validated and read, and leaves it as it was, so it may be called before or after.
 *
 * Never throws for what somebody sent: whatever is outside the profile comes back as `unacceptable` with the first reason. Throws an
 * Error when a lifted run can't be read. Reads the runs synchronously: meant for a worker thread.
 */
export function readSignature(doc: XmlDocument, lifted: Lifted): SignatureClaim {
  try {
    const signature = theSignature(doc);
    return signature === undefined ? { state: 'absent' } : claimOf(doc, signature, lifted);
  } catch (error) {
    const problem = error instanceof Rejection ? error.problems[0] : undefined;
    if (problem === undefined) throw error;
    return { state: 'unacceptable', problem };
  }
}

/** As `readSignature`, of a text that may have been mended: what was signed is then not what was parsed, and nobody else could verify it. */
export function claimIn({ doc, repairs }: Tree, lifted: Lifted): SignatureClaim {
  const claim = readSignature(doc, lifted);
  return repairs.length === 0 || claim.state === 'absent' ? claim : { state: 'absent', because: overRepaired };
}

/** As `readSignature`, of a package that was accepted before. Throws an Error when it is no package any more. */
export function readClaim(lifted: Lifted): SignatureClaim {
  const grown = withTree(lifted, { ...defaultLimits, repairsPrefixes: true }, (tree) => claimIn(tree, lifted));
  if ('problems' in grown) throw new Error(`not a package: ${grown.problems[0]?.code}`);
  return grown.value;
}

const overRepaired = { code: 'SIGNATURE_OVER_REPAIRED', at: '/edXML/edXMLEnvelope/edXMLHeader/Signature' } as const;

function theSignature(doc: XmlDocument): XmlElement | undefined {
  const [signature, second] = doc.find(signatures) as XmlElement[];
  if (signature === undefined) {
    const stripped = doc.get(strippedSignature) as XmlElement | null;
    if (stripped !== null)
      refuseForm(stripped, 'Signature is in the namespace of QCVN 102: a relay dropped the xmldsig namespace, so it proves nothing');
    return undefined;
  }
  if (second !== undefined) refuseForm(second, 'more than one Signature in the package');
  const placed = doc.get(inPlace);
  if (placed?.isSameNode(signature) !== true) refuseForm(signature, 'Signature must be a child of edXML/edXMLEnvelope/edXMLHeader');
  return signature;
}

function claimOf(doc: XmlDocument, signature: XmlElement, lifted: Lifted): SignatureClaim {
  const form = readSignatureForm(doc, signature);
  // A namespace declared once far up is repeated at each use by exclusive C14N, so a hostile form can be far longer than its text.
  const limit = 8 * lifted.text.length + 65_536;
  const content = canonicalWithout(doc, signature, form.transform, limit);
  checkExtent(doc, signature, content);
  const { digest, complete } = hashCanonical(form.digestAlgorithm, content, lifted.runs);
  if (!complete) refuseForm(signature, 'a long base64 text lies where this signature does not cover it (in Signature or in a comment)');
  const signedInfo = canonicalSubtree(doc, form.signedInfo, form.canonicalization, limit);
  if (!startsWithTag(signedInfo, form.signedInfo)) refuseForm(form.signedInfo, 'the canonical form of SignedInfo is empty');
  return {
    state: 'present',
    algorithm: form.algorithm,
    digestAlgorithm: form.digestAlgorithm,
    digestMatches: digest.equals(form.digest),
    signedInfo,
    value: form.value,
    line: signature.line,
    attached: attachmentsOf(doc, form, limit),
  };
}

function attachmentsOf(doc: XmlDocument, { attached, valueElement }: SignatureForm, limit: number): SignatureAttachments {
  const { certificates, stapled, timestamp } = attached;
  if (timestamp === undefined) return { certificates, stapled };
  const covered = new Uint8Array(canonicalSubtree(doc, valueElement, timestamp.canonicalization, limit));
  return { certificates, stapled, timestamp: { token: timestamp.token, covered } };
}

/** The signed bytes must be the root element and nothing else: an empty canonical form would make one signature fit every package. */
function checkExtent(doc: XmlDocument, signature: XmlElement, content: readonly Buffer[]): void {
  const root = doc.root;
  const [before, after] = [content[0] as Buffer, content[1] as Buffer];
  const end = `</${qualifiedName(root)}>`;
  const whole = startsWithTag(before, root) && after.subarray(-Buffer.byteLength(end)).equals(Buffer.from(end));
  if (!whole) refuseForm(signature, 'the signed content is not exactly the root element (processing instruction outside it?)');
}

function startsWithTag(bytes: Buffer, element: XmlElement): boolean {
  const tag = Buffer.from(`<${qualifiedName(element)}`);
  const next = bytes[tag.length];
  return bytes.subarray(0, tag.length).equals(tag) && (next === 0x20 || next === 0x3e);
}

function qualifiedName(element: XmlElement): string {
  return element.prefix === '' ? element.name : `${element.prefix}:${element.name}`;
}
