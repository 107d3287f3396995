import { Pool } from 'pg';
import type { Backend } from '../../src/queue/backend.ts';
import { openBackend } from '../../src/queue/backend.ts';
import type { Ring } from '../../src/routing/ports.ts';
import { testDatabase } from '../support/database.ts';
import { redisFound, testRedis } from '../support/redis.ts';
import { asAdmin, testServer } from '../support/server.ts';

/** A place of the queue that belongs to one test file. */
export interface TestPlace {
  open(): Promise<Backend>;
  /** Loses every ring. */
  flush(): Promise<void>;
  /** The place ends all connections and takes none for so many milliseconds; absent when that can't be staged. */
  readonly goAway?: (milliseconds: number) => Promise<void>;
  close(): Promise<void>;
}

export const silent = { info: () => undefined, warn: () => undefined };

async function onPostgres(): Promise<TestPlace> {
  const database = await testDatabase({ empty: true });
  const pool = new Pool({ connectionString: database.url, max: 8 });
  pool.on('error', () => undefined);
  const name = new URL(database.url).pathname.slice(1);
  const { url } = testServer();
  return {
    open: () => openBackend({ pool }, silent),
    async flush() {
      await database.pool.query('truncate bullmq.job cascade');
    },
    async goAway(milliseconds) {
      await asAdmin(url, `alter database ${name} allow_connections false`);
      await asAdmin(url, `select pg_terminate_backend(pid) from pg_stat_activity where datname = '${name}'`);
      await new Promise((resolve) => setTimeout(resolve, milliseconds));
      await asAdmin(url, `alter database ${name} allow_connections true`);
    },
    async close() {
      await pool.end();
      await database.drop();
    },
  };
}

async function onRedis(): Promise<TestPlace> {
  const redis = await testRedis();
  return {
    open: () => openBackend({ redisUrl: redis.url, prefix: redis.prefix }, silent),
    flush: redis.flush,
    close: redis.close,
  };
}

/** Both places that the queue can live in; the second is left out, with a word, when there is no Redis. */
export const places: [string, () => Promise<TestPlace>][] = redisFound
  ? [
      ['PostgreSQL', onPostgres],
      ['Redis', onRedis],
    ]
  : [['PostgreSQL', onPostgres]];

if (!redisFound) process.stderr.write('There is no Redis here: tests of the queue on Redis are left out.\n');

let made = 0;

/** A ring of its own. */
export function newRing(more: Partial<Ring> = {}): Ring {
  made += 1;
  return { deliveryId: idOf(made), turn: 1, lane: 'ordinary', agencyId: idOf(0), ...more };
}

/** A UUID made from a number. */
export function idOf(n: number): string {
  return `01990000-0000-7000-8000-${n.toString(16).padStart(12, '0')}`;
}

/**
 * Waits until this is true, at most so many milliseconds; throws what it waited for in vain. Without a limit of its own it only ends what
 * hangs, on a machine however busy.
 */
export async function until(what: string, isTrue: () => boolean | Promise<boolean>, milliseconds = 90_000): Promise<void> {
  const end = Date.now() + milliseconds;
  while (!(await isTrue())) {
    if (Date.now() > end) throw new Error(`waited in vain for: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
