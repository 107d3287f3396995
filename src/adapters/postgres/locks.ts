import type pg from 'pg';
import type { Delivery } from '../../routing/delivery.ts';
import type { Change, DeliveryLocks, Locked, Scope } from '../../routing/desk.ts';
import type { Standing } from '../../routing/lifecycle.ts';
import type { DeliveryRow, PackageRow } from './delivery-rows.ts';
import { deliveryColumns, deliveryFrom, moveColumns, packageColumns, packageFrom } from './delivery-rows.ts';
import { noteEvents } from './event-chain.ts';
import { takeFeeds } from './feeds.ts';
import { inTransaction, orUnavailable } from './pool.ts';
import { addReceipt } from './receipts.ts';

/** Moves of deliveries by persons, recipients and the sweeper on PostgreSQL. */
export function createDeliveryLocks(pool: pg.Pool, onInbox: (agencyIds: readonly string[]) => void): DeliveryLocks {
  return {
    async change(id, scope, decide) {
      const after = await orUnavailable(() => inTransaction(pool, (client) => changeLocked(client, id, scope, decide)));
      if (after?.state === 'waiting' && after.channel === 'inbox') onInbox([after.agencyId as string]);
      return after;
    },
  };
}

type LockedRow = DeliveryRow &
  PackageRow & {
    fetched: boolean;
    purged: boolean;
    leased: boolean;
    interrupted: boolean;
    standing: Standing | null;
    sender_agency_id: string;
  };

async function changeLocked(
  client: pg.PoolClient,
  id: string,
  scope: Scope,
  decide: (locked: Locked) => Promise<Change | null>,
): Promise<Delivery | null> {
  const { rows } = await client.query<LockedRow>(
    `select ${deliveryColumns}, ${packageColumns}, p.sender_agency_id, d.fetched_at is not null as fetched,
       not exists (select 1 from package_texts t where t.package_id = p.id) as purged,
       coalesce(d.lease_until > now(), false) as leased, coalesce(d.lease_until <= now(), false) as interrupted, d.standing
     from deliveries d join packages p on p.id = d.package_id
     where d.id = $1 and ($2::uuid[] is null or d.agency_id = any($2))
     for update of d`,
    [id, scope === 'any' ? null : [...scope.recipients]],
  );
  const row = rows[0];
  if (row === undefined) return null;
  const delivery = deliveryFrom(row);
  const standing = row.standing === null ? {} : { standing: row.standing };
  const { fetched, purged, leased, interrupted } = row;
  const change = await decide({ delivery, package: packageFrom(row), fetched, purged, leased, interrupted, ...standing });
  if (change === null) return delivery;
  if (change.planId !== undefined && !(await tickOff(client, change.planId, id))) return delivery;
  await write(client, row, change);
  return change.move.delivery;
}

async function tickOff(client: pg.PoolClient, planId: string, deliveryId: string): Promise<boolean> {
  const { rowCount } = await client.query(
    `update replay_items set result = 'replayed' where plan_id = $1 and delivery_id = $2 and result is null`,
    [planId, deliveryId],
  );
  return rowCount === 1;
}

async function write(client: pg.PoolClient, row: LockedRow, { move, receipt, event, attempt }: Change): Promise<void> {
  const { delivery } = move;
  const open = delivery.gate === undefined || move.opensGate === true;
  const toInbox = delivery.state === 'waiting' && delivery.channel === 'inbox' && open;
  await takeFeeds(client, [row.sender_agency_id], toInbox ? [delivery.agencyId as string] : []);
  const change = moveColumns(delivery, event.at, 2);
  const position = toInbox ? ", inbox_position = nextval('inbox_positions'), fetched_at = null" : '';
  const gate = move.opensGate === true ? ', gate = null' : '';
  await client.query(`update deliveries set ${change.set}${position}${gate} where id = $1`, [delivery.id, ...change.values]);
  if (attempt !== undefined) {
    await client.query(
      `insert into attempts (id, delivery_id, turn, result, detail, started_at, finished_at) values ($1, $2, $3, $4, $5, $6, $7)`,
      [attempt.id, delivery.id, row.turn, attempt.result.kind, attempt.result.detail, attempt.startedAt, attempt.finishedAt],
    );
  }
  if (receipt !== undefined) {
    await addReceipt(client, row.sender_agency_id, receipt);
  }
  await noteEvents(client, [event]);
}
