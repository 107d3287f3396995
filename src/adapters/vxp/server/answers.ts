import type { ServerResponse } from 'node:http';
import { pipeline } from 'node:stream/promises';
import { answerText, success } from '../wire.ts';

/** Sends an answer whole. */
export function sendAnswer(res: ServerResponse, status: number, answer: object): void {
  const content = answerText(answer);
  res.statusCode = status;
  res.setHeader('Content-Type', 'application/json');
  res.setHeader('Cache-Control', 'no-store');
  res.setHeader('Content-Length', Buffer.byteLength(content));
  res.end(content);
}

const head = answerText({ ...success, data: '' }).slice(0, -2);
const tail = '"}';

/** Streams the answer of getEdoc: the package as base64 in JSON. `size`: bytes of the package. */
export async function sendBase64(res: ServerResponse, size: number, content: AsyncGenerator<Uint8Array, void, undefined>): Promise<void> {
  res.setHeader('Content-Type', 'application/json');
  res.setHeader('Content-Length', head.length + Math.ceil(size / 3) * 4 + tail.length);
  await stream(res, inBase64(content));
}

/** Streams the answer of downloadEdoc: the package itself. */
export async function sendBytes(res: ServerResponse, size: number, content: AsyncGenerator<Uint8Array, void, undefined>): Promise<void> {
  res.setHeader('Content-Type', 'application/octet-stream');
  res.setHeader('Content-Length', size);
  await stream(res, content);
}

/** Streams a list of items that is read page by page. */
export async function sendList(res: ServerResponse, pages: AsyncGenerator<readonly object[], void, undefined>): Promise<void> {
  res.setHeader('Content-Type', 'application/json');
  await stream(res, listed(pages));
}

async function stream(res: ServerResponse, pieces: AsyncGenerator<Uint8Array | string, void, undefined>): Promise<void> {
  res.setHeader('Cache-Control', 'private, no-store');
  // taken before anything is sent, so that what fails at once is still answered as an error
  const first = await pieces.next();
  await pipeline(async function* resumed() {
    if (!first.done) yield first.value;
    yield* pieces;
  }, res);
}

async function* inBase64(content: AsyncIterable<Uint8Array>): AsyncGenerator<string, void, undefined> {
  let rest: Buffer = Buffer.alloc(0);
  let begun = false;
  for await (const piece of content) {
    const all = Buffer.concat([rest, piece]);
    const whole = all.length - (all.length % 3);
    rest = Buffer.from(all.subarray(whole));
    yield (begun ? '' : head) + all.toString('base64', 0, whole);
    begun = true;
  }
  yield (begun ? '' : head) + rest.toString('base64') + tail;
}

async function* listed(pages: AsyncIterable<readonly object[]>): AsyncGenerator<string, void, undefined> {
  let any = false;
  let begun = false;
  const start = answerText({ ...success, data: [] }).slice(0, -2);
  for await (const page of pages) {
    const text = page.map(answerText).join(',');
    yield (begun ? '' : start) + (any && text !== '' ? ',' : '') + text;
    begun = true;
    any ||= text !== '';
  }
  yield `${begun ? '' : start}]}`;
}
