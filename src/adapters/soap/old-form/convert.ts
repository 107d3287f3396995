import type { Lifted, Run } from '../../../routing/package.ts';
import { encodeBase64, once } from '../base64.ts';
import { escaped } from '../names.ts';
import type { Part, SoapPorts } from '../ports.ts';
import type { OldFile, OldMessage } from './message.ts';
import { wrong } from './message.ts';

/** The message as it came: its envelope after the lift, and the parts behind it as they stream by. */
export interface OldArrival {
  readonly envelope: Lifted;
  readonly parts: AsyncIterable<Part>;
}

const QCVN_NAMESPACE = 'http://www.mic.gov.vn/TBT/QCVN_102_2016';
/** Namespace of what the gateway writes into a package that it has made from another form. */
const CONVERTED_NAMESPACE = 'urn:lienthong:converted:1';
/** Bytes of the envelope in one element: longer base64 would be lifted, and belongs to attachments only. */
const pieceBytes = 9000;

type Ports = Pick<SoapPorts, 'decodeBase64' | 'readRun'>;

/**
 * The package of QCVN 102 that stands for a message of the old form, as it streams by: the same input gives the same bytes. Its header
 * holds the envelope that it was made from, whole, with its digest. Throws Rejection OLD_EDXML_FORM, and what decoding base64 throws.
 */
export async function* converted(ports: Ports, message: OldMessage, arrival: OldArrival): AsyncGenerator<Uint8Array, void, undefined> {
  const { kind, messageHeader, traceHeaderList, files } = message;
  const fields = `<edXML:MessageHeader>${messageHeader}${evidence(arrival.envelope, files)}</edXML:MessageHeader>`;
  const head = `<edXML:edXMLHeader>${fields}${traceHeaderList}</edXML:edXMLHeader>`;
  const references = files.map((file) => `<edXML:Reference>${described(file, file.contentId, 'edXML:')}</edXML:Reference>`).join('');
  const manifest = `<edXML:edXMLManifest version="1.0">${references}</edXML:edXMLManifest>`;
  const body = kind === 'status' ? '' : `<edXML:edXMLBody>${manifest}</edXML:edXMLBody>`;
  yield Buffer.from(
    `<?xml version="1.0" encoding="UTF-8"?>\n<edXML xmlns="${QCVN_NAMESPACE}"><edXML:edXMLEnvelope xmlns:edXML="${QCVN_NAMESPACE}">${head}${body}</edXML:edXMLEnvelope>`,
  );
  if (files.length > 0) {
    yield Buffer.from('<AttachmentEncoded>');
    yield* attachments(ports, files, arrival);
    yield Buffer.from('</AttachmentEncoded>');
  } else {
    for await (const part of arrival.parts) throw extra(part);
  }
  yield Buffer.from('</edXML>\n');
}

async function* attachments(ports: Ports, files: readonly OldFile[], { envelope, parts }: OldArrival) {
  const waiting = new Map(files.filter(({ text }) => text === undefined).map((file) => [file.contentId, file]));
  for (const file of files.filter(({ text }) => text !== undefined)) yield* attachment(file, inlineText(ports, file, envelope.runs));
  for await (const part of parts) {
    const file = waiting.get(part.contentId ?? '');
    if (file === undefined) throw extra(part);
    waiting.delete(file.contentId);
    const bytes = part.encoding === 'base64' ? ports.decodeBase64(part.body) : part.body;
    yield* attachment({ ...fromPart(part), ...file }, encodeBase64(bytes));
  }
  const [missing] = waiting.keys();
  if (missing !== undefined) throw wrong(`there is no part with the Content-ID ${missing}`);
}

/** What was lifted is base64 and white space, nothing else, and goes on as it is; a short text is decoded first, to be sure of it. */
function inlineText({ decodeBase64, readRun }: Ports, { text = '' }: OldFile, runs: readonly Run[]): AsyncIterable<Uint8Array> {
  const run = runs.find(({ token }) => token === text);
  return run === undefined ? encodeBase64(decodeBase64(once(Buffer.from(text)))) : readRun(run);
}

async function* attachment(file: OldFile, base64: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array, void, undefined> {
  yield Buffer.from(`<Attachment>${described(file, file.contentId, '')}<edXML:ContentTransferEncoded xmlns:edXML="${QCVN_NAMESPACE}">`);
  yield* base64;
  yield Buffer.from('</edXML:ContentTransferEncoded></Attachment>');
}

function described({ name, type, description }: OldFile, contentId: string, prefix: string): string {
  const fields = { ContentId: `cid:${contentId}`, ContentType: type, Description: description, AttachmentName: name };
  const given = Object.entries(fields).filter(([, value]) => value !== undefined && value !== '');
  return given.map(([field, value]) => `<${prefix}${field}>${escaped(String(value))}</${prefix}${field}>`).join('');
}

/** What the part says of itself counts where Manifest is silent. */
function fromPart({ filename, headers }: Part): Partial<OldFile> {
  const type = headers.get('content-type')?.split(';', 1)[0]?.trim();
  return { ...(filename === undefined ? {} : { name: filename }), ...(type === undefined || type === '' ? {} : { type }) };
}

/** The envelope as it was received: its text in base64, and where a file stood in it, the Id of that file. */
function evidence({ sha256, size, text, runs }: Lifted, files: readonly OldFile[]): string {
  const written: string[] = [];
  let done = 0;
  const upTo = (end: number) => {
    for (; done < end; done += pieceBytes) {
      written.push(`<lt:text>${Buffer.from(text.subarray(done, Math.min(end, done + pieceBytes))).toString('base64')}</lt:text>`);
    }
  };
  for (const { token, at } of runs) {
    const file = files.find((one) => one.text === token);
    if (file === undefined) throw wrong('a long base64 text that is no file');
    upTo(at);
    written.push(`<lt:file contentId="${escaped(`cid:${file.contentId}`)}"/>`);
    done = at + token.length;
  }
  upTo(text.length);
  const about = `form="CV512" sha256="${sha256}" size="${size}"`;
  return `<lt:converted xmlns:lt="${CONVERTED_NAMESPACE}" ${about}>${written.join('')}</lt:converted>`;
}

function extra({ contentId = '' }: Part) {
  return wrong(`Manifest does not name the part ${contentId}`);
}
