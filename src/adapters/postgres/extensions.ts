import type pg from 'pg';
import type { Delivery } from '../../routing/delivery.ts';
import type { AcceptedPackage, Extension } from '../../routing/intake.ts';
import type { Standing } from '../../routing/lifecycle.ts';
import type { SignatureAlgorithm, SignatureVerdict } from '../../routing/package.ts';
import { awaitsRevocation } from './act-rows.ts';
import { addDelivery } from './act-writes.ts';
import type { DeliveryRow, PackageRow } from './delivery-rows.ts';
import { deliveryColumns, deliveryFrom, moveColumns, packageColumns, packageFrom } from './delivery-rows.ts';
import { noteEvents } from './event-chain.ts';
import { takeFeeds } from './feeds.ts';
import type { Queryable } from './pool.ts';
import { inTransaction, untilNoDeadlock } from './pool.ts';
import { addReceipt } from './receipts.ts';

interface AcceptedRow extends PackageRow {
  signature_state: SignatureVerdict['state'];
  signature_algorithm: SignatureAlgorithm | null;
  fingerprint: string | null;
  closed: boolean;
  provisional: boolean;
}

/** An accepted package with its deliveries; null when there is none. */
export async function findAccepted(client: Queryable, packageId: string): Promise<AcceptedPackage | null> {
  const { rows } = await client.query<AcceptedRow>({
    name: 'find-accepted',
    text: `select ${packageColumns}, p.signature_state, p.signature_algorithm, encode(p.certificate_fingerprint, 'hex') as fingerprint,
        ${awaitsRevocation('p.id')} as provisional,
        exists (select 1 from purged_packages g where g.package_id = p.id)
          or exists (select 1 from quarantines q where q.package_id = p.id and q.outcome = 'revoked')
          or exists (select 1 from acts a where a.package_id = p.id and a.state in ('refused', 'dismissed')) as closed
      from packages p where p.id = $1 and p.accepted`,
    values: [packageId],
  });
  const [row] = rows;
  if (row === undefined) return null;
  const deliveries = await client.query<DeliveryRow & { standing: Standing | null }>({
    name: 'find-accepted-deliveries',
    text: `select ${deliveryColumns}, d.standing from deliveries d where d.package_id = $1 order by d.id`,
    values: [packageId],
  });
  const { closed, provisional } = row;
  return {
    about: packageFrom(row),
    signature: signatureIn(row),
    deliveries: deliveries.rows.map((one) => ({
      delivery: deliveryFrom(one),
      ...(one.standing === null ? {} : { standing: one.standing }),
    })),
    closed,
    provisional,
  };
}

function signatureIn({ signature_state: state, signature_algorithm: algorithm, fingerprint }: AcceptedRow): SignatureVerdict {
  return state === 'absent' || algorithm === null || fingerprint === null ? { state: 'absent' } : { state, algorithm, fingerprint };
}

/** Gives an accepted package further deliveries, under the lock of its row; see the port `Intake`. */
export function extend(
  pool: pg.Pool,
  packageId: string,
  inboxes: readonly string[],
  decide: (there: AcceptedPackage) => Promise<Extension | null>,
): Promise<readonly Delivery[]> {
  return untilNoDeadlock(() =>
    inTransaction(pool, async (client) => {
      const found = await client.query<{ sender: string }>('select sender_agency_id as sender from packages where id = $1 and accepted', [
        packageId,
      ]);
      const sender = found.rows[0]?.sender;
      if (sender === undefined) return [];
      await takeFeeds(client, [sender], inboxes);
      await client.query('select 1 from packages where id = $1 for no key update', [packageId]);
      const there = await findAccepted(client, packageId);
      const extension = there === null ? null : await decide(there);
      return extension === null ? [] : write(client, sender, extension);
    }),
  );
}

async function write(client: pg.PoolClient, sender: string, { at, added, resumed, receipts, events }: Extension): Promise<Delivery[]> {
  for (const delivery of added) await addDelivery(client, { delivery, after: null }, at);
  for (const delivery of resumed) await resume(client, delivery, at);
  for (const receipt of receipts) {
    await addReceipt(client, sender, receipt);
  }
  await noteEvents(client, events);
  return [...added, ...resumed];
}

async function resume(client: pg.PoolClient, delivery: Delivery, at: Date): Promise<void> {
  const enters = delivery.state === 'waiting' && delivery.channel === 'inbox' && delivery.gate === undefined;
  const columns = moveColumns(delivery, at, 3);
  await client.query(
    `update deliveries set ${columns.set}, gate = $2, inbox_position = ${enters ? "nextval('inbox_positions')" : 'null'} where id = $1`,
    [delivery.id, delivery.gate ?? null, ...columns.values],
  );
}
