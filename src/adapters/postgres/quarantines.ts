import { createHash } from 'node:crypto';
import type pg from 'pg';
import type { TrustStatement } from '../../routing/evidence.ts';
import type { Concerned, Ending, OpenQuarantine, Quarantines } from '../../routing/quarantine.ts';
import type { SignedReceipt } from '../../routing/receipt.ts';
import type { PackageRow } from './delivery-rows.ts';
import { packageColumns, packageFrom } from './delivery-rows.ts';
import { takeFeeds } from './feeds.ts';
import { inTransaction } from './pool.ts';
import { addReceipt } from './receipts.ts';

/** Quarantines and notices on PostgreSQL. */
export function createQuarantines(pool: pg.Pool): Quarantines {
  return {
    due: (now, limit) => due(pool, now, limit),
    postpone: async (packageId, until, why) => {
      await pool.query(
        `update quarantines set next_check_at = $2, why = $3, checks = checks + 1 where package_id = $1 and settled_at is null`,
        [packageId, until, why.slice(0, 2000)],
      );
    },
    pending: (packageId) => pending(pool, packageId),
    end: (ending) => inTransaction(pool, (client) => end(client, ending)),
    concerned: (packageId) => concerned(pool, packageId),
    accepted: (fingerprint, since, after, limit) => accepted(pool, fingerprint, since, after, limit),
    notify: (packageId, notices) => inTransaction(pool, (client) => notify(client, packageId, notices)),
  };
}

async function due(pool: pg.Pool, now: Date, limit: number): Promise<OpenQuarantine[]> {
  const { rows } = await pool.query<{ packageId: string; at: Date; checks: number; statement: string; chain: Buffer[] }>(
    `select q.package_id as "packageId", p.trust_at as at, q.checks, s.statement, array(
       select o.der from json_array_elements_text(s.statement::json -> 'chain') with ordinality as c(sha256, n)
       join trust_objects o on o.sha256 = decode(c.sha256, 'hex') order by c.n
     ) as chain
     from quarantines q join packages p on p.id = q.package_id join trust_statements s on s.sha256 = p.trust_statement
     where q.settled_at is null and q.next_check_at <= $1 order by q.next_check_at limit $2`,
    [now, limit],
  );
  return rows.map(({ statement, ...row }) => ({ ...row, anchorId: (JSON.parse(statement) as TrustStatement).anchor?.id ?? '' }));
}

async function pending(pool: pg.Pool, packageId: string) {
  const { rows } = await pool.query<{ id: string; state: 'held' | 'waiting' }>(
    `select id, state from deliveries where package_id = $1
       and (state = 'waiting' or (state = 'held' and problem ->> 'code' = 'AWAITING_REVOCATION')) order by id`,
    [packageId],
  );
  return rows;
}

/** What was concluded at first, with what is known now: the second evidence stands beside the first, which never changes. */
async function end(client: pg.PoolClient, { packageId, outcome, at, verdict, evidence }: Ending): Promise<void> {
  const { rows } = await client.query<{ statement: string }>(
    `select s.statement from quarantines q join packages p on p.id = q.package_id join trust_statements s on s.sha256 = p.trust_statement
     where q.package_id = $1 and q.settled_at is null for update of q`,
    [packageId],
  );
  const [first] = rows;
  if (first === undefined) return;
  const revocationEvidence = evidence.map(({ kind, sha256 }) => ({ kind, sha256 }));
  const review = {
    ...(JSON.parse(first.statement) as TrustStatement),
    verdict: judgement[outcome],
    revocation: verdict.status,
    revocationEvidence,
  };
  const text = JSON.stringify(verdict.status === 'revoked' ? { ...review, revoked: verdict } : review);
  const sha256 = createHash('sha256').update(text).digest();
  for (const one of evidence) {
    await client.query(`insert into trust_objects (sha256, kind, der) values (decode($1, 'hex'), $2, $3) on conflict do nothing`, [
      one.sha256,
      one.kind,
      one.der,
    ]);
  }
  await client.query('insert into trust_statements (sha256, statement) values ($1, $2) on conflict do nothing', [sha256, text]);
  await client.query('insert into trust_reviews (package_id, at, statement) values ($1, $2, $3)', [packageId, at, sha256]);
  await client.query('update quarantines set settled_at = $2, outcome = $3, why = null where package_id = $1', [packageId, at, outcome]);
  await takeFeeds(client, [], []);
  if (outcome === 'revoked') await refuseActs(client, packageId, at);
  const reason = verdict.status === 'revoked' ? `${verdict.fingerprint} ${verdict.since.toISOString()} ${verdict.reason}` : 'good';
  await client.query('insert into events (name, at, actor, package_id, reason) values ($1, $2, $3, $4, $5)', [
    `package.${outcome}`,
    at,
    'gateway',
    packageId,
    reason,
  ]);
}

/** Acts of a package whose certificate turned out to be revoked are never carried out. */
async function refuseActs(client: pg.PoolClient, packageId: string, at: Date): Promise<void> {
  await client.query(
    `with refused as (
       update acts set state = 'refused' where package_id = $1 and state in ('open', 'unmatched', 'ambiguous')
       returning ordinal, act || coalesce(' ' || status_code, '') as word
     )
     insert into events (name, at, actor, package_id, reason)
     select 'act.refused', $2, 'gateway', $1, word || ' REVOKED_AFTER_ACCEPTANCE' from refused order by ordinal`,
    [packageId, at],
  );
}

const judgement = { cleared: 'trusted', revoked: 'revoked' } as const;

async function concerned(pool: pg.Pool, packageId: string): Promise<Concerned | null> {
  const { rows } = await pool.query<PackageRow & { sender: string; fingerprint: string }>(
    `select ${packageColumns}, p.sender_agency_id as sender, encode(p.certificate_fingerprint, 'hex') as fingerprint
     from packages p where p.id = $1 and p.accepted`,
    [packageId],
  );
  const [row] = rows;
  if (row === undefined) return null;
  const recipients = await pool.query<Concerned['recipients'][number]>(
    `select agency_id as "agencyId", id as "deliveryId", recipient as code,
       case when fetched_at is not null and state <> 'delivered' then 'fetched' else state end as state
     from deliveries where package_id = $1 and agency_id is not null order by id`,
    [packageId],
  );
  return { package: packageFrom(row), fingerprint: row.fingerprint, senderAgencyId: row.sender, recipients: recipients.rows };
}

/** Ids begin with their time (UUIDv7), so the index on certificate and id serves a span of time. */
async function accepted(pool: pg.Pool, fingerprint: string, since: Date, after: string | undefined, limit: number): Promise<string[]> {
  const time = Math.max(0, since.getTime()).toString(16).padStart(12, '0');
  const { rows } = await pool.query<{ id: string }>(
    `select id from packages where accepted and certificate_fingerprint = decode($1, 'hex') and id >= $2 and id > $3 order by id limit $4`,
    [fingerprint, `${time.slice(0, 8)}-${time.slice(8)}-0000-0000-000000000000`, after ?? '00000000-0000-0000-0000-000000000000', limit],
  );
  return rows.map(({ id }) => id);
}

async function notify(
  client: pg.PoolClient,
  packageId: string,
  notices: readonly { readonly agencyId: string; readonly receipt: SignedReceipt }[],
): Promise<number> {
  await takeFeeds(
    client,
    notices.map(({ agencyId }) => agencyId),
    [],
  );
  // Two that tell at the same time take turns; the second finds that all is told.
  await client.query('select 1 from packages where id = $1 for no key update', [packageId]);
  let told = 0;
  for (const { agencyId, receipt } of notices) {
    const { rowCount } = await client.query('select from revocation_notices where package_id = $1 and agency_id = $2', [
      packageId,
      agencyId,
    ]);
    if (rowCount !== 0) continue;
    await addReceipt(client, agencyId, receipt);
    await client.query('insert into revocation_notices (package_id, agency_id, receipt_id) values ($1, $2, $3)', [
      packageId,
      agencyId,
      receipt.id,
    ]);
    told += 1;
  }
  return told;
}
