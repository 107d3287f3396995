import type pg from 'pg';
import type { EarlierPackage, EarlierQuery, FindEarlier } from '../../routing/earlier.ts';
import { referenceOf } from './act-rows.ts';
import { dated } from './first-receipt.ts';
import { grouped } from './grouped.ts';
import { isAway, orUnavailable } from './pool.ts';
import { present } from './present.ts';

const columns = `p.id as "packageId", p.received_at as "receivedAt", p.route`;
const isDocument = `p.accepted and p.kind = 'document' and p.action = 'new'`;
const together = { groups: 1, items: 64, weight: 64, pause: 3, weightOf: () => 1 };

/**
 * Values: sender, SHA-256 in hex, document id, number, notation, first day of the year and promulgation date of each look. Each branch asks for an order that one index gives: so it is chosen also while the tables are new and nothing is known of them. A plan made
 * then by any other index of a sender would go through all packages of that sender until the next statistics.
 */
export const earlierText = `
  select q.n, found.* from unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::text[], $6::date[], $7::date[]) with ordinality
    as q(sender, sha256, document, number, notation, year, promulgated, n)
  cross join lateral (
    (select 'content' as by, ${columns} from packages p
     where p.accepted and p.sender_agency_id = q.sender and ${dated('p.promulgation_date')} = ${dated('q.promulgated')}
       and p.sha256 between decode(q.sha256, 'hex') and decode(q.sha256, 'hex') order by p.sha256 limit 1)
    union all
    (select 'id', ${columns} from packages p
     where ${isDocument} and p.document_id = q.document and p.sender_agency_id = q.sender order by p.id limit 1)
    union all
    (select 'number', ${columns} from packages p
     where ${isDocument} and p.sender_agency_id = q.sender and ${referenceOf('p.number', 'p.notation')} = ${referenceOf('q.number', 'q.notation')}
       and p.promulgation_date >= q.year and p.promulgation_date < q.year + interval '1 year' order by p.promulgation_date limit 1)
  ) as found`;

/** Finds earlier packages on PostgreSQL, each by an index. Looks that come while others are under way share the next statement. */
export function createFindEarlier(pool: pg.Pool): FindEarlier {
  const find = grouped((queries: readonly EarlierQuery[]) => findAll(pool, queries), together, isAway);
  return (query) => orUnavailable(() => find(query));
}

async function findAll(pool: pg.Pool, queries: readonly EarlierQuery[]): Promise<EarlierPackage[][]> {
  const documents = queries.map(({ document }) => document);
  const { rows } = await pool.query<EarlierPackage & { readonly n: number }>({
    name: 'earlier',
    text: earlierText,
    values: [
      queries.map((query) => query.senderAgencyId),
      queries.map((query) => query.sha256 ?? null),
      documents.map((document) => document?.documentId ?? null),
      documents.map((document) => document?.number ?? null),
      documents.map((document) => document?.notation ?? null),
      documents.map((document) => (document === undefined ? null : `${document.year}-01-01`)),
      queries.map((query) => query.promulgationDate ?? null),
    ],
  });
  const found = queries.map((): EarlierPackage[] => []);
  for (const { n, ...row } of rows) found[n - 1]?.push(present(row));
  return found;
}
