/** A way in: how a package becomes a request. Another way in is one entry more. */
export interface Transport {
  readonly name: string;
  readonly path: string;
  wrap(bytes: Buffer): { readonly headers: Readonly<Record<string, string>>; readonly body: Buffer };
}

const boundary = '----ranh-gioi-5f0c7d1e93';

function multipart(bytes: Buffer, headers: string): Buffer {
  return Buffer.concat([Buffer.from(`--${boundary}\r\n${headers}\r\n\r\n`), bytes, Buffer.from(`\r\n--${boundary}--\r\n`)]);
}

/** All ways in over which every mutant is sent. */
export const transports: readonly Transport[] = [
  {
    name: 'raw',
    path: '/v1/packages',
    wrap: (bytes) => ({ headers: { 'content-type': 'application/xml' }, body: bytes }),
  },
  {
    name: 'form-data',
    path: '/v1/packages',
    wrap: (bytes) => ({
      headers: { 'content-type': `multipart/form-data; boundary=${boundary}` },
      body: multipart(bytes, 'Content-Disposition: form-data; name="package"; filename="goi-tin.edxml"\r\nContent-Type: application/xml'),
    }),
  },
  {
    name: 'related',
    path: '/v1/packages',
    wrap: (bytes) => ({
      headers: { 'content-type': `multipart/related; type="application/xml"; start="<goi-tin>"; boundary=${boundary}` },
      body: multipart(bytes, 'Content-Type: application/xml\r\nContent-ID: <goi-tin>'),
    }),
  },
];
