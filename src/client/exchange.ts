import http from 'node:http';
import https from 'node:https';

/** Where requests go and how long a silent connection is waited for. */
export interface Line {
  readonly base: URL;
  readonly agent: http.Agent | https.Agent;
  readonly idleSeconds: number;
}

/** One request. `size` is the number of bytes of the body, when it is known. */
export interface Request {
  readonly method: 'GET' | 'POST';
  /** Path and query, below the address of the gateway. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: AsyncIterable<Uint8Array>;
  readonly size?: number;
  readonly signal?: AbortSignal;
  /** Seconds beyond `idleSeconds`, for a call that the gateway answers late on purpose. */
  readonly patience?: number;
}

/** Nothing came or went for too long. */
export class Silence extends Error {
  constructor() {
    super('the gateway was silent for too long');
    this.name = 'Silence';
  }
}

/** A body of more bytes waits for the gateway to ask for it, so that a refusal by its headers costs no upload. */
const sentUnasked = 65_536;
/** A gateway or proxy that knows nothing of 100-continue gets the body after so many milliseconds (RFC 9110, 10.1.1). */
const longestHold = 2000;

/** `ca`, `cert` and `key` are PEM. */
export interface LineOptions {
  readonly ca?: string;
  readonly cert?: string;
  readonly key?: string;
  readonly idleSeconds: number;
}

/** Opens a line to a gateway; connections are kept and used again. */
export function openLine(base: URL, options: LineOptions): Line {
  const { idleSeconds, ...tls } = options;
  const agent = base.protocol === 'https:' ? new https.Agent({ keepAlive: true, ...tls }) : new http.Agent({ keepAlive: true });
  return { base, agent, idleSeconds };
}

/**
 * Sends one request and resolves with the head of the answer; its body is still to be read. A body goes out as a stream, in memory
 * that does not grow with it, and stops as soon as there is an answer. Rejects when the connection fails, is silent for too long,
 * or the body can't be read.
 */
export function exchange(line: Line, request: Request): Promise<http.IncomingMessage> {
  const outgoing = open(line, request);
  return new Promise((resolve, reject) => {
    outgoing.once('response', (answer: http.IncomingMessage) => {
      // An answer before the end of the body leaves the connection in the middle of a request.
      answer.once('close', () => outgoing.writableFinished || outgoing.destroy());
      resolve(answer);
    });
    outgoing.once('timeout', () => outgoing.destroy(new Silence()));
    outgoing.on('error', reject);
    if (request.body === undefined) outgoing.end();
    else send(request.body, outgoing).catch((error: Error) => outgoing.destroy(error));
  });
}

function open({ base, agent, idleSeconds }: Line, request: Request): http.ClientRequest {
  const { method, path, headers, body, size, signal, patience = 0 } = request;
  const hold = body !== undefined && (size ?? Number.POSITIVE_INFINITY) > sentUnasked;
  const length: Record<string, string> =
    body === undefined ? {} : size === undefined ? { 'transfer-encoding': 'chunked' } : { 'content-length': String(size) };
  return (base.protocol === 'https:' ? https : http).request(new URL(path, base), {
    method,
    agent,
    headers: { ...headers, ...length, ...(hold ? { expect: '100-continue' } : {}) },
    timeout: (idleSeconds + patience) * 1000,
    ...(signal === undefined ? {} : { signal }),
  });
}

async function send(body: AsyncIterable<Uint8Array>, outgoing: http.ClientRequest): Promise<void> {
  let over = false;
  for (const event of ['response', 'error', 'close']) {
    outgoing.once(event, () => {
      over = true;
    });
  }
  if (outgoing.hasHeader('expect')) {
    outgoing.flushHeaders();
    await first(outgoing, ['continue', 'response', 'close'], longestHold);
  }
  if (over) return;
  for await (const chunk of body) {
    if (over) return;
    if (!outgoing.write(chunk)) await first(outgoing, ['drain', 'response', 'close']);
    if (over) return;
  }
  outgoing.end();
}

/** Resolves at the first of these events, or after so many milliseconds. */
function first(outgoing: http.ClientRequest, events: readonly string[], milliseconds?: number): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      for (const event of events) outgoing.off(event, done);
      resolve();
    };
    const timer = milliseconds === undefined ? undefined : setTimeout(done, milliseconds);
    for (const event of events) outgoing.once(event, done);
    if (outgoing.destroyed) done();
  });
}

const longestAnswer = 64 * 2 ** 20;

/** Reads a whole short answer as text. Rejects when it breaks off or is longer than 64 MiB. */
export async function readText(answer: http.IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of answer as AsyncIterable<Buffer>) {
    chunks.push(chunk);
    size += chunk.length;
    if (size > longestAnswer) throw new Error('the answer is too long');
  }
  return Buffer.concat(chunks).toString('utf8');
}
