import { createHash } from 'node:crypto';
import type pg from 'pg';
import type { Event } from '../../routing/event.ts';
import { barrier, eventFeed } from './feeds.ts';
import type { Queryable } from './pool.ts';
import { inTransaction } from './pool.ts';

/**
 * The hash chain over all events. A sealer adds what has come since its last round, in the order of `seq`; so the busy transactions
 * never wait for each other, and a changed, missing or inserted event shows at the next check.
 */
interface EventRow {
  seq: number;
  name: string;
  at: Date;
  actor: string;
  package_id: string | null;
  delivery_id: string | null;
  from_state: string | null;
  to_state: string | null;
  reason: string | null;
}

const eventColumns = 'seq, name, at, actor, package_id, delivery_id, from_state, to_state, reason';
const nothingYet = Buffer.alloc(32);
const sealerLock = 4;
const batch = 2000;

/** SHA-256(previous hash || JSON array of the event's columns in the order of `eventColumns`, time as ISO 8601 UTC). */
function link(previous: Uint8Array, e: EventRow): Buffer {
  const said = [e.seq, e.name, e.at.toISOString(), e.actor, e.package_id, e.delivery_id, e.from_state, e.to_state, e.reason];
  return createHash('sha256').update(previous).update(JSON.stringify(said)).digest();
}

/** Records one event that goes with no other change. */
export async function noteEvent(pool: Queryable, event: Event): Promise<void> {
  await pool.query(
    `with locks as materialized (select pg_advisory_xact_lock_shared(${eventFeed}, 0))
     insert into events (name, at, actor, package_id, delivery_id, reason) select $1, $2, $3, $4, $5, $6 from locks`,
    [event.name, event.at, event.actor, event.packageId ?? null, event.deliveryId ?? null, event.reason ?? null],
  );
}

/** Adds events in their order. The caller holds the lock of their feed. */
export async function noteEvents(client: Queryable, events: readonly Event[]): Promise<void> {
  const rows = events.map(({ name, at, actor, packageId, deliveryId, from, to, reason }) => ({
    name,
    at,
    actor,
    package: packageId,
    delivery: deliveryId,
    before: from,
    becomes: to,
    reason,
  }));
  await client.query(
    `insert into events (name, at, actor, package_id, delivery_id, from_state, to_state, reason)
     select e.name, e.at, e.actor, e.package, e.delivery, e.before, e.becomes, e.reason
     from jsonb_to_recordset($1) as e(name text, at timestamptz, actor text, package uuid, delivery uuid, before text, becomes text, reason text)`,
    [JSON.stringify(rows)],
  );
}

/** Seals every event committed so far; returns how many. Does nothing while another process seals. */
export async function sealEvents(pool: pg.Pool): Promise<number> {
  const upTo = await barrier(pool, [[eventFeed, 0]], 'events_seq_seq');
  let sealed = 0;
  for (;;) {
    const added = await inTransaction(pool, (client) => sealBatch(client, upTo));
    sealed += added;
    if (added < batch) return sealed;
  }
}

async function sealBatch(client: pg.PoolClient, upTo: number): Promise<number> {
  const lock = await client.query<{ mine: boolean }>('select pg_try_advisory_xact_lock($1, 0) as mine', [sealerLock]);
  if (!lock.rows[0]?.mine) return 0;
  const last = await lastLink(client);
  const { rows } = await client.query<EventRow>(
    `select ${eventColumns} from events where seq > $1 and seq <= $2 order by seq limit ${batch}`,
    [last.seq, upTo],
  );
  if (rows.length === 0) return 0;
  let hash: Buffer = last.hash;
  const links = rows.map((row, i) => {
    hash = link(hash, row);
    return { position: last.position + i + 1, seq: row.seq, hash: hash.toString('hex') };
  });
  await client.query(
    `insert into event_chain (position, event_seq, hash)
     select l.position, l.seq, decode(l.hash, 'hex') from jsonb_to_recordset($1) as l(position bigint, seq bigint, hash text)`,
    [JSON.stringify(links)],
  );
  return rows.length;
}

async function lastLink(client: pg.PoolClient): Promise<{ position: number; seq: number; hash: Buffer }> {
  const { rows } = await client.query<{ position: number; seq: number; hash: Buffer }>(
    'select position, event_seq as seq, hash from event_chain order by position desc limit 1',
  );
  return rows[0] ?? { position: 0, seq: 0, hash: nothingYet };
}

/** Checks the chain from its beginning: the first link that does not fit, if any, and the head. */
export async function checkChain(pool: pg.Pool): Promise<{ links: number; head: string; brokenAt?: number }> {
  let previous: Buffer = nothingYet;
  let position = 0;
  let seq = 0;
  for (;;) {
    const { rows } = await pool.query<EventRow & { position: number; hash: Buffer; event_seq: number; purged: boolean }>(
      `select c.position, c.hash, c.event_seq, e.seq, e.name, e.at, e.actor, e.package_id, e.delivery_id, e.from_state, e.to_state, e.reason,
         x.seq is not null as purged
       from event_chain c left join events e on e.seq = c.event_seq left join purged_events x on x.seq = c.event_seq where c.position > $1 order by c.position limit 5000`,
      [position],
    );
    for (const row of rows) {
      // of an event that went with its package the link is all that is left
      const said = row.seq === null ? row.purged : link(previous, row).equals(row.hash);
      const fits = said && row.position === position + 1 && row.event_seq > seq;
      if (!fits) return { links: position, head: previous.toString('hex'), brokenAt: row.position };
      previous = row.hash;
      position = row.position;
      seq = row.event_seq;
    }
    if (rows.length < 5000) return { links: position, head: previous.toString('hex') };
  }
}
