import type { ClientRequest, IncomingMessage } from 'node:http';
import { Agent as HttpAgent, request as httpRequest } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import type { LookupFunction } from 'node:net';
import { rootCertificates } from 'node:tls';
import type { Answer } from './answer.ts';
import { NoConnection } from './answer.ts';

/** One POST: where, with what headers, which bytes (`size` in all), and how long in milliseconds. */
export interface Posting {
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly size: number;
  readonly open: () => AsyncIterable<Uint8Array>;
  readonly connectWithin: number;
  readonly endWithin: number;
}

/** Sends a posting and returns the answer. Throws ContentFault when the bytes could not be had, any other Error for the network. */
export type Exchange = (posting: Posting) => Promise<Answer>;

/** The bytes to send could not be read, or are not those that were stored. The recipient never got all of them. */
export class ContentFault extends Error {
  constructor(cause: unknown) {
    super(`the content could not be read: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
    this.name = 'ContentFault';
  }
}

/** How connections are made. */
export interface ConnectionSettings {
  readonly lookup: LookupFunction;
  readonly socketsPerHost: number;
  /** PEM of further certificate authorities. */
  readonly ca?: string;
}

const mostBody = 16_384;
/** An answer that came as a status line has so long to end, in milliseconds. */
const bodyWithin = 5000;

/** Exchanges over kept-alive connections, pinned to addresses that the lookup lets through. */
export function createExchange(settings: ConnectionSettings): Exchange {
  const pool = {
    keepAlive: true,
    maxSockets: settings.socketsPerHost,
    maxFreeSockets: settings.socketsPerHost,
    timeout: 30_000,
    lookup: settings.lookup,
  };
  const trust = settings.ca === undefined ? {} : { ca: [...rootCertificates, settings.ca] };
  const plain = new HttpAgent(pool);
  const secure = new HttpsAgent({ ...pool, ...trust, minVersion: 'TLSv1.2' });

  function start({ url, headers, size }: Posting): ClientRequest {
    const options = { method: 'POST', headers: { ...headers, 'content-length': String(size) } };
    return url.protocol === 'https:' ? httpsRequest(url, { ...options, agent: secure }) : httpRequest(url, { ...options, agent: plain });
  }

  return async function exchange(posting) {
    const request = start(posting);
    try {
      return await converse(request, posting);
    } catch (error) {
      // The recipient closed a kept connection just as it was used again: that says nothing of the recipient.
      if (!request.reusedSocket || !isClosed(error)) throw error;
      return converse(start(posting), posting);
    }
  };
}

async function converse(request: ClientRequest, posting: Posting): Promise<Answer> {
  const clock = limitTime(request, posting);
  const failed = failure(request);
  const arrived = response(request);
  const sending = send(request, posting);
  try {
    // The answer may come before all is sent; the sending then has nothing more to wait for.
    const answered = await Promise.race([arrived, failed, sending.then(() => Promise.race([arrived, failed]))]);
    const sentWhole = request.writableFinished;
    const { body, whole } = await bodyOf(answered);
    if (!sentWhole || !whole) request.destroy();
    return { status: answered.statusCode ?? 0, headers: answered.headers, body, sentWhole };
  } catch (error) {
    request.destroy();
    throw error;
  } finally {
    clock.stop();
  }
}

/** Destroys the request when it takes too long to connect or in all. */
function limitTime(request: ClientRequest, { connectWithin, endWithin }: Posting): { stop(): void } {
  const connecting = setTimeout(() => request.destroy(new NoConnection(connectWithin)), connectWithin);
  const all = setTimeout(() => request.destroy(new Error(`no answer within ${endWithin / 1000} s`)), endWithin);
  request.once('socket', (socket) => {
    if (!socket.connecting) clearTimeout(connecting);
    else socket.once('encrypted' in socket ? 'secureConnect' : 'connect', () => clearTimeout(connecting));
  });
  return {
    stop() {
      clearTimeout(connecting);
      clearTimeout(all);
    },
  };
}

function failure(request: ClientRequest): Promise<never> {
  const failed = new Promise<never>((_, reject) => {
    // Stays on: errors of a request that has been dealt with must find a listener too.
    request.on('error', reject);
    request.on('close', () => reject(Object.assign(new Error('connection closed'), { code: 'ECONNRESET' })));
  });
  failed.catch(() => undefined);
  return failed;
}

function response(request: ClientRequest): Promise<IncomingMessage> {
  return new Promise((resolve) => request.once('response', resolve));
}

/** Writes the content as fast as the recipient takes it; stops, without an error, when the request has an answer or is closed. */
async function send(request: ClientRequest, { open, size }: Posting): Promise<void> {
  let answered = false;
  let left = size;
  request.once('response', () => {
    answered = true;
  });
  const over = () => answered || request.destroyed;
  for await (const chunk of reading(open)) {
    if (over()) return;
    left -= chunk.length;
    // Ended with its last byte, not when the content says so: the answer to a whole package may come in between.
    if (left === 0) return void request.end(chunk);
    if (!request.write(chunk)) await drained(request, over);
  }
}

async function* reading(open: () => AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  try {
    yield* open();
  } catch (error) {
    throw new ContentFault(error);
  }
}

function drained(request: ClientRequest, over: () => boolean): Promise<void> {
  if (over()) return Promise.resolve();
  return new Promise((resolve) => {
    const done = () => {
      for (const event of ['drain', 'response', 'close'] as const) request.off(event, done);
      resolve();
    };
    for (const event of ['drain', 'response', 'close'] as const) request.once(event, done);
  });
}

/** The beginning of the body, and whether it is all there; an answer that drips or never ends is cut, its status stands. */
function bodyOf(answer: IncomingMessage): Promise<{ body: string; whole: boolean }> {
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    let size = 0;
    const finish = (whole: boolean) => {
      clearTimeout(timer);
      resolve({ body: Buffer.concat(chunks).toString('utf8').slice(0, mostBody), whole });
    };
    const timer = setTimeout(finish, bodyWithin, false);
    answer.on('data', (chunk: Buffer) => {
      chunks.push(chunk);
      size += chunk.length;
      if (size >= mostBody) finish(false);
    });
    answer.once('end', () => finish(true));
    for (const event of ['error', 'close'] as const) answer.once(event, () => finish(false));
  });
}

function isClosed(error: unknown): boolean {
  const { code } = error as NodeJS.ErrnoException;
  return code === 'ECONNRESET' || code === 'EPIPE';
}
