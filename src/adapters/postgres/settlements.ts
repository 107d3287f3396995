import type pg from 'pg';
import type { Claim, Settlement } from '../../routing/outbox.ts';
import { moveDefinition, moveFields, moveSet } from './delivery-rows.ts';
import { locksFor, takeLocks } from './feeds.ts';

/** A claim with what came of it. */
export interface Settling {
  readonly claim: Claim;
  readonly settlement: Settlement;
}

// Deliveries are locked in the order of their ids, as everybody does who locks several.
const settleSql = `
  with ${takeLocks}, mine as (
    select s.* from locks, jsonb_to_recordset($3) as s(id uuid, at_turn integer, place integer, sender uuid, ${moveDefinition},
      attempt_id uuid, result text, detail text, http_status smallint, started_at timestamptz, finished_at timestamptz, unsent boolean,
      receipt_id uuid, receipt_kind text, xml text,
      event text, event_at timestamptz, actor text, from_state text, to_state text, reason text,
      breaks boolean, failures integer, probe_at timestamptz)
    join deliveries d on d.id = s.id and d.turn = s.at_turn and d.leased_by = $4 and d.state = 'waiting'
    order by d.id for no key update of d
  ), moved as (
    update deliveries d set ${moveSet('s')} from mine s where d.id = s.id
    returning s.*, d.package_id
  ), tried as (
    insert into attempts (id, delivery_id, turn, result, detail, http_status, started_at, finished_at, unsent)
    select attempt_id, id, at_turn, result, detail, http_status, started_at, finished_at, unsent from moved
  ), stated as (
    insert into receipts (id, kind, package_id, delivery_id, sender_agency_id, issued_at, xml)
    select receipt_id, receipt_kind, package_id, id, sender, finished_at, xml from moved where receipt_id is not null
  ), noted as (
    insert into events (name, at, actor, package_id, delivery_id, from_state, to_state, reason)
    select event, event_at, actor, package_id, id, from_state, to_state, reason from moved
  ), broke as (
    insert into breakers (agency_id, failures, probe_at)
    select distinct on (agency_id) agency_id, failures, probe_at from moved where breaks order by agency_id, place desc
    on conflict (agency_id) do update set failures = excluded.failures, probe_at = excluded.probe_at
  )
  select id from moved`;

/** Records attempts and moves their deliveries, all in one statement. False for each whose lease this worker has lost: nothing changed. */
export async function settleAll(pool: pg.Pool, worker: number, group: readonly Settling[]): Promise<boolean[]> {
  const locks = locksFor(
    group.flatMap(({ claim, settlement }) => (settlement.receipt === undefined ? [] : [claim.senderAgencyId])),
    [],
  );
  const { rows } = await pool.query<{ id: string }>({
    name: 'settle',
    text: settleSql,
    values: [locks.classes, locks.keys, JSON.stringify(group.map(rowOf)), worker],
  });
  const ids = new Set(rows.map(({ id }) => id));
  return group.map(({ claim }) => ids.has(claim.delivery.id));
}

function rowOf({ claim, settlement }: Settling, place: number) {
  const { attempt, event, receipt, breaker, move } = settlement;
  const { result } = attempt;
  return {
    id: claim.delivery.id,
    at_turn: claim.delivery.turn,
    place,
    sender: claim.senderAgencyId,
    ...moveFields(move.delivery, event.at),
    attempt_id: attempt.id,
    result: result.kind,
    detail: result.detail,
    http_status: 'httpStatus' in result ? result.httpStatus : undefined,
    started_at: attempt.startedAt,
    finished_at: attempt.finishedAt,
    unsent: 'unsent' in result && result.unsent === true,
    receipt_id: receipt?.id,
    receipt_kind: receipt?.kind,
    xml: receipt?.xml,
    event: event.name,
    event_at: event.at,
    actor: event.actor,
    from_state: event.from,
    to_state: event.to,
    reason: event.reason,
    breaks: breaker !== undefined && (breaker.failures > 0 || claim.breaker.failures > 0),
    failures: breaker?.failures,
    probe_at: breaker?.probeAt,
  };
}
