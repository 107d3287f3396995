import type pg from 'pg';
import type { Refusal } from '../../routing/intake.ts';
import { locksFor, takeLocks } from './feeds.ts';

/** Keeps the evidence of a package that was not accepted: its row, the receipt and the event, in one statement. */
export async function keepRefusal(pool: pg.Pool, r: Refusal): Promise<void> {
  const locks = locksFor(r.senderAgencyId === undefined ? [] : [r.senderAgencyId], []);
  await pool.query({
    name: 'refuse',
    text: `with ${takeLocks},
      package as (
        insert into packages (id, accepted, client_id, sender_agency_id, sender_code, transport_id, sha256, size, received_at, problems)
        select $3, false, $4, $5, $6, $7, decode($8, 'hex'), $9, $10, $11 from locks
        returning id
      ), stated as (
        insert into receipts (id, kind, package_id, sender_agency_id, issued_at, xml) select $12, 'rejected', id, $5, $10, $13 from package
      )
      insert into events (name, at, actor, package_id, reason) select $14, $10, $15, id, $16 from package`,
    values: [
      locks.classes,
      locks.keys,
      r.packageId,
      r.clientId,
      r.senderAgencyId ?? null,
      r.claimedSender?.slice(0, 200) ?? null,
      r.transportId ?? null,
      r.sha256,
      r.size,
      r.receivedAt,
      JSON.stringify(r.problems.slice(0, 100)),
      r.receipt.id,
      r.receipt.xml,
      r.event.name,
      r.event.actor,
      r.event.reason ?? null,
    ],
  });
}
