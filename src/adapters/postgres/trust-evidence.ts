import type pg from 'pg';
import type { ReadEvidence, StoredEvidence, TrustObject, TrustReview, TrustStatement } from '../../routing/evidence.ts';
import { orUnavailable } from './pool.ts';
import { present } from './present.ts';

type EvidenceRow = Omit<StoredEvidence, 'objects' | 'reviews'>;

/** The evidence on PostgreSQL. */
export function createReadEvidence(pool: pg.Pool): ReadEvidence {
  return (packageId) => orUnavailable(() => read(pool, packageId));
}

async function read(pool: pg.Pool, packageId: string): Promise<StoredEvidence | null> {
  const { rows } = await pool.query<EvidenceRow>(
    `select p.id as "packageId", encode(p.sha256, 'hex') as "packageSha256", p.signature_state as signature, s.statement,
       encode(s.sha256, 'hex') as "statementSha256", p.trust_at as at, p.received_at as "receivedAt",
       encode(p.trust_timestamp, 'hex') as timestamp
     from packages p join trust_statements s on s.sha256 = p.trust_statement where p.id = $1`,
    [packageId],
  );
  const row = rows[0];
  if (row === undefined) return null;
  const reviews = await pool.query<TrustReview>(
    `select r.at, s.statement, encode(s.sha256, 'hex') as "statementSha256"
     from trust_reviews r join trust_statements s on s.sha256 = r.statement where r.package_id = $1 order by r.at`,
    [packageId],
  );
  const named = [row, ...reviews.rows].flatMap(({ statement }) => namesIn(JSON.parse(statement) as TrustStatement));
  const objects = await pool.query<TrustObject>(
    `select encode(sha256, 'hex') as sha256, kind, der from trust_objects
     where sha256 = any(select decode(h, 'hex') from unnest($1::text[]) as h) order by kind, sha256`,
    [row.timestamp === null || row.timestamp === undefined ? named : [...named, row.timestamp]],
  );
  return { ...present(row), reviews: reviews.rows, objects: objects.rows };
}

function namesIn({ chain, revocationEvidence, timestampChain = [] }: TrustStatement): string[] {
  return [...chain, ...timestampChain, ...revocationEvidence.map(({ sha256 }) => sha256)];
}
