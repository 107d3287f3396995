import type pg from 'pg';
import { laneOf } from '../../routing/delivery.ts';
import type { Claim } from '../../routing/outbox.ts';
import type { Now, Ring } from '../../routing/ports.ts';
import type { DeliveryRow, OutgoingRow } from './delivery-rows.ts';
import { contentColumns, deliveryColumns, deliveryFrom, outgoingFrom, packageColumns } from './delivery-rows.ts';

/** Who holds leases, and for how long at least; a lease also gets a second for each MB of the package. */
export interface LeaseSettings {
  readonly worker: number;
  readonly seconds: number;
  readonly secondsPerMb: number;
}

/** A delivery that is asked for by its id, in one turn. */
export type ById = Pick<Ring, 'deliveryId' | 'turn'>;
/** Whatever delivery in a recipient's lane comes next. */
export type ByLane = Pick<Ring, 'agencyId' | 'lane'>;

/** Takes leases, one statement for all that are asked for. The answers are in the order of the questions, null for what can't be had. */
export interface Claims {
  byId(asked: readonly ById[]): Promise<(Claim | null)[]>;
  byLane(asked: readonly ByLane[]): Promise<(Claim | null)[]>;
}

/** Claims on PostgreSQL. */
export function createClaims(pool: pg.Pool, lease: LeaseSettings, now: Now): Claims {
  async function run(name: string, text: string, asked: readonly unknown[][]): Promise<Claim[]> {
    const values = [lease.seconds, lease.secondsPerMb, lease.worker, now(), ...asked];
    const { rows } = await pool.query<ClaimRow>({ name, text, values });
    return rows.map(claimFrom);
  }
  return {
    async byId(asked) {
      const claims = await run('claim', claimById, [asked.map(({ deliveryId }) => deliveryId), asked.map(({ turn }) => turn)]);
      return handOut(claims, asked, ({ delivery }, { deliveryId, turn }) => delivery.id === deliveryId && delivery.turn === turn);
    },
    async byLane(asked) {
      const claims = await run('claim-next', claimByLane, [
        asked.map(({ agencyId }) => agencyId),
        asked.map(({ lane }) => lane === 'urgent'),
      ]);
      return handOut(claims, asked, ({ delivery, target }, { agencyId, lane }) => {
        return target.agencyId === agencyId && laneOf(delivery.urgency) === lane;
      });
    },
  };
}

/** Gives everyone who asked one of the claims that fits, each claim once. */
function handOut<Asked>(claims: readonly Claim[], asked: readonly Asked[], fits: (claim: Claim, one: Asked) => boolean): (Claim | null)[] {
  const left = new Set(claims);
  return asked.map((one) => {
    for (const claim of left) {
      if (!fits(claim, one)) continue;
      left.delete(claim);
      return claim;
    }
    return null;
  });
}

const candidateColumns = `d.id, d.agency_id, d.package_id, d.urgency, d.due_at, d.lease_until is not null as interrupted`;
const claimable = `d.state = 'waiting' and d.channel in ('push', 'upward') and d.gate is null and d.due_at <= $4 and (d.lease_until is null or d.lease_until < now())`;

// A half-open breaker lets one through: whoever moves its probe time on. Should that worker stop, the next probe goes two minutes later.
const claimFromCandidates = (candidates: string) => `
  with candidate as (${candidates}), ranked as (
    select c.*, b.failures, b.probe_at, row_number() over (partition by c.agency_id order by c.urgency desc, c.due_at, c.id) as place
    from candidate c left join breakers b on b.agency_id = c.agency_id
  ), probe as (
    update breakers b set probe_at = now() + interval '2 minutes'
    from (
      select agency_id from breakers where probe_at <= now() and agency_id = any (array(select agency_id from candidate)) for update skip locked
    ) as half_open
    where b.agency_id = half_open.agency_id
    returning b.agency_id
  ), claimed as (
    update deliveries d
    set lease_until = now() + make_interval(secs => $1 + $2 * (select size from packages where id = c.package_id) / 1000000.0), leased_by = $3
    from ranked c
    where d.id = c.id and (c.probe_at is null or (c.place = 1 and c.agency_id in (select agency_id from probe)))
    returning d.*, c.interrupted, c.failures
  )
  select ${deliveryColumns}, d.interrupted, d.failures, p.sender_agency_id, a.push_url, a.push_settings, u.kind as route_kind,
    u.settings as route_settings, ${packageColumns}, ${contentColumns}
  from claimed d
  join packages p on p.id = d.package_id
  join package_texts t on t.package_id = p.id
  join agencies a on a.id = d.agency_id
  left join upward_routes u on u.name = d.route`;

const claimById = claimFromCandidates(`
  select ${candidateColumns}
  from unnest($5::uuid[], $6::int[]) as asked(id, turn) join deliveries d on d.id = asked.id and d.turn = asked.turn
  where ${claimable} for no key update of d skip locked`);

const claimByLane = claimFromCandidates(`
  select next.*
  from (select agency, urgent, count(*) as n from unnest($5::uuid[], $6::boolean[]) as asked(agency, urgent) group by agency, urgent) as lane
  cross join lateral (
    select ${candidateColumns} from deliveries d
    where d.agency_id = lane.agency and ${claimable}
      and d.urgency between case when lane.urgent then 1 else 0 end and case when lane.urgent then 4 else 0 end
    order by d.urgency desc, d.due_at limit lane.n for no key update skip locked
  ) as next`);

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

function claimFrom(row: ClaimRow): Claim {
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
