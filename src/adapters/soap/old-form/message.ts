import type { XmlElement } from 'libxml2-wasm';
import { reject } from '../../../routing/problem.ts';
import { attributeOf, elementsOf, parse, refuseUnsafe, textOf } from '../markup.ts';
import { escaped, soap11 } from '../names.ts';

/** Namespace of the packages of CV 512/BTTTT-THH and CV 2803/BTTTT-THH (domain 5, V2). */
const OLD_NAMESPACE = 'http://www.e-doc.vn/Schema/';

/** A file that Manifest names, or that stands in the envelope. `text`: its base64, or the token of what was lifted. */
export interface OldFile {
  readonly contentId: string;
  readonly name?: string;
  readonly type?: string;
  readonly description?: string;
  readonly text?: string;
}

/** A message of the old form, its headers as XML in names of QCVN 102: what is inside MessageHeader, and TraceHeaderList, if any. */
export interface OldMessage {
  readonly kind: 'document' | 'status';
  readonly messageHeader: string;
  readonly traceHeaderList: string;
  readonly files: readonly OldFile[];
}

const mostFiles = 190;
const dated = new Set(['PromulgationDate', 'DueDate', 'Timestamp']);

/**
 * Reads an envelope of the old form after the lift: MessageHeader, TraceHeaderList and Manifest of a document (V2), its files in
 * AllDocument (V2b), or a Status (V2c). Throws Rejection OLD_EDXML_FORM, DOCTYPE_FORBIDDEN, ENCODING_UNSUPPORTED, SOAP_ENVELOPE.
 */
export function readOldMessage(text: Uint8Array): OldMessage {
  refuseUnsafe(text);
  const doc = parse(text);
  try {
    if (doc.dtd !== null) throw reject('DOCTYPE_FORBIDDEN', { line: 1 });
    const [header, body, ...others] = elementsOf(doc.root);
    const isEnvelope = doc.root.name === 'Envelope' && doc.root.namespaceUri === soap11.namespace && others.length === 0;
    if (!isEnvelope || header?.name !== 'Header') throw wrong('the root is no Envelope of SOAP 1.1 with a Header');
    if (body !== undefined && body.name !== 'Body') throw wrong(`${body.name} stands where the Body belongs`);
    return messageOf(blocksOf(header), body);
  } finally {
    doc.dispose();
  }
}

const known = ['MessageHeader', 'TraceHeaderList', 'ErrorList', 'Status'];

function blocksOf(header: XmlElement): ReadonlyMap<string, XmlElement> {
  const blocks = new Map<string, XmlElement>();
  for (const block of elementsOf(header)) {
    if (!known.includes(block.name) || !isOld(block)) throw wrong(`the header {${block.namespaceUri}}${block.name} is not known`);
    if (blocks.has(block.name)) throw wrong(`${block.name} is there twice`);
    blocks.set(block.name, block);
  }
  return blocks;
}

/** Status messages are met whose prefix edXML means the namespace of SOAP (domain 5, V2c). */
function isOld({ namespaceUri }: XmlElement): boolean {
  return [OLD_NAMESPACE, soap11.namespace, ''].includes(namespaceUri);
}

function messageOf(blocks: ReadonlyMap<string, XmlElement>, body: XmlElement | undefined): OldMessage {
  const [status, document, trace] = ['Status', 'MessageHeader', 'TraceHeaderList'].map((name) => blocks.get(name));
  const inside = body === undefined ? [] : elementsOf(body);
  if (status !== undefined) {
    if (document !== undefined || inside.length > 0) throw wrong('a Status beside a MessageHeader or a Body with content');
    return { kind: 'status', messageHeader: contentOf(status), traceHeaderList: '', files: [] };
  }
  if (document === undefined) throw wrong('it has neither MessageHeader nor Status');
  const traceHeaderList = trace === undefined ? '' : copy(trace);
  return { kind: 'document', messageHeader: contentOf(document), traceHeaderList, files: inside.flatMap(filesOf) };
}

/** XML of an element and all below it in the namespace of QCVN 102, attributes left out: those of the old form are of SOAP. */
function copy(element: XmlElement): string {
  return `<edXML:${element.name}>${contentOf(element)}</edXML:${element.name}>`;
}

function contentOf(element: XmlElement): string {
  const { name } = element;
  if (!isOld(element)) throw wrong(`{${element.namespaceUri}}${name} is not of the old form`);
  const children = elementsOf(element);
  const text = textOf(element);
  if (children.length > 0 && text.trim() !== '') throw wrong(`text between the elements of ${name}`);
  return children.length > 0 ? children.map(copy).join('') : escaped(dated.has(name) ? dateOf(text) : text);
}

/** `dd/MM/yyyy` is how some senders of the old form write what QCVN 102 has as `yyyy/MM/dd`; anything else stays. */
function dateOf(text: string): string {
  return text.replace(/^\s*(\d\d)\/(\d\d)\/(\d{4})\b/, '$3/$2/$1');
}

function filesOf(part: XmlElement): OldFile[] {
  if (!isOld(part)) throw wrong(`{${part.namespaceUri}}${part.name} in the Body is not of the old form`);
  if (part.name === 'Manifest') return atMost(elementsOf(part).map(reference));
  if (part.name === 'AllDocument') return atMost(attachmentsIn(part).map(inline));
  throw wrong(`${part.name} in the Body is neither Manifest nor AllDocument`);
}

function atMost(files: OldFile[]): OldFile[] {
  if (files.length > mostFiles) throw wrong(`more than ${mostFiles} files`);
  return files;
}

function reference(element: XmlElement): OldFile {
  const fields = fieldsOf(element);
  const href = element.attrs.find(({ name }) => name === 'href')?.value ?? fields['ContentId'] ?? '';
  const contentId = /^\s*(?:cid:)*([^\s<>"']{1,200})\s*$/.exec(href)?.[1];
  if (element.name !== 'Reference' || contentId === undefined)
    throw wrong('Manifest holds something else than Reference with href="cid:…"');
  return { contentId, ...described(fields) };
}

function attachmentsIn(element: XmlElement): XmlElement[] {
  return elementsOf(element).flatMap((child) => (child.name === 'Attachment' ? [child] : attachmentsIn(child)));
}

function inline(element: XmlElement, index: number): OldFile {
  const fields = fieldsOf(element);
  const encoding = attributeOf(element, 'Content-Transfer-Encoding')?.toLowerCase() ?? 'base64';
  const type = attributeOf(element, 'Content-Type');
  if (encoding !== 'base64') throw wrong(`Content-Transfer-Encoding ${encoding}`);
  if (fields['value'] === undefined) throw wrong('an Attachment without value');
  const name = fields['name'];
  return {
    contentId: `file-${index + 1}`,
    ...described({
      ...fields,
      ...(name === undefined ? {} : { AttachmentName: name }),
      ...(type === undefined ? {} : { ContentType: type }),
    }),
    text: fields['value'].trim(),
  };
}

function described(fields: Readonly<Record<string, string>>): Partial<OldFile> {
  const { AttachmentName: name, ContentType: type, Description: description } = fields;
  return {
    ...(name === undefined ? {} : { name: name.trim() }),
    ...(type === undefined ? {} : { type: type.trim() }),
    ...(description === undefined ? {} : { description: description.trim() }),
  };
}

function fieldsOf(element: XmlElement): Record<string, string> {
  return Object.fromEntries(elementsOf(element).map((field) => [field.name, textOf(field)]));
}

/** Rejection OLD_EDXML_FORM. */
export function wrong(detail: string) {
  return reject('OLD_EDXML_FORM', { params: { detail } });
}
