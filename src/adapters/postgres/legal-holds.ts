import type pg from 'pg';
import type { Now } from '../../routing/ports.ts';
import { reject } from '../../routing/problem.ts';
import type { LegalHold, Retention } from '../../routing/retention.ts';
import { noteEvent } from './event-chain.ts';
import { inTransaction } from './pool.ts';
import { present } from './present.ts';

/** Condition: an open legal hold fits package `p`. */
export const heldBy = `exists (
  select 1 from legal_holds h where h.lifted_at is null
    and (h.package_id is null or h.package_id = p.id)
    and (h.sender_agency_id is null or h.sender_agency_id = p.sender_agency_id)
    and (h.recipient_agency_id is null
      or exists (select 1 from deliveries d where d.package_id = p.id and d.agency_id = h.recipient_agency_id))
    and (h.document_id is null or h.document_id = p.document_id)
    and (h.since is null or p.received_at >= h.since) and (h.until is null or p.received_at < h.until)
)`;

/** Legal holds on PostgreSQL. */
export function createHolds(pool: pg.Pool, now: Now): Pick<Retention, 'holds' | 'addHold' | 'liftHold'> {
  return {
    async holds(open) {
      const { rows } = await pool.query<LegalHold>(
        `select id, package_id as "packageId", sender_agency_id as "senderAgencyId", recipient_agency_id as "recipientAgencyId",
           document_id as "documentId", since, until, reason, actor, created_at as "createdAt", lifted_at as "liftedAt",
           lifted_by as "liftedBy", lift_reason as "liftReason"
         from legal_holds where not $1 or lifted_at is null order by id`,
        [open],
      );
      return rows.map(present);
    },
    addHold: (id, conditions, actor, reason) => {
      const { packageId, senderAgencyId, recipientAgencyId, documentId, since, until } = conditions;
      const values = [packageId, senderAgencyId, recipientAgencyId, documentId, since, until];
      if (values.every((value) => value === undefined)) throw reject('HOLD_EMPTY');
      if (reason.trim() === '' || reason.length > 1000) throw reject('REASON_REQUIRED', { params: { move: 'hold' } });
      return inTransaction(pool, async (client) => {
        await client.query(
          `insert into legal_holds (id, package_id, sender_agency_id, recipient_agency_id, document_id, since, until, reason, actor, created_at)
           values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`,
          [id, ...values.map((value) => value ?? null), reason, actor, now()],
        );
        await noteEvent(client, { name: 'hold.added', at: now(), actor, reason: `${id} ${reason}` });
      });
    },
    liftHold: (id, actor, reason) =>
      inTransaction(pool, async (client) => {
        const { rowCount } = await client.query(
          'update legal_holds set lifted_at = $2, lifted_by = $3, lift_reason = $4 where id = $1 and lifted_at is null',
          [id, now(), actor, reason],
        );
        if (rowCount !== 1) throw reject('HOLD_UNKNOWN', { params: { hold: id } });
        await noteEvent(client, { name: 'hold.lifted', at: now(), actor, reason: `${id} ${reason}` });
      }),
  };
}
