import type pg from 'pg';
import type { EventName } from '../../routing/event.ts';
import type { ExpiringCertificate } from '../../routing/trust-register.ts';
import { warningDays } from '../../routing/trust-register.ts';
import { eventFeed } from './feeds.ts';
import type { Queryable } from './pool.ts';
import { inTransaction } from './pool.ts';

const day = 86_400_000;
/** Ended certificates are still listed for so many days. */
const endedDays = 30;
/** One round announces at most so many; the next goes on. */
const mostAnnounced = 500;

const all = `(
  select agency_id, fingerprint, subject, not_before, not_after, 'imported' as source from certificates where withdrawn_at is null
  union all
  select agency_id, fingerprint, subject, not_before, not_after, 'bound' from bound_certificates b
  where not exists (select 1 from certificates c where c.agency_id = b.agency_id and c.fingerprint = b.fingerprint)
)`;

/** Certificates that end before `at` plus `days`, the first to end first. */
export async function expiring(client: Queryable, at: Date, days: number): Promise<ExpiringCertificate[]> {
  const { rows } = await client.query<Omit<ExpiringCertificate, 'daysLeft'>>(
    `select x.agency_id as "agencyId", a.name as agency, encode(x.fingerprint, 'hex') as fingerprint, x.subject,
       x.not_after as "notAfter", x.source, exists (
         select 1 from ${all} o where o.agency_id = x.agency_id and o.fingerprint <> x.fingerprint
           and o.not_before <= $1 and o.not_after >= x.not_after + interval '60 days'
       ) as succeeded
     from ${all} x join agencies a on a.id = x.agency_id and a.status <> 'closed'
     where x.not_after <= $2 and x.not_after > $3
     order by x.not_after, x.fingerprint limit 5000`,
    [at, new Date(at.getTime() + days * day), new Date(at.getTime() - endedDays * day)],
  );
  return rows.map((row) => ({ ...row, daysLeft: Math.floor((row.notAfter.getTime() - at.getTime()) / day) }));
}

/**
 * Records every step that was reached and not yet announced, with one event each, and returns them. A certificate that is imported late
 * is announced at its nearest step only. Safe in several processes at once: the primary key lets one of them announce.
 */
export function announceExpiring(pool: pg.Pool, at: Date): Promise<(ExpiringCertificate & { step: number })[]> {
  return inTransaction(pool, async (client) => {
    const near = (await expiring(client, at, warningDays[0])).filter((one) => one.daysLeft >= 0);
    const due = near.map((one) => ({ ...one, step: stepOf(one.daysLeft) })).slice(0, mostAnnounced);
    const { rows } = await client.query<{ agency: string; fingerprint: string }>(
      `insert into certificate_warnings (agency_id, fingerprint, days, at)
       select d."agencyId", decode(d.fingerprint, 'hex'), d.step, $2
       from jsonb_to_recordset($1) as d("agencyId" uuid, fingerprint text, step int)
       order by 1, 2 on conflict do nothing returning agency_id as agency, encode(fingerprint, 'hex') as fingerprint`,
      [JSON.stringify(due), at],
    );
    const fresh = new Set(rows.map((row) => `${row.agency} ${row.fingerprint}`));
    const announced = due.filter((one) => fresh.has(`${one.agencyId} ${one.fingerprint}`));
    await noteAll(client, announced, at);
    return announced;
  });
}

async function noteAll(client: Queryable, announced: readonly (ExpiringCertificate & { step: number })[], at: Date): Promise<void> {
  if (announced.length === 0) return;
  const name: EventName = 'certificate.expiring';
  const reasons = announced.map(
    ({ agencyId, fingerprint, step, notAfter }) => `${agencyId}: ${fingerprint} ends ${notAfter.toISOString()}, step ${step}`,
  );
  await client.query(`select pg_advisory_xact_lock_shared(${eventFeed}, 0)`);
  await client.query(`insert into events (name, at, actor, reason) select $1, $2, 'gateway', r from unnest($3::text[]) as r`, [
    name,
    at,
    reasons,
  ]);
}

/** The smallest step that has been reached. */
function stepOf(daysLeft: number): number {
  return warningDays.toReversed().find((step) => daysLeft <= step) ?? warningDays[0];
}
