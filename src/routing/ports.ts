/**
 * Words of this code base, each for one thing:
 *
 * - package: what arrived, byte for byte; never changes.
 * - message: what a package says: a document (new, recall, update, replace) or a status.
 * - delivery: one message on its way to one recipient; the unit of work.
 * - attempt: one try of a delivery, with its outcome or our own fault; append-only.
 * - receipt: what the gateway states about a package or a delivery, signed; append-only.
 * - event: one change of state, with actor, reason and time; append-only and hash-chained.
 * - lane: the queue a delivery goes through: `urgent` or `ordinary`.
 * - turn: how often a delivery became `waiting`; never reset, so a late ring can't be taken for a new one.
 * - run: a long base64 text lifted out of a package while it streams in.
 *
 * The ports below are what the core asks of the world. Each is as small as its use.
 */
import type { Examined, Lifted, Run } from './package.ts';

/** The present moment. */
export type Now = () => Date;

/** A new time-ordered id (UUIDv7, RFC 9562) for things that begin now. */
export type NewId = () => string;

/**
 * Where the lift puts the bytes of a run while they stream by. Backpressure: a returned promise is waited for.
 * `close` ends the run and tells where its bytes are; `takeBack` ends it and returns the bytes, when the text turned out to be no run.
 */
export interface RunWriter {
  write(chunk: Uint8Array): void | Promise<void>;
  close(): Promise<Pick<Run, 'path' | 'start' | 'length' | 'sha256'>>;
  takeBack(): Promise<Uint8Array>;
}

/** Opens a place for the next run. `at` is its byte offset in the received body. */
export type OpenRun = (at: number) => RunWriter;

/**
 * A body taken in: on disk, not yet ours. `keep` makes its runs durable in the content store (write, fsync, rename) and may be
 * called once; `discard` removes what is left and never throws. One of both is always called.
 */
export interface Taken {
  readonly lifted: Lifted;
  keep(): Promise<void>;
  discard(): Promise<void>;
}

/**
 * Streams a body to disk, lifted, in memory that does not grow with the body.
 * Throws Rejection PACKAGE_TOO_LARGE, TEXT_TOO_LARGE, BODY_INCOMPLETE; DISK_FULL when the disk is.
 */
export type TakeIn = (body: AsyncIterable<Uint8Array>) => Promise<Taken>;

/** How a package came, as far as it matters for reading it. */
export interface Circumstances {
  /** What an agency is refused for is in part only a warning when it came over a route from the axis, which enforces it nowhere (domain A19). */
  readonly origin: 'agency' | 'axis';
  /** Undeclared prefixes that have only one meaning are mended for reading, with a warning; a signature then counts for nothing. */
  readonly repairsPrefixes: boolean;
}

/** Parses, checks against schema and rules, reads. Returns every problem it finds and never throws for bad input. */
export type Examine = (lifted: Lifted, circumstances: Circumstances) => Promise<Examined>;

/** A ring of the doorbell: this delivery has something to do. */
export interface Ring {
  readonly deliveryId: string;
  readonly turn: number;
  readonly lane: 'urgent' | 'ordinary';
  /** The recipient, so that a worker keeps within its cap before it claims. */
  readonly agencyId: string;
  /** Milliseconds from now until it is to ring; at once when absent. */
  readonly delay?: number;
}

/** Wakes workers. May lose a ring or ring twice: the truth is in the store, the sweeper rings again. Never throws. */
export type RingQueue = (rings: readonly Ring[]) => void;
