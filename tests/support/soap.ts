import { XMLParser } from 'fast-xml-parser';

/** Envelopes of the two versions of SOAP, as a client without a library writes them. */
export const soapNamespaces = {
  '1.1': 'http://schemas.xmlsoap.org/soap/envelope/',
  '1.2': 'http://www.w3.org/2003/05/soap-envelope',
} as const;

export type SoapName = keyof typeof soapNamespaces;

/** An envelope around the XML of a Body. */
export function envelope(body: string, version: SoapName = '1.1', header = ''): string {
  const head = header === '' ? '' : `<s:Header>${header}</s:Header>`;
  return `<?xml version="1.0" encoding="UTF-8"?><s:Envelope xmlns:s="${soapNamespaces[version]}">${head}<s:Body>${body}</s:Body></s:Envelope>`;
}

/** The element of an operation; `fields` are its elements, already escaped. */
export function operation(name: string, fields: Readonly<Record<string, string>> = {}): string {
  const inside = Object.entries(fields).map(([field, value]) => `<g:${field}>${value}</g:${field}>`);
  return `<g:${name} xmlns:g="urn:lienthong:soap:1">${inside.join('')}</g:${name}>`;
}

/** The Content-Type of a version. */
export function soapType(version: SoapName): string {
  return version === '1.1' ? 'text/xml; charset=utf-8' : 'application/soap+xml; charset=utf-8';
}

const parser = new XMLParser({ removeNSPrefix: true, parseTagValue: false, trimValues: false, ignoreAttributes: true });

/** Elements of an answer by name; what they hold is for the test to know. */
// biome-ignore lint/suspicious/noExplicitAny: the test knows the shape
export type Answered = Record<string, any>;

/** What stands in the Body of an answer. Lists of one are no lists. */
export function bodyOf(xml: string): Answered {
  const { Envelope } = parser.parse(xml) as { Envelope: { Body: Answered } };
  return Envelope.Body;
}

/** The codes in the detail of a fault, whatever its version. */
export function faultCodes(xml: string): string[] {
  const { Fault } = bodyOf(xml);
  const { problems } = Fault.detail ?? Fault.Detail;
  return [problems.problem].flat().map(({ code }: { code: string }) => code);
}

/** The element that stands for a part in an envelope. */
export function xopInclude(contentId: string): string {
  return `<x:Include xmlns:x="http://www.w3.org/2004/08/xop/include" href="cid:${encodeURIComponent(contentId)}"/>`;
}

/** A multipart body: MTOM, or with the media type of the envelope as `type` SOAP with Attachments. */
export function related(
  content: { readonly envelope: string; readonly parts: Readonly<Record<string, Buffer>> },
  version: SoapName,
  type = 'application/xop+xml',
) {
  const boundary = 'ranh_gioi_7d1e93';
  const media = soapType(version).split(';', 1)[0];
  const head = (id: string, partType: string) =>
    `--${boundary}\r\nContent-Type: ${partType}\r\nContent-Transfer-Encoding: binary\r\nContent-ID: <${id}>\r\n\r\n`;
  const parts = Object.entries(content.parts).flatMap(([id, bytes]) => [head(id, 'application/octet-stream'), bytes, '\r\n']);
  const rootType = type === 'application/xop+xml' ? `${type}; charset=utf-8; type="${media}"` : `${media}; charset=utf-8`;
  const pieces = [head('root@qlvb', rootType), content.envelope, '\r\n', ...parts, `--${boundary}--\r\n`];
  return {
    headers: { 'content-type': `multipart/related; type="${type}"; start="<root@qlvb>"; start-info="${media}"; boundary="${boundary}"` },
    body: Buffer.concat(pieces.map((piece) => Buffer.from(piece))),
  };
}
