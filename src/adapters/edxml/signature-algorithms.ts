import type { SignatureAlgorithm, SignatureClaim } from '../../routing/package.ts';
import { DSIG_NAMESPACE } from './namespaces.ts';

/** Names of the digests that are ever computed, as node:crypto knows them. */
export type DigestAlgorithm = Extract<SignatureClaim, { state: 'present' }>['digestAlgorithm'];

/** Canonical XML 1.0, 1.1 and Exclusive 1.0, all without comments. */
export type CanonicalForm = 'c14n10' | 'c14n11' | 'exclusive';

/** Namespace of InclusiveNamespaces, and the identifier of exclusive canonicalisation. */
export const EXCLUSIVE_C14N = 'http://www.w3.org/2001/10/xml-exc-c14n#';
/** The transform that takes the Signature itself out of what it signs. */
export const ENVELOPED = `${DSIG_NAMESPACE}enveloped-signature`;

const C14N_10 = 'http://www.w3.org/TR/2001/REC-xml-c14n-20010315';
const MORE = 'http://www.w3.org/2001/04/xmldsig-more#';
const XMLENC = 'http://www.w3.org/2001/04/xmlenc#';

/** The allow-list of signature methods. Whatever is not here is refused before anything is computed: HMAC, DSA, PSS, MD5. */
export const signatureMethods: Readonly<Record<SignatureAlgorithm, string>> = {
  'rsa-sha1': `${DSIG_NAMESPACE}rsa-sha1`,
  'rsa-sha256': `${MORE}rsa-sha256`,
  'rsa-sha384': `${MORE}rsa-sha384`,
  'rsa-sha512': `${MORE}rsa-sha512`,
  'ecdsa-sha256': `${MORE}ecdsa-sha256`,
  'ecdsa-sha384': `${MORE}ecdsa-sha384`,
  'ecdsa-sha512': `${MORE}ecdsa-sha512`,
};

/** The allow-list of digest methods. */
export const digestMethods: Readonly<Record<DigestAlgorithm, string>> = {
  sha1: `${DSIG_NAMESPACE}sha1`,
  sha256: `${XMLENC}sha256`,
  sha384: `${MORE}sha384`,
  sha512: `${XMLENC}sha512`,
};

/** What CanonicalizationMethod may name. */
export const canonicalizationMethods: Readonly<Record<CanonicalForm, string>> = {
  c14n10: C14N_10,
  c14n11: 'http://www.w3.org/2006/12/xml-c14n11',
  exclusive: EXCLUSIVE_C14N,
};

/** What the second Transform of the Reference may name; without one it is Canonical XML 1.0 (xmldsig-core1, 4.4.3.2). */
export const canonicalTransforms: Readonly<Record<Exclude<CanonicalForm, 'c14n11'>, string>> = {
  c14n10: C14N_10,
  exclusive: EXCLUSIVE_C14N,
};

/** The name that a table above gives to an identifier, or undefined when it is not on the list. */
export function nameOf<Name extends string>(table: Readonly<Record<Name, string>>, identifier: string): Name | undefined {
  return (Object.keys(table) as Name[]).find((name) => table[name] === identifier);
}
