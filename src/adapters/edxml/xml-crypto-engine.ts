import type { BinaryLike, KeyLike, KeyObject } from 'node:crypto';
import { createPrivateKey, createPublicKey, sign, verify } from 'node:crypto';
import { createRequire } from 'node:module';
import { ParseOption, XmlDocument } from 'libxml2-wasm';
import type { HashAlgorithm, SignatureAlgorithm as SignatureAlgorithmPlugIn, SignedXmlOptions } from 'xml-crypto';
import { C14nCanonicalization, SignedXml } from 'xml-crypto';
import type { Run, SignatureAlgorithm } from '../../routing/package.ts';
import type { DigestAlgorithm } from './signature-algorithms.ts';
import { canonicalizationMethods, digestMethods, ENVELOPED, EXCLUSIVE_C14N, signatureMethods } from './signature-algorithms.ts';
import { hashCanonical } from './splice.ts';

/** The few parts of a DOM that are used here; the DOM is that of xml-crypto itself. */
export interface DomElement {
  readonly localName: string;
  readonly nodeName: string;
  readonly namespaceURI: string | null;
  readonly parentNode: DomElement | null;
  getAttribute(name: string): string | null;
}

/** A document of that DOM. */
export interface DomDocument {
  readonly doctype: unknown;
  readonly documentElement: DomElement | null;
  getElementsByTagNameNS(namespace: string, name: string): ArrayLike<DomElement>;
}

interface DomModule {
  readonly DOMParser: new (options: {
    errorHandler: (level: string, message: unknown) => never;
  }) => {
    parseFromString(xml: string, type: 'text/xml'): DomDocument | undefined;
  };
}

// xml-crypto takes nodes of its own DOM only, so the parser must be the copy that it loads.
const requireBesideXmlCrypto = createRequire(createRequire(import.meta.url).resolve('xml-crypto'));
const { DOMParser } = requireBesideXmlCrypto('@xmldom/xmldom') as DomModule;

/**
 * Parses strictly: the first warning is an error, and a DOCTYPE is refused. xmldom alone reads on over text outside the root and
 * references to forbidden characters, so libxml2 must find the text well-formed too. Throws an Error.
 */
export function parseDom(xml: string): DomDocument {
  checkWellFormed(xml);
  const refuse = (_level: string, message: unknown): never => {
    throw new Error(`not well-formed: ${String(message).split('\n')[0]}`);
  };
  const doc = new DOMParser({ errorHandler: refuse }).parseFromString(xml, 'text/xml');
  if (doc?.documentElement == null) throw new Error('not an XML document');
  if (doc.doctype != null) throw new Error('DOCTYPE is not accepted');
  return doc;
}

function checkWellFormed(xml: string): void {
  const option = ParseOption.XML_PARSE_NONET | ParseOption.XML_PARSE_NO_XXE;
  try {
    XmlDocument.fromString(xml, { option }).dispose();
  } catch (error) {
    throw new Error(`not well-formed: ${error instanceof Error ? error.message.split('\n')[0] : String(error)}`);
  }
}

/** UTF-8 text of a lifted package, without a byte order mark. Throws a TypeError for anything else. */
export function decodeText(text: Uint8Array): string {
  return new TextDecoder('utf-8', { fatal: true }).decode(text);
}

/**
 * A SignedXml of xml-crypto with our profile only: its tables hold nothing but the allow-list, SHA-1 only if `sha1`, a certificate in
 * KeyInfo is never used, and digests are taken with the lifted runs in place of their tokens.
 */
export function createSignedXml(runs: readonly Run[], sha1: boolean, options: SignedXmlOptions): SignedXml {
  const signedXml = new SignedXml({ ...options, getCertFromKeyInfo: () => null });
  signedXml.HashAlgorithms = tableOf(
    digestMethods,
    (name) => sha1 || name !== 'sha1',
    (name) => hashPlugIn(name, runs),
  );
  signedXml.SignatureAlgorithms = tableOf(signatureMethods, (name) => sha1 || name !== 'rsa-sha1', signaturePlugIn);
  const { [EXCLUSIVE_C14N]: exclusive, [ENVELOPED]: enveloped } = signedXml.CanonicalizationAlgorithms;
  if (exclusive === undefined || enveloped === undefined) throw new Error('xml-crypto lacks exclusive C14N or enveloped-signature');
  signedXml.CanonicalizationAlgorithms = {
    [canonicalizationMethods.c14n10]: C14nCanonicalization,
    [canonicalizationMethods.c14n11]: CanonicalXml11,
    [EXCLUSIVE_C14N]: exclusive,
    [ENVELOPED]: enveloped,
  };
  return signedXml;
}

/** C14N 1.1 differs from 1.0 only in xml:id and xml:base inherited from outside the signed element, and neither has a place in edXML. */
class CanonicalXml11 extends C14nCanonicalization {
  override getAlgorithmName(): string {
    return canonicalizationMethods.c14n11;
  }
}

function tableOf<Name extends string, PlugIn>(
  identifiers: Readonly<Record<Name, string>>,
  allowed: (name: Name) => boolean,
  plugIn: (name: Name) => PlugIn,
): Record<string, PlugIn> {
  const names = (Object.keys(identifiers) as Name[]).filter(allowed);
  return Object.fromEntries(names.map((name) => [identifiers[name], plugIn(name)]));
}

function hashPlugIn(name: DigestAlgorithm, runs: readonly Run[]): new () => HashAlgorithm {
  return class {
    getAlgorithmName(): string {
      return digestMethods[name];
    }
    getHash(xml: string): string {
      const { digest, complete } = hashCanonical(name, [Buffer.from(xml)], runs);
      if (!complete) throw new Error('a long base64 text is not covered by the signature exactly once');
      return digest.toString('base64');
    }
  };
}

function signaturePlugIn(name: SignatureAlgorithm): new () => SignatureAlgorithmPlugIn {
  const digest = name.split('-')[1] as string;
  return class {
    getAlgorithmName(): string {
      return signatureMethods[name];
    }
    getSignature(signedInfo: BinaryLike, privateKey: KeyLike): string {
      const key = fitting(createPrivateKey(privateKey as string), name);
      const bytes = typeof signedInfo === 'string' ? Buffer.from(signedInfo) : (signedInfo as NodeJS.ArrayBufferView);
      return sign(digest, bytes, { key, dsaEncoding: 'ieee-p1363' }).toString('base64');
    }
    verifySignature(material: string, certificate: KeyLike, value: string): boolean {
      const key = fitting(createPublicKey(certificate as string), name);
      return verify(digest, Buffer.from(material), { key, dsaEncoding: 'ieee-p1363' }, Buffer.from(value, 'base64'));
    }
  };
}

const RSA_BITS = 2048;
const curves: readonly (string | undefined)[] = ['prime256v1', 'secp384r1', 'secp521r1'];

function fitting(key: KeyObject, name: SignatureAlgorithm): KeyObject {
  const { modulusLength, namedCurve } = key.asymmetricKeyDetails ?? {};
  const fits = name.startsWith('rsa')
    ? key.asymmetricKeyType === 'rsa' && (modulusLength ?? 0) >= RSA_BITS
    : key.asymmetricKeyType === 'ec' && curves.includes(namedCurve);
  if (!fits) throw new Error(`a key of type ${key.asymmetricKeyType} ${namedCurve ?? modulusLength ?? ''} cannot be used with ${name}`);
  return key;
}
