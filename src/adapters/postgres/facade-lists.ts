import type pg from 'pg';
import type { AxisLists, AxisQuery, ReceivedEntry, SentEntry } from '../../routing/facade.ts';
import { firstIdOf } from '../../routing/ids.ts';
import type { Now } from '../../routing/ports.ts';
import { orUnavailable } from './pool.ts';
import { present } from './present.ts';

/** What systems of the axis protocol list, on PostgreSQL. */
export function createAxisLists(pool: pg.Pool, now: Now): AxisLists {
  return {
    received: (query) => orUnavailable(() => received(pool, query)),
    count: (agencyIds, kind) => orUnavailable(() => count(pool, [...agencyIds], kind)),
    sent: (query) => orUnavailable(() => sent(pool, query)),
    sentOf: (packageId, agencyIds) => orUnavailable(() => sentOf(pool, packageId, [...agencyIds])),
    isReceived: (id, agencyIds) => orUnavailable(async () => (await pool.query(`select ${toOne}`, [id, [...agencyIds]])).rowCount === 1),
    noteProcessing: (id, agencyIds, description) =>
      orUnavailable(async () => {
        const { rows } = await pool.query(
          `with known as (select d.id, d.state ${toOne}), noted as (
             insert into vxp_entries (delivery_id, description, updated_at) select k.id, $3, $4 from known k where k.state = 'waiting'
             on conflict (delivery_id) do update set description = excluded.description, updated_at = excluded.updated_at
           ) select from known`,
          [id, [...agencyIds], description ?? null, now()],
        );
        return rows.length === 1;
      }),
  };
}

const toOne = `from deliveries d where d.id = $1 and d.agency_id = any($2::uuid[]) and d.channel = 'inbox'`;

/** Walks the index of the inbox, one agency after another. */
const waiting = `from unnest($1::uuid[]) as mine(agency_id)
  cross join lateral (
    select d.id, d.package_id, d.recipient, d.fetched_at, d.inbox_position from deliveries d
    where d.agency_id = mine.agency_id and d.state = 'waiting' and d.channel = 'inbox' and d.inbox_position > 0
  ) as d
  join packages p on p.id = d.package_id`;

async function received(pool: pg.Pool, query: AxisQuery): Promise<ReceivedEntry[]> {
  const { rows } = await pool.query<ReceivedEntry>({
    name: 'axis-received',
    text: `select d.id as "deliveryId", p.kind, p.sender_code as sender, d.recipient, p.received_at as "acceptedAt",
        d.fetched_at as "fetchedAt", e.updated_at as "processingAt"
      ${waiting} left join vxp_entries e on e.delivery_id = d.id
      where ($2::text is null or p.kind = $2) and ($3::timestamptz is null or p.received_at >= $3)
        and ($4::timestamptz is null or p.received_at <= $4)
      order by d.inbox_position limit $5`,
    values: [[...query.agencyIds], query.kind ?? null, query.since ?? null, query.until ?? null, query.limit],
  });
  return rows.map(present);
}

async function count(pool: pg.Pool, agencyIds: string[], kind: string): Promise<number> {
  const { rows } = await pool.query<{ n: number }>({
    name: 'axis-count',
    text: `select count(*)::int as n ${waiting} where p.kind = $2`,
    values: [agencyIds, kind],
  });
  return rows[0]?.n ?? 0;
}

const sentColumns = `p.id as "packageId", d.id as "deliveryId", p.kind, p.sender_code as sender, d.recipient, d.state, d.attempts, d.problem,
  p.subject, coalesce(p.number || '/' || p.notation, p.status_code) as reference, p.received_at as "acceptedAt", d.changed_at as "changedAt",
  d.fetched_at as "fetchedAt", e.updated_at as "processingAt"`;

const recipients = 'join deliveries d on d.package_id = p.id left join vxp_entries e on e.delivery_id = d.id';

async function sent(pool: pg.Pool, query: AxisQuery): Promise<SentEntry[]> {
  const { rows } = await pool.query<SentEntry>({
    name: 'axis-sent',
    text: `select ${sentColumns} from (
        select y.* from unnest($1::uuid[]) as mine(agency_id)
        cross join lateral (
          select x.* from packages x
          where x.sender_agency_id = mine.agency_id and x.accepted and x.id >= $3 and ($4::uuid is null or x.id < $4)
            and ($2::text is null or x.kind = $2)
          order by x.id desc limit $5
        ) as y order by y.id desc limit $5
      ) as p ${recipients} order by p.id desc, d.id`,
    values: [
      [...query.agencyIds],
      query.kind ?? null,
      firstIdOf(query.since ?? new Date(0)),
      query.until === undefined ? null : firstIdOf(new Date(query.until.getTime() + 1)),
      query.limit,
    ],
  });
  return rows.map(present);
}

async function sentOf(pool: pg.Pool, packageId: string, agencyIds: string[]): Promise<SentEntry[]> {
  const { rows } = await pool.query<SentEntry>({
    name: 'axis-sent-of',
    text: `select ${sentColumns} from packages p ${recipients}
      where p.id = $1 and p.sender_agency_id = any($2::uuid[]) and p.accepted order by d.id`,
    values: [packageId, agencyIds],
  });
  return rows.map(present);
}
