import type pg from 'pg';
import type { Queryable } from './pool.ts';

/**
 * Feeds that never skip. Positions come from sequences, and a transaction with a smaller position may commit after one with a
 * larger. So every writer holds a shared advisory lock of the feed from before it draws a position until it commits, and a reader
 * takes the lock exclusively for an instant, noting the last position drawn: all up to there is committed and visible,
 * all that comes is larger. Locks of agencies fall into 64 buckets; everybody takes them in ascending order.
 */
export const eventFeed = 1;
const receiptFeed = 2;
const inboxFeed = 3;

const buckets = 64;

/** The bucket of an agency's feeds: the last byte of its id. */
function bucketOf(agencyId: string): number {
  return Number.parseInt(agencyId.slice(-2), 16) % buckets;
}

/** Locks that a writer takes (shared), as two arrays for `unnest`: classes and keys, ascending. */
export interface FeedLocks {
  readonly classes: number[];
  readonly keys: number[];
}

/** The locks for writing events, and receipts of `senders`, and inbox entries of `recipients`. */
export function locksFor(senders: readonly string[], recipients: readonly string[]): FeedLocks {
  const locks: [number, number][] = [[eventFeed, 0], ...keysOf(receiptFeed, senders), ...keysOf(inboxFeed, recipients)];
  return { classes: locks.map(([c]) => c), keys: locks.map(([, k]) => k) };
}

function keysOf(feed: number, agencies: Iterable<string>): [number, number][] {
  const keys = [...new Set([...agencies].map(bucketOf))].sort((a, b) => a - b);
  return keys.map((key) => [feed, key]);
}

/** Takes those locks in a transaction, which holds them to its end. */
export async function takeFeeds(client: Queryable, senders: readonly string[], recipients: readonly string[]): Promise<void> {
  const { classes, keys } = locksFor(senders, recipients);
  await client.query('select pg_advisory_xact_lock_shared(c, k) from unnest($1::int[], $2::int[]) as u(c, k)', [classes, keys]);
}

/** Expression for a CTE that takes the locks of $1::int[] and $2::int[]; all that draws positions must select from it. */
export const takeLocks = `
  locks as materialized (
    select count(*) as n from (
      select pg_advisory_xact_lock_shared(c, k) from unnest($1::int[], $2::int[]) as u(c, k)
    ) as taken
  )`;

/** The last position drawn from the receipts of these agencies, all up to it visible. */
export const settledReceipts = (pool: pg.Pool, agencies: Iterable<string>) => settled(pool, receiptFeed, agencies, 'receipts_position_seq');

/** The last position drawn from the inboxes of these agencies, all up to it visible. */
export const settledInbox = (pool: pg.Pool, agencies: Iterable<string>) => settled(pool, inboxFeed, agencies, 'inbox_positions');

async function settled(pool: pg.Pool, feed: number, agencies: Iterable<string>, sequence: string): Promise<number> {
  return barrier(pool, keysOf(feed, agencies), sequence);
}

/** Waits for every writer that holds one of these locks now, and returns the last value of the sequence. */
export async function barrier(pool: pg.Pool, locks: readonly (readonly [number, number])[], sequence: string): Promise<number> {
  const take = locks.map(([feed, key]) => `select pg_advisory_xact_lock(${feed}, ${key});`).join('');
  const results = await pool.query(`begin; ${take} select last_value from ${sequence}; commit`);
  const list = results as unknown as pg.QueryResult<{ last_value: number }>[];
  return list[list.length - 2]?.rows[0]?.last_value ?? 0;
}
