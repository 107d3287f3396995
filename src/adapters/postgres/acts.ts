import type pg from 'pg';
import type { ActCase, ActStore, Verdict } from '../../routing/act-store.ts';
import type { Delivery } from '../../routing/delivery.ts';
import type { Now } from '../../routing/ports.ts';
import { reject } from '../../routing/problem.ts';
import { agenciesConcerned, isMadeLater, lockCase, seek } from './act-case.ts';
import { awaitsRevocation } from './act-rows.ts';
import { writeVerdict } from './act-writes.ts';
import { takeFeeds } from './feeds.ts';
import { openGates, toEnd } from './gates.ts';
import { inTransaction, orUnavailable, untilNoDeadlock } from './pool.ts';
import { matchStatuses } from './statuses.ts';

/** Acts on PostgreSQL. `onInbox` is told which agencies got something to fetch. */
export function createActStore(pool: pg.Pool, onInbox: (agencyIds: readonly string[]) => void, now: Now): ActStore {
  const tell = (moved: readonly Delivery[]) => {
    const inboxes = moved.filter((d) => d.state === 'waiting' && d.channel === 'inbox' && d.gate === undefined);
    if (inboxes.length > 0) onInbox(inboxes.map((d) => d.agencyId as string));
  };
  return {
    async decide(packageId, chosen, decide) {
      const moved = await orUnavailable(() => untilNoDeadlock(() => decideOn(pool, packageId, chosen, decide)));
      if (moved !== null) tell(moved);
      return moved;
    },
    packageOf: (actId) => orUnavailable(() => packageOf(pool, actId)),
    due: (limit) => due(pool, limit, now()),
    matchStatuses: (limit) => matchStatuses(pool, limit, now()),
    toEnd: (limit) => toEnd(pool, limit),
    async open(limit) {
      const opened = await openGates(pool, limit, now());
      tell(opened);
      return opened;
    },
  };
}

async function decideOn(
  pool: pg.Pool,
  packageId: string,
  chosen: ReadonlyMap<string, string>,
  decide: (one: ActCase) => Promise<Verdict>,
): Promise<readonly Delivery[] | null> {
  return inTransaction(pool, async (client) => {
    if ((await client.query(`select where ${awaitsRevocation('$1')}`, [packageId])).rowCount !== 0) return null;
    const acts = await seek(client, packageId, chosen);
    if (acts === null) return null;
    const roots = acts.flatMap(({ match }) => (match.found === 'one' ? [match.packageId] : []));
    const { sender, agencies, owners } = await agenciesConcerned(client, packageId, roots);
    for (const id of new Set([sender, ...(owners ?? [])])) {
      await takeFeeds(client, [id], agencies);
    }
    const found = await lockCase(client, packageId, acts);
    if (found === null) return null;
    return writeVerdict(client, found, await decide(found));
  });
}

async function packageOf(pool: pg.Pool, actId: string): Promise<string | null> {
  const { rows } = await pool.query<{ package_id: string; awaits: boolean }>(
    `select package_id, ${awaitsRevocation('acts.package_id')} as awaits from acts where id = $1 and state in ('open', 'unmatched', 'ambiguous')`,
    [actId],
  );
  if (rows[0]?.awaits === true) throw reject('ACT_AWAITS_REVOCATION', { params: { act: actId } });
  return rows[0]?.package_id ?? null;
}

async function due(pool: pg.Pool, limit: number, at: Date): Promise<string[]> {
  const { rows } = await pool.query<{ package_id: string }>({
    name: 'acts-due',
    text: `select package_id from (
        select package_id, min(check_at) as first from acts
        where state in ('open', 'unmatched') and check_at <= $1 and (act <> 'status' or status_code = '13')
          and not ${awaitsRevocation('acts.package_id')}
        group by package_id
        union all
        select d.package_id, d.due_at from deliveries d join acts a on a.package_id = d.package_id and a.ordinal = 0 and ${isMadeLater}
        where d.gate is not null and d.state = 'waiting' and not ${awaitsRevocation('d.package_id')}
      ) as d group by package_id order by min(first) limit $2`,
    values: [at, limit],
  });
  return rows.map((row) => row.package_id);
}
