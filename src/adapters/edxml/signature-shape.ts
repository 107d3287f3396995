import { XmlCData, XmlComment, XmlElement, XmlText } from 'libxml2-wasm';
import { reject } from '../../routing/problem.ts';
import { DSIG_NAMESPACE } from './namespaces.ts';

/** Refuses the form of the signature at this element. Throws Rejection SIGNATURE_FORM, always. */
export function refuseForm(element: XmlElement, detail: string): never {
  throw reject('SIGNATURE_FORM', { at: pathOf(element), line: element.line, params: { detail } });
}

/** Refuses an algorithm that is not on the allow-list. Throws Rejection SIGNATURE_ALGORITHM, always. */
export function refuseAlgorithm(element: XmlElement, algorithm: string): never {
  throw reject('SIGNATURE_ALGORITHM', { at: pathOf(element), line: element.line, params: { algorithm } });
}

/** XPath of local names from the root. */
export function pathOf(element: XmlElement): string {
  const parent = element.parent;
  return `${parent === null ? '' : pathOf(parent)}/${element.name}`;
}

/**
 * The child elements, where nothing else but white space may stand between them: a comment or processing instruction inside a
 * signature has no honest use, and two readers may see different text around it (CVE-2025-29775). Throws Rejection SIGNATURE_FORM.
 */
export function childElements(element: XmlElement): readonly XmlElement[] {
  const found: XmlElement[] = [];
  for (let child = element.firstChild; child !== null; child = child.next) {
    if (child instanceof XmlElement) found.push(child);
    else if (!(child instanceof XmlText) || child.content.trim() !== '') refuseForm(element, `${kindOf(child)} inside ${element.name}`);
  }
  return found;
}

/** The decoded content of an element that must hold one text node of strict base64 (RFC 4648, white space allowed) and 1 to `most` bytes. */
export function base64Of(element: XmlElement, most: number): Buffer {
  const only = element.firstChild;
  if (only === null) refuseForm(element, `${element.name} is empty`);
  for (let child: typeof only | null = only; child !== null; child = child.next) {
    if (!(child instanceof XmlText)) refuseForm(element, `${kindOf(child)} inside ${element.name}`);
  }
  const text = only.content.replace(/[ \t\r\n]+/g, '');
  const bytes = Buffer.from(text, 'base64');
  if (only.next !== null || bytes.length === 0 || bytes.toString('base64') !== text)
    refuseForm(element, `${element.name} is not strict base64`);
  if (bytes.length > most) refuseForm(element, `${element.name} has ${bytes.length} bytes, at most ${most} are expected`);
  return bytes;
}

/** Throws Rejection SIGNATURE_FORM unless `child` is there and is the element `name` of xmldsig. */
export function requireName(parent: XmlElement, child: XmlElement | undefined, name: string): asserts child is XmlElement {
  if (child === undefined) refuseForm(parent, `${name} is missing in ${parent.name}`);
  if (child.namespaceUri !== DSIG_NAMESPACE || child.name !== name)
    refuseForm(child, `${name} expected in ${parent.name}, found ${child.name}`);
}

/** The value of an attribute without namespace. Throws Rejection SIGNATURE_FORM when it is not there. */
export function requireAttribute(element: XmlElement, name: string): string {
  const attribute = element.attr(name);
  if (attribute === null) refuseForm(element, `${element.name} has no ${name}`);
  return attribute.value;
}

function kindOf(node: object): string {
  if (node instanceof XmlElement) return `element ${node.name}`;
  if (node instanceof XmlComment) return 'comment';
  if (node instanceof XmlCData) return 'CDATA section';
  return node instanceof XmlText ? 'text' : 'processing instruction';
}
