import { createHash, createPrivateKey, sign } from 'node:crypto';
import type { TestIdentity } from '../tests/support/certificates.ts';

export const QCVN = 'http://www.mic.gov.vn/TBT/QCVN_102_2016';
export const DSIG = 'http://www.w3.org/2000/09/xmldsig#';
export const MORE = 'http://www.w3.org/2001/04/xmldsig-more#';
export const EXCLUSIVE = 'http://www.w3.org/2001/10/xml-exc-c14n#';
export const C14N = 'http://www.w3.org/TR/2001/REC-xml-c14n-20010315';
export const SHA256 = 'http://www.w3.org/2001/04/xmlenc#sha256';
export const ENVELOPED = `${DSIG}enveloped-signature`;

/** Where a Signature differs from an honest one. The value is made with the given key over whatever SignedInfo says. */
export interface Forgery {
  readonly signatureMethod?: string;
  /** Hash that is really used for the value. */
  readonly hash?: string;
  readonly canonicalization?: string;
  readonly digestMethod?: string;
  readonly digestHash?: string;
  /** Base64 in DigestValue, when it is not the digest of the package. */
  readonly digest?: string;
  readonly uri?: string;
  readonly referenceAttributes?: string;
  /** XML inside Transforms; honest ones without it. */
  readonly transforms?: string;
  /** The references, all of them. */
  readonly references?: string;
  /** XML inside SignatureMethod. */
  readonly inMethod?: string;
  readonly value?: string;
  readonly keyInfo?: string;
  /** XML behind KeyInfo. */
  readonly objects?: string;
}

/** An element with only an Algorithm, in canonical form. */
export function method(name: string, algorithm: string, content = ''): string {
  return `<${name} Algorithm="${algorithm}">${content}</${name}>`;
}

export const honestTransforms = method('Transform', ENVELOPED) + method('Transform', EXCLUSIVE);

/** A Reference in canonical form. */
export function reference(
  digest: string,
  { uri = '', referenceAttributes = '', transforms = honestTransforms, digestMethod = SHA256 }: Forgery,
): string {
  return `<Reference${referenceAttributes} URI="${uri}"><Transforms>${transforms}</Transforms>${method('DigestMethod', digestMethod)}<DigestValue>${digest}</DigestValue></Reference>`;
}

/** The digest of a package that is in canonical form already, as tests/support/packages.ts writes it. */
export function digestOf(unsigned: string, hash = 'sha256'): string {
  const root = unsigned.slice(unsigned.indexOf('<edXML')).replace(/\n$/, '');
  return createHash(hash).update(root).digest('base64');
}

/** The Signature of an unsigned package in canonical form. */
export function signatureFor(unsigned: string, identity: TestIdentity, forgery: Forgery = {}): string {
  const key = createPrivateKey(identity.keyPem);
  const family = key.asymmetricKeyType === 'ec' ? 'ecdsa' : 'rsa';
  const { hash = 'sha256', canonicalization = EXCLUSIVE, signatureMethod = `${MORE}${family}-${hash}` } = forgery;
  const digest = forgery.digest ?? digestOf(unsigned, forgery.digestHash);
  const inside =
    method('CanonicalizationMethod', canonicalization) +
    method('SignatureMethod', signatureMethod, forgery.inMethod) +
    (forgery.references ?? reference(digest, forgery));
  const inherited = canonicalization === EXCLUSIVE ? '' : ` xmlns:edXML="${QCVN}"`;
  const canonical = `<SignedInfo xmlns="${DSIG}"${inherited}>${inside}</SignedInfo>`;
  const value = forgery.value ?? sign(hash, Buffer.from(canonical), { key, dsaEncoding: 'ieee-p1363' }).toString('base64');
  const keyInfo = forgery.keyInfo ?? x509Data(identity);
  return `<Signature xmlns="${DSIG}"><SignedInfo>${inside}</SignedInfo><SignatureValue>${value}</SignatureValue>${keyInfo}${forgery.objects ?? ''}</Signature>`;
}

/** KeyInfo with a certificate. */
export function x509Data({ certificatePem }: TestIdentity): string {
  const der = certificatePem.replace(/-----[A-Z ]+-----|\s/g, '');
  return `<KeyInfo><X509Data><X509Certificate>${der}</X509Certificate></X509Data></KeyInfo>`;
}

/** Puts a Signature where it belongs. */
export function withSignature(unsigned: string, signature: string): string {
  return swap(unsigned, '</edXML:edXMLHeader>', `${signature}</edXML:edXMLHeader>`);
}

/** Replaces the first `from`, which must be there: a mutant that changes nothing would prove nothing. */
export function swap(xml: string, from: string, to: string): string {
  if (from === '' || !xml.includes(from)) throw new Error(`not in the package: ${from.slice(0, 100)}`);
  return xml.replace(from, () => to);
}

/** Adds XML at the end of an element. */
export function atEndOf(xml: string, name: string, added: string): string {
  const at = xml.lastIndexOf(`</${name}>`);
  if (at < 0) throw new Error(`no element ${name}`);
  return xml.slice(0, at) + added + xml.slice(at);
}

/** The first element of this qualified name, as it is written. */
export function partOf(xml: string, name: string): string {
  const found = new RegExp(`<${name}[ >].*?</${name}>`, 's').exec(xml)?.[0];
  if (found === undefined) throw new Error(`no element ${name}`);
  return found;
}

/** The Signature as it is written. */
export const signatureOf = (xml: string): string => partOf(xml, 'Signature');

/** The package as if it had never been signed. */
export const withoutSignature = (xml: string): string => swap(xml, signatureOf(xml), '');

/** The package without its XML declaration, to be put inside another. */
export const asElement = (xml: string): string => xml.replace(/^<\?xml[^>]*\?>\s*/, '').trimEnd();

/** The package with an order that its sender never gave. */
export const turnedEvil = (xml: string): string => swap(xml, 'V/v báo cáo', 'V/v hủy bỏ');

/** The XML declaration of the valid package. */
export const declaration = '<?xml version="1.0" encoding="UTF-8"?>';

/** Puts something behind the words of the subject. */
export const inText =
  (added: string) =>
  ({ good }: { readonly good: string }): string =>
    swap(good, 'V/v báo cáo', `V/v báo cáo${added}`);
