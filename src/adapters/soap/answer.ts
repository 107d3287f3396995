import type { IncomingMessage, ServerResponse } from 'node:http';
import { pipeline } from 'node:stream/promises';
import type { OutgoingPackage } from '../../routing/outbox.ts';
import { Rejection, reject } from '../../routing/problem.ts';
import { encodeBase64, encodedLength } from './base64.ts';
import { faultOf } from './fault.ts';
import { mtomFrame, xopInclude } from './mtom.ts';
import type { SoapVersion } from './names.ts';
import type { Log, SoapPorts } from './ports.ts';

const emptyPackage = /<lt:package(?: [^>]*)?(?:\/>|><\/lt:package>)/;

/** How an answer goes out. */
export interface Outfit {
  readonly version: SoapVersion;
  /** The package goes into a part of its own instead of the envelope. */
  readonly mtom: boolean;
}

/** Sends the answer `xml` in an envelope; `content`, if any, is streamed into its element `package` or beside it. */
export async function sendAnswer(
  { openContent, log }: Pick<SoapPorts, 'openContent' | 'log'>,
  res: ServerResponse,
  { version, mtom }: Outfit,
  xml: string,
  content: OutgoingPackage | undefined,
): Promise<void> {
  const before = `<?xml version="1.0" encoding="UTF-8"?>\n<soap:Envelope xmlns:soap="${version.namespace}"><soap:Body>`;
  const after = '</soap:Body></soap:Envelope>';
  res.setHeader('Content-Type', `${version.mediaType}; charset=utf-8`);
  res.setHeader('Cache-Control', 'no-store');
  if (content === undefined) {
    const whole = before + xml + after;
    res.setHeader('Content-Length', Buffer.byteLength(whole));
    res.end(whole);
    return;
  }
  const [start = '', end = ''] = xml.split(emptyPackage);
  const head = `${before}${start}<lt:package>`;
  const tail = `</lt:package>${end}${after}`;
  const frame = mtom ? mtomFrame(head + xopInclude + tail, version) : { head: Buffer.from(head), tail: Buffer.from(tail) };
  if ('contentType' in frame) res.setHeader('Content-Type', frame.contentType);
  res.setHeader('Content-Length', frame.head.length + (mtom ? content.size : encodedLength(content.size)) + frame.tail.length);
  const bytes = openContent(content);
  try {
    await pipeline(joined(frame.head, mtom ? bytes : encodeBase64(bytes), frame.tail), res);
  } catch (error) {
    // a package that is damaged, or a client that is gone: the announced length tells the client that the answer is not whole
    log.error({ request: requestOf(res), package: content.id, err: error }, 'content could not be sent');
    res.destroy();
  }
}

/** The one place where something thrown becomes a fault. A fault of ours shows only the id of the request. */
export function sendFault(
  req: IncomingMessage,
  res: ServerResponse,
  error: unknown,
  { version, loginByHttp }: { readonly version: SoapVersion; readonly loginByHttp: boolean },
  log: Log,
): void {
  const request = requestOf(res);
  const rejection = error instanceof Rejection ? error : reject('INTERNAL', { params: { request } });
  const about = { request, method: req.method, path: req.url?.split('?', 1)[0], status: rejection.status };
  if (rejection.status < 500) log.info({ ...about, codes: rejection.problems.map((p) => p.code).slice(0, 50) }, 'request refused');
  else log.error({ ...about, err: error }, 'request failed');
  if (res.headersSent || res.destroyed) {
    res.destroy();
    return;
  }
  const { status, xml } = faultOf(rejection, version, request, loginByHttp);
  res.statusCode = status;
  if (status === 401) res.setHeader('WWW-Authenticate', 'Basic realm="lienthong", charset="UTF-8"');
  const seconds = rejection.problems[0]?.params?.['seconds'];
  if (rejection.status === 429 || rejection.status === 503) res.setHeader('Retry-After', String(seconds ?? 2));
  res.setHeader('Cache-Control', 'no-store');
  res.setHeader('Content-Type', `${version.mediaType}; charset=utf-8`);
  res.setHeader('Content-Length', Buffer.byteLength(xml));
  res.end(xml);
}

function requestOf(res: ServerResponse): string {
  return String(res.getHeader('Lienthong-Request') ?? '');
}

async function* joined(head: Uint8Array, body: AsyncIterable<Uint8Array>, tail: Uint8Array) {
  yield head;
  yield* body;
  yield tail;
}
