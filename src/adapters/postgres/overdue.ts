import type pg from 'pg';
import type { Now, Ring } from '../../routing/ports.ts';
import type { Overdue } from '../../routing/sweep.ts';

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

/** Breaks leases whose worker's session lock is free: that process is gone, its leases need not run out. */
async function abandoned(pool: pg.Pool, worker: number): Promise<number> {
  const holders = await pool.query<{ leased_by: number }>('select distinct leased_by from deliveries where leased_by is not null');
  let broken = 0;
  for (const { leased_by } of holders.rows) {
    if (leased_by === worker) continue;
    const { rowCount } = await pool.query(
      `with gone as materialized (select pg_try_advisory_xact_lock($1, $2) as gone)
       update deliveries set lease_until = now() - interval '1 second' from gone
       where gone.gone and leased_by = $2 and lease_until > now()`,
      [workerLock, leased_by],
    );
    broken += rowCount ?? 0;
  }
  return broken;
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
