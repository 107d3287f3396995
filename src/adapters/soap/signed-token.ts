import { createHash, randomBytes } from 'node:crypto';
import type { XmlDocument, XmlElement } from 'libxml2-wasm';
import { XmlXPath } from 'libxml2-wasm';
import { Rejection, reject } from '../../routing/problem.ts';
import { attributeOf, elementsOf, textOf } from './markup.ts';
import { XOP_NAMESPACE } from './names.ts';
import type { LongText, MessageSignature, SignedPart, SoapPorts } from './ports.ts';
import type { SecurityBlocks } from './security.ts';
import { malformed, securityBlocks, unsupported, WSSE_NAMESPACE, WSU_NAMESPACE } from './security.ts';

/** An X.509 token with a signature by it (X.509 Token Profile 1.1). The certificate is trusted for nothing yet. */
export interface SignedToken {
  readonly kind: 'signature';
  /** DER. */
  readonly certificate: Uint8Array;
  readonly signed: Pick<MessageSignature, 'algorithm' | 'signedInfo' | 'value'>;
  /** Stands for what was signed, however the value of the signature is written. */
  readonly mark: string;
}

/** A part of the message that still has to be hashed. */
interface Claim {
  readonly canonical: Buffer;
  readonly name: string;
  readonly isBody: boolean;
  readonly digestAlgorithm: string;
  readonly digest: Uint8Array;
}

const PROFILE = 'http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-x509-token-profile-1.0#X509v3';
const BASE64 = 'http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-soap-message-security-1.0#Base64Binary';
const longestToken = 16_000;

/**
 * Reads the token and the signature of a header, and proves that the Timestamp is one of the signed parts; whether the key of the
 * certificate made the signature is for the caller to find out. Throws Rejection WSS_MALFORMED, WSS_UNSUPPORTED, WSS_SIGNATURE,
 * WSS_SIGNATURE_INVALID.
 */
export function readSignedToken(
  doc: XmlDocument,
  { signature, binarySecurityToken, timestamp }: SecurityBlocks,
  { readSignature }: Pick<SoapPorts, 'readSignature'>,
): { readonly token: SignedToken; readonly parts: readonly SignedPart[]; readonly missing: readonly string[] } {
  if (signature === undefined || binarySecurityToken === undefined) throw malformed('a Signature without a BinarySecurityToken');
  const { keyInfo, parts, missing, ...signed } = inOurWords(() => readSignature(doc, signature));
  checkKeyInfo(keyInfo, binarySecurityToken);
  const stamp = parts.find(({ element }) => timestamp?.isSameNode(element) === true);
  if (stamp === undefined) throw formless('the Timestamp is not signed');
  // a short text without anything lifted: hashed on the spot
  if (!createHash(stamp.digestAlgorithm).update(inOurWords(stamp.canonical)).digest().equals(stamp.digest)) throw altered('Timestamp');
  const certificate = certificateIn(binarySecurityToken);
  const mark = createHash('sha256').update(certificate).update(signed.signedInfo).digest('base64');
  return { token: { kind: 'signature', certificate, signed, mark }, parts, missing };
}

/** An envelope whose signature covers its Body; what was signed has still to be hashed. */
export interface SignedEnvelope {
  /** Stands for the package, when that is in a part of its own: it is signed as if it stood in the envelope (XOP 1.0, 5). */
  readonly include?: string;
  /** Rejects with Rejection WSS_SIGNATURE, WSS_SIGNATURE_INVALID. `longTexts`: what was lifted out of the Body, or the part in base64. */
  prove(longTexts: readonly LongText[]): Promise<void>;
}

/**
 * Looks at the whole envelope of a client that was let in by `admitted`: the same signature must name the Body, and nothing that does
 * not stand where it is read. Changes the tree. Throws Rejection WSS_SIGNATURE, WSS_SIGNATURE_INVALID, WSS_MALFORMED, WSS_UNSUPPORTED.
 */
export function signedEnvelope(
  doc: XmlDocument,
  admitted: SignedToken,
  ports: Pick<SoapPorts, 'readSignature' | 'hashStreamed'>,
): SignedEnvelope {
  const blocks = securityBlocks(doc);
  if (blocks === undefined) throw malformed('the Security header is gone');
  const { token, parts, missing } = readSignedToken(doc, blocks, ports);
  if (token.mark !== admitted.mark) throw formless('the Security header is not the one that let the client in');
  if (missing[0] !== undefined) throw formless(`it names ${missing[0]}, which the envelope does not hold`);
  const body = elementsOf(doc.root).at(-1) as XmlElement;
  if (!parts.some(({ element }) => element.isSameNode(body))) throw formless('the Body is not signed');
  const include = withoutInclude(doc);
  const headers = blocks.header.parent === null ? [] : elementsOf(blocks.header.parent);
  const allowed = [body, ...headers, ...elementsOf(blocks.header)];
  const claims = parts.map((part): Claim => {
    const { element, digest, digestAlgorithm } = part;
    const place = allowed.find((one) => one.isSameNode(element));
    if (place === undefined) throw formless(`it signs ${element.name}, which is neither the Body nor a header`);
    return { digest, digestAlgorithm, canonical: inOurWords(part.canonical), name: element.name, isBody: place.isSameNode(body) };
  });
  return {
    ...(include === undefined ? {} : { include }),
    async prove(longTexts) {
      for (const { canonical, digestAlgorithm, digest, name, isBody } of claims) {
        const found = await ports.hashStreamed(digestAlgorithm, canonical, isBody ? longTexts : []);
        if (found === undefined) throw formless('a long text lies where the signature does not cover it');
        if (!found.equals(digest)) throw altered(name);
      }
    },
  };
}

const xopIncludes = XmlXPath.compile('//xop:Include', { xop: XOP_NAMESPACE });

/** Puts a token in the place of the element that stands for a part. */
function withoutInclude(doc: XmlDocument): string | undefined {
  const [element, second] = doc.find(xopIncludes) as XmlElement[];
  if (element === undefined) return undefined;
  if (second !== undefined) throw formless('more than one xop:Include');
  const token = randomBytes(24).toString('base64url');
  element.prependCData(token);
  element.remove();
  return token;
}

/** KeyInfo must name the token by its Id and do nothing else: a key that comes in another way could be anybody's. */
function checkKeyInfo(keyInfo: XmlElement, token: XmlElement): void {
  const [reference, ...others] = elementsOf(keyInfo);
  const [direct, ...more] = reference === undefined ? [] : elementsOf(reference);
  const isDirect = others.length === 0 && more.length === 0 && isWsse(reference, 'SecurityTokenReference') && isWsse(direct, 'Reference');
  if (direct === undefined || !isDirect) throw unsupported(keyInfo, 'KeyInfo without a direct Reference to the BinarySecurityToken');
  const id = attributeOf(token, 'Id', WSU_NAMESPACE);
  if (id === undefined || attributeOf(direct, 'URI') !== `#${id}`) throw malformed('KeyInfo does not name the BinarySecurityToken');
}

function certificateIn(token: XmlElement): Uint8Array {
  const type = attributeOf(token, 'ValueType');
  if (type !== PROFILE) throw unsupported(token, type ?? 'a BinarySecurityToken without ValueType');
  const encoding = attributeOf(token, 'EncodingType') ?? BASE64;
  if (encoding !== BASE64) throw unsupported(token, encoding);
  if (elementsOf(token).length > 0) throw unsupported(token, 'a BinarySecurityToken in a part of its own (WSS4J: storeBytesInAttachment)');
  const text = textOf(token).replace(/\s+/g, '');
  const bytes = Buffer.from(text, 'base64');
  if (text.length > longestToken || bytes.length === 0 || bytes.toString('base64') !== text) {
    throw malformed(`the BinarySecurityToken is not base64 of at most ${longestToken} characters`);
  }
  return bytes;
}

function isWsse(element: XmlElement | undefined, name: string): boolean {
  return element?.name === name && element.namespaceUri === WSSE_NAMESPACE;
}

/** What is wrong with a signature of a package, said of one of a header. */
function inOurWords<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    const problem = error instanceof Rejection ? error.problems[0] : undefined;
    if (problem?.code === 'SIGNATURE_ALGORITHM') throw unsupported(problem, String(problem.params?.['algorithm']));
    if (problem?.code === 'SIGNATURE_FORM') throw formless(String(problem.params?.['detail']));
    throw error;
  }
}

function formless(detail: string) {
  return reject('WSS_SIGNATURE', { params: { detail } });
}

function altered(what: string) {
  return reject('WSS_SIGNATURE_INVALID', { params: { what } });
}
