import type pg from 'pg';
import type { Claim } from '../../routing/outbox.ts';
import type { Submissions } from '../../routing/upward.ts';

/** What went upward, on PostgreSQL. */
export function createSubmissions(pool: pg.Pool): Submissions {
  return {
    begin: (claim, seconds) => begin(pool, claim, seconds),
    async end(claim, detail) {
      await pool.query(
        `update submissions set busy_until = null, done_at = case when $3::text is null then done_at else now() end,
           detail = coalesce($3, detail)
         where package_id = $1 and route = $2`,
        [claim.package.id, claim.delivery.route, detail],
      );
    },
  };
}

// A delivery that was delivered since the last submission is being sent again by a person: that is a new submission.
const isDone = `s.done_at is not null and not exists (
    select 1 from attempts a where a.delivery_id = $3 and a.result = 'delivered' and a.finished_at >= s.done_at
  )`;

async function begin(pool: pg.Pool, claim: Claim, seconds: number): ReturnType<Submissions['begin']> {
  const taken = await pool.query(
    `insert into submissions as s (package_id, route, busy_until) values ($1, $2, now() + make_interval(secs => $4))
     on conflict (package_id, route) do update set busy_until = excluded.busy_until
       where (s.busy_until is null or s.busy_until < now()) and not (${isDone})
     returning 1`,
    [claim.package.id, claim.delivery.route, claim.delivery.id, seconds],
  );
  if (taken.rowCount === 1) return { state: 'mine' };
  const { rows } = await pool.query<{ detail: string | null }>(
    `select s.detail from submissions s where s.package_id = $1 and s.route = $2 and ${isDone}`,
    [claim.package.id, claim.delivery.route, claim.delivery.id],
  );
  return rows[0] === undefined ? { state: 'busy' } : { state: 'done', detail: rows[0].detail ?? '' };
}
