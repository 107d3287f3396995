import { createHash } from 'node:crypto';
import { once } from 'node:events';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** One push as the recipient saw it, whole. */
export interface Pushed {
  readonly path: string;
  readonly delivery: string;
  readonly packageId: string;
  /** Digest and size of the bytes that came, not of what the headers say. */
  readonly sha256: string;
  readonly size: number;
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly at: number;
}

/**
 * How a recipient behaves towards one push: takes it (`silently`: the connection breaks before it could say so) or answers something
 * else, at once or not before something; says nothing, or breaks the connection
 * after so many bytes. `status` other than 2xx: the push is not recorded.
 */
export type Manner =
  | { readonly does: 'take'; readonly when?: Promise<unknown>; readonly silently?: boolean }
  | {
      readonly does: 'answer';
      readonly status: number;
      readonly headers?: Readonly<Record<string, string>>;
      readonly body?: string;
      readonly when?: Promise<unknown>;
    }
  | { readonly does: 'drop'; readonly afterBytes: number }
  | { readonly does: 'nothing' };

/** A recipient's system that takes pushes: a real HTTP server. */
export interface PushReceiver {
  /** URL of one mailbox on this server; every name is another. */
  url(name: string): string;
  /** All pushes taken whole, in order. */
  readonly pushes: readonly Pushed[];
  /** Attempts that reached the server, taken or not. */
  readonly attempts: number;
  /** How it behaves from now on; a function is asked for every push. */
  behave(manner: Manner | ((request: IncomingMessage, made: number) => Manner)): void;
  /** Resolves when the condition holds for what was taken; looks again at every push. */
  until(condition: (pushes: readonly Pushed[]) => boolean): Promise<void>;
  /** Stops listening: connections are refused. */
  down(): Promise<void>;
  /** Listens again, on the same port. */
  up(): Promise<void>;
  close(): Promise<void>;
}

/** Starts a recipient that takes everything. */
export async function startPushReceiver(): Promise<PushReceiver> {
  const receiver = new Receiver();
  await receiver.up();
  return receiver;
}

class Receiver implements PushReceiver {
  readonly pushes: Pushed[] = [];
  attempts = 0;
  readonly #waiting = new Set<() => void>();
  #manner: (request: IncomingMessage, made: number) => Manner = () => ({ does: 'take' });
  #server: Server | undefined;
  #port = 0;

  url(name: string): string {
    return `http://127.0.0.1:${this.#port}/${name}`;
  }

  behave(manner: Manner | ((request: IncomingMessage, made: number) => Manner)): void {
    this.#manner = typeof manner === 'function' ? manner : () => manner;
  }

  async until(condition: (pushes: readonly Pushed[]) => boolean): Promise<void> {
    while (!condition(this.pushes)) await new Promise<void>((resolve) => this.#waiting.add(resolve));
  }

  async up(): Promise<void> {
    const server = createServer((request, response) => void this.#receive(request, response).catch(() => response.destroy()));
    server.keepAliveTimeout = 60_000;
    server.listen(this.#port, '127.0.0.1');
    await once(server, 'listening');
    this.#port = (server.address() as AddressInfo).port;
    this.#server = server;
  }

  async down(): Promise<void> {
    const server = this.#server;
    this.#server = undefined;
    if (server === undefined) return;
    const closed = once(server, 'close');
    server.close();
    server.closeAllConnections();
    await closed;
  }

  close(): Promise<void> {
    return this.down();
  }

  async #receive(request: IncomingMessage, response: ServerResponse): Promise<void> {
    this.attempts += 1;
    const manner = this.#manner(request, this.attempts);
    if (manner.does === 'nothing') return;
    const read = await digest(request, manner.does === 'drop' ? manner.afterBytes : Number.POSITIVE_INFINITY);
    if (read === null) return void request.socket.destroy();
    if (manner.does === 'answer' || manner.does === 'take') await manner.when;
    if (manner.does === 'answer') return void response.writeHead(manner.status, manner.headers).end(manner.body ?? '');
    this.#keep(request, read);
    if (manner.does === 'take' && manner.silently === true) return void request.socket.destroy();
    response.writeHead(204).end();
  }

  #keep({ url, headers }: IncomingMessage, read: { sha256: string; size: number }): void {
    const header = (name: string) => String(headers[name] ?? '');
    this.pushes.push({
      ...read,
      path: (url ?? '/').slice(1),
      delivery: header('lienthong-delivery'),
      packageId: header('lienthong-package'),
      headers: headers as Record<string, string | undefined>,
      at: performance.now(),
    });
    for (const wake of this.#waiting) wake();
    this.#waiting.clear();
  }
}

/** Reads to the end; null when there were to be no more bytes than `most`. */
async function digest(request: IncomingMessage, most: number): Promise<{ sha256: string; size: number } | null> {
  const hash = createHash('sha256');
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    hash.update(chunk);
    size += chunk.length;
    if (size > most) return null;
  }
  return { sha256: hash.digest('hex'), size };
}
