import type { XmlDocument, XmlElement } from 'libxml2-wasm';
import { reject } from '../../routing/problem.ts';
import { elementsOf, parse, refuseUnsafe, textOf, wrong } from './markup.ts';
import type { SoapVersion } from './names.ts';
import { GATEWAY_NAMESPACE, soap11, soap12, XOP_NAMESPACE } from './names.ts';
import { WSSE_NAMESPACE } from './security.ts';

/** What an element of a request holds: text, or the Content-ID of the part that stands for it (XOP, or href of SOAP with Attachments). */
export type Parameter = { readonly text: string } | { readonly contentId: string };

/** A request read: which operation with what. */
export interface Envelope {
  readonly version: SoapVersion;
  readonly operation: string;
  readonly parameters: ReadonlyMap<string, Parameter>;
}

const mostParameters = 20;

/**
 * Reads an envelope after the lift. Throws Rejection DOCTYPE_FORBIDDEN, ENCODING_UNSUPPORTED, SOAP_VERSION, SOAP_HEADER_UNKNOWN,
 * SOAP_PARAMETER, and SOAP_ENVELOPE for all else that is wrong with it. `look` sees the tree that it was read from.
 */
export function readEnvelope(text: Uint8Array, look: (doc: XmlDocument) => void): Envelope {
  refuseUnsafe(text);
  const doc = parse(text);
  try {
    if (doc.dtd !== null) throw reject('DOCTYPE_FORBIDDEN', { line: 1 });
    const envelope = envelopeOf(doc.root);
    look(doc);
    return envelope;
  } finally {
    doc.dispose();
  }
}

function envelopeOf(root: XmlElement): Envelope {
  const version = [soap11, soap12].find(({ namespace }) => namespace === root.namespaceUri);
  if (root.name !== 'Envelope') throw wrong(`the root is ${root.name}, not Envelope`);
  if (version === undefined) throw reject('SOAP_VERSION', { params: { namespace: root.namespaceUri } });
  const parts = elementsOf(root);
  const body = parts.at(-1);
  const header = parts.length === 2 ? parts[0] : undefined;
  const placed = parts.length <= 2 && isSoap(body, 'Body', version) && (header === undefined || isSoap(header, 'Header', version));
  if (!placed || body === undefined) throw wrong('an Envelope holds an optional Header and then one Body');
  if (header !== undefined) for (const block of elementsOf(header)) refuseUnknown(block, version);
  const [call, ...others] = elementsOf(body);
  if (call === undefined || others.length > 0) throw wrong('the Body holds exactly one element, the operation');
  if (call.namespaceUri !== GATEWAY_NAMESPACE)
    throw wrong(`the namespace of ${call.name} is "${call.namespaceUri}", not ${GATEWAY_NAMESPACE}`);
  return { version, operation: call.name, parameters: parametersOf(call) };
}

function isSoap(element: XmlElement | undefined, name: string, version: SoapVersion): boolean {
  return element?.name === name && element.namespaceUri === version.namespace;
}

function refuseUnknown(block: XmlElement, version: SoapVersion): void {
  if (block.name === 'Security' && block.namespaceUri === WSSE_NAMESPACE) return;
  const must = block.attrs.find(({ name, namespaceUri }) => name === 'mustUnderstand' && namespaceUri === version.namespace)?.value.trim();
  if (must === '1' || must === 'true') throw reject('SOAP_HEADER_UNKNOWN', { params: { header: `{${block.namespaceUri}}${block.name}` } });
}

function parametersOf(call: XmlElement): Map<string, Parameter> {
  const parameters = new Map<string, Parameter>();
  for (const element of elementsOf(call)) {
    const { name, namespaceUri } = element;
    const about = (detail: string) => reject('SOAP_PARAMETER', { at: name, line: element.line, params: { name, detail } });
    if (namespaceUri !== '' && namespaceUri !== GATEWAY_NAMESPACE) throw about(`its namespace is not ${GATEWAY_NAMESPACE}`);
    if (parameters.has(name)) throw about('given twice');
    if (parameters.size >= mostParameters) throw about(`more than ${mostParameters} elements`);
    parameters.set(name, parameterOf(element, about));
  }
  return parameters;
}

function parameterOf(element: XmlElement, about: (detail: string) => Error): Parameter {
  const [include, ...others] = elementsOf(element);
  const text = textOf(element);
  // a reference of the Attachments Profile (swaRef) is text that base64 can't be
  if (include === undefined && text.trim().startsWith('cid:')) return { contentId: decoded(text.trim().slice(4), about) };
  const reference = (include ?? element).attr('href');
  if (include === undefined && reference === null) return { text };
  const isInclude = include === undefined || (include.name === 'Include' && include.namespaceUri === XOP_NAMESPACE);
  if (!isInclude || others.length > 0 || text.trim() !== '') throw about('it holds other elements than one xop:Include');
  const id = /^cid:(.+)$/.exec(reference?.value ?? '')?.[1];
  if (id === undefined) throw about('its href is not cid:…');
  return { contentId: decoded(id, about) };
}

function decoded(id: string, about: (detail: string) => Error): string {
  try {
    return decodeURIComponent(id);
  } catch {
    throw about('its href is not percent-encoded UTF-8');
  }
}
