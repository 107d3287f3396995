import { createHash } from 'node:crypto';
import { closeSync } from 'node:fs';
import { mkdir, readFile, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Run } from '../../routing/package.ts';
import type { RunWriter } from '../../routing/ports.ts';
import { datasync, onDisk, open, write } from './disk.ts';

/** The run of a usual attachment of some hundred KB is one block. */
const BLOCK_BYTES = 1 << 19;
/** Blocks that no file uses: memory outside the heap costs more to get and to collect than to fill. At most 16 MiB. */
const spareBlocks: Buffer[] = [];
const SPARE_BLOCKS = 32;

/**
 * Writes one run to a file of its own and hashes it. Two blocks of 512 KiB at most are in memory: one is filled while the other is written.
 * The file is made when the first block is full or the run is closed: a run that is taken back early never touches the disk.
 * A closed file stays open for `sync` if `stayOpen` says so; `abandon` closes it.
 */
export class RunFile implements RunWriter {
  readonly #path: string;
  readonly #reserve: () => Promise<void>;
  readonly #hash = createHash('sha256');
  readonly #stayOpen: boolean;
  #block: Buffer = newBlock();
  #spare: Buffer | undefined;
  #filled = 0;
  #length = 0;
  /** Its descriptor. Nobody closes it while something is being done with it. */
  #file: number | undefined;
  #writing: Promise<void> = Promise.resolve();

  /** `reserve` is asked before each block and throws when the disk is too full for it. */
  constructor(path: string, reserve: () => Promise<void>, stayOpen: boolean) {
    this.#path = path;
    this.#reserve = reserve;
    this.#stayOpen = stayOpen;
  }

  write(chunk: Uint8Array): void | Promise<void> {
    if (this.#filled + chunk.length > BLOCK_BYTES) return this.#writeLarge(chunk);
    this.#block.set(chunk, this.#filled);
    this.#filled += chunk.length;
  }

  async close(): Promise<Pick<Run, 'path' | 'start' | 'length' | 'sha256'>> {
    await this.#flush('last');
    await this.#writing;
    this.#giveBackBlocks();
    if (!this.#stayOpen) await this.abandon();
    return { path: this.#path, start: 0, length: this.#length, sha256: this.#hash.digest('hex') };
  }

  async takeBack(): Promise<Uint8Array> {
    if (this.#length === 0) return this.#block.subarray(0, this.#filled);
    await this.#flush();
    await this.#writing;
    await this.abandon();
    const bytes = await readFile(this.#path);
    await rm(this.#path);
    return bytes;
  }

  /** Makes what was written durable. May be called after `close`. */
  async sync(): Promise<void> {
    const file = this.#file ?? (await open(this.#path, 'r+', 0));
    this.#file = file;
    this.#writing = datasync(file);
    await this.#writing;
    if (!this.#stayOpen) await this.abandon();
  }

  /** Lets go of the file, which stays where it is. Never throws. */
  async abandon(): Promise<void> {
    await this.#writing.catch(() => undefined);
    if (this.#file === undefined) return;
    try {
      // what it holds is written already, or worth nothing
      closeSync(this.#file);
    } catch {
      // the descriptor is gone all the same
    }
    this.#file = undefined;
  }

  async #writeLarge(chunk: Uint8Array): Promise<void> {
    let at = 0;
    while (at < chunk.length) {
      const part = chunk.subarray(at, at + BLOCK_BYTES - this.#filled);
      this.#block.set(part, this.#filled);
      this.#filled += part.length;
      at += part.length;
      if (this.#filled === BLOCK_BYTES) await this.#flush();
    }
  }

  async #flush(block?: 'last'): Promise<void> {
    if (this.#filled === 0) return;
    await this.#writing;
    const bytes = this.#block.subarray(0, this.#filled);
    this.#hash.update(bytes);
    this.#writing = this.#append(bytes, this.#length);
    // An error is met by whoever waits for this block next.
    this.#writing.catch(() => undefined);
    this.#length += this.#filled;
    this.#filled = 0;
    if (block === 'last') return;
    const spare = this.#spare ?? newBlock();
    this.#spare = this.#block;
    this.#block = spare;
  }

  #giveBackBlocks(): void {
    for (const block of [this.#block, this.#spare]) if (block !== undefined && spareBlocks.length < SPARE_BLOCKS) spareBlocks.push(block);
    this.#block = this.#spare = Buffer.alloc(0);
  }

  async #append(bytes: Buffer, at: number): Promise<void> {
    await this.#reserve();
    const file = this.#file ?? (await onDisk(create(this.#path)));
    this.#file = file;
    for (let done = 0; done < bytes.length; ) {
      const { bytesWritten } = await onDisk(write(file, bytes, done, bytes.length - done, at + done));
      done += bytesWritten;
    }
  }
}

function newBlock(): Buffer {
  return spareBlocks.pop() ?? Buffer.allocUnsafeSlow(BLOCK_BYTES);
}

async function create(path: string): Promise<number> {
  try {
    return await open(path, 'wx', 0o600);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    await mkdir(dirname(path), { recursive: true, mode: 0o700 });
    return open(path, 'wx', 0o600);
  }
}
