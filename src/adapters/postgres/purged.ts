import type pg from 'pg';
import { reject } from '../../routing/problem.ts';

/** For content that was not found. Throws Rejection PAYLOAD_PURGED when the retention removed it and the package is still known. */
export async function refusePurged(pool: pg.Pool, packageId: string): Promise<void> {
  const { rowCount } = await pool.query(
    `select 1 from purged_packages g join packages p on p.id = g.package_id where g.package_id = $1 and g.part = 'payload'`,
    [packageId],
  );
  if (rowCount !== 0) throw reject('PAYLOAD_PURGED', { params: { package: packageId } });
}

/** The same for a delivery of one of these agencies; what is not theirs is unknown to them. */
export async function refusePurgedDelivery(pool: pg.Pool, deliveryId: string, agencyIds: readonly string[]): Promise<void> {
  const { rows } = await pool.query<{ id: string }>(
    `select package_id as id from deliveries where id = $1 and agency_id = any($2) and channel = 'inbox' and inbox_position is not null`,
    [deliveryId, agencyIds],
  );
  if (rows[0] !== undefined) await refusePurged(pool, rows[0].id);
}
