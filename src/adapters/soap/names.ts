/** The namespace of our messages. */
export const GATEWAY_NAMESPACE = 'urn:lienthong:soap:1';

/** The namespace of what stands for a part of a message (XOP 1.0, 2.1). */
export const XOP_NAMESPACE = 'http://www.w3.org/2004/08/xop/include';

/** A version of SOAP: namespace of its envelope, and the media type of its messages. */
export interface SoapVersion {
  readonly name: '1.1' | '1.2';
  readonly namespace: string;
  readonly mediaType: 'text/xml' | 'application/soap+xml';
}

export const soap11: SoapVersion = { name: '1.1', namespace: 'http://schemas.xmlsoap.org/soap/envelope/', mediaType: 'text/xml' };
export const soap12: SoapVersion = {
  name: '1.2',
  namespace: 'http://www.w3.org/2003/05/soap-envelope',
  mediaType: 'application/soap+xml',
};

/** What a SOAPAction says for an operation. */
export function actionOf(operation: string): string {
  return `${GATEWAY_NAMESPACE}:${operation}`;
}

const special: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', '\r': '&#13;' };

/** Text as it stands in XML. */
export function escaped(text: string): string {
  return text.replace(/[&<>"\r]/g, (character) => special[character] as string);
}
