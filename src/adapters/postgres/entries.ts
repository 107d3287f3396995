import type pg from 'pg';
import type { Entries, Entry, EntryChange, EntryFilter, ListedEntry } from '../../routing/entries.ts';
import type { EventName } from '../../routing/event.ts';
import type { Now } from '../../routing/ports.ts';
import type { Problem } from '../../routing/problem.ts';
import { presentable, reject } from '../../routing/problem.ts';
import { noteEvent } from './event-chain.ts';
import { inTransaction } from './pool.ts';
import { present } from './present.ts';

const columns = `e.route, e.entry_id as id, e.kind, e.sender, e.recipient, e.state, e.package_id as "packageId", e.problems, e.detail,
  e.attempts, e.first_seen_at as "firstSeenAt", e.changed_at as "changedAt", e.decided_by as "decidedBy"`;

type EntryKey = Pick<Entry, 'route' | 'id'>;

/** What the other sides of routes list for us, on PostgreSQL. */
export function createEntries(pool: pg.Pool, now: Now): Entries {
  return {
    note: (route, listed) => note(pool, route, listed, now()),
    async inStates(route, states, limit) {
      const { rows } = await pool.query<Entry>({
        name: 'entries-in-states',
        text: `select ${columns} from upward_entries e
          where e.route = $1 and e.state = any($2) and e.state not in ('done', 'refused') order by e.changed_at limit $3`,
        values: [route, states, limit],
      });
      return rows.map(present);
    },
    change: (entry, change) => write(pool, entry, change, now()),
    async fateOf(packageId, recipient) {
      const { rows } = await pool.query<{ state: string; problem?: Problem }>({
        name: 'entry-fate',
        text: 'select state, problem from deliveries where package_id = $1 and recipient = $2',
        values: [packageId, recipient],
      });
      return rows[0] === undefined ? null : present(rows[0]);
    },
    list: (filter) => list(pool, filter),
    async show(route, id) {
      const { rows } = await pool.query<Entry & { evidence?: Buffer }>(
        `select ${columns}, e.evidence from upward_entries e where e.route = $1 and e.entry_id = $2`,
        [route, id],
      );
      return rows[0] === undefined ? null : present(rows[0]);
    },
    decide: (entry, state, reason, actor) => decide(pool, entry, { state, reason, actor, at: now() }),
    async forget(before) {
      const { rowCount } = await pool.query(`delete from upward_entries where state in ('done', 'refused') and changed_at < $1`, [before]);
      return rowCount ?? 0;
    },
  };
}

async function note(pool: pg.Pool, route: string, listed: readonly ListedEntry[], at: Date): Promise<Entry[]> {
  const { rows } = await pool.query<Entry>({
    name: 'note-entries',
    text: `with listed as (
        select distinct on (n.id) n.* from jsonb_to_recordset($2) as n(id text, kind text, sender text, recipient text, place int)
        order by n.id, n.place
      ), added as (
        insert into upward_entries as known (route, entry_id, kind, sender, recipient, state, first_seen_at, changed_at)
        select $1, n.id, n.kind, n.sender, n.recipient, 'new', $3, $3 from listed n
        on conflict (route, entry_id) do update
          set kind = excluded.kind, sender = excluded.sender, recipient = excluded.recipient, state = 'new', package_id = null, attempts = 0,
            detail = 'listed again as another one', changed_at = excluded.changed_at
          where known.state in ('taken', 'done')
            and (known.kind <> excluded.kind or known.sender <> excluded.sender or known.recipient <> excluded.recipient)
        returning *
      )
      select ${columns}, n.place from added e join listed n on n.id = e.entry_id
      union all
      select ${columns}, n.place from upward_entries e join listed n on n.id = e.entry_id
        where e.route = $1 and not exists (select from added a where a.entry_id = e.entry_id)
      order by place`,
    values: [route, JSON.stringify(listed.map((one, place) => ({ ...one, place }))), at],
  });
  return rows.map(present);
}

async function write(pool: pg.Pool, { route, id }: EntryKey, change: EntryChange, at: Date): Promise<void> {
  const problems = change.problems?.slice(0, 100).map(presentable);
  await inTransaction(pool, async (client) => {
    const { rows } = await client.query<{ before: string; detail: string }>(
      `update upward_entries e set state = $3, package_id = coalesce($4, e.package_id), problems = coalesce($5::jsonb, '[]'), detail = left($6, 2000),
         evidence = $7, attempts = case when $8::boolean then e.attempts + 1 else 0 end, changed_at = $9
       from upward_entries old
       where e.route = $1 and e.entry_id = $2 and old.route = e.route and old.entry_id = e.entry_id
       returning old.state as before`,
      [
        route,
        id,
        change.state,
        change.packageId ?? null,
        problems === undefined ? null : JSON.stringify(problems),
        change.detail ?? '',
        change.evidence ?? null,
        change.failed === true,
        at,
      ],
    );
    if (change.state !== 'quarantined' || rows[0]?.before === 'quarantined') return;
    const codes = (problems ?? []).map(({ code }) => code).join(' ');
    await noteEvent(client, { name: 'entry.quarantined', at, actor: 'gateway', reason: `${route} ${id} ${codes}`.slice(0, 1000) });
  });
}

async function list(pool: pg.Pool, { route, states, limit }: EntryFilter): Promise<Entry[]> {
  const { rows } = await pool.query<Entry>(
    `select ${columns} from upward_entries e
     where ($1::text is null or e.route = $1) and ($2::text[] is null or e.state = any($2))
     order by e.first_seen_at desc, e.entry_id desc limit $3`,
    [route ?? null, states ?? null, limit],
  );
  return rows.map(present);
}

interface Decision {
  readonly state: 'new' | 'refusing';
  readonly reason: string;
  readonly actor: string;
  readonly at: Date;
}

async function decide(pool: pg.Pool, { route, id }: EntryKey, { state, reason, actor, at }: Decision): Promise<Entry> {
  if (reason.trim() === '' || reason.length > 1000)
    throw reject('REASON_REQUIRED', { params: { move: state === 'new' ? 'retry' : 'refuse' } });
  return inTransaction(pool, async (client) => {
    const { rows } = await client.query<Entry>(
      `select ${columns} from upward_entries e where e.route = $1 and e.entry_id = $2 for update`,
      [route, id],
    );
    const before = rows[0];
    if (before === undefined) throw reject('ENTRY_UNKNOWN', { params: { entry: id, route } });
    if (before.state !== 'quarantined') throw reject('ENTRY_DECIDED', { params: { entry: id, state: before.state } });
    const changed = await client.query<Entry>(
      `update upward_entries e set state = $3, detail = case when $3 = 'refusing' then left($4, 2000) else e.detail end, attempts = 0,
         changed_at = $5, decided_by = $6
       where e.route = $1 and e.entry_id = $2 returning ${columns}`,
      [route, id, state, reason, at, actor],
    );
    const name: EventName = state === 'new' ? 'entry.retried' : 'entry.refused';
    await noteEvent(client, { name, at, actor, reason: `${route} ${id}: ${reason}`.slice(0, 1000) });
    return present(changed.rows[0] as Entry);
  });
}
