import type pg from 'pg';
import type { Claim } from '../../routing/outbox.ts';
import type { Outcome } from '../../routing/outcome.ts';
import type { Now } from '../../routing/ports.ts';
import type { Followed, Outstanding, Place, Submission, Submissions, Submitted } from '../../routing/upward.ts';

/** What went upward, on PostgreSQL. `worker` is the number of this process (overdue.ts): what a dead one was submitting is free at once. */
export function createSubmissions(pool: pg.Pool, worker: number): Submissions {
  return {
    begin: (claim, seconds) => begin(pool, worker, claim, seconds),
    end: (submission, submitted) => end(pool, worker, submission, submitted),
  };
}

// A delivery that ended since the last submission is being sent again by a person: that is a new submission.
const isDone = `s.done_at is not null and $4::text = any(s.recipients) and not exists (
    select 1 from attempts a where a.delivery_id = $3 and a.result in ('delivered', 'refused') and a.finished_at >= s.done_at
  )`;

const isFree = `(s.busy_until is null or s.busy_until < now() or not exists (
    select 1 from pg_locks l where l.locktype = 'advisory' and l.classid = 10 and l.objid = s.busy_by::oid and l.objsubid = 2
      and l.database = (select oid from pg_database where datname = current_database())
  ))`;

interface Begun {
  doubt: Date | null;
  /** Null when it was noted before this was: then it is of all who wait. */
  doubtTo: string[] | null;
  kind: Submission['kind'];
  subject: string | null;
  recipients: string[];
}

async function begin(pool: pg.Pool, worker: number, claim: Claim, seconds: number): Promise<Place> {
  const { delivery, target } = claim;
  const place = [claim.package.id, delivery.route, delivery.id, delivery.recipient];
  const { rows } = await pool.query<Begun>({
    name: 'begin-submission',
    text: `with waiting as (
        select array(
          select d.recipient from deliveries d
          where d.package_id = $1 and d.route = $2 and d.channel = 'upward' and d.state = 'waiting' and d.gate is null
          union select $4::text order by 1
        ) as recipients
      ), begun as (
        insert into submissions as s (package_id, route, busy_until, busy_by, doubt_since, doubt_to)
        select $1, $2, now() + make_interval(secs => $5), $6, now(), recipients from waiting
        on conflict (package_id, route) do update
          set busy_until = excluded.busy_until, busy_by = excluded.busy_by, doubt_since = coalesce(s.doubt_since, now()),
            doubt_to = case when s.doubt_since is null then excluded.doubt_to else s.doubt_to end
          where ${isFree} and not (${isDone})
        returning doubt_since, doubt_to
      )
      select nullif(b.doubt_since, now()) as doubt, b.doubt_to as "doubtTo", p.kind, p.subject, w.recipients
      from begun b cross join waiting w join packages p on p.id = $1`,
    values: [...place, seconds, worker],
  });
  const row = rows[0];
  if (row === undefined) return found(pool, claim);
  const submission: Submission = {
    package: claim.package,
    kind: row.kind,
    ...(row.subject === null ? {} : { subject: row.subject }),
    route: target.route as Submission['route'],
    recipients: row.recipients,
    ...(row.doubt === null ? {} : { doubt: { since: row.doubt, recipients: row.doubtTo ?? row.recipients } }),
  };
  return { state: 'mine', submission };
}

async function found(pool: pg.Pool, { delivery, package: { id } }: Claim): Promise<Place> {
  const { rows } = await pool.query<{ detail: string | null; own: Outcome | null }>({
    name: 'find-submission',
    text: `select s.detail, s.each->$4 as own from submissions s where s.package_id = $1 and s.route = $2 and ${isDone}`,
    values: [id, delivery.route, delivery.id, delivery.recipient],
  });
  const row = rows[0];
  if (row === undefined) return { state: 'busy' };
  return { state: 'done', outcome: row.own ?? { kind: 'delivered', detail: row.detail ?? '' } };
}

/** What the other side has, or refused for good, is not submitted again for the same recipient; everything else is. */
async function end(pool: pg.Pool, worker: number, submission: Submission, { outcome, each, docIds = [], doubtful }: Submitted) {
  const of = (recipient: string) => each?.get(recipient) ?? outcome;
  const settled = submission.recipients.filter((one) => of(one).kind !== 'unavailable');
  const own = settled.filter((one) => of(one) !== outcome || outcome.kind === 'refused').map((one) => [one, of(one)] as const);
  await pool.query({
    name: 'end-submission',
    text: `update submissions set busy_until = null, busy_by = null,
        doubt_since = case when $4::boolean then doubt_since end,
        doubt_to = case when not $4::boolean then null
          when doubt_to && $9::text[] then array(select u from unnest(doubt_to) as u where u <> all ($5::text[]))
          -- for those of before it is resolved; it is of those who were submitted with them
          else $9::text[] end,
        done_at = case when cardinality($5::text[]) = 0 then done_at else now() end,
        detail = case when $6::text is null then detail else $6 end,
        recipients = array(select unnest(recipients) union select unnest($5::text[])),
        each = (each - $5::text[]) || $7::jsonb,
        doc_ids = doc_ids || array(select u from unnest($8::text[]) as u where u <> all (doc_ids)),
        follow_at = case when cardinality($8::text[]) = 0 then follow_at else now() end
      where package_id = $1 and route = $2 and busy_by = $3`,
    values: [
      submission.package.id,
      submission.route.name,
      worker,
      doubtful === true,
      settled,
      outcome.kind === 'delivered' ? outcome.detail : null,
      JSON.stringify(Object.fromEntries(own)),
      docIds,
      submission.recipients.filter((one) => !settled.includes(one)),
    ],
  });
}

/** Which of these ids are those of other packages that went over the route. */
export async function knownDocIds(pool: pg.Pool, route: string, packageId: string, docIds: readonly string[]): Promise<Set<string>> {
  if (docIds.length === 0) return new Set();
  const { rows } = await pool.query<{ id: string }>({
    name: 'known-doc-ids',
    text: `select distinct u.id from submissions s cross join lateral unnest(s.doc_ids) as u(id)
      where s.doc_ids && $2 and s.route = $1 and s.package_id <> $3 and u.id = any($2)`,
    values: [route, docIds, packageId],
  });
  return new Set(rows.map(({ id }) => id));
}

interface OutstandingRow extends Omit<Outstanding, 'deliveries'> {
  deliveries: Record<string, string>;
}

/** Submissions whose fate is still asked for, on PostgreSQL. */
export function createFollowed(pool: pg.Pool, now: Now): Followed {
  return {
    async due(route, limit) {
      const { rows } = await pool.query<OutstandingRow>({
        name: 'submissions-followed',
        text: `select s.package_id as "packageId", p.kind, s.doc_ids as "docIds", s.done_at as "doneAt", (
            select coalesce(json_object_agg(d.recipient, d.id), '{}') from deliveries d where d.package_id = s.package_id and d.route = s.route
          ) as deliveries
          from (
            select * from submissions where route = $1 and follow_at <= $2 order by follow_at limit $3
          ) as s join packages p on p.id = s.package_id`,
        values: [route, now(), limit],
      });
      return rows.map((row) => ({ ...row, deliveries: new Map(Object.entries(row.deliveries)) }));
    },
    async again(packageId, route, at) {
      await pool.query('update submissions set follow_at = $3 where package_id = $1 and route = $2', [packageId, route, at]);
    },
  };
}
