import type { Answer } from './stage.ts';

/** A way in: how a package becomes a request, and what the answer says of it. Another way in is one entry more. */
export interface Transport {
  readonly name: string;
  readonly path: string;
  wrap(bytes: Buffer): { readonly headers: Readonly<Record<string, string>>; readonly body: Buffer };
  /** `accepted`, `repeated`, or the codes of the refusal. */
  verdict(answer: Answer): string;
}

const boundary = '----ranh-gioi-5f0c7d1e93';

function multipart(bytes: Buffer, headers: string): Buffer {
  return Buffer.concat([Buffer.from(`--${boundary}\r\n${headers}\r\n\r\n`), bytes, Buffer.from(`\r\n--${boundary}--\r\n`)]);
}

function restVerdict({ status, codes }: Answer): string {
  if (status === 201) return 'accepted';
  return status === 200 ? 'repeated' : codes.length === 0 ? `status ${status}` : codes.join(' ');
}

function soapVerdict({ status, text }: Answer): string {
  const codes = [...text.matchAll(/<lt:code>([A-Z0-9_]+)<\/lt:code>/g)].map(([, code]) => code);
  if (status !== 200) return codes.length === 0 ? `status ${status}` : codes.join(' ');
  return text.includes('<lt:first>true</lt:first>') ? 'accepted' : 'repeated';
}

const include = '<i:Include xmlns:i="http://www.w3.org/2004/08/xop/include" href="cid:goi-tin"/>';

function envelope(content: string, namespace: string): string {
  const call = `<g:sendPackage xmlns:g="urn:lienthong:soap:1"><g:package>${content}</g:package></g:sendPackage>`;
  return `<s:Envelope xmlns:s="${namespace}"><s:Body>${call}</s:Body></s:Envelope>`;
}

/** All ways in over which every mutant is sent. */
export const transports: readonly Transport[] = [
  {
    name: 'raw',
    path: '/v1/packages',
    verdict: restVerdict,
    wrap: (bytes) => ({ headers: { 'content-type': 'application/xml' }, body: bytes }),
  },
  {
    name: 'form-data',
    path: '/v1/packages',
    verdict: restVerdict,
    wrap: (bytes) => ({
      headers: { 'content-type': `multipart/form-data; boundary=${boundary}` },
      body: multipart(bytes, 'Content-Disposition: form-data; name="package"; filename="goi-tin.edxml"\r\nContent-Type: application/xml'),
    }),
  },
  {
    name: 'related',
    path: '/v1/packages',
    verdict: restVerdict,
    wrap: (bytes) => ({
      headers: { 'content-type': `multipart/related; type="application/xml"; start="<goi-tin>"; boundary=${boundary}` },
      body: multipart(bytes, 'Content-Type: application/xml\r\nContent-ID: <goi-tin>'),
    }),
  },
  {
    name: 'SOAP',
    path: '/soap',
    verdict: soapVerdict,
    wrap: (bytes) => ({
      headers: { 'content-type': 'text/xml; charset=utf-8' },
      body: Buffer.from(envelope(bytes.toString('base64'), 'http://schemas.xmlsoap.org/soap/envelope/')),
    }),
  },
  {
    name: 'MTOM',
    path: '/soap',
    verdict: soapVerdict,
    wrap(bytes) {
      const root = envelope(include, 'http://www.w3.org/2003/05/soap-envelope');
      const head = `--${boundary}\r\nContent-Type: application/xop+xml; type="application/soap+xml"\r\nContent-ID: <e>\r\n\r\n${root}\r\n`;
      const type = `multipart/related; type="application/xop+xml"; start-info="application/soap+xml"; boundary=${boundary}`;
      return {
        headers: { 'content-type': type },
        body: Buffer.concat([Buffer.from(head), multipart(bytes, 'Content-Type: application/octet-stream\r\nContent-ID: <goi-tin>')]),
      };
    },
  },
];
