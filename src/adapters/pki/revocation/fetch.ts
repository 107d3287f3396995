import type { ClientRequest, IncomingMessage } from 'node:http';
import { Agent as HttpAgent, request as httpRequest } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import type { LookupFunction } from 'node:net';
import { Rejection, reject } from '../../../routing/problem.ts';

/** Which addresses may be asked; the same rules as for pushes. */
export interface AllowedAddresses {
  /** Throws an Error that says why not. */
  check(url: string): URL;
  /** Gives only addresses that may be connected to, and fails with an error named `AddressRefused` when there are none. */
  readonly lookup: LookupFunction;
}

/** One request: a GET, or a POST of `body`. */
export interface Asking {
  readonly url: string;
  readonly body?: Uint8Array;
  readonly type?: string;
  readonly etag?: string;
  readonly lastModified?: string;
  /** Longest time in milliseconds, all in all. */
  readonly within: number;
  readonly mostBytes: number;
}

/** What came back; `unchanged` (304) only when `etag` or `lastModified` were given. */
export type Fetched =
  | { readonly state: 'unchanged' }
  | { readonly state: 'fresh'; readonly body: Uint8Array; readonly etag?: string; readonly lastModified?: string };

/**
 * Fetches one list or answer. URLs come from certificates, so from strangers: http and https only, no redirect is followed, nothing but
 * public addresses (and those configured) is connected to, and time and size are limited.
 * Throws Rejection REVOCATION_SOURCE_AWAY, REVOCATION_SOURCE_REFUSED, CRL_TOO_LARGE.
 */
export type Fetch = (asking: Asking) => Promise<Fetched>;

/** Makes the fetcher. */
export function createFetch(addresses: AllowedAddresses): Fetch {
  const options = { keepAlive: false, lookup: addresses.lookup };
  const plain = new HttpAgent(options);
  const secure = new HttpsAgent({ ...options, minVersion: 'TLSv1.2' });

  return async function fetch(asking) {
    const url = allowed(addresses, asking.url);
    const init = { method: asking.body === undefined ? 'GET' : 'POST', headers: headersOf(asking) };
    const request = url.protocol === 'https:' ? httpsRequest(url, { ...init, agent: secure }) : httpRequest(url, { ...init, agent: plain });
    try {
      return await converse(request, asking);
    } catch (error) {
      if (error instanceof Rejection) throw error;
      const detail = error instanceof Error ? error.message : String(error);
      const refused = error instanceof Error && error.name === 'AddressRefused';
      throw reject(refused ? 'REVOCATION_SOURCE_REFUSED' : 'REVOCATION_SOURCE_AWAY', { params: { url: asking.url, detail } });
    } finally {
      request.destroy();
    }
  };
}

function allowed(addresses: AllowedAddresses, url: string): URL {
  try {
    return addresses.check(url);
  } catch (error) {
    throw reject('REVOCATION_SOURCE_REFUSED', { params: { url, detail: error instanceof Error ? error.message : String(error) } });
  }
}

function headersOf({ body, type, etag, lastModified }: Asking): Record<string, string> {
  return {
    'user-agent': 'lienthong',
    ...(body === undefined ? {} : { 'content-type': type ?? 'application/octet-stream', 'content-length': String(body.length) }),
    ...(etag === undefined ? {} : { 'if-none-match': etag }),
    ...(lastModified === undefined ? {} : { 'if-modified-since': lastModified }),
  };
}

function converse(request: ClientRequest, asking: Asking): Promise<Fetched> {
  return new Promise((resolve, fail) => {
    const clock = setTimeout(() => fail(new Error(`no answer within ${asking.within / 1000} s`)), asking.within);
    const settle = (act: () => void) => {
      clearTimeout(clock);
      act();
    };
    request.on('error', (error) => settle(() => fail(error)));
    request.on('close', () => settle(() => fail(new Error('connection closed'))));
    request.once('response', (answer: IncomingMessage) => {
      bodyOf(answer, asking).then(
        (fetched) => settle(() => resolve(fetched)),
        (error: unknown) => settle(() => fail(error as Error)),
      );
    });
    request.end(asking.body);
  });
}

async function bodyOf(answer: IncomingMessage, { mostBytes, etag, lastModified }: Asking): Promise<Fetched> {
  if (answer.statusCode === 304 && (etag ?? lastModified) !== undefined) return { state: 'unchanged' };
  if (answer.statusCode !== 200) throw new Error(`HTTP ${answer.statusCode}`);
  if (Number(answer.headers['content-length'] ?? 0) > mostBytes) throw reject('CRL_TOO_LARGE', { params: { limit: mostBytes } });
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of answer as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > mostBytes) throw reject('CRL_TOO_LARGE', { params: { limit: mostBytes } });
    chunks.push(chunk);
  }
  if (!answer.complete) throw new Error('the answer is cut off');
  const { etag: tag, 'last-modified': modified } = answer.headers;
  return {
    state: 'fresh',
    body: Buffer.concat(chunks),
    ...(tag === undefined || tag.length > 1000 ? {} : { etag: tag }),
    ...(modified === undefined || modified.length > 1000 ? {} : { lastModified: modified }),
  };
}
