import type pg from 'pg';
import type { DeliveryState, Lane } from '../../routing/delivery.ts';
import type { Now } from '../../routing/ports.ts';

/** Figures of the whole store, for metrics. */
export interface StoreGauges {
  /** Exact but for `delivered`, which is the planner's estimate: counting years of them costs too much. */
  readonly deliveries: Readonly<Record<DeliveryState, number>>;
  /** Seconds since the oldest waiting delivery of the lane was accepted; 0 when none waits. */
  readonly oldestWaiting: Readonly<Record<Lane, number>>;
  readonly breakers: Readonly<Record<'open' | 'half-open' | 'closed', number>>;
}

const freshFor = 5000;

/** Reads the figures, at most once in five seconds however often it is asked. */
export function createGauges(pool: pg.Pool, now: Now): () => Promise<StoreGauges> {
  let last: { at: number; read: Promise<StoreGauges> } | undefined;
  return () => {
    const at = now().getTime();
    if (last === undefined || at - last.at > freshFor) {
      last = { at, read: read(pool, now()) };
      last.read.catch(() => {
        last = undefined;
      });
    }
    return last.read;
  };
}

async function read(pool: pg.Pool, now: Date): Promise<StoreGauges> {
  const states = await pool.query<{ state: DeliveryState; n: number }>(
    `select s.state, (select count(*) from deliveries d where d.state = s.state) as n
     from unnest(array['waiting', 'held', 'failed', 'cancelled', 'expired']) as s(state)
     union all select 'all', greatest(reltuples, 0)::bigint from pg_class where oid = 'deliveries'::regclass`,
  );
  const counts = Object.fromEntries(states.rows.map((row) => [row.state, row.n])) as Record<DeliveryState | 'all', number>;
  const { all, ...exact } = counts;
  const rest = Object.values(exact).reduce((sum, n) => sum + n, 0);
  return {
    deliveries: { ...exact, delivered: Math.max(all - rest, 0) },
    oldestWaiting: { urgent: await oldest(pool, [1, 2, 3, 4], now), ordinary: await oldest(pool, [0], now) },
    breakers: await breakers(pool, now),
  };
}

async function oldest(pool: pg.Pool, urgencies: number[], now: Date): Promise<number> {
  const { rows } = await pool.query<{ at: Date | null }>(
    `select min(x.created_at) as at from unnest($1::smallint[]) as u(urgency) cross join lateral (
       select created_at from deliveries where urgency = u.urgency and state = 'waiting' order by deadline_at limit 1
     ) as x`,
    [urgencies],
  );
  const at = rows[0]?.at;
  return at ? Math.max(0, (now.getTime() - at.getTime()) / 1000) : 0;
}

async function breakers(pool: pg.Pool, now: Date): Promise<StoreGauges['breakers']> {
  const { rows } = await pool.query<{ open: number; half: number; agencies: number }>(
    `select count(*) filter (where probe_at > $1) as open, count(*) filter (where probe_at <= $1) as half,
       (select count(*) from agencies where channel = 'push') + (select count(*) from upward_routes where closed_at is null) as agencies from breakers`,
    [now],
  );
  const { open = 0, half = 0, agencies = 0 } = rows[0] ?? {};
  return { open, 'half-open': half, closed: Math.max(0, agencies - open - half) };
}
