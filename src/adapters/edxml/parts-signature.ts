import type { XmlDocument, XmlElement } from 'libxml2-wasm';
import type { SignatureAlgorithm } from '../../routing/package.ts';
import { canonicalSubtree } from './canonical.ts';
import type { DigestAlgorithm } from './signature-algorithms.ts';
import { canonicalizationMethods, canonicalTransforms, ENVELOPED, signatureMethods } from './signature-algorithms.ts';
import { bearersOf, idIn, readAlgorithm, readCanonicalization, readDigest, VALUE_BYTES } from './signature-form.ts';
import { base64Of, childElements, refuseAlgorithm, refuseForm, requireAttribute, requireName } from './signature-shape.ts';

/** One Reference of a signature over parts of a message: which element it names, and what that must hash to. */
export interface SignedPart {
  /** The one element of the whole document that bears the Id. */
  readonly element: XmlElement;
  readonly digestAlgorithm: DigestAlgorithm;
  readonly digest: Buffer;
  /** Canonical form by the Transform of the Reference: of `element`, after a change to the tree. Throws Rejection SIGNATURE_FORM. */
  canonical(): Buffer;
}

/** A signature over parts of a message (WS-Security 1.1, 8), read and not yet verified. */
export interface PartsSignature {
  readonly algorithm: SignatureAlgorithm;
  /** The canonical bytes that `value` must sign. */
  readonly signedInfo: Buffer;
  readonly value: Buffer;
  readonly keyInfo: XmlElement;
  /** Those of its parts that the document holds. */
  readonly parts: readonly SignedPart[];
  /** Ids of parts that the document does not hold. */
  readonly missing: readonly string[];
}

const mostParts = 16;

/**
 * Reads a Signature that names parts of its document by their Ids, each by one canonicalisation; by the same rules and the same
 * allow-list as that of a package, without SHA-1. Throws Rejection SIGNATURE_FORM or SIGNATURE_ALGORITHM at the first thing outside them,
 * an Id that stands twice above all. `limit`: the longest canonical form, in bytes.
 */
export function readPartsSignature(doc: XmlDocument, signature: XmlElement, limit: number): PartsSignature {
  const [signedInfo, value, keyInfo, extra] = childElements(signature);
  requireName(signature, signedInfo, 'SignedInfo');
  requireName(signature, value, 'SignatureValue');
  requireName(signature, keyInfo, 'KeyInfo');
  if (extra !== undefined) refuseForm(extra, `Signature holds ${extra.name} behind KeyInfo`);
  const [canonicalization, method, ...references] = childElements(signedInfo);
  requireName(signedInfo, canonicalization, 'CanonicalizationMethod');
  requireName(signedInfo, method, 'SignatureMethod');
  if (references.length === 0 || references.length > mostParts) refuseForm(signedInfo, `it must hold 1 to ${mostParts} References`);
  const algorithm = readAlgorithm(method, signatureMethods);
  if (algorithm === 'rsa-sha1') refuseAlgorithm(method, algorithm);
  const how = readCanonicalization(canonicalization, canonicalizationMethods);
  const read = references.map((reference) => readPart(doc, signedInfo, reference, limit));
  return {
    algorithm,
    signedInfo: canonicalSubtree(doc, signedInfo, how, limit),
    value: base64Of(value, VALUE_BYTES),
    keyInfo,
    parts: read.filter((part) => typeof part !== 'string'),
    missing: read.filter((part) => typeof part === 'string'),
  };
}

function readPart(doc: XmlDocument, signedInfo: XmlElement, reference: XmlElement, limit: number): SignedPart | string {
  requireName(signedInfo, reference, 'Reference');
  const [transforms, method, digest, extra] = childElements(reference);
  requireName(reference, transforms, 'Transforms');
  requireName(reference, method, 'DigestMethod');
  requireName(reference, digest, 'DigestValue');
  if (extra !== undefined) refuseForm(extra, `Reference holds ${extra.name} behind DigestValue`);
  const all = childElements(transforms);
  // many libraries write it everywhere; it takes nothing out of an element that the Signature does not stand in
  const [transform, second] = all[0]?.attr('Algorithm')?.value === ENVELOPED ? all.slice(1) : all;
  requireName(transforms, transform, 'Transform');
  if (second !== undefined) refuseForm(second, 'a Reference must have exactly one Transform that canonicalises');
  const how = readCanonicalization(transform, canonicalTransforms);
  const stated = readDigest(method, digest);
  if (stated.digestAlgorithm === 'sha1') refuseAlgorithm(method, stated.digestAlgorithm);
  const uri = requireAttribute(reference, 'URI');
  const id = idIn(uri);
  if (id === undefined) refuseForm(reference, `Reference URI must be # and an Id, found ${uri}`);
  const [bearer, twin] = bearersOf(doc, id);
  if (twin !== undefined) refuseForm(reference, `the Id ${id} stands more than once in the message`);
  const element = bearer?.parent;
  if (element == null) return id;
  return { element, ...stated, canonical: () => canonicalSubtree(doc, element, how, limit) };
}
