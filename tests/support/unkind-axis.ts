import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { readSignedCall } from '../../src/adapters/vxp/wire-read.ts';
import { macMatches } from '../../src/adapters/vxp/wire-sign.ts';

/** One call as it came; its signature was right. */
export interface AskedCall {
  readonly operation: string;
  readonly method: string;
  readonly values: ReadonlyMap<string, string>;
  readonly body: Buffer;
  /** How often the operation was called, this call included. */
  readonly nth: number;
}

/** An answer as it stands; of `half` only the first half is ever sent. */
export interface RawReply {
  readonly status: number;
  readonly body: string;
  readonly half?: true;
}

/** What is answered: an object as JSON with status 200, an answer as it stands, or nothing: the connection is cut, or stays silent. */
export type Reply = object | RawReply | 'cut' | 'silent';

/** What the server does with the calls of an operation. */
export type Script = Record<string, (call: AskedCall) => Reply | Promise<Reply>>;

/** A small HTTP server that speaks the protocol of the axis and does what a test tells it to. */
export interface UnkindAxis {
  readonly endpoint: string;
  readonly calls: AskedCall[];
  /** Its calls of one operation. */
  asked(operation: string): AskedCall[];
  /** What it was told of an entry, in order. */
  told(docId: string): (string | undefined)[];
  /** The secret that it takes; calls with another are answered 401. */
  secret: string;
  script: Script;
  close(): Promise<void>;
}

export const ok = { status: 'OK', ErrorCode: '0', ErrorDesc: 'Thanh cong' };
export const fail = (ErrorCode: string, ErrorDesc: string) => ({ status: 'FAIL', ErrorCode, ErrorDesc, DocId: '' });

/** Starts one on a free port of 127.0.0.1. */
export async function startUnkindAxis(secret: string): Promise<UnkindAxis> {
  const axis: { secret: string; script: Script; calls: AskedCall[] } = { secret, script: {}, calls: [] };
  const server = createServer((req, res) => {
    answer(axis, req, res).catch(() => res.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const asked = (name: string) => axis.calls.filter(({ operation }) => operation === name);
  return Object.assign(axis, {
    asked,
    told: (docId: string) =>
      asked('updateStatus')
        .filter(({ values }) => values.get('docId') === docId)
        .map(({ values }) => values.get('status')),
    endpoint: `http://127.0.0.1:${port}/vxp`,
    close: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  });
}

async function answer(
  axis: { secret: string; script: Script; calls: AskedCall[] },
  req: IncomingMessage,
  res: ServerResponse,
): Promise<void> {
  const pieces: Buffer[] = [];
  for await (const piece of req) pieces.push(piece as Buffer);
  const call = readSignedCall(req.rawHeaders);
  const operation = req.url?.split('/').at(-1) ?? '';
  if ('fault' in call || !macMatches(axis.secret, call.signed, call.mac)) {
    send(res, { status: 401, body: JSON.stringify(fail('15', 'SystemId hoac SecretKey khong dung')) });
    return;
  }
  const nth = axis.calls.filter((one) => one.operation === operation).length + 1;
  const asked = { operation, method: req.method ?? '', values: call.values, body: Buffer.concat(pieces), nth };
  axis.calls.push(asked);
  const handler = axis.script[operation];
  const reply: Reply = handler === undefined ? { ...ok, data: [] } : await handler(asked);
  if (reply === 'cut') res.destroy();
  else if (reply !== 'silent') send(res, reply);
}

function send(res: ServerResponse, reply: Exclude<Reply, string>): void {
  const raw: RawReply = 'body' in reply && 'status' in reply ? (reply as RawReply) : { status: 200, body: JSON.stringify(reply) };
  res.writeHead(raw.status, { 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(raw.body) });
  if (raw.half === true) res.write(raw.body.slice(0, raw.body.length / 2));
  else res.end(raw.body);
}
