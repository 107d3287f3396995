import type pg from 'pg';
import type { Delivery } from '../../routing/delivery.ts';
import { awaitsRevocation } from './act-rows.ts';
import type { DeliveryRow } from './delivery-rows.ts';
import { deliveryColumns, deliveryFrom } from './delivery-rows.ts';
import { takeFeeds } from './feeds.ts';
import { inTransaction } from './pool.ts';

/** Condition that delivery `f` holds up nothing any more: the same as `isPast` in routing/lifecycle.ts. */
const isPast = `(f.state not in ('waiting', 'held') or f.fetched_at is not null)`;
const nothingBefore = `not exists (select 1 from deliveries f where f.id = any(d.after_ids) and not ${isPast})`;
/** The recipient has, or may have, one of those before it. */
const reached = `exists (
  select 1 from deliveries f where f.id = any(d.after_ids) and (
    f.state = 'delivered' or f.fetched_at is not null
    or exists (
      select 1 from attempts t where t.delivery_id = f.id and t.result in ('unavailable', 'fault') and t.http_status is null and not t.unsent
    )
  ))`;
/** No recall that may mean this document is still to be looked at. */
const noRecallDue = `not exists (
  select 1 from acts a join packages p on p.id = d.package_id
  where a.state in ('open', 'unmatched') and a.check_at <= $1 and a.owner_agency_id = p.sender_agency_id
    and not ${awaitsRevocation('a.package_id')}
    and (a.act = 'recall' or a.status_code = '13'))`;

/** Deliveries whose sender withdrew them during an attempt that has ended, and recalls of what never reached the recipient. */
export async function toEnd(pool: pg.Pool, limit: number): Promise<{ id: string; why: 'withdrawn' | 'needless' }[]> {
  const { rows } = await pool.query<{ id: string; why: 'withdrawn' | 'needless' }>({
    name: 'gates-to-end',
    text: `select d.id, case when d.gate = 'withdrawn' then 'withdrawn' else 'needless' end as why from deliveries d
      where d.gate is not null and d.state = 'waiting' and (
        (d.gate = 'withdrawn' and (d.lease_until is null or d.lease_until < now()))
        or (d.gate = 'received' and ${nothingBefore} and not ${reached})
      ) order by d.id limit $1`,
    values: [limit],
  });
  return rows;
}

const toOpen = `d.gate is not null and d.state = 'waiting' and (
    (d.gate = 'order' and ${nothingBefore})
    or (d.gate = 'received' and ${nothingBefore} and ${reached})
    or (d.gate = 'recall' and ${noRecallDue})
  )`;

/** Opens the gates of what may go now, in the order of acceptance; gives inbox positions. */
export async function openGates(pool: pg.Pool, limit: number, at: Date): Promise<Delivery[]> {
  const ready = await pool.query<{ id: string; agency_id: string }>({
    name: 'gates-to-open',
    text: `select d.id, d.agency_id from deliveries d where ${toOpen} order by d.id limit $2`,
    values: [at, limit],
  });
  if (ready.rows.length === 0) return [];
  return inTransaction(pool, async (client) => {
    await takeFeeds(
      client,
      [],
      ready.rows.map((row) => row.agency_id),
    );
    const { rows } = await client.query<DeliveryRow>({
      name: 'open-gates',
      text: `with opening as (
          select d.id from deliveries d where d.id = any($2) and ${toOpen} order by d.id for update of d
        ), placed as (
          select id, nextval('inbox_positions') as position from opening
        )
        update deliveries d set gate = null, due_at = $1, inbox_position = case when d.channel = 'inbox' then placed.position end
        from placed where d.id = placed.id
        returning ${deliveryColumns}`,
      values: [at, ready.rows.map((row) => row.id)],
    });
    return rows.map(deliveryFrom);
  });
}
