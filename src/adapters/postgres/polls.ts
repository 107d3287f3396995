import type pg from 'pg';
import type { PollRecord, Polls, RouteMoments, RouteStanding } from '../../routing/entries.ts';
import type { Now } from '../../routing/ports.ts';
import { present } from './present.ts';

const pollLock = 13;

const standing = `u.name as route, p.succeeded_at as "succeededAt", coalesce(p.failures, 0) as failures,
  coalesce(p.follow_failures, 0) as "followFailures",
  exists (select from breakers b where b.agency_id = u.agency_id and b.probe_at is not null) as parked`;

/** How the exchange over routes goes, on PostgreSQL. */
export function createPolls(pool: pg.Pool, now: Now): Polls {
  return {
    alone: (name, work) => alone(pool, name, work),
    polled: (route, error) =>
      write(
        pool,
        `insert into upward_polls as p (route, polled_at, succeeded_at, failures, error)
         values ($1, $2, case when $3::text is null then $2::timestamptz end, case when $3 is null then 0 else 1 end, $3)
         on conflict (route) do update set polled_at = excluded.polled_at, succeeded_at = coalesce(excluded.succeeded_at, p.succeeded_at),
           failures = case when excluded.error is null then 0 else p.failures + 1 end, error = excluded.error`,
        [route, now(), error ?? null],
      ),
    followed: (route, error) =>
      write(
        pool,
        `insert into upward_polls as p (route, followed_at, follow_failures, follow_error)
         values ($1, $2, case when $3::text is null then 0 else 1 end, $3)
         on conflict (route) do update set followed_at = excluded.followed_at, follow_error = excluded.follow_error,
           follow_failures = case when excluded.follow_error is null then 0 else p.follow_failures + 1 end`,
        [route, now(), error ?? null],
      ),
    async listedUntil(route) {
      const { rows } = await pool.query<{ until: Date | null }>('select listed_until as until from upward_polls where route = $1', [route]);
      return rows[0]?.until ?? null;
    },
    listed: (route, until) =>
      write(
        pool,
        `insert into upward_polls (route, listed_until) values ($1, $2)
         on conflict (route) do update set listed_until = excluded.listed_until`,
        [route, until],
      ),
    synced: (route, report) =>
      write(
        pool,
        `insert into upward_polls (route, synced_at, report) values ($1, $2, $3)
         on conflict (route) do update set synced_at = excluded.synced_at, report = excluded.report, sync_failures = 0,
           sync_failed_at = null, sync_error = null`,
        [route, now(), JSON.stringify(report)],
      ),
    async syncFailed(route, error) {
      const { rows } = await pool.query<{ n: number }>(
        `insert into upward_polls as p (route, sync_failures, sync_failed_at, sync_error) values ($1, 1, $2, $3)
         on conflict (route) do update set sync_failures = p.sync_failures + 1, sync_failed_at = excluded.sync_failed_at,
           sync_error = excluded.sync_error
         returning p.sync_failures as n`,
        [route, now(), error],
      );
      return rows[0]?.n ?? 0;
    },
    async moments() {
      const { rows } = await pool.query<RouteMoments>(
        `select route, polled_at as "polledAt", followed_at as "followedAt", synced_at as "syncedAt", sync_failures as "syncFailures",
           sync_failed_at as "syncFailedAt"
         from upward_polls`,
      );
      return rows.map(present);
    },
    async standings() {
      const { rows } = await pool.query<RouteStanding>(
        `select ${standing} from upward_routes u left join upward_polls p on p.route = u.name where u.closed_at is null order by u.name`,
      );
      return rows.map(present);
    },
    async list() {
      const { rows } = await pool.query<PollRecord>(
        `select ${standing}, p.polled_at as "polledAt", p.error, p.followed_at as "followedAt", p.follow_error as "followError",
           p.synced_at as "syncedAt", p.report, coalesce(p.sync_failures, 0) as "syncFailures", p.sync_failed_at as "syncFailedAt",
           p.sync_error as "syncError",
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

async function write(pool: pg.Pool, text: string, values: readonly unknown[]): Promise<void> {
  await pool.query(text, [...values]);
}

/**
 * The lock belongs to a session: it goes with the process, however that ends. When only the session goes, another process may begin
 * while this one is still at it: it is told.
 */
async function alone(pool: pg.Pool, name: string, work: (lost: AbortSignal) => Promise<void>): Promise<boolean> {
  const session = await pool.connect();
  const lost = new AbortController();
  const lose = () => lost.abort();
  session.once('end', lose);
  let broken = false;
  try {
    const { rows } = await session.query<{ mine: boolean }>('select pg_try_advisory_lock($1, hashtext($2)) as mine', [pollLock, name]);
    if (rows[0]?.mine !== true) return false;
    try {
      await work(lost.signal);
    } finally {
      await session.query('select pg_advisory_unlock($1, hashtext($2))', [pollLock, name]).catch(() => {
        broken = true;
      });
    }
    return true;
  } finally {
    session.off('end', lose);
    session.release(broken);
  }
}
