import { createHash, createPrivateKey, X509Certificate } from 'node:crypto';
import { XmlDocument } from 'libxml2-wasm';
import type { Lifted, SignatureAlgorithm } from '../../routing/package.ts';
import { reject } from '../../routing/problem.ts';
import { DSIG_NAMESPACE, QCVN_NAMESPACE } from './namespaces.ts';
import { verifyWithXmlCrypto } from './second-verifier.ts';
import { readSignature } from './signature.ts';
import { digestMethods, ENVELOPED, EXCLUSIVE_C14N, signatureMethods } from './signature-algorithms.ts';
import { spliceSync } from './splice.ts';
import type { DomDocument } from './xml-crypto-engine.ts';
import { createSignedXml, decodeText, parseDom } from './xml-crypto-engine.ts';

/** A private key (PKCS#8 or PKCS#1 PEM) and the certificate of the same key. */
export interface SigningIdentity {
  readonly keyPem: string;
  readonly certificatePem: string;
}

/**
 * Signs a package: an enveloped Signature over everything (Reference URI="", exclusive C14N, SHA-256, RSA or ECDSA as the key is) with
 * the certificate in KeyInfo, put behind TraceHeaderList and MessageHeader. All other bytes stay as they are and the runs where they
 * are, so memory does not grow with attachments: write the result out with `splice`. Reads the runs synchronously.
 *
 * Throws Rejection NOT_XML or SIGNATURE_FORM when the package can't be signed (no header, signed already), and an Error when key and
 * certificate don't belong together or when the result would not be accepted by both verifiers.
 */
export function signPackage(lifted: Lifted, identity: SigningIdentity): Lifted {
  const xml = decodeText(lifted.text);
  checkSignable(parse(xml));
  const at = insertionPoint(xml);
  const signature = computeSignature(xml, lifted, identity);
  const signed = insert(lifted, Buffer.byteLength(xml.slice(0, at)) + lifted.text.length - Buffer.byteLength(xml), signature);
  checkSigned(signed, identity.certificatePem);
  return signed;
}

function parse(xml: string): DomDocument {
  try {
    return parseDom(xml);
  } catch (error) {
    throw reject('NOT_XML', { params: { detail: error instanceof Error ? error.message : String(error) } });
  }
}

function checkSignable(doc: DomDocument): void {
  const root = doc.documentElement;
  const isPackage = root?.localName === 'edXML' && root.namespaceURI === QCVN_NAMESPACE;
  if (!isPackage) throw reject('SIGNATURE_FORM', { params: { detail: 'the root element is not edXML of QCVN 102' } });
  const signatures = [DSIG_NAMESPACE, QCVN_NAMESPACE].map((namespace) => doc.getElementsByTagNameNS(namespace, 'Signature').length);
  if (signatures.some((count) => count > 0))
    throw reject('SIGNATURE_FORM', { params: { detail: 'the package carries a Signature already' } });
}

const markup = /<!--.*?-->|<!\[CDATA\[.*?\]\]>|<\?.*?\?>|<(\/?)(?:[^\s/>:]+:)?([^\s/>:]+)((?:[^>"']|"[^"]*"|'[^']*')*)>/gs;
const before = new Set(['edXML/edXMLEnvelope/edXMLHeader/MessageHeader', 'edXML/edXMLEnvelope/edXMLHeader/TraceHeaderList']);

/** Index just behind the last of MessageHeader and TraceHeaderList. `xml` is known to be well-formed. */
function insertionPoint(xml: string): number {
  const open: string[] = [];
  let point = -1;
  for (const { 0: tag, 1: slash, 2: name, 3: attributes, index } of xml.matchAll(markup)) {
    if (name === undefined) continue;
    if (slash !== '/') open.push(name);
    if (slash !== '/' && attributes?.endsWith('/') !== true) continue;
    if (before.has(open.join('/'))) point = index + tag.length;
    open.pop();
  }
  if (point < 0) throw reject('SIGNATURE_FORM', { params: { detail: 'the package has no edXMLEnvelope/edXMLHeader/MessageHeader' } });
  return point;
}

function computeSignature(xml: string, lifted: Lifted, identity: SigningIdentity): Buffer {
  const signedXml = createSignedXml(lifted.runs, false, {
    privateKey: identity.keyPem,
    publicCert: identity.certificatePem,
    signatureAlgorithm: signatureMethods[algorithmFor(identity)],
    canonicalizationAlgorithm: EXCLUSIVE_C14N,
  });
  signedXml.addReference({
    xpath: '/*',
    isEmptyUri: true,
    transforms: [ENVELOPED, EXCLUSIVE_C14N],
    digestAlgorithm: digestMethods.sha256,
  });
  const header = "/*/*[local-name()='edXMLEnvelope']/*[local-name()='edXMLHeader']";
  signedXml.computeSignature(xml, { location: { reference: header, action: 'append' } });
  return Buffer.from(signedXml.getSignatureXml());
}

function algorithmFor(identity: SigningIdentity): SignatureAlgorithm {
  const key = createPrivateKey(identity.keyPem);
  if (!new X509Certificate(identity.certificatePem).checkPrivateKey(key)) throw new Error('the certificate is not that of the private key');
  return key.asymmetricKeyType === 'ec' ? 'ecdsa-sha256' : 'rsa-sha256';
}

function insert(lifted: Lifted, at: number, signature: Buffer): Lifted {
  const text = Buffer.concat([lifted.text.subarray(0, at), signature, lifted.text.subarray(at)]);
  const runs = lifted.runs.map((run) => (run.at < at ? run : { ...run, at: run.at + signature.length }));
  const hash = createHash('sha256');
  for (const chunk of spliceSync({ text, runs })) hash.update(chunk);
  return { sha256: hash.digest('hex'), size: lifted.size + signature.length, text, runs };
}

/** A signature that our own gateway would refuse must not leave: the engines of acceptance and of evidence both look at it. */
function checkSigned(signed: Lifted, certificatePem: string): void {
  const doc = XmlDocument.fromBuffer(signed.text);
  try {
    const claim = readSignature(doc, signed);
    if (claim.state !== 'present' || !claim.digestMatches) throw new Error(`the package cannot be signed: ${JSON.stringify(claim)}`);
  } finally {
    doc.dispose();
  }
  const opinion = verifyWithXmlCrypto(signed, certificatePem);
  if (!opinion.valid) throw new Error(`the package cannot be signed: ${opinion.reason}`);
}
