import type pg from 'pg';
import type { Now, Ring } from '../../routing/ports.ts';
import type { Overdue } from '../../routing/sweep.ts';
import { inTransaction } from './pool.ts';

/** What the sweeper finds on PostgreSQL. `worker` is the number of this process: its own leases are alive. */
export function createOverdue(pool: pg.Pool, worker: number, now: Now): Overdue {
  return {
    due: (limit, perRecipient) => due(pool, limit, perRecipient, new Date(now().getTime() - 1000)),
    expired: (limit) => expired(pool, limit, now()),
    abandoned: () => abandoned(pool, worker),
  };
}

async function due(pool: pg.Pool, limit: number, perRecipient: number, before: Date): Promise<Ring[]> {
  const { rows } = await pool.query<{ id: string; turn: number; urgency: number; agency_id: string }>({
    name: 'due',
    // hops from recipient to recipient along the index, so a backlog of one costs the others nothing
    text: `with recursive recipients as (
        (select agency_id from deliveries where state = 'waiting' and channel in ('push', 'upward') order by agency_id limit 1)
        union all
        select (
          select d.agency_id from deliveries d
          where d.state = 'waiting' and d.channel in ('push', 'upward') and d.agency_id > r.agency_id order by d.agency_id limit 1
        ) from recipients r where r.agency_id is not null
      )
      select x.* from recipients r
      left join breakers b on b.agency_id = r.agency_id
      cross join lateral (
        select y.* from generate_series(4, 0, -1) as u(urgency)
        cross join lateral (
          select d.id, d.turn, d.urgency, d.agency_id, d.due_at from deliveries d
          where d.agency_id = r.agency_id and d.urgency = u.urgency and d.state = 'waiting' and d.channel in ('push', 'upward') and d.due_at <= $1
            and d.gate is null and (d.lease_until is null or d.lease_until < now())
          order by d.due_at limit $2
        ) as y
        limit case when b.probe_at is null then $2 * 2 else 1 end
      ) as x
      where r.agency_id is not null and (b.probe_at is null or b.probe_at <= now())
      order by x.urgency desc, x.due_at limit $3`,
    values: [before, perRecipient, limit],
  });
  return rows.map((row) => ({
    deliveryId: row.id,
    turn: row.turn,
    lane: row.urgency >= 1 ? 'urgent' : 'ordinary',
    agencyId: row.agency_id,
  }));
}

async function expired(pool: pg.Pool, limit: number, now: Date): Promise<string[]> {
  const { rows } = await pool.query<{ id: string }>({
    name: 'expired',
    text: `select x.id from generate_series(0, 4) as u(urgency) cross join lateral (
        select id from deliveries
        where state = 'waiting' and urgency = u.urgency and deadline_at <= $1 and (lease_until is null or lease_until < now())
        order by deadline_at limit $2
      ) as x limit $2`,
    values: [now, limit],
  });
  return rows.map((row) => row.id);
}

const workerLock = 10;
/** A statement of a worker that is gone ends in this time, be it a claim: longer than the pool lets any run. */
const lastStatement = '1 minute';

/** Breaks leases whose worker's session lock is free: that process is gone, its leases need not run out. */
async function abandoned(pool: pg.Pool, worker: number): Promise<number> {
  const { rows } = await pool.query<{ number: number }>(
    `select number from worker_seats where number <> $1 and (gone_at is null or gone_at < now() - $2::interval)`,
    [worker, lastStatement],
  );
  let broken = 0;
  for (const { number } of rows) broken += await inTransaction(pool, (client) => breakLeases(client, number));
  return broken;
}

/** Looks through all that waits, when the worker is first found gone and once more when nothing of it can be under way: then its seat goes. */
async function breakLeases(client: pg.PoolClient, worker: number): Promise<number> {
  const lock = await client.query<{ gone: boolean }>('select pg_try_advisory_xact_lock($1, $2) as gone', [workerLock, worker]);
  if (!lock.rows[0]?.gone) return 0;
  const { rowCount } = await client.query(
    `update deliveries set lease_until = now() - interval '1 second'
     where leased_by = $1 and lease_until > now() and state = 'waiting' and channel in ('push', 'upward')`,
    [worker],
  );
  await client.query('delete from worker_seats where number = $1 and gone_at is not null', [worker]);
  await client.query('update worker_seats set gone_at = now() where number = $1', [worker]);
  return rowCount ?? 0;
}

/** This process as a holder of leases: a number of its own, and a session that holds its lock for as long as the process lives. */
export interface WorkerSeat {
  readonly number: number;
  release(): Promise<void>;
}

/**
 * Takes a seat. When the session breaks (database restart) the lock is taken again on a new one, as soon as the database answers.
 * `onLost` is told of every break.
 */
export async function takeSeat(pool: pg.Pool, onLost: (error: Error) => void): Promise<WorkerSeat> {
  const { rows } = await pool.query<{ number: number }>(`select nextval('worker_numbers')::int as number`);
  const number = rows[0]?.number as number;
  let client: pg.PoolClient | undefined;
  let released = false;

  async function sit(): Promise<void> {
    const session = await pool.connect();
    session.once('error', (error) => {
      session.release(true);
      onLost(error);
      again();
    });
    await session.query('select pg_advisory_lock($1, $2)', [workerLock, number]);
    await session.query('insert into worker_seats (number) values ($1) on conflict (number) do update set gone_at = null', [number]);
    client = session;
  }

  function again(): void {
    if (released) return;
    setTimeout(() => sit().catch(again), 500).unref();
  }

  await sit();
  return {
    number,
    async release() {
      released = true;
      client?.release(true);
    },
  };
}
