import { isUtf8 } from 'node:buffer';
import { ParseOption, XmlCData, XmlDocument, XmlElement, XmlParseError, XmlText } from 'libxml2-wasm';
import { reject } from '../../routing/problem.ts';

const options = ParseOption.XML_PARSE_NONET | ParseOption.XML_PARSE_NO_XXE | ParseOption.XML_PARSE_NO_SYS_CATALOG;

/**
 * SOAP has neither document types nor other encodings here; found before the parser sees anything of them.
 * Throws Rejection DOCTYPE_FORBIDDEN, ENCODING_UNSUPPORTED, SOAP_ENVELOPE.
 */
export function refuseUnsafe(text: Uint8Array): void {
  const bytes = Buffer.from(text.buffer, text.byteOffset, text.byteLength);
  if (!isUtf8(bytes) || bytes.includes(0)) throw reject('ENCODING_UNSUPPORTED', { params: { encoding: 'not UTF-8' } });
  const written = bytes.toString('utf8');
  const encoding = /^\ufeff?<\?xml[^>]*?encoding\s*=\s*["']([^"']*)["']/.exec(written)?.[1];
  if (encoding !== undefined && !/^(utf-8|us-ascii)$/i.test(encoding)) throw reject('ENCODING_UNSUPPORTED', { params: { encoding } });
  const doctype = /<!(DOCTYPE|ENTITY)/i.exec(written);
  if (doctype !== null) throw reject('DOCTYPE_FORBIDDEN', { line: written.slice(0, doctype.index).split('\n').length });
  if (/<\?(?!xml\s)/.test(written)) throw wrong('processing instructions are not allowed');
}

/** The tree; the caller disposes of it. Throws Rejection SOAP_ENVELOPE. */
export function parse(text: Uint8Array): XmlDocument {
  try {
    return XmlDocument.fromBuffer(text, { option: options });
  } catch (error) {
    if (error instanceof XmlParseError) throw wrong(error.message.trim());
    throw error;
  }
}

/** The elements right under one. */
export function elementsOf(parent: XmlElement): XmlElement[] {
  const elements: XmlElement[] = [];
  for (let child = parent.firstChild; child !== null; child = child.next) if (child instanceof XmlElement) elements.push(child);
  return elements;
}

/** The text right under an element. */
export function textOf(element: XmlElement): string {
  let text = '';
  for (let child = element.firstChild; child !== null; child = child.next) {
    if (child instanceof XmlText || child instanceof XmlCData) text += child.content;
  }
  return text;
}

/** The value of an attribute, without a namespace unless one is given. */
export function attributeOf(element: XmlElement, name: string, namespace = ''): string | undefined {
  return element.attrs.find((attribute) => attribute.name === name && attribute.namespaceUri === namespace)?.value;
}

/** An envelope that is not right. */
export function wrong(detail: string) {
  return reject('SOAP_ENVELOPE', { params: { detail } });
}
