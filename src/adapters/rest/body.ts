import type { IncomingMessage, ServerResponse } from 'node:http';
import { reject } from '../../routing/problem.ts';

/** What a body may be: how large, and how long it may be silent. */
export interface BodyLimits {
  readonly bytes: number;
  readonly idleSeconds: number;
  /** What to say when it is larger. */
  readonly tooLarge: 'PACKAGE_TOO_LARGE' | 'JSON_TOO_LARGE' | 'FORM_TOO_LARGE';
  /** The limit to name in that answer; `bytes` when absent. */
  readonly named?: number;
}

/** Bytes in a second below which, after the idle time is used up, a body counts as broken off: dripping holds no place for ever. */
const slowest = 1024;

/** Requests that wait for `100 Continue` before they send their body. */
const waiting = new WeakSet<IncomingMessage>();

/** Remembers that the client sends no body before it is told to go on. */
export function holdBody(req: IncomingMessage): void {
  waiting.add(req);
}

/** Tells a client that waits for it to send its body. */
export function letBodyCome(req: IncomingMessage, res: ServerResponse): void {
  if (waiting.delete(req)) res.writeContinue();
}

/** Throws when the length that the request announces is over the limit. */
export function checkLength(req: IncomingMessage, limits: BodyLimits): void {
  const announced = Number(req.headers['content-length'] ?? 0);
  if (announced > limits.bytes) throw tooLarge(limits);
}

/**
 * The body as it comes in, with backpressure. Throws Rejection BODY_INCOMPLETE when it breaks off, is silent for too long or drips,
 * and the limit's code when it is larger. Unlike the stream's own iterator it leaves the connection open, so that an answer can be sent.
 */
export async function* readBody(req: IncomingMessage, limits: BodyLimits): AsyncGenerator<Uint8Array, void, undefined> {
  const pace = { bytes: 0, waited: 0 };
  let wake = (): void => undefined;
  let late = false;
  const onChange = () => wake();
  const timer = setTimeout(() => {
    late = true;
    wake();
  }, limits.idleSeconds * 1000);
  for (const event of ['readable', 'end', 'error', 'close']) req.on(event, onChange);
  try {
    for (;;) {
      const chunk = req.read() as Buffer | null;
      if (chunk !== null) {
        pace.bytes += chunk.length;
        if (pace.bytes > limits.bytes) throw tooLarge(limits);
        yield chunk;
        continue;
      }
      if (req.readableEnded && req.complete) return;
      if (req.destroyed || req.readableEnded) throw reject('BODY_INCOMPLETE', { params: { detail: 'connection closed' } });
      const since = performance.now();
      late = false;
      timer.refresh();
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
      pace.waited += performance.now() - since;
      checkPace(limits, pace, late);
    }
  } finally {
    clearTimeout(timer);
    for (const event of ['readable', 'end', 'error', 'close']) req.off(event, onChange);
  }
}

function checkPace(limits: BodyLimits, pace: { bytes: number; waited: number }, late: boolean): void {
  if (late) throw reject('BODY_INCOMPLETE', { params: { detail: `no data for ${limits.idleSeconds} s` } });
  const grudged = pace.waited / 1000 - limits.idleSeconds;
  if (pace.bytes < grudged * slowest) throw reject('BODY_INCOMPLETE', { params: { detail: `slower than ${slowest} bytes/s` } });
}

function tooLarge(limits: BodyLimits) {
  return reject(limits.tooLarge, { params: { limit: limits.named ?? limits.bytes } });
}

const jsonLimits: BodyLimits = { bytes: 64 * 1024, idleSeconds: 10, tooLarge: 'JSON_TOO_LARGE' };

/** The JSON body of a request; an absent one is `{}`. Throws Rejection JSON_INVALID, JSON_TOO_LARGE, CONTENT_TYPE_UNSUPPORTED. */
export async function readJson(req: IncomingMessage, res: ServerResponse): Promise<unknown> {
  const type = req.headers['content-type'];
  // a form of another site can't send this type, so it can't act with a browser's stored login
  if (type !== undefined && !/^application\/json\s*(;\s*charset="?utf-8"?\s*)?$/i.test(type)) {
    throw reject('CONTENT_TYPE_UNSUPPORTED', { at: 'Content-Type', params: { type, allowed: 'application/json' } });
  }
  checkLength(req, jsonLimits);
  letBodyCome(req, res);
  const chunks: Uint8Array[] = [];
  for await (const chunk of readBody(req, jsonLimits)) chunks.push(chunk);
  const body = Buffer.concat(chunks);
  if (body.length === 0) return {};
  if (type === undefined)
    throw reject('CONTENT_TYPE_UNSUPPORTED', { at: 'Content-Type', params: { type: '', allowed: 'application/json' } });
  return parseJson(body);
}

function parseJson(body: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(body));
  } catch (error) {
    throw reject('JSON_INVALID', { params: { detail: error instanceof SyntaxError ? error.message : 'not UTF-8' } });
  }
}
