import { createHash } from 'node:crypto';
import { once } from 'node:events';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { createServer } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { createServer as createTcpServer } from 'node:net';
import type { PushSettings } from '../../../src/adapters/senders/push.ts';
import { createPush, defaultPush } from '../../../src/adapters/senders/push.ts';
import type { Claim } from '../../../src/routing/outbox.ts';

/** A server to push to, on a port of its own. */
export interface Recipient {
  readonly url: string;
  readonly port: number;
  close(): Promise<void>;
}

const opened: Recipient[] = [];

/** Closes every recipient that the tests of this file opened. */
export async function closeRecipients(): Promise<void> {
  for (const recipient of opened.splice(0)) await recipient.close();
}

/** An HTTP server that answers with this handler. */
export async function recipient(handler: (request: IncomingMessage, response: ServerResponse) => void, server: Server = createServer()) {
  server.on('request', handler);
  return listen(server, () => server.closeAllConnections(), 'requestTimeout' in server && 'setSecureContext' in server ? 'https' : 'http');
}

/** A TCP server, for answers that no HTTP server would give. */
export async function rawRecipient(handler: (socket: Socket) => void) {
  const sockets = new Set<Socket>();
  const server = createTcpServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    handler(socket);
  });
  return listen(
    server as unknown as Server,
    () => {
      for (const socket of sockets) socket.destroy();
    },
    'http',
  );
}

async function listen(server: Server, cut: () => void, scheme: string): Promise<Recipient> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const made = {
    url: `${scheme}://127.0.0.1:${port}/receive`,
    port,
    async close() {
      if (!server.listening) return;
      const closed = once(server, 'close');
      server.close();
      cut();
      await closed;
    },
  };
  opened.push(made);
  return made;
}

/** All that a request brings. */
export async function bodyOf(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

/** Reads the request, then answers. */
export function answering(status: number, headers: Record<string, string> = {}, body = '') {
  return (request: IncomingMessage, response: ServerResponse) => {
    request.resume().on('end', () => response.writeHead(status, headers).end(body));
  };
}

/** A claim of these bytes for this URL. */
export function claimOf(url: string, bytes: Buffer): Claim {
  const at = new Date('2026-03-02T02:00:00Z');
  return {
    delivery: {
      id: '01990000-0000-7000-8000-000000000001',
      packageId: '01990000-0000-7000-8000-000000000002',
      recipient: 'H61.1.2',
      agencyId: '01990000-0000-7000-8000-000000000003',
      channel: 'push',
      urgency: 0,
      state: 'waiting',
      turn: 1,
      attempts: 0,
      tries: 0,
      faults: 0,
      dueAt: at,
      deadlineAt: new Date(at.getTime() + 7 * 86_400_000),
    },
    senderAgencyId: '01990000-0000-7000-8000-000000000004',
    package: {
      id: '01990000-0000-7000-8000-000000000002',
      sha256: createHash('sha256').update(bytes).digest('hex'),
      size: bytes.length,
      receivedAt: at,
      text: bytes,
      runs: [],
    },
    target: { agencyId: '01990000-0000-7000-8000-000000000003', url, concurrency: 4 },
    breaker: { failures: 0 },
    interrupted: false,
  };
}

/** Content in chunks of 64 KiB. */
export async function* inChunks(bytes: Uint8Array, size = 65_536): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

/** A push that may go to this machine, with short limits. */
export function pushTo(more: Partial<PushSettings> = {}) {
  return createPush({
    ...defaultPush,
    connectWithin: 500,
    endWithin: 5000,
    allow: ['127.0.0.0/8'],
    openContent: (text) => inChunks(text),
    signRequest: async ({ method, targetUri }, created) => ({
      signatureInput: `sig1=("@method" "@target-uri" "content-digest");created=${created.getTime() / 1000}`,
      signature: `sig1=:${Buffer.from(`${method} ${targetUri}`).toString('base64')}:`,
    }),
    now: () => new Date('2026-03-02T02:00:00Z'),
    ...more,
  });
}
