import type pg from 'pg';
import type { Verdict } from '../../routing/act-store.ts';
import type { Delivery } from '../../routing/delivery.ts';
import type { LeafAdded } from '../../routing/ruling.ts';
import type { LockedCase } from './act-case.ts';
import { moveColumns } from './delivery-rows.ts';
import { noteEvents } from './event-chain.ts';
import type { Queryable } from './pool.ts';
import { addReceipt } from './receipts.ts';
import { recordStatuses } from './statuses.ts';

/** Writes what was decided about a case; returns the deliveries that changed or were added, as they are then. */
export async function writeVerdict(client: pg.PoolClient, found: LockedCase, verdict: Verdict): Promise<readonly Delivery[]> {
  const { at, actor } = verdict;
  await writeActs(client, verdict, actor);
  const moved: Delivery[] = [];
  for (const change of verdict.changes) moved.push(await writeChange(client, found, change, at));
  for (const added of verdict.added) {
    await addDelivery(client, added, at);
    moved.push(added.delivery);
  }
  await noteEvents(client, verdict.events);
  await recordStatuses(
    client,
    verdict.acts.flatMap((act) => (act.target === undefined ? [] : [act.id])),
  );
  return moved;
}

async function writeActs(client: Queryable, { acts }: Verdict, actor: string): Promise<void> {
  await client.query(
    `update acts a set state = n.state, target_package_id = n.target, candidates = coalesce(n.candidates, '{}'), check_at = n."checkAt",
       decided_by = case when n.state in ('applied', 'dismissed') and $2 <> 'gateway' then $2 end
     from jsonb_to_recordset($1) as n(id uuid, state text, target uuid, candidates uuid[], "checkAt" timestamptz)
     where a.id = n.id`,
    [JSON.stringify(acts), actor],
  );
}

async function writeChange(client: Queryable, found: LockedCase, change: Verdict['changes'][number], at: Date): Promise<Delivery> {
  const { delivery: before, move, receipt } = change;
  const { gate: old, ...rest } = move?.delivery ?? before;
  const gate = change.gate === undefined ? (old ?? null) : change.gate;
  const after: Delivery = { ...rest, ...(gate === null ? {} : { gate }) };
  const enters =
    after.state === 'waiting' && after.channel === 'inbox' && gate === null && (before.gate !== undefined || move !== undefined);
  const sets = ['gate = $2', ...(enters ? [`inbox_position = nextval('inbox_positions')`, 'fetched_at = null'] : [])];
  const values: unknown[] = [before.id, gate];
  const put = (column: string, value: unknown) => {
    values.push(value);
    sets.push(`${column} = $${values.length}`);
  };
  if (change.after !== undefined) put('after_ids', change.after);
  if (change.standing !== undefined) put('standing', change.standing);
  if (move !== undefined) {
    const columns = moveColumns(after, at, values.length + 1);
    sets.push(columns.set);
    values.push(...columns.values);
  }
  await client.query(`update deliveries set ${sets.join(', ')} where id = $1`, values);
  if (receipt !== undefined) {
    await addReceipt(client, found.senders.get(before.packageId), receipt);
  }
  return after;
}

/** Adds a delivery to a package that was accepted before; `after`: what it waits for, null: nothing that is known. */
export async function addDelivery(
  client: Queryable,
  { delivery: d, after }: Omit<LeafAdded, 'after'> & { readonly after: LeafAdded['after'] | null },
  at: Date,
): Promise<void> {
  const enters = d.state === 'waiting' && d.channel === 'inbox' && d.gate === undefined;
  await client.query(
    `insert into deliveries (id, package_id, recipient, agency_id, channel, urgency, state, problem, turn, created_at, due_at, deadline_at,
       changed_at, gate, after_ids, route, named_as, inbox_position)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $10, $13, $14, $15, $16, ${enters ? "nextval('inbox_positions')" : 'null'})`,
    [
      d.id,
      d.packageId,
      d.recipient,
      d.agencyId ?? null,
      d.channel ?? null,
      d.urgency,
      d.state,
      d.problem === undefined ? null : JSON.stringify(d.problem),
      d.turn,
      at,
      d.dueAt,
      d.deadlineAt,
      d.gate ?? null,
      after,
      d.route ?? null,
      d.namedAs ?? null,
    ],
  );
}
