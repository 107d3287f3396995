import type { Candidate } from '../../routing/acts.ts';
import { referenceOf } from './act-rows.ts';
import type { Queryable } from './pool.ts';

interface Found {
  act_id: string;
  rank: number;
  root: string;
  own: boolean;
}

/** A package found by its number and notation ranks behind all that are found by an id. */
const byReference = 1000;
const mostCandidates = 50;

/**
 * The documents that each of these acts may be about. An update or recall found leads to the document that it is itself about. Of a
 * status only documents count that went to the recipient in question; its date stands for the year, in which a number is unique
 * (NĐ 30/2020 Đ15), while an act that changes something needs the very date.
 */
export async function findTargets(client: Queryable, actIds: readonly string[]): Promise<Map<string, Candidate[]>> {
  const { rows } = await client.query<Found>({
    name: 'find-targets',
    text: `select a.id as act_id, k.rank::int, k.root, k.own
      from acts a cross join lateral (
        select distinct f.rank, coalesce(u.target_package_id, p.id) as root, root.sender_agency_id = any(a.owners) as own
        from (
          select i.rank, p.id from unnest(a.document_ids) with ordinality as i(document_id, rank)
          join packages p on p.document_id = i.document_id and p.accepted and p.kind = 'document'
          union all
          select ${byReference}, p.id from packages p
          where p.accepted and p.kind = 'document' and p.sender_agency_id = any(a.owners)
            and ${referenceOf('p.number', 'p.notation')} = a.reference_key
            and p.promulgation_date between
              case when a.act = 'status' then date_trunc('year', a.reference_date)::date else a.reference_date end
              and case when a.act = 'status' then (date_trunc('year', a.reference_date) + interval '1 year - 1 day')::date else a.reference_date end
        ) as f
        join packages p on p.id = f.id and p.id <> a.package_id
        left join acts u on u.package_id = p.id and u.state = 'applied' and p.action in ('update', 'recall')
        join packages root on root.id = coalesce(u.target_package_id, p.id) and root.action in ('new', 'replace')
        where a.parties is null
          or exists (select 1 from deliveries d where d.package_id = root.id and reaches(d, a.parties))
        limit ${mostCandidates}
      ) as k
      where a.id = any($1)`,
    values: [actIds],
  });
  const found = new Map<string, Candidate[]>();
  for (const { act_id, rank, root, own } of rows) {
    const list = found.get(act_id) ?? [];
    list.push({ rank, packageId: root, own });
    found.set(act_id, list);
  }
  return found;
}

/** True when a person may say that the act is about this document: the owner's, and sent to the recipient in question. */
export async function mayBeTarget(client: Queryable, actId: string, packageId: string): Promise<boolean> {
  const { rowCount } = await client.query(
    `select 1 from acts a join packages p on p.id = $2
     where a.id = $1 and p.accepted and p.action in ('new', 'replace') and p.id <> a.package_id and p.sender_agency_id = any(a.owners)
       and (a.parties is null or exists (select 1 from deliveries d where d.package_id = p.id and reaches(d, a.parties)))`,
    [actId, packageId],
  );
  return rowCount === 1;
}
