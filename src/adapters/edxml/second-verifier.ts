import type { HashAlgorithm, Reference, SignedXml } from 'xml-crypto';
import type { Lifted, Run } from '../../routing/package.ts';
import { DSIG_NAMESPACE, QCVN_NAMESPACE } from './namespaces.ts';
import type { DomDocument, DomElement } from './xml-crypto-engine.ts';
import { createSignedXml, decodeText, parseDom } from './xml-crypto-engine.ts';

/** The second verifier's opinion. `reason` is for people who look into it: technical, English, at most 300 characters. */
export type SecondOpinion = { readonly valid: true } | { readonly valid: false; readonly reason: string };

/** `sha1`: also takes SHA-1, for packages that were accepted under the policy legacy. */
export interface SecondVerifierOptions {
  readonly sha1?: boolean;
}

/** Where the Signature must stand: its ancestors from the root element down. */
interface Place {
  readonly namespace: string;
  readonly ancestors: readonly string[];
}

const inPackage: Place = { namespace: QCVN_NAMESPACE, ancestors: ['edXML', 'edXMLEnvelope', 'edXMLHeader'] };
const inReceipt: Place = { namespace: 'urn:lienthong:receipt:1', ancestors: ['receipt'] };

/**
 * Verifies a package's signature with xml-crypto and its own parser, independently of the engine that accepts packages (design,
 * decision 5), in memory that does not grow with the attachments. The key is that of `certificatePem`, never one from the message;
 * dates are not judged. Never throws: whatever goes wrong is a reason. Reads lifted runs synchronously.
 */
export function verifyWithXmlCrypto(lifted: Lifted, certificatePem: string, options: SecondVerifierOptions = {}): SecondOpinion {
  return opinion(() => check(decodeText(lifted.text), lifted.runs, certificatePem, inPackage, options.sha1 ?? false));
}

/** Verifies the gateway's signature on a receipt with the gateway's certificate. Never throws. */
export function verifyReceipt(xml: string, certificatePem: string): SecondOpinion {
  return opinion(() => check(xml, [], certificatePem, inReceipt, false));
}

function opinion(verify: () => void): SecondOpinion {
  try {
    verify();
    return { valid: true };
  } catch (error) {
    return { valid: false, reason: (error instanceof Error ? error.message : String(error)).slice(0, 300) };
  }
}

function check(xml: string, runs: readonly Run[], certificatePem: string, place: Place, sha1: boolean): void {
  const doc = parseDom(xml);
  const root = doc.documentElement as DomElement;
  const signedXml = createSignedXml(runs, sha1, { publicCert: certificatePem });
  takeRootDirectly(signedXml);
  signedXml.loadSignature(onlySignature(doc, place));
  // xml-crypto says no in two ways: it returns false, or it throws.
  if (!signedXml.checkSignature(xml)) throw new Error('the digest does not match the content');
  const uris = signedXml.getReferences().map((reference) => reference.uri);
  const [content, ...more] = signedXml.getSignedReferences();
  if (content === undefined || more.length > 0 || uris.length !== 1) throw new Error('there must be exactly one Reference');
  // A reference to an inner element is valid in itself while the package around it is somebody else's (signature wrapping).
  const [uri = ''] = uris;
  const whole = uri === '' || ['Id', 'ID', 'id', 'xml:id'].some((name) => root.getAttribute(name) === uri.slice(1));
  if (!whole || !coversElement(content, root)) throw new Error('the Reference does not cover the root element');
}

/** Methods of SignedXml that its types keep private. */
interface ReferenceChecks {
  validateReference(reference: Reference, doc: DomDocument): string | undefined;
  getCanonReferenceXml(doc: DomDocument, reference: Reference, element: DomElement | null): string;
  findHashAlgorithm(identifier: string): HashAlgorithm;
}

/**
 * For URI="" xml-crypto 6 selects `//*` and takes the first node, and its XPath sorts all elements of the document for that: a minute
 * for a package with thousands of recipients. Here the root is taken from the document instead; all else is as xml-crypto does it.
 */
function takeRootDirectly(signedXml: SignedXml): void {
  const checks = signedXml as unknown as ReferenceChecks;
  const byXPath = checks.validateReference.bind(signedXml);
  checks.validateReference = (reference, doc) => {
    if (reference.uri !== '') return byXPath(reference, doc);
    const content = checks.getCanonReferenceXml(doc, reference, doc.documentElement);
    const digest = Buffer.from(checks.findHashAlgorithm(reference.digestAlgorithm).getHash(content), 'base64');
    return digest.equals(Buffer.from(String(reference.digestValue), 'base64')) ? content : undefined;
  };
}

function coversElement(content: string, root: DomElement): boolean {
  return new RegExp(`^<${escaped(root.nodeName)}[ >]`).test(content) && content.endsWith(`</${root.nodeName}>`);
}

function escaped(name: string): string {
  return name.replace(/[.]/g, '\\.');
}

function onlySignature(doc: DomDocument, place: Place): DomElement {
  const found = doc.getElementsByTagNameNS(DSIG_NAMESPACE, 'Signature');
  const signature = found[0];
  if (signature === undefined || found.length > 1) throw new Error(`${found.length} Signature elements, exactly one is needed`);
  let ancestor: DomElement | null = signature;
  for (const name of [...place.ancestors].reverse()) {
    ancestor = ancestor.parentNode;
    if (ancestor === null || ancestor.localName !== name || ancestor.namespaceURI !== place.namespace) {
      throw new Error(`Signature must be a child of ${place.ancestors.join('/')}`);
    }
  }
  if (ancestor !== doc.documentElement) throw new Error(`${place.ancestors[0]} must be the root element`);
  return signature;
}
