import type pg from 'pg';
import type { PollRecord, Polls } from '../../routing/entries.ts';
import type { Now } from '../../routing/ports.ts';
import { present } from './present.ts';

const pollLock = 13;

/** How the exchange over routes goes, on PostgreSQL. */
export function createPolls(pool: pg.Pool, now: Now): Polls {
  return {
    alone: (route, work) => alone(pool, route, work),
    async polled(route, error) {
      await pool.query(
        `insert into upward_polls as p (route, polled_at, succeeded_at, failures, error)
         values ($1, $2, case when $3::text is null then $2::timestamptz end, case when $3 is null then 0 else 1 end, $3)
         on conflict (route) do update set polled_at = excluded.polled_at, succeeded_at = coalesce(excluded.succeeded_at, p.succeeded_at),
           failures = case when excluded.error is null then 0 else p.failures + 1 end, error = excluded.error`,
        [route, now(), error ?? null],
      );
    },
    async synced(route, report) {
      await pool.query(
        `insert into upward_polls (route, synced_at, report) values ($1, $2, $3)
         on conflict (route) do update set synced_at = excluded.synced_at, report = excluded.report`,
        [route, now(), JSON.stringify(report)],
      );
    },
    async moments() {
      const { rows } = await pool.query<Pick<PollRecord, 'route' | 'polledAt' | 'syncedAt'>>(
        'select route, polled_at as "polledAt", synced_at as "syncedAt" from upward_polls',
      );
      return rows.map(present);
    },
    async list() {
      const { rows } = await pool.query<PollRecord>(
        `select u.name as route, p.polled_at as "polledAt", p.succeeded_at as "succeededAt", coalesce(p.failures, 0) as failures, p.error,
           p.synced_at as "syncedAt", p.report,
           (select coalesce(json_object_agg(x.state, x.n), '{}') from (
              select e.state, count(*) as n from upward_entries e
              where e.route = u.name and e.state not in ('done', 'refused') group by e.state
            ) as x) as entries,
           (select count(*) from submissions s where s.route = u.name and s.follow_at is not null) as outstanding
         from upward_routes u left join upward_polls p on p.route = u.name where u.closed_at is null order by u.name`,
      );
      return rows.map(present);
    },
  };
}

/** The lock belongs to a session: it goes with the process, however that ends. */
async function alone(pool: pg.Pool, route: string, work: () => Promise<void>): Promise<boolean> {
  const session = await pool.connect();
  let broken = false;
  try {
    const { rows } = await session.query<{ mine: boolean }>('select pg_try_advisory_lock($1, hashtext($2)) as mine', [pollLock, route]);
    if (rows[0]?.mine !== true) return false;
    try {
      await work();
    } finally {
      await session.query('select pg_advisory_unlock($1, hashtext($2))', [pollLock, route]).catch(() => {
        broken = true;
      });
    }
    return true;
  } finally {
    session.release(broken);
  }
}
