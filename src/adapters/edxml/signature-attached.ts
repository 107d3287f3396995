import type { XmlElement } from 'libxml2-wasm';
import { XmlElement as Element, XmlText } from 'libxml2-wasm';
import type { Canonicalization } from './canonical.ts';
import { DSIG_NAMESPACE } from './namespaces.ts';
import { base64Of, childElements, refuseForm } from './signature-shape.ts';

/** What a Signature carries beside what it signs, read but not believed. */
export interface AttachedForm {
  readonly certificates: readonly Uint8Array[];
  readonly timestamp?: { readonly token: Uint8Array; readonly canonicalization: Canonicalization };
  readonly stapled: readonly Uint8Array[];
}

type ReadMethod = (method: XmlElement) => Canonicalization;

const XADES = 'http://uri.etsi.org/01903/v1.3.2#';
const CERTIFICATES = 16;
const CERTIFICATE_BYTES = 64 << 10;
/** A token or answer longer than this would be lifted out of the text, and no signature covers what stands here. */
const TOKEN_BYTES = 12 << 10;
const STAPLED = 8;
/** What XAdES means when no method is named (EN 319 132-1, 4.5). */
const byDefault: Canonicalization = { form: 'c14n10', prefixes: [] };

/**
 * Reads what may follow SignatureValue: one KeyInfo, then one Object. Certificates that are not base64 are passed over, for samples in
 * the wild are cut off (domain 4.6). The Object may hold nothing but unsigned XAdES properties in the form below: SignatureTimeStamp,
 * CertificateValues and RevocationValues. Throws Rejection SIGNATURE_FORM for any other.
 */
export function readAttached(elements: readonly XmlElement[], readMethod: ReadMethod): AttachedForm {
  const [first, second] = elements;
  const keyInfo = first !== undefined && isNamed(first, DSIG_NAMESPACE, 'KeyInfo') ? first : undefined;
  const object = keyInfo === undefined ? first : second;
  const extra = elements[keyInfo === undefined ? 1 : 2];
  const known = object === undefined || isNamed(object, DSIG_NAMESPACE, 'Object');
  const strange = known ? extra : object;
  if (strange !== undefined) {
    refuseForm(strange, `Signature may hold SignedInfo, SignatureValue, KeyInfo and one Object only, found also ${strange.name}`);
  }
  const properties = object === undefined ? [] : propertiesOf(object);
  const inKeyInfo = keyInfo === undefined ? [] : certificatesOf(keyInfo);
  return {
    ...readProperties(properties, readMethod),
    certificates: [...inKeyInfo, ...valuesOf(properties, 'CertificateValues')].slice(0, CERTIFICATES),
  };
}

/** Object/QualifyingProperties/UnsignedProperties/UnsignedSignatureProperties, each alone in the one before. */
function propertiesOf(object: XmlElement): readonly XmlElement[] {
  let inner = object;
  for (const name of ['QualifyingProperties', 'UnsignedProperties', 'UnsignedSignatureProperties']) {
    const [only, extra] = childElements(inner);
    if (only === undefined || extra !== undefined || !isNamed(only, XADES, name)) {
      refuseForm(object, `Object may hold nothing but unsigned XAdES properties: ${name} is expected alone in ${inner.name}`);
    }
    inner = only;
  }
  return childElements(inner);
}

const propertyNames = ['SignatureTimeStamp', 'CertificateValues', 'RevocationValues'];

function readProperties(properties: readonly XmlElement[], readMethod: ReadMethod): Omit<AttachedForm, 'certificates'> {
  const names = properties.map(({ name }) => name);
  const wrong = properties.find(
    (one, i) => !isNamed(one, XADES, one.name) || !propertyNames.includes(one.name) || names.indexOf(one.name) !== i,
  );
  if (wrong !== undefined) refuseForm(wrong, `unsigned property ${wrong.name} is not accepted here, or stands twice`);
  const stamp = properties.find(({ name }) => name === 'SignatureTimeStamp');
  const stapled = valuesOf(properties, 'RevocationValues');
  return { stapled, ...(stamp === undefined ? {} : { timestamp: readTimestamp(stamp, readMethod) }) };
}

function readTimestamp(stamp: XmlElement, readMethod: ReadMethod): NonNullable<AttachedForm['timestamp']> {
  const children = childElements(stamp);
  const [first] = children;
  const method = first !== undefined && isNamed(first, DSIG_NAMESPACE, 'CanonicalizationMethod') ? first : undefined;
  const [token, extra] = method === undefined ? children : children.slice(1);
  if (token === undefined || extra !== undefined || !isNamed(token, XADES, 'EncapsulatedTimeStamp')) {
    refuseForm(stamp, 'SignatureTimeStamp must hold exactly one EncapsulatedTimeStamp, with at most a CanonicalizationMethod before it');
  }
  return { token: new Uint8Array(base64Of(token, TOKEN_BYTES)), canonicalization: method === undefined ? byDefault : readMethod(method) };
}

const encapsulated = ['EncapsulatedX509Certificate', 'EncapsulatedOCSPValue', 'EncapsulatedCRLValue'];

/** The values somewhere inside a property of this name. */
function valuesOf(properties: readonly XmlElement[], name: string): Uint8Array[] {
  const found = properties.filter((one) => one.name === name).flatMap((one) => descendants(one, 2));
  const values = found.filter((one) => one.namespaceUri === XADES && encapsulated.includes(one.name));
  if (values.length > STAPLED) refuseForm(values[0] as XmlElement, `${name} holds more than ${STAPLED} values`);
  return values.map((one) => new Uint8Array(base64Of(one, TOKEN_BYTES)));
}

function descendants(element: XmlElement, depth: number): XmlElement[] {
  return depth === 0 ? [] : childElements(element).flatMap((child) => [child, ...descendants(child, depth - 1)]);
}

/** Leniently: KeyInfo is not signed, and whatever is in it proves nothing. */
function certificatesOf(keyInfo: XmlElement): Uint8Array[] {
  const data = elementsIn(keyInfo).filter((one) => isNamed(one, DSIG_NAMESPACE, 'X509Data'));
  const texts = data.flatMap(elementsIn).filter((one) => isNamed(one, DSIG_NAMESPACE, 'X509Certificate'));
  return texts.slice(0, CERTIFICATES).flatMap((element) => {
    const text = element.content.replaceAll(/[ \t\r\n]+/g, '');
    const bytes = text.length > 2 * CERTIFICATE_BYTES ? Buffer.alloc(0) : Buffer.from(text, 'base64');
    return bytes.length > 0 && bytes.toString('base64') === text && element.firstChild instanceof XmlText ? [new Uint8Array(bytes)] : [];
  });
}

function elementsIn(parent: XmlElement): XmlElement[] {
  const found: XmlElement[] = [];
  for (let child = parent.firstChild; child !== null; child = child.next) if (child instanceof Element) found.push(child);
  return found;
}

function isNamed(element: XmlElement, namespace: string, name: string): boolean {
  return element.namespaceUri === namespace && element.name === name;
}
