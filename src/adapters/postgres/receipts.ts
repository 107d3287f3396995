import type { SignedReceipt } from '../../routing/receipt.ts';
import type { Queryable } from './pool.ts';

/** Adds a receipt for a sender, or for another who is to be told. The caller holds the lock of that agency's receipts. */
export async function addReceipt(client: Queryable, agencyId: string | undefined, receipt: SignedReceipt): Promise<void> {
  const { id, kind, issuedAt, xml } = receipt;
  await client.query(
    `insert into receipts (id, kind, package_id, delivery_id, sender_agency_id, issued_at, xml) values ($1, $2, $3, $4, $5, $6, $7)`,
    [id, kind, receipt.package.id, receipt.delivery?.id ?? null, agencyId, issuedAt, xml],
  );
}
