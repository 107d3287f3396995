import type { BackendFactory, IQueueBackend, Job, JobsOptions } from 'bullmq';
import { createPostgresBackend, createRedisBackend, runMigrations, withBackend } from 'bullmq';
import { Redis } from 'ioredis';
import type { Lane } from '../routing/delivery.ts';
import type { Ring } from '../routing/ports.ts';
import type { QueueLog } from './outage.ts';
import { createOutage } from './outage.ts';
import type { QueuePool } from './pool-session.ts';
import { sessionPool } from './pool-session.ts';

/**
 * Where the queue lives: on Redis, or on PostgreSQL through a pool that is the queue's alone. Every listener keeps one connection
 * of that pool for itself, so it needs at least two more than there are listeners.
 */
export type QueuePlace = { readonly redisUrl: string; readonly prefix?: string } | { readonly pool: QueuePool };

/** Rings in one lane, by what they wait for. */
export interface LaneDepth {
  readonly waiting: number;
  readonly delayed: number;
  readonly active: number;
}

/** The end of a lane where rings are put in. Its calls fail, or wait, while the place is away. */
export interface LaneQueue {
  add(rings: readonly Ring[]): Promise<void>;
  depth(): Promise<LaneDepth>;
  close(): Promise<void>;
}

/** The end of a lane where rings come out. `close` takes no more and waits for the running ones. */
export interface LaneListener {
  close(): Promise<void>;
}

/** What came of a ring: it is done with, or it is to ring again behind those that wait. */
export type Answer = 'done' | 'again';

/** BullMQ on one of its two backends, with the same meaning on both. */
export interface Backend {
  queue(lane: Lane): LaneQueue;
  listen(lane: Lane, concurrency: number, handle: (ring: Ring) => Promise<Answer>): Promise<LaneListener>;
  /** To be called when all queues and listeners are closed. A pool that was given stays open. */
  close(): Promise<void>;
}

interface Traits {
  readonly prefix?: string;
  /** From how many rings on one bulk call costs less than single ones. */
  readonly bulkFrom: number;
  /** True when a connection that is not there yet makes no difference: the client waits for it. */
  readonly patient: boolean;
}

type RingData = Pick<Ring, 'deliveryId' | 'turn' | 'agencyId'>;

const jobName = 'deliver';

/** Opens the place of the queue. On PostgreSQL this brings the schema `bullmq` up to date, and throws when the database is away. */
export async function openBackend(place: QueuePlace, log: QueueLog): Promise<Backend> {
  if ('pool' in place) {
    const pool = sessionPool(place.pool);
    const client = await pool.connect();
    await runMigrations(client).finally(() => client.release(true));
    // A bulk call makes two temporary tables: 8 ms and catalogue rows, whatever its size.
    return over(createPostgresBackend, pool, { bulkFrom: 16, patient: false }, log, async () => undefined);
  }
  const outage = createOutage(log, 'connection to Redis');
  const redis = new Redis(place.redisUrl, { maxRetriesPerRequest: null, connectTimeout: 5000 });
  redis.on('error', outage.failed);
  redis.on('ready', outage.worked);
  const traits = { prefix: place.prefix ?? '{lienthong}', bulkFrom: 2, patient: true };
  return over(createRedisBackend, redis, traits, log, async () => redis.disconnect());
}

function over<B extends IQueueBackend, C>(
  factory: BackendFactory<B, C>,
  connection: C,
  traits: Traits,
  log: QueueLog,
  close: () => Promise<void>,
): Backend {
  const { Queue, Worker } = withBackend(factory);
  const outage = createOutage(log, 'queue');
  const base = { connection, ...(traits.prefix === undefined ? {} : { prefix: traits.prefix }) };

  function open(lane: Lane) {
    // Nobody reads BullMQ's own events; they can't be switched off, only kept short.
    const opened = new Queue<RingData>(nameOf(lane), { ...base, streams: { events: { maxLen: 100 } } });
    opened.on('error', outage.failed);
    return opened;
  }

  function queue(lane: Lane): LaneQueue {
    const opened = open(lane);
    return {
      async add(rings) {
        const jobs = rings.map(jobOf);
        if (jobs.length >= traits.bulkFrom) await opened.addBulk(jobs);
        else await Promise.all(jobs.map((job) => opened.add(job.name, job.data, job.opts)));
      },
      async depth() {
        const { waiting = 0, delayed = 0, active = 0 } = await opened.getJobCounts('waiting', 'delayed', 'active');
        return { waiting, delayed, active };
      },
      close: () => opened.close(),
    };
  }

  async function listen(lane: Lane, concurrency: number, handle: (ring: Ring) => Promise<Answer>): Promise<LaneListener> {
    const opened = open(lane);
    const answer = async ({ data }: Job<RingData>) => {
      // Its own id is taken until it is answered, so the second ring gets one from BullMQ.
      if ((await handle({ ...data, lane })) === 'again') await opened.add(jobName, data, once);
    };
    const worker = new Worker<RingData>(nameOf(lane), answer, {
      ...base,
      concurrency,
      runRetryDelay: 1000,
      // A ring that a killed process had taken swallows every further one of its turn until BullMQ gives it up: after 10 to 15 s here.
      lockDuration: 10_000,
      stalledInterval: 5000,
      maxStalledCount: 1000,
      removeOnComplete: { count: 0 },
      removeOnFail: { count: 0 },
    });
    worker.on('error', outage.failed);
    worker.on('failed', (_, error) => log.warn({ err: error }, 'a ring was not answered'));
    if (!traits.patient) await worker.waitUntilReady();
    return {
      async close() {
        await worker.close();
        await opened.close();
      },
    };
  }

  return { queue, listen, close };
}

function nameOf(lane: Lane): string {
  return `deliver-${lane}`;
}

// An id that is still known, even as a finished job, would swallow the next ring of the same turn.
const once: JobsOptions = { attempts: 1, removeOnComplete: true, removeOnFail: true };

function jobOf({ deliveryId, turn, agencyId, delay }: Ring) {
  const opts: JobsOptions = {
    ...once,
    jobId: ringId({ deliveryId, turn }),
    ...(delay === undefined || delay <= 0 ? {} : { delay: Math.ceil(delay) }),
  };
  return { name: jobName, data: { deliveryId, turn, agencyId }, opts };
}

/** The id of a ring: the same delivery in the same turn has only one. */
export function ringId({ deliveryId, turn }: Pick<Ring, 'deliveryId' | 'turn'>): string {
  return `${deliveryId}-${turn}`;
}
