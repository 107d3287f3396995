import { Worker } from 'node:worker_threads';
import type { Examined } from '../../routing/package.ts';
import { Rejection, reject } from '../../routing/problem.ts';
import type { Answer, Order } from './examine-messages.ts';
import { packOrder } from './examine-messages.ts';

/** One package on its way through the pool. `big`: its attachments make it take long. `timeLimit` in milliseconds of examination. */
export interface Job extends Order {
  readonly big: boolean;
  readonly timeLimit: number;
  resolve(examined: Examined): void;
  reject(error: unknown): void;
}

/** What the pool hears of a thread. `ended` comes once; `unfinished` were never begun and can be given to another thread. */
export interface ThreadEvents {
  ready(thread: ExamineThread): void;
  answered(thread: ExamineThread, milliseconds: number): void;
  ended(thread: ExamineThread, unfinished: readonly Job[], error: Error): void;
}

/** JavaScript heap of a thread: a package's text is at most a few MB, so whoever needs more is an attack or a mistake. */
const HEAP_MEGABYTES = 512;
/** Small jobs, and bytes of their packages, that may lie with a thread at once: some 20 ms of work. */
const QUEUED_JOBS = 32;
const QUEUED_BYTES = 1 << 21;

/**
 * A worker thread and the jobs that were sent to it, examined one after the other. Small jobs may wait behind small ones, so that the
 * thread need not idle until the next order arrives. A job that takes too long or kills the thread fails alone.
 */
export class ExamineThread {
  readonly #worker: Worker;
  readonly #events: ThreadEvents;
  readonly #jobs: Job[] = [];
  #timer: NodeJS.Timeout | undefined;
  #begun = 0;
  #ended = false;
  isReady = false;
  /** Gets no more jobs. */
  retiring = false;
  #jobsDone = 0;
  #memory = 0;

  constructor(entry: URL, events: ThreadEvents) {
    this.#events = events;
    this.#worker = new Worker(entry, { resourceLimits: { maxOldGenerationSizeMb: HEAP_MEGABYTES } });
    this.#worker.on('message', (answer: Answer) => this.#hear(answer));
    this.#worker.on('error', (error) => this.#end(error instanceof Error ? error : new Error(String(error))));
    this.#worker.on('exit', (code) => this.#end(new Error(`examination thread exited with code ${code}`)));
  }

  get jobs(): readonly Job[] {
    return this.#jobs;
  }

  /** True once it has done so many jobs or holds more bytes than this outside the JavaScript heap. */
  isWorn(jobs: number, bytes: number): boolean {
    return this.#jobsDone >= jobs || this.#memory > bytes;
  }

  /** Counts its wear from zero again. */
  renew(): void {
    this.#jobsDone = 0;
    this.#memory = 0;
  }

  canTake(job: Job): boolean {
    if (!this.isReady || this.retiring || this.#ended) return false;
    if (this.#jobs.length === 0) return true;
    if (job.big || this.#jobs.some(({ big }) => big)) return false;
    const bytes = this.#jobs.reduce((sum, { lifted }) => sum + lifted.size, job.lifted.size);
    return this.#jobs.length < QUEUED_JOBS && bytes <= QUEUED_BYTES;
  }

  take(job: Job): void {
    const { message, transfer } = packOrder({ id: job.id, lifted: job.lifted, limits: job.limits });
    this.#jobs.push(job);
    this.#worker.postMessage(message, transfer);
    if (this.#jobs.length === 1) this.#begin(job);
  }

  /** Ends the thread; jobs that it has fail or come back through `ended`. */
  async stop(): Promise<void> {
    await this.#worker.terminate();
  }

  #begin(job: Job): void {
    this.#begun = performance.now();
    this.#timer = setTimeout(() => this.#giveUp(job), job.timeLimit);
  }

  #giveUp(job: Job): void {
    this.#jobs.shift();
    job.reject(reject('EXAMINE_TIMEOUT', { params: { seconds: Math.round(job.timeLimit / 1000) } }));
    this.#abandon(new Error(`examination took longer than ${job.timeLimit} ms`));
  }

  #abandon(error: Error): void {
    this.#endWith(error, this.#jobs.splice(0));
    void this.#worker.terminate();
  }

  #hear(answer: Answer): void {
    if (this.#ended) return;
    if (answer.kind === 'ready') {
      this.isReady = true;
      this.#events.ready(this);
      return;
    }
    const [job] = this.#jobs;
    if (job?.id !== answer.id) {
      this.#abandon(new Error('examination thread answered out of order'));
      return;
    }
    this.#jobs.shift();
    clearTimeout(this.#timer);
    const took = performance.now() - this.#begun;
    const [next] = this.#jobs;
    if (next !== undefined) this.#begin(next);
    this.#settle(job, answer);
    if (answer.kind === 'fault' && answer.broken) this.#abandon(new Error(answer.message));
    else this.#events.answered(this, took);
  }

  #settle(job: Job, answer: Exclude<Answer, { kind: 'ready' }>): void {
    this.#jobsDone++;
    if (answer.kind === 'examined') {
      this.#memory = answer.memory;
      job.resolve(answer.examined);
    } else if (answer.kind === 'refused') {
      job.reject(new Rejection(answer.problems));
    } else {
      job.reject(Object.assign(new Error(answer.message), { stack: answer.stack }));
    }
  }

  /** The thread is dead: the job it was at fails as a fault of ours, the one behind it was not begun. */
  #end(error: Error): void {
    if (this.#ended) return;
    const [running, ...unfinished] = this.#jobs.splice(0);
    running?.reject(error);
    this.#endWith(error, unfinished);
  }

  #endWith(error: Error, unfinished: readonly Job[]): void {
    this.#ended = true;
    clearTimeout(this.#timer);
    this.#events.ended(this, unfinished, error);
  }
}
