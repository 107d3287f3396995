import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** One request as it came. */
export interface Asked {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: Buffer;
}

/** A web server that gives out lists, or stands between a client and an OCSP responder. */
export interface RevocationServer {
  readonly url: string;
  readonly asked: readonly Asked[];
  answer(with_: (asked: Asked, response: ServerResponse) => void | Promise<void>): void;
  close(): Promise<void>;
}

/** Starts it on a free port; it answers 404 until told otherwise. */
export async function startRevocationServer(): Promise<RevocationServer> {
  const asked: Asked[] = [];
  let answer: (asked: Asked, response: ServerResponse) => void | Promise<void> = (_, response) => void response.writeHead(404).end();
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
    const one = { method: request.method ?? '', url: request.url ?? '', headers: request.headers, body: Buffer.concat(chunks) };
    asked.push(one);
    await answer(one, response);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked,
    answer(with_) {
      answer = with_;
    },
    async close() {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

/** Asks an OCSP responder as it was asked and returns its answer. */
export async function passOn(url: string, { body }: Asked): Promise<Buffer> {
  const answer = await fetch(url, { method: 'POST', body: new Uint8Array(body), headers: { 'content-type': 'application/ocsp-request' } });
  return Buffer.from(await answer.arrayBuffer());
}
