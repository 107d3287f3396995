import type pg from 'pg';
import type { Claim, Outbox, Settlement } from '../../routing/outbox.ts';
import type { Now } from '../../routing/ports.ts';
import type { DeliveryRow, OutgoingRow } from './delivery-rows.ts';
import { contentColumns, deliveryColumns, deliveryFrom, moveColumns, outgoingFrom, packageColumns } from './delivery-rows.ts';
import { locksFor, takeLocks } from './feeds.ts';

/** Who holds leases, and for how long at least; a lease also gets a second for each MB of the package. */
export interface LeaseSettings {
  readonly worker: number;
  readonly seconds: number;
  readonly secondsPerMb: number;
}

/** The way out on PostgreSQL. */
export function createOutbox(pool: pg.Pool, lease: LeaseSettings, now: Now): Outbox {
  const holder = [lease.seconds, lease.secondsPerMb, lease.worker];
  return {
    claim: (id, turn) => claim(pool, { name: 'claim', text: claimOne, values: [...holder, now(), id, turn] }),
    claimNext: (agencyId, lane) => claim(pool, { name: `claim-next-${lane}`, text: claimNext[lane], values: [...holder, now(), agencyId] }),
    settle: (claimed, settlement) => settle(pool, lease.worker, claimed, settlement),
  };
}

const claimable = `d.state = 'waiting' and d.channel in ('push', 'upward') and d.gate is null and d.due_at <= $4 and (d.lease_until is null or d.lease_until < now())`;

// A half-open breaker lets one through: whoever moves its probe time on. Should that worker stop, the next probe goes two minutes later.
const claimWhere = (which: string) => `
  with candidate as (
    select d.id, d.agency_id, d.package_id, d.lease_until is not null as interrupted, b.failures, b.probe_at
    from deliveries d left join breakers b on b.agency_id = d.agency_id
    where ${which}
    for update of d skip locked
  ), probe as (
    update breakers b set probe_at = now() + interval '2 minutes'
    from candidate c where b.agency_id = c.agency_id and b.probe_at <= now()
    returning b.agency_id
  ), claimed as (
    update deliveries d
    set lease_until = now() + make_interval(secs => $1 + $2 * (select size from packages where id = c.package_id) / 1000000.0), leased_by = $3
    from candidate c
    where d.id = c.id and (c.probe_at is null or exists (select 1 from probe))
    returning d.*, c.interrupted, c.failures
  )
  select ${deliveryColumns}, d.interrupted, d.failures, p.sender_agency_id, a.push_url, a.push_settings, u.kind as route_kind,
    u.settings as route_settings, ${packageColumns}, ${contentColumns}
  from claimed d
  join packages p on p.id = d.package_id
  join package_texts t on t.package_id = p.id
  join agencies a on a.id = d.agency_id
  left join upward_routes u on u.name = d.route`;

const claimOne = claimWhere(`d.id = $5 and d.turn = $6 and ${claimable}`);
const nextIn = (lane: string) =>
  claimWhere(`d.agency_id = $5 and d.urgency ${lane} and ${claimable} order by d.urgency desc, d.due_at limit 1`);
const claimNext = { urgent: nextIn('>= 1'), ordinary: nextIn('= 0') };

interface ClaimRow extends DeliveryRow, OutgoingRow {
  interrupted: boolean;
  failures: number | null;
  sender_agency_id: string;
  push_url: string | null;
  push_settings: { concurrency?: number };
  route_kind: string | null;
  route_settings: Record<string, unknown> | null;
}

const defaultConcurrency = 4;

async function claim(pool: pg.Pool, query: pg.QueryConfig): Promise<Claim | null> {
  const { rows } = await pool.query<ClaimRow>(query);
  const row = rows[0];
  if (row === undefined) return null;
  const agencyId = row.agency_id as string;
  return {
    delivery: deliveryFrom(row),
    senderAgencyId: row.sender_agency_id,
    package: outgoingFrom(row),
    target: { agencyId, url: row.push_url ?? '', concurrency: row.push_settings.concurrency ?? defaultConcurrency, ...routeOf(row) },
    breaker: { failures: row.failures ?? 0 },
    interrupted: row.interrupted,
  };
}

function routeOf({ route, route_kind, route_settings }: ClaimRow) {
  return route === null || route_kind === null ? {} : { route: { name: route, kind: route_kind, settings: route_settings ?? {} } };
}

async function settle(pool: pg.Pool, worker: number, claimed: Claim, s: Settlement): Promise<boolean> {
  const { delivery } = s.move;
  const change = moveColumns(delivery, s.event.at, 26);
  const locks = locksFor(s.receipt === undefined ? [] : [claimed.senderAgencyId], []);
  const keepBreaker = s.breaker === undefined || (s.breaker.failures === 0 && claimed.breaker.failures === 0);
  const { attempt, event, receipt } = s;
  const { rowCount } = await pool.query({
    name: 'settle',
    text: `with ${takeLocks},
      moved as (
        update deliveries d set ${change.set} from locks
        where d.id = $3 and d.turn = $4 and d.leased_by = $5 and d.state = 'waiting'
        returning d.id, d.agency_id, d.package_id
      ), tried as (
        insert into attempts (id, delivery_id, turn, result, detail, http_status, started_at, finished_at, unsent)
        select $6, id, $4, $7, $8, $9, $10, $11, $25 from moved
      ), stated as (
        insert into receipts (id, kind, package_id, delivery_id, sender_agency_id, issued_at, xml)
        select $12, $13, package_id, id, $14, $11, $15 from moved where $12::uuid is not null
      ), noted as (
        insert into events (name, at, actor, package_id, delivery_id, from_state, to_state, reason)
        select $16, $17, $18, package_id, id, $19, $20, $21 from moved
      ), broke as (
        insert into breakers (agency_id, failures, probe_at) select agency_id, $22, $23 from moved where not $24::boolean
        on conflict (agency_id) do update set failures = excluded.failures, probe_at = excluded.probe_at
      )
      select id from moved`,
    values: [
      locks.classes,
      locks.keys,
      delivery.id,
      claimed.delivery.turn,
      worker,
      attempt.id,
      attempt.result.kind,
      attempt.result.detail,
      'httpStatus' in attempt.result ? (attempt.result.httpStatus ?? null) : null,
      attempt.startedAt,
      attempt.finishedAt,
      receipt?.id ?? null,
      receipt?.kind ?? null,
      claimed.senderAgencyId,
      receipt?.xml ?? null,
      event.name,
      event.at,
      event.actor,
      event.from ?? null,
      event.to ?? null,
      event.reason ?? null,
      s.breaker?.failures ?? 0,
      s.breaker?.probeAt ?? null,
      keepBreaker,
      'unsent' in attempt.result && attempt.result.unsent === true,
      ...change.values,
    ],
  });
  return rowCount === 1;
}
