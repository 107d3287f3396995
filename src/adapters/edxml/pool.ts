import { availableParallelism } from 'node:os';
import type { Examined, Lifted } from '../../routing/package.ts';
import { reject } from '../../routing/problem.ts';
import type { Job } from './examine-thread.ts';
import { ExamineThread } from './examine-thread.ts';
import type { ExamineLimits } from './limits.ts';

/** Settings of the pool; all have defaults. */
export interface PoolSettings {
  /** Worker threads; the number of cores unless set. */
  readonly threads: number;
  /** Milliseconds that an examination may take: `timeLimit` and for every MiB of the package `timePerMegabyte` more. */
  readonly timeLimit: number;
  readonly timePerMegabyte: number;
  /** Jobs, and bytes of their texts, that may wait for a thread. */
  readonly waitingJobs: number;
  readonly waitingBytes: number;
  /** A thread is replaced after so many jobs, or when it holds more bytes than this outside the JavaScript heap: wasm memory never shrinks. */
  readonly jobsPerThread: number;
  readonly bytesPerThread: number;
  /** The module that a thread runs. */
  readonly entry: URL;
}

/** Examines packages in worker threads. */
export interface ExaminePool {
  /**
   * As `examine`, in the next thread that has room, first come first served. Throws Rejection EXAMINE_TIMEOUT when it takes too long and
   * OVERLOADED when too many are waiting; an Error when the thread died of it.
   */
  examine(lifted: Lifted, limits: ExamineLimits): Promise<Examined>;
  /** Lets what was begun or is waiting finish, then ends all threads. Nothing new is taken. */
  close(): Promise<void>;
}

const defaults: PoolSettings = {
  threads: availableParallelism(),
  timeLimit: 10_000,
  timePerMegabyte: 100,
  waitingJobs: 2000,
  waitingBytes: 128 << 20,
  jobsPerThread: 200_000,
  bytesPerThread: 256 << 20,
  entry: new URL('./worker.js', import.meta.url),
};

const MEGABYTE = 1 << 20;
/** A package over this size is big: it may keep a thread for long, so big ones never get all threads. */
const BIG_OVER = MEGABYTE;
const RESTART_DELAY = 1000;

/** Starts the threads and waits until each has compiled the schema. Throws the Error of a thread that could not start. */
export async function startExaminePool(settings: Partial<PoolSettings> = {}): Promise<ExaminePool> {
  const pool = new Pool({ ...defaults, ...settings });
  await pool.start();
  return pool;
}

class Pool implements ExaminePool {
  readonly #settings: PoolSettings;
  readonly #threads = new Set<ExamineThread>();
  /** Worn threads, by the successor that is starting up. */
  readonly #successors = new Map<ExamineThread, ExamineThread>();
  readonly #waiting: Job[] = [];
  #waitingBytes = 0;
  #nextId = 0;
  #averageTime = 1;
  #closing = false;
  #onIdle: (() => void) | undefined;

  constructor(settings: PoolSettings) {
    this.#settings = settings;
  }

  async start(): Promise<void> {
    const starts = Array.from({ length: this.#settings.threads }, () => new Promise<void>((done, failed) => this.#spawn(done, failed)));
    await Promise.all(starts).catch(async (error: unknown) => {
      await this.close();
      throw error;
    });
  }

  examine(lifted: Lifted, limits: ExamineLimits): Promise<Examined> {
    if (this.#closing) return Promise.reject(new Error('the examination pool is closed'));
    const bytes = this.#waitingBytes + lifted.text.length;
    const full = this.#waiting.length >= this.#settings.waitingJobs || bytes > this.#settings.waitingBytes;
    if (full && this.#waiting.length > 0) return Promise.reject(reject('OVERLOADED', { params: { retryAfter: this.#secondsToWait() } }));
    return new Promise((resolve, refuse) => {
      const timeLimit = this.#settings.timeLimit + (lifted.size / MEGABYTE) * this.#settings.timePerMegabyte;
      const big = lifted.size > BIG_OVER;
      this.#waitingBytes = bytes;
      this.#waiting.push({ id: this.#nextId++, lifted, limits, big, timeLimit, resolve, reject: refuse });
      this.#dispatch();
    });
  }

  async close(): Promise<void> {
    this.#closing = true;
    if (!this.#isIdle() && this.#threads.size > 0) await new Promise<void>((done) => (this.#onIdle = done));
    await Promise.all([...this.#threads].map((thread) => thread.stop()));
  }

  #isIdle(): boolean {
    return this.#waiting.length === 0 && [...this.#threads].every((thread) => thread.jobs.length === 0);
  }

  /** Gives waiting jobs to threads, in order. A big job at its turn makes small ones wait until a thread is free for it. */
  #dispatch(): void {
    for (let index = this.#next(); index >= 0; index = this.#next()) {
      const job = this.#waiting[index] as Job;
      const thread = this.#ableTo(job);
      if (thread === undefined) return;
      this.#waiting.splice(index, 1);
      this.#waitingBytes -= job.lifted.text.length;
      thread.take(job);
    }
  }

  /** Index of the job whose turn it is: the first, unless it is big and the threads for big ones are taken. */
  #next(): number {
    const [first] = this.#waiting;
    if (first === undefined) return -1;
    if (!first.big) return 0;
    const bigNow = [...this.#threads].filter((thread) => thread.jobs.some((job) => job.big)).length;
    return bigNow < Math.max(1, this.#settings.threads - 1) ? 0 : this.#waiting.findIndex((job) => !job.big);
  }

  /** The first thread that has room: one that is busy and warm does small jobs with less than two that take turns at the processor. */
  #ableTo(job: Job): ExamineThread | undefined {
    for (const thread of this.#threads) if (thread.canTake(job)) return thread;
    return undefined;
  }

  #secondsToWait(): number {
    const seconds = (this.#waiting.length * this.#averageTime) / this.#settings.threads / 1000;
    return Math.min(60, Math.max(1, Math.ceil(seconds)));
  }

  #spawn(started?: () => void, failed?: (error: Error) => void): ExamineThread {
    const thread = new ExamineThread(this.#settings.entry, {
      ready: (ready) => {
        started?.();
        this.#retire(this.#successors.get(ready));
        this.#successors.delete(ready);
        this.#dispatch();
      },
      answered: (answering, milliseconds) => this.#afterAnswer(answering, milliseconds),
      ended: (ended, unfinished, error) => {
        failed?.(error);
        this.#afterEnd(ended, unfinished);
      },
    });
    this.#threads.add(thread);
    return thread;
  }

  #afterAnswer(thread: ExamineThread, milliseconds: number): void {
    this.#averageTime += (milliseconds - this.#averageTime) / 64;
    const worn = thread.isWorn(this.#settings.jobsPerThread, this.#settings.bytesPerThread);
    const hasSuccessor = thread.retiring || [...this.#successors.values()].includes(thread);
    if (worn && !hasSuccessor && !this.#closing) this.#successors.set(this.#spawn(), thread);
    if (thread.retiring) this.#retire(thread);
    this.#dispatch();
    if (this.#isIdle()) this.#onIdle?.();
  }

  /** Ends a thread as soon as it has no job left. */
  #retire(thread: ExamineThread | undefined): void {
    if (thread === undefined) return;
    thread.retiring = true;
    if (thread.jobs.length === 0) void thread.stop();
  }

  #afterEnd(thread: ExamineThread, unfinished: readonly Job[]): void {
    this.#threads.delete(thread);
    this.#waiting.unshift(...unfinished);
    for (const job of unfinished) this.#waitingBytes += job.lifted.text.length;
    const predecessor = this.#successors.get(thread);
    this.#successors.delete(thread);
    // A successor that could not start is tried again once its predecessor is worn once more.
    predecessor?.renew();
    const replaced = thread.retiring || predecessor !== undefined || [...this.#successors.values()].includes(thread);
    if (!replaced && (!this.#closing || this.#waiting.length > 0)) this.#replace(thread);
    this.#dispatch();
    if (this.#isIdle()) this.#onIdle?.();
  }

  #replace(thread: ExamineThread): void {
    if (thread.isReady) this.#spawn();
    // One that never got ready will hardly do so at once: the module or the memory is missing.
    else setTimeout(() => this.#closing || this.#spawn(), RESTART_DELAY).unref();
  }
}
