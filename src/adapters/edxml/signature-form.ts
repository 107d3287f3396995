import type { XmlAttribute, XmlDocument, XmlElement } from 'libxml2-wasm';
import { XmlXPath } from 'libxml2-wasm';
import type { SignatureAlgorithm } from '../../routing/package.ts';
import type { Canonicalization } from './canonical.ts';
import type { CanonicalForm, DigestAlgorithm } from './signature-algorithms.ts';
import {
  canonicalizationMethods,
  canonicalTransforms,
  digestMethods,
  ENVELOPED,
  EXCLUSIVE_C14N,
  nameOf,
  signatureMethods,
} from './signature-algorithms.ts';
import type { AttachedForm } from './signature-attached.ts';
import { readAttached } from './signature-attached.ts';
import { base64Of, childElements, refuseAlgorithm, refuseForm, requireAttribute, requireName } from './signature-shape.ts';

/** What a Signature says of itself, read by the profile of design decision 5; nothing was computed yet. */
export interface SignatureForm {
  readonly signedInfo: XmlElement;
  readonly algorithm: SignatureAlgorithm;
  readonly digestAlgorithm: DigestAlgorithm;
  /** How SignedInfo is canonicalised. */
  readonly canonicalization: Canonicalization;
  /** How the package is, once the Signature is out of it. */
  readonly transform: Canonicalization;
  readonly digest: Buffer;
  readonly value: Buffer;
  readonly valueElement: XmlElement;
  readonly attached: AttachedForm;
}

const DIGEST_BYTES: Readonly<Record<DigestAlgorithm, number>> = { sha1: 20, sha256: 32, sha384: 48, sha512: 64 };
/** RSA of 16,384 bits: the longest that OpenSSL takes. */
export const VALUE_BYTES = 2048;
const INCLUSIVE_PREFIXES = 16;
const PREFIX_LIST_CHARS = 512;

/**
 * Reads the children of a Signature: SignedInfo, SignatureValue, at most a KeyInfo, whose certificates are candidates and no more
 * (decision 5), and at most an Object with unsigned properties.
 * Throws Rejection SIGNATURE_FORM or SIGNATURE_ALGORITHM at the first thing outside the profile.
 */
export function readSignatureForm(doc: XmlDocument, signature: XmlElement): SignatureForm {
  const [signedInfo, value, ...attached] = childElements(signature);
  requireName(signature, signedInfo, 'SignedInfo');
  requireName(signature, value, 'SignatureValue');
  const [canonicalization, method, reference, second] = childElements(signedInfo);
  requireName(signedInfo, canonicalization, 'CanonicalizationMethod');
  requireName(signedInfo, method, 'SignatureMethod');
  requireName(signedInfo, reference, 'Reference');
  if (second !== undefined) refuseForm(second, `SignedInfo must hold exactly one Reference, found also ${second.name}`);
  return {
    signedInfo,
    algorithm: readAlgorithm(method, signatureMethods),
    canonicalization: readCanonicalization(canonicalization, canonicalizationMethods),
    ...readReference(doc, reference),
    value: base64Of(value, VALUE_BYTES),
    valueElement: value,
    attached: readAttached(attached, (method) => readCanonicalization(method, canonicalizationMethods)),
  };
}

function readReference(doc: XmlDocument, reference: XmlElement): Pick<SignatureForm, 'digestAlgorithm' | 'transform' | 'digest'> {
  checkUri(doc, reference);
  if (reference.attr('Type') !== null) refuseForm(reference, 'Reference with a Type (Manifest, Object, SignedProperties) is not accepted');
  const [transforms, method, digest, extra] = childElements(reference);
  requireName(reference, transforms, 'Transforms');
  requireName(reference, method, 'DigestMethod');
  requireName(reference, digest, 'DigestValue');
  if (extra !== undefined) refuseForm(extra, `Reference holds ${extra.name} behind DigestValue`);
  return { transform: readTransforms(transforms), ...readDigest(method, digest) };
}

/** DigestMethod and DigestValue of a Reference. */
export function readDigest(method: XmlElement, digest: XmlElement): Pick<SignatureForm, 'digestAlgorithm' | 'digest'> {
  const digestAlgorithm = readAlgorithm(method, digestMethods);
  const bytes = base64Of(digest, DIGEST_BYTES[digestAlgorithm]);
  if (bytes.length !== DIGEST_BYTES[digestAlgorithm])
    refuseForm(digest, `DigestValue has ${bytes.length} bytes, ${digestAlgorithm} has ${DIGEST_BYTES[digestAlgorithm]}`);
  return { digestAlgorithm, digest: bytes };
}

const anyId = XmlXPath.compile("//@*[translate(local-name(), 'ID', 'id') = 'id']");
const fragment = /^#[\p{L}_][\p{L}\p{N}._-]{0,127}$/u;

/** The attributes that carry an Id, under any name of Id in any namespace. */
export function bearersOf(doc: XmlDocument, id: string): readonly XmlAttribute[] {
  return (doc.find(anyId) as XmlAttribute[]).filter((attribute) => attribute.value === id);
}

/** The Id that a URI of the form `#id` names; undefined for any other URI. */
export function idIn(uri: string): string | undefined {
  return fragment.test(uri) ? uri.slice(1) : undefined;
}

/** The Reference must mean the whole package: `URI=""`, or `#` and the root's Id, which no other element may carry under any name of Id. */
function checkUri(doc: XmlDocument, reference: XmlElement): void {
  const uri = requireAttribute(reference, 'URI');
  if (uri === '') return;
  const named = idIn(uri);
  if (named === undefined) refuseForm(reference, `Reference URI must be "" or # and the Id of edXML, found ${uri}`);
  const bearers = bearersOf(doc, named);
  if (bearers.length > 1) refuseForm(reference, `the Id ${named} stands ${bearers.length} times in the package`);
  const [id] = bearers;
  const isRoot = id !== undefined && (id.namespaceUri === '' || id.prefix === 'xml') && id.parent?.isSameNode(doc.root) === true;
  if (!isRoot) refuseForm(reference, `Reference URI ${uri} does not name the root element edXML`);
}

function readTransforms(transforms: XmlElement): Canonicalization {
  const [enveloped, second, third] = childElements(transforms);
  requireName(transforms, enveloped, 'Transform');
  const first = requireAttribute(enveloped, 'Algorithm');
  if (first !== ENVELOPED) refuseForm(enveloped, `the first Transform must be enveloped-signature, found ${first}`);
  if (childElements(enveloped).length > 0) refuseForm(enveloped, 'enveloped-signature takes no parameters');
  if (second === undefined) return { form: 'c14n10', prefixes: [] };
  requireName(transforms, second, 'Transform');
  if (third !== undefined) refuseForm(third, 'at most one Transform may follow enveloped-signature');
  return readCanonicalization(second, canonicalTransforms);
}

/** The name of the algorithm that an element states, which takes no parameters. */
export function readAlgorithm<Name extends string>(method: XmlElement, table: Readonly<Record<Name, string>>): Name {
  const identifier = requireAttribute(method, 'Algorithm');
  const name = nameOf(table, identifier);
  if (name === undefined) refuseAlgorithm(method, identifier);
  if (childElements(method).length > 0) refuseForm(method, `${method.name} with parameters is not accepted`);
  return name;
}

/** The canonicalisation that an element states, with its InclusiveNamespaces. */
export function readCanonicalization(method: XmlElement, table: Readonly<Partial<Record<CanonicalForm, string>>>): Canonicalization {
  const identifier = requireAttribute(method, 'Algorithm');
  const form = nameOf(table as Readonly<Record<CanonicalForm, string>>, identifier);
  if (form === undefined) refuseForm(method, `${method.name} ${identifier} is not accepted`);
  const [inclusive, extra] = childElements(method);
  if (inclusive === undefined) return { form, prefixes: [] };
  const expected =
    form === 'exclusive' && extra === undefined && inclusive.name === 'InclusiveNamespaces' && inclusive.namespaceUri === EXCLUSIVE_C14N;
  if (!expected) refuseForm(method, `${method.name} with parameters other than one InclusiveNamespaces is not accepted`);
  return { form, prefixes: readPrefixes(inclusive) };
}

function readPrefixes(inclusive: XmlElement): readonly string[] {
  const list = requireAttribute(inclusive, 'PrefixList');
  const prefixes = list.split(/[ \t\r\n]+/).filter((prefix) => prefix !== '');
  if (list.length > PREFIX_LIST_CHARS || prefixes.length > INCLUSIVE_PREFIXES)
    refuseForm(inclusive, `PrefixList names more than ${INCLUSIVE_PREFIXES} prefixes`);
  if (!prefixes.every((prefix) => prefix === '#default' || /^[\p{L}_][\p{L}\p{N}._-]*$/u.test(prefix)))
    refuseForm(inclusive, 'PrefixList holds something that is no prefix');
  if (childElements(inclusive).length > 0) refuseForm(inclusive, 'InclusiveNamespaces must be empty');
  return prefixes;
}
