import type pg from 'pg';
import type { Acceptance, Content, StoredReceipt } from '../../routing/intake.ts';
import { promulgationOf } from '../../routing/message.ts';
import { signedDigest } from './intake-rows.ts';

/** What the unique indexes over digests are dated by. */
export const dated = (date: string) => `coalesce(${date}, date '1970-01-01')`;

/** The receipt of an accepted package with this content from one of these agencies, if there is one. */
export async function findFirst(pool: pg.Pool, { sha256, message }: Content, senders: readonly string[]): Promise<StoredReceipt | null> {
  const known = message !== undefined;
  const { rows } = await pool.query<StoredReceipt>({
    name: known ? 'find-first' : 'find-first-unread',
    text: `select r.id, r.kind, r.package_id as "packageId", r.xml
      from packages p join receipts r on r.package_id = p.id and r.kind = 'accepted'
      where p.accepted and p.sender_agency_id = any($1) and p.sha256 = decode($2, 'hex')
        ${known ? `and ${dated('p.promulgation_date')} = ${dated('$3::date')}` : ''}
      order by r.position limit 1`,
    values: [senders, sha256, ...(known ? [promulgationOf(message) ?? null] : [])],
  });
  return rows[0] ?? null;
}

/** The receipt of the accepted package in which the same was signed with the same certificate, written in another way. */
export async function findSigned(pool: pg.Pool, a: Acceptance): Promise<StoredReceipt | null> {
  const { signature } = a.verified;
  if (signature.state === 'absent') return null;
  const { rows } = await pool.query<StoredReceipt>({
    name: 'find-signed',
    text: `select r.id, r.kind, r.package_id as "packageId", r.xml
      from packages p join receipts r on r.package_id = p.id and r.kind = 'accepted'
      where p.accepted and p.signed_sha256 is not null and p.sender_agency_id = $1
        and ${dated('p.promulgation_date')} = ${dated('$4::date')}
        and p.signed_sha256 = decode($2, 'hex') and p.certificate_fingerprint = decode($3, 'hex')
      order by r.position limit 1`,
    values: [a.senderAgencyId, signedDigest(a) ?? null, signature.fingerprint, promulgationOf(a.verified.message) ?? null],
  });
  return rows[0] ?? null;
}

/** The receipt of the accepted package that said the same and came over the same route, written in another way. */
export async function findCarried(pool: pg.Pool, a: Acceptance): Promise<StoredReceipt | null> {
  if (a.route === undefined) return null;
  const { rows } = await pool.query<StoredReceipt>({
    name: 'find-carried',
    text: `select r.id, r.kind, r.package_id as "packageId", r.xml
      from packages p join receipts r on r.package_id = p.id and r.kind = 'accepted'
      where p.accepted and p.transport_id is not null and p.sender_agency_id = $1 and p.transport_id = $2 and p.route = $3
      order by r.position limit 1`,
    values: [a.senderAgencyId, a.transportId ?? null, a.route],
  });
  return rows[0] ?? null;
}
