import type pg from 'pg';
import type { FindAdded } from '../../routing/act-intake.ts';
import { orUnavailable } from './pool.ts';

/** Recipients that updates of a sender add to a document, on PostgreSQL; through the index of the few acts that add any. */
export function createFindAdded(pool: pg.Pool): FindAdded {
  return ({ senderAgencyId, documentIds, reference, date }, codes) =>
    orUnavailable(async () => {
      const { rows } = await pool.query<{ code: string }>({
        name: 'find-added',
        text: `select distinct c.code from acts a cross join lateral jsonb_array_elements_text(a.details->'added') as c(code)
          where a.act = 'update' and jsonb_array_length(a.details->'added') > 0 and a.owner_agency_id = $1
            and a.state not in ('refused', 'dismissed') and (a.document_ids && $2 or (a.reference_key = $3 and a.reference_date = $4))
            and c.code = any($5)`,
        values: [senderAgencyId, documentIds, reference ?? null, date ?? null, codes],
      });
      return rows.map(({ code }) => code);
    });
}
