import type pg from 'pg';
import type { FeedReceipt, InboxEntry, Mailbox, ReceiptFeed } from '../../routing/mailbox.ts';
import type { Now } from '../../routing/ports.ts';
import type { OutgoingRow } from './delivery-rows.ts';
import { contentColumns, outgoingFrom, packageColumns } from './delivery-rows.ts';
import { noteEvent } from './event-chain.ts';
import { settledInbox, settledReceipts } from './feeds.ts';
import type { InboxBell } from './inbox-bell.ts';
import { orUnavailable } from './pool.ts';
import { present } from './present.ts';
import { refusePurgedDelivery } from './purged.ts';

/** Inboxes on PostgreSQL. */
export function createMailbox(pool: pg.Pool, bell: InboxBell, now: Now): Mailbox {
  return {
    list: (agencyIds, after, limit) => orUnavailable(() => list(pool, [...agencyIds], after, limit)),
    wait: (agencyIds, after, milliseconds, signal) => bell.wait([...agencyIds], Number(after ?? 0), milliseconds, signal),
    open: (deliveryId, agencyIds, actor) => orUnavailable(() => open(pool, deliveryId, [...agencyIds], actor, now())),
  };
}

async function list(pool: pg.Pool, agencyIds: string[], after: string | null, limit: number): Promise<InboxEntry[]> {
  if (agencyIds.length === 0) return [];
  const settled = await settledInbox(pool, agencyIds);
  const { rows } = await pool.query<Omit<InboxEntry, 'position'> & { position: number }>({
    name: 'inbox',
    text: `select x.*, p.sender_code as sender, p.kind, p.action, p.document_id as "documentId",
        coalesce(p.number || '/' || p.notation, p.status_code) as reference, p.subject, encode(p.sha256, 'hex') as sha256, p.size,
        p.received_at as "acceptedAt"
      from unnest($1::uuid[]) as mine(agency_id)
      cross join lateral (
        select d.id as "deliveryId", d.package_id as "packageId", d.inbox_position as position, d.recipient, d.urgency,
          d.deadline_at as "deadlineAt", d.fetched_at as "fetchedAt"
        from deliveries d
        where d.agency_id = mine.agency_id and d.state = 'waiting' and d.channel = 'inbox'
          and d.inbox_position > $2 and d.inbox_position <= $3
        order by d.inbox_position limit $4
      ) as x
      join packages p on p.id = x."packageId"
      order by x.position limit $4`,
    values: [agencyIds, Number(after ?? 0), settled, limit],
  });
  return rows.map((row) => ({ ...present(row), position: String(row.position) }));
}

async function open(pool: pg.Pool, deliveryId: string, agencyIds: string[], actor: string, at: Date) {
  const { rows } = await pool.query<OutgoingRow & { first_fetch: boolean }>({
    name: 'open',
    text: `with mine as (
        select d.id, d.package_id, d.fetched_at is null as first_fetch from deliveries d
        where d.id = $1 and d.agency_id = any($2) and d.channel = 'inbox' and d.inbox_position is not null
          and d.state in ('waiting', 'delivered', 'failed')
        for update of d
      ), marked as (
        update deliveries d set fetched_at = $3 from mine where d.id = mine.id and mine.first_fetch
      )
      select mine.first_fetch, ${packageColumns}, ${contentColumns}
      from mine join packages p on p.id = mine.package_id join package_texts t on t.package_id = p.id`,
    values: [deliveryId, agencyIds, at],
  });
  const row = rows[0];
  if (row === undefined) {
    await refusePurgedDelivery(pool, deliveryId, agencyIds);
    return null;
  }
  if (row.first_fetch) await noteEvent(pool, { name: 'delivery.fetched', at, actor, packageId: row.p_id, deliveryId });
  return outgoingFrom(row);
}

/** Receipts of senders on PostgreSQL. */
export function createReceiptFeed(pool: pg.Pool): ReceiptFeed {
  return {
    list: (agencyIds, after, limit) => orUnavailable(() => receipts(pool, [...agencyIds], after, limit)),
    one: (id, agencyIds) => orUnavailable(() => receipt(pool, id, agencyIds === 'any' ? null : [...agencyIds])),
  };
}

const receiptColumns = `r.id, r.kind, r.package_id as "packageId", r.delivery_id as "deliveryId", r.position, r.issued_at as "issuedAt", r.xml`;
type ReceiptRow = Omit<FeedReceipt, 'position'> & { position: number };
const fed = (row: ReceiptRow): FeedReceipt => ({ ...present(row), position: String(row.position) });

async function receipts(pool: pg.Pool, agencyIds: string[], after: string | null, limit: number): Promise<FeedReceipt[]> {
  if (agencyIds.length === 0) return [];
  const settled = await settledReceipts(pool, agencyIds);
  const { rows } = await pool.query<ReceiptRow>({
    name: 'receipts',
    text: `select x.* from unnest($1::uuid[]) as mine(agency_id)
      cross join lateral (
        select ${receiptColumns} from receipts r
        where r.sender_agency_id = mine.agency_id and r.position > $2 and r.position <= $3
        order by r.position limit $4
      ) as x order by x.position limit $4`,
    values: [agencyIds, Number(after ?? 0), settled, limit],
  });
  return rows.map(fed);
}

async function receipt(pool: pg.Pool, id: string, agencyIds: string[] | null): Promise<FeedReceipt | null> {
  const { rows } = await pool.query<ReceiptRow>(
    `select ${receiptColumns} from receipts r where r.id = $1 and ($2::uuid[] is null or r.sender_agency_id = any($2))`,
    [id, agencyIds],
  );
  return rows[0] === undefined ? null : fed(rows[0]);
}
