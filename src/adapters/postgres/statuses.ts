import type pg from 'pg';
import { chooseTarget, nextLook } from '../../routing/acts.ts';
import type { Event } from '../../routing/event.ts';
import { awaitsRevocation } from './act-rows.ts';
import { noteEvents } from './event-chain.ts';
import { takeFeeds } from './feeds.ts';
import { findTargets } from './find-targets.ts';
import type { Queryable } from './pool.ts';
import { inTransaction } from './pool.ts';

/**
 * Records the statuses among these acts, which have found their document: the only place where a business status is written. What it
 * says comes from the act and its package; a trigger refuses any that its agency has not said. A warning that its agency owes it ends.
 */
export async function recordStatuses(client: Queryable, actIds: readonly string[]): Promise<void> {
  if (actIds.length === 0) return;
  await client.query({
    name: 'record-statuses',
    text: `with said as (
      insert into statuses (id, package_id, delivery_id, agency_id, status_code, stated_at, received_at, description, staff)
      select a.id, a.package_id, d.id, p.sender_agency_id, a.status_code, (a.details->>'statedAt')::timestamptz, p.received_at,
        coalesce(a.details->>'reason', ''), coalesce(a.details->'staff', '{}')
      from acts a
      join packages p on p.id = a.package_id
      cross join lateral (
        select d.id from deliveries d where d.package_id = a.target_package_id and reaches(d, a.parties) order by d.id limit 1
      ) as d
      where a.id = any($1) and a.act = 'status' and a.state = 'applied'
      order by a.package_id
      returning delivery_id, status_code, received_at)
      update law_warnings w set reported_at = said.received_at from said
      where w.delivery_id = said.delivery_id and w.duty = 'owed' and w.reported_at is null and said.status_code <= '06'`,
    values: [actIds],
  });
}

interface OpenStatus {
  id: string;
  package_id: string;
  status_code: string;
  created_at: Date;
}

/** Matches statuses that only report, at most `limit`; those that find no one document are looked at again later, or by a person. */
export async function matchStatuses(pool: pg.Pool, limit: number, at: Date): Promise<number> {
  return inTransaction(pool, async (client) => {
    await takeFeeds(client, [], []);
    const { rows } = await client.query<OpenStatus>({
      name: 'statuses-due',
      text: `select id, package_id, status_code, created_at from acts
        where state in ('open', 'unmatched') and check_at <= $1 and act = 'status' and status_code <> '13'
          and not ${awaitsRevocation('acts.package_id')}
        order by check_at limit $2 for update skip locked`,
      values: [at, limit],
    });
    if (rows.length > 0) await settle(client, rows, at);
    return rows.length;
  });
}

async function settle(client: pg.PoolClient, open: readonly OpenStatus[], at: Date): Promise<void> {
  const ids = open.map(({ id }) => id);
  const found = await findTargets(client, ids);
  const events: Event[] = [];
  const settled = open.map((row) => {
    const match = chooseTarget(found.get(row.id) ?? []);
    const state = match.found === 'one' ? 'applied' : match.found === 'several' ? 'ambiguous' : 'unmatched';
    const target = match.found === 'one' ? match.packageId : undefined;
    const reason = `status ${row.status_code}${target === undefined ? '' : ` ${target}`}`;
    events.push({ name: `act.${state}`, at, actor: 'gateway', packageId: row.package_id, reason });
    const candidates = match.found === 'several' ? match.packageIds : [];
    return { id: row.id, state, target, candidates, checkAt: nextLook(row.created_at, at) };
  });
  const { rows } = await client.query<{ package_id: string; changed: boolean }>(
    `update acts a set state = n.state, target_package_id = n.target, candidates = n.candidates, check_at = n."checkAt"
     from jsonb_to_recordset($1) as n(id uuid, state text, target uuid, candidates uuid[], "checkAt" timestamptz)
     join acts old on old.id = n.id
     where a.id = n.id returning a.package_id, old.state <> n.state as changed`,
    [JSON.stringify(settled)],
  );
  await recordStatuses(client, ids);
  const changed = new Set(rows.filter((row) => row.changed).map((row) => row.package_id));
  await noteEvents(
    client,
    events.filter(({ packageId }) => changed.has(packageId ?? '')),
  );
}
