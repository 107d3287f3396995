import type pg from 'pg';
import type { EventName } from '../../routing/event.ts';
import type { Now } from '../../routing/ports.ts';
import type { Queryable } from './pool.ts';
import { inTransaction, orUnavailable } from './pool.ts';

/** Changes the register in one transaction with the event that says so. */
export type NotedChange = <T>(name: EventName, actor: string, reason: string, work: (client: Queryable) => Promise<T>) => Promise<T>;

/** Makes it for a database. Throws Rejection STORE_UNAVAILABLE when that is away. */
export function createNotedChange(pool: pg.Pool, now: Now): NotedChange {
  return (name, actor, reason, work) =>
    orUnavailable(() =>
      inTransaction(pool, async (client) => {
        await client.query('select pg_advisory_xact_lock_shared(1, 0)');
        const result = await work(client);
        await client.query('insert into events (name, at, actor, reason) values ($1, $2, $3, $4)', [name, now(), actor, reason]);
        return result;
      }),
    );
}
