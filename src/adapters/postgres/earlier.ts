import type pg from 'pg';
import type { EarlierPackage, FindEarlier } from '../../routing/earlier.ts';
import { referenceOf } from './act-rows.ts';
import { orUnavailable } from './pool.ts';
import { present } from './present.ts';

const columns = `p.id as "packageId", p.received_at as "receivedAt", p.route`;
const isDocument = `p.accepted and p.kind = 'document' and p.action = 'new'`;

const text = `
  (select 'content' as by, ${columns} from packages p
   where p.accepted and p.sender_agency_id = $1 and p.sha256 = decode($2, 'hex') limit 1)
  union all
  (select 'id', ${columns} from packages p
   where ${isDocument} and p.document_id = $3 and p.sender_agency_id = $1 limit 1)
  union all
  (select 'number', ${columns} from packages p
   where ${isDocument} and p.sender_agency_id = $1 and ${referenceOf('p.number', 'p.notation')} = ${referenceOf('$4::text', '$5::text')}
     and p.promulgation_date >= $6::date and p.promulgation_date < $6::date + interval '1 year' limit 1)`;

/** Finds earlier packages on PostgreSQL, each by an index. */
export function createFindEarlier(pool: pg.Pool): FindEarlier {
  return ({ senderAgencyId, sha256, document }) =>
    orUnavailable(async () => {
      const { rows } = await pool.query<EarlierPackage>({
        name: 'earlier',
        text,
        values: [
          senderAgencyId,
          sha256 ?? null,
          document?.documentId ?? null,
          document?.number ?? null,
          document?.notation ?? null,
          document === undefined ? null : `${document.year}-01-01`,
        ],
      });
      return rows.map(present);
    });
}
