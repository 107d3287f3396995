import type { ClientRequest, IncomingMessage } from 'node:http';
import { request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import type { LookupFunction } from 'node:net';
import { pipeline } from 'node:stream/promises';
import { rootCertificates } from 'node:tls';
import type { Now } from '../../../routing/ports.ts';
import { contentTypeOf, type OperationName, operations } from '../wire.ts';
import { hashFileOf, withTrailer } from '../wire-body.ts';
import { signedHeaders } from '../wire-sign.ts';
import { timestampOf } from '../wire-time.ts';

/** How calls are made. Times in milliseconds. */
export interface LineSettings {
  /** Checks an address as far as it can be without asking a name server. Throws when it may not be sent to. */
  readonly check: (url: string) => URL;
  /** Gives only addresses that may be sent to. */
  readonly lookup: LookupFunction;
  /** PEM of further certificate authorities. */
  readonly ca?: string;
  readonly connectWithin: number;
  /** Longest time of a whole call, and for each MB that is sent. */
  readonly endWithin: number;
  readonly endWithinPerMb: number;
  readonly now: Now;
}

/** With what a system speaks to an axis. */
export interface Account {
  readonly endpoint: string;
  readonly systemId: string;
  readonly secret: string;
}

/** One call. `values` are ASCII. */
export interface AxisCall {
  readonly operation: OperationName;
  readonly values: Readonly<Record<string, string>>;
  readonly file?: { readonly sha256: string; readonly size: number; readonly open: () => AsyncIterable<Uint8Array> };
}

/** Makes a call and has its answer read. Throws CallFailed for what the network does, and what reading the file or the answer throws. */
export type Call = <T>(
  account: Account,
  call: AxisCall,
  read: (status: number, body: AsyncIterable<Uint8Array>) => Promise<T>,
) => Promise<T>;

/** A call without an answer. */
export class CallFailed extends Error {
  /** The request had left whole: the other side may have acted on it. */
  readonly arrived: boolean;
  /** What the network said; `code` is that of Node. */
  readonly reason: Error;

  constructor(reason: Error, arrived: boolean) {
    super(reason.message, { cause: reason });
    this.name = 'CallFailed';
    this.reason = reason;
    this.arrived = arrived;
  }
}

/** An answer that goes on may be silent for so long. */
const silence = 60_000;

/**
 * Calls over a connection of their own, each signed afresh. Nothing is ever sent twice: a connection that is used again may break just then,
 * and nobody would know whether the call had arrived.
 */
export function createCall(line: LineSettings): Call {
  const trust = line.ca === undefined ? {} : { ca: [...rootCertificates, line.ca] };

  function start(account: Account, { operation, values, file }: AxisCall): ClientRequest {
    const { method, body } = operations[operation];
    const url = line.check(`${account.endpoint}/${operation}`);
    const lines = signedHeaders({
      systemId: account.systemId,
      secret: account.secret,
      timestamp: timestampOf(line.now()),
      contentType: contentTypeOf(operation),
      values,
      ...(file === undefined ? {} : { hashFile: hashFileOf(file.sha256) }),
    });
    const length = file === undefined ? (body === 'braces' ? 2 : 0) : file.size + 2;
    const more = [['Host', url.host], ['Connection', 'close'], ...(method === 'GET' ? [] : [['Content-Length', String(length)]])];
    const options = { method, headers: [...lines, ...more].flat() as string[], agent: false as const, lookup: line.lookup };
    return url.protocol === 'https:' ? httpsRequest(url, { ...options, ...trust, minVersion: 'TLSv1.2' }) : httpRequest(url, options);
  }

  return async function call(account, one, read) {
    const request = start(account, one);
    const clock = limitTime(request, line, one.file?.size ?? 0);
    try {
      const { answer, fault } = await exchange(request, one);
      if (fault !== undefined) throw fault;
      return await read(answer.statusCode ?? 0, bodyOf(answer, clock));
    } finally {
      clock.stop();
      request.destroy();
    }
  };
}

/** The answer, as soon as it begins. */
async function exchange(request: ClientRequest, { operation, file }: AxisCall): Promise<{ answer: IncomingMessage; fault?: Error }> {
  let unread: Error | undefined;
  async function* content() {
    try {
      if (file !== undefined) yield* withTrailer(file.open());
    } catch (error) {
      unread = error as Error;
      throw error;
    }
  }
  const answered = new Promise<IncomingMessage>((resolve, fail) => {
    request.once('response', resolve);
    request.on('error', fail);
    request.on('close', () => fail(Object.assign(new Error('connection closed'), { code: 'ECONNRESET' })));
  });
  // an answer may come before all is sent, and then what is left does not matter
  if (file !== undefined) pipeline(content, request).catch((error: Error) => request.destroy(error));
  else request.end(operations[operation].body === 'braces' ? '{}' : undefined);
  try {
    return { answer: await answered };
  } catch (error) {
    if (unread !== undefined) throw unread;
    throw new CallFailed(error as Error, request.writableFinished);
  }
}

interface Clock {
  progress(): void;
  stop(): void;
}

function limitTime(request: ClientRequest, line: LineSettings, size: number): Clock {
  const late = (what: string) => () => request.destroy(Object.assign(new Error(what), { code: 'ETIMEDOUT' }));
  const connecting = setTimeout(
    () => request.destroy(Object.assign(new Error('no connection'), { code: 'EHOSTUNREACH' })),
    line.connectWithin,
  );
  let rest = setTimeout(late('no answer in time'), line.endWithin + (line.endWithinPerMb * size) / 1_000_000);
  request.once('socket', (socket) => socket.once('encrypted' in socket ? 'secureConnect' : 'connect', () => clearTimeout(connecting)));
  return {
    progress() {
      clearTimeout(rest);
      rest = setTimeout(late('the answer stopped'), silence);
    },
    stop() {
      clearTimeout(connecting);
      clearTimeout(rest);
    },
  };
}

async function* bodyOf(answer: IncomingMessage, clock: Clock): AsyncGenerator<Uint8Array, void, undefined> {
  try {
    for await (const chunk of answer as AsyncIterable<Uint8Array>) {
      clock.progress();
      yield chunk;
    }
  } catch (error) {
    throw new CallFailed(error as Error, true);
  }
  if (!answer.complete) throw new CallFailed(Object.assign(new Error('the answer was cut'), { code: 'ECONNRESET' }), true);
}
