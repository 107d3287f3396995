import type { Socket } from 'node:net';
import { connect } from 'node:net';

/** A plain connection for requests that no HTTP client would send. */
export interface RawConnection {
  readonly socket: Socket;
  send(text: string): void;
  /** Everything received so far. */
  received(): string;
  /** Resolves when `pattern` was received; throws when it is not within `milliseconds` or the connection ends. */
  until(pattern: RegExp, milliseconds?: number): Promise<string>;
  /** Resolves when the other side has closed the connection. */
  closed(milliseconds?: number): Promise<string>;
}

/** Opens one to 127.0.0.1. */
export async function openRaw(port: number): Promise<RawConnection> {
  const socket = connect(port, '127.0.0.1');
  let text = '';
  let ended = false;
  const listeners = new Set<() => void>();
  const changed = () => {
    for (const listener of [...listeners]) listener();
  };
  socket.on('data', (chunk) => {
    text += chunk.toString('latin1');
    changed();
  });
  socket.on('error', () => undefined);
  socket.on('close', () => {
    ended = true;
    changed();
  });
  await new Promise<void>((resolve, fail) => {
    socket.once('connect', () => resolve());
    socket.once('error', fail);
  });
  const wait = (done: () => boolean, what: string, milliseconds: number) =>
    new Promise<string>((resolve, fail) => {
      const look = () => {
        if (!done() && !ended) return;
        clearTimeout(timer);
        listeners.delete(look);
        if (done()) resolve(text);
        else fail(new Error(`the connection ended before ${what}: ${text.slice(0, 300)}`));
      };
      const timer = setTimeout(() => {
        listeners.delete(look);
        fail(new Error(`no ${what} within ${milliseconds} ms: ${text.slice(0, 300)}`));
      }, milliseconds);
      listeners.add(look);
      look();
    });
  return {
    socket,
    send: (more) => void socket.write(more, 'latin1'),
    received: () => text,
    until: (pattern, milliseconds = 3000) => wait(() => pattern.test(text), String(pattern), milliseconds),
    closed: (milliseconds = 3000) => wait(() => ended, 'close', milliseconds),
  };
}

/** Sends one request and returns what came until the server closed the connection. */
export async function exchangeRaw(port: number, text: string): Promise<string> {
  const raw = await openRaw(port);
  raw.send(text);
  return raw.closed();
}
