import type { Socket } from 'node:net';
import { connect } from 'node:net';
import type { ScanAnswer, ScanBytes } from '../../routing/scan.ts';
import { ScannerAway } from '../../routing/scan.ts';

/** Where clamd listens. */
export type ScannerAddress = { readonly path: string } | { readonly host: string; readonly port: number };

/** How it is asked: connections at once, milliseconds to connect, without any progress, and for the verdict after the last byte. */
export interface ScannerSettings {
  readonly address: ScannerAddress;
  readonly connections: number;
  readonly connectWithin: number;
  readonly idleWithin: number;
  readonly answerWithin: number;
}

const CHUNK_BYTES = 1 << 18;
const ANSWER_BYTES = 4096;

/**
 * Asks clamd about a stream of bytes (INSTREAM, clamd(8)): chunks with their length before them, the next one when the socket took the
 * last. Memory does not grow with the stream. Throws ScannerAway for whatever is no verdict; what the stream throws is thrown on.
 */
export function createScanner(settings: ScannerSettings): ScanBytes {
  let free = settings.connections;
  const line: (() => void)[] = [];

  async function enter(): Promise<void> {
    if (free > 0) {
      free--;
      return;
    }
    await new Promise<void>((resolve) => line.push(resolve));
  }

  function leave(): void {
    const next = line.shift();
    if (next === undefined) free++;
    else next();
  }

  return async function scan(bytes) {
    await enter();
    try {
      return await ask(bytes, settings);
    } finally {
      leave();
    }
  };
}

async function ask(bytes: AsyncIterable<Uint8Array>, settings: ScannerSettings): Promise<ScanAnswer> {
  const conversation = new Conversation(settings);
  try {
    await conversation.open();
    await conversation.send(Buffer.from('zINSTREAM\0'));
    for await (const piece of bytes) {
      for (let at = 0; at < piece.length; at += CHUNK_BYTES) {
        if (!(await conversation.sendChunk(piece.subarray(at, at + CHUNK_BYTES)))) return read(await conversation.answer());
      }
    }
    await conversation.send(Buffer.alloc(4));
    return read(await conversation.answer());
  } catch (error) {
    if (error instanceof ScannerAway && conversation.hungUp && (await refusesSize(conversation.sent, settings)))
      return { verdict: 'too-large' };
    throw error;
  } finally {
    conversation.end();
  }
}

/**
 * Whether clamd refuses a stream of so many bytes for its size. It says so when it hangs up on one, too, but what it says is lost when a
 * byte of ours reaches the closed connection first. On a new connection the length alone is announced, which it refuses without any
 * bytes (the limit is compared with the length of a chunk before the chunk is read); of a length that it takes it says nothing.
 */
async function refusesSize(bytes: number, settings: ScannerSettings): Promise<boolean> {
  const conversation = new Conversation({ ...settings, answerWithin: settings.connectWithin });
  try {
    await conversation.open();
    const length = Buffer.alloc(4);
    length.writeUInt32BE(Math.min(bytes, 0xffff_ffff));
    await conversation.send(Buffer.concat([Buffer.from('zINSTREAM\0'), length]));
    return read(await conversation.answer()).verdict === 'too-large';
  } catch (error) {
    if (error instanceof ScannerAway) return false;
    throw error;
  } finally {
    conversation.end();
  }
}

/** The verdict in an answer of clamd. Throws ScannerAway for anything else. */
export function read(answer: string): ScanAnswer {
  const [, verdict = ''] = /^stream: (.*)$/s.exec(answer) ?? [];
  if (verdict === 'OK') return { verdict: 'clean' };
  const found = / FOUND$/.exec(verdict);
  if (found !== null) return { verdict: 'infected', signature: verdict.slice(0, found.index).slice(0, 200) };
  if (/size limit exceeded/i.test(answer)) return { verdict: 'too-large' };
  throw new ScannerAway(`clamd answered "${answer.slice(0, 200)}"`);
}

/** One connection with clamd. Everything that goes wrong with it is ScannerAway. */
class Conversation {
  readonly #settings: ScannerSettings;
  readonly #socket: Socket;
  #answer = '';
  #sent = 0;
  #closed = false;
  #failure: ScannerAway | undefined;
  #wake: () => void = () => undefined;

  constructor(settings: ScannerSettings) {
    this.#settings = settings;
    this.#socket = connect(settings.address);
    this.#socket.on('data', (data) => {
      if (this.#answer.length < ANSWER_BYTES) this.#answer += data.toString('latin1');
      this.#wake();
    });
    this.#socket.on('drain', () => this.#wake());
    this.#socket.on('connect', () => this.#wake());
    this.#socket.on('error', (error) => {
      this.#failure ??= new ScannerAway(`clamd: ${error.message}`);
      this.#wake();
    });
    this.#socket.on('close', () => {
      this.#closed = true;
      this.#wake();
    });
  }

  async open(): Promise<void> {
    await this.#until(() => !this.#socket.connecting, this.#settings.connectWithin, 'did not take the connection');
    if (this.#failure !== undefined) throw this.#failure;
  }

  /** True when the connection ended while a stream was on its way, without an answer. */
  get hungUp(): boolean {
    return this.#sent > 0 && this.#answer === '' && (this.#closed || this.#failure !== undefined);
  }

  /** Bytes of the stream that were announced so far. */
  get sent(): number {
    return this.#sent;
  }

  /** False when clamd has answered already: it wants no more. */
  async sendChunk(chunk: Uint8Array): Promise<boolean> {
    if (this.#answered()) return false;
    this.#sent += chunk.length;
    const length = Buffer.alloc(4);
    length.writeUInt32BE(chunk.length);
    this.#socket.write(length);
    await this.send(chunk);
    return !this.#answered();
  }

  async send(bytes: Uint8Array): Promise<void> {
    if (this.#answered()) return;
    if (this.#socket.write(bytes)) return;
    await this.#until(() => !this.#socket.writableNeedDrain || this.#answered(), this.#settings.idleWithin, 'takes no more bytes');
  }

  /** What clamd says. It may close the connection on a stream that is too long while bytes are still on their way. */
  async answer(): Promise<string> {
    await this.#until(() => this.#answer.includes('\0') || this.#closed, this.#settings.answerWithin, 'does not answer');
    const [answer = ''] = this.#answer.split('\0');
    if (answer === '') throw this.#failure ?? new ScannerAway('clamd closed the connection without an answer');
    return answer;
  }

  end(): void {
    this.#socket.destroy();
  }

  #answered(): boolean {
    return this.#answer !== '' || this.#closed || this.#failure !== undefined;
  }

  async #until(done: () => boolean, within: number, what: string): Promise<void> {
    const ends = performance.now() + within;
    while (!done()) {
      const left = ends - performance.now();
      if (left <= 0) throw new ScannerAway(`clamd ${what} within ${Math.round(within / 1000)} s`);
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, left);
        this.#wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
  }
}
