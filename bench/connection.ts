import { once } from 'node:events';
import type { Socket } from 'node:net';
import { connect } from 'node:net';
import type { Prepared } from './corpus.ts';

/** An answer, and the milliseconds until it was whole: from the first byte sent, and from when the last one was given to the kernel. */
export interface Answered {
  readonly status: number;
  readonly body: Buffer;
  readonly milliseconds: number;
  readonly afterLastByte: number;
}

/**
 * One kept-alive HTTP/1.1 connection that posts packages one after the other. Knows just enough of HTTP for this gateway (answers with
 * Content-Length), so that the machine's time goes to the gateway and not to the one who measures it.
 */
export class Connection {
  readonly #socket: Socket;
  readonly #host: string;
  #received: Buffer[] = [];
  #wake: () => void = () => undefined;
  #failed: Error | undefined;

  private constructor(socket: Socket, host: string) {
    this.#socket = socket;
    this.#host = host;
    socket.setNoDelay(true);
    socket.on('data', (chunk) => {
      this.#received.push(chunk as Buffer);
      this.#wake();
    });
    const fail = (error?: Error) => {
      this.#failed = error ?? new Error('the gateway closed the connection');
      this.#wake();
    };
    socket.on('error', fail);
    socket.on('close', () => fail());
  }

  static async open(url: string): Promise<Connection> {
    const { hostname, port, host } = new URL(url);
    const socket = connect(Number(port), hostname);
    await once(socket, 'connect');
    return new Connection(socket, host);
  }

  /** Posts a package and waits for the whole answer. `headers`: complete lines. */
  async post(path: string, headers: string, { pieces, size }: Pick<Prepared, 'pieces' | 'size'>): Promise<Answered> {
    const began = performance.now();
    const head = `POST ${path} HTTP/1.1\r\nHost: ${this.#host}\r\n${headers}Content-Length: ${size}\r\n\r\n`;
    this.#socket.cork();
    this.#socket.write(head, 'latin1');
    let free = true;
    let gone = began;
    for (const piece of pieces) {
      if (!free) await this.#drained();
      free = this.#socket.write(piece, () => {
        gone = performance.now();
      });
      if (!free) this.#socket.uncork();
    }
    this.#socket.uncork();
    const { status, body } = await this.#answer();
    const answered = performance.now();
    return { status, body, milliseconds: answered - began, afterLastByte: answered - gone };
  }

  close(): void {
    this.#socket.destroy();
  }

  async #drained(): Promise<void> {
    if (this.#failed !== undefined) throw this.#failed;
    if (!this.#socket.writableNeedDrain) return;
    const over = new AbortController();
    const heard = ['drain', 'close'].map((event) => once(this.#socket, event, { signal: over.signal }).catch(() => undefined));
    await Promise.race(heard);
    over.abort();
  }

  async #answer(): Promise<{ status: number; body: Buffer }> {
    for (;;) {
      const all = this.#received.length === 1 ? (this.#received[0] as Buffer) : Buffer.concat(this.#received);
      const end = all.indexOf('\r\n\r\n');
      if (end >= 0) {
        const head = all.toString('latin1', 0, end);
        const length = Number(/\r\ncontent-length: (\d+)/i.exec(head)?.[1] ?? Number.NaN);
        if (Number.isNaN(length)) throw new Error(`an answer without Content-Length: ${head}`);
        if (all.length >= end + 4 + length) {
          this.#received = [];
          return { status: Number(head.slice(9, 12)), body: all.subarray(end + 4, end + 4 + length) };
        }
      }
      this.#received = [all];
      if (this.#failed !== undefined) throw this.#failed;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }
}
