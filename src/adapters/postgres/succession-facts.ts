import type { AgencyCode } from '../../routing/register.ts';
import type { KnownAgency, SuccessionFacts, SuccessionRow } from '../../routing/succession-plan.ts';
import type { Queryable } from './pool.ts';

interface FactRow {
  id: string;
  name: string;
  codes: (Omit<AgencyCode, 'validTo'> & { validTo: string | null })[];
  owned: string[];
  endedOn: string | null;
  closed: boolean;
  parentId: string | null;
  successors: string[];
  renamedOn: string[];
  moves: { on: string; id: string }[];
}

/** Reads the part of the directory that the rows touch: what they name, all that follow, all above, on any day. */
export async function readFacts(queryable: Queryable, rows: readonly SuccessionRow[]): Promise<SuccessionFacts> {
  const codes = new Set(rows.flatMap((row) => [row.from, row.to, row.parent, row.code?.code].filter((code) => code !== undefined)));
  const found = await queryable.query<FactRow>(
    `with recursive touched(id) as (
        select agency_id from code_owners where code = any($1)
        union
        select next.id from touched cross join lateral (
          select sh.successor_id as id from successions s join succession_shares sh on sh.succession_id = s.id
          where s.agency_id = touched.id and not s.undone
          union all
          select a.parent_id from agencies a where a.id = touched.id and a.parent_id is not null
          union all
          select s.parent_id from successions s where s.agency_id = touched.id and s.parent_id is not null and not s.undone
        ) as next
      )
      select a.id, name_on(a, 'infinity') as name, a.ended_on as "endedOn", a.status = 'closed' as closed, a.parent_id as "parentId",
        (select coalesce(json_agg(json_build_object('code', c.code, 'scheme', c.scheme, 'validFrom', c.valid_from, 'validTo', c.valid_to)), '[]')
          from agency_codes c where c.agency_id = a.id) as codes,
        array(select o.code from code_owners o where o.agency_id = a.id) as owned,
        array(select sh.successor_id::text from successions s join succession_shares sh on sh.succession_id = s.id
          where s.agency_id = a.id and not s.undone) as successors,
        array(select s.effective_on::text from successions s where s.agency_id = a.id and s.kind = 'rename' and not s.undone) as "renamedOn",
        (select coalesce(json_agg(json_build_object('on', s.effective_on, 'id', s.parent_id) order by s.effective_on), '[]')
          from successions s where s.agency_id = a.id and s.kind = 'move' and not s.undone) as moves
      from touched t join agencies a on a.id = t.id`,
    [[...codes]],
  );
  const known = found.rows.map((row) => [row, knownAgency(row)] as const);
  return {
    byCode: new Map(known.flatMap(([row, agency]) => row.owned.map((code) => [code, agency] as const))),
    byId: new Map(known.map(([, agency]) => [agency.id, agency])),
  };
}

function knownAgency(row: FactRow): KnownAgency {
  const { id, name, closed, successors, renamedOn, moves, endedOn, parentId } = row;
  const codes = row.codes.map(({ validTo, ...code }) => (validTo === null ? code : { ...code, validTo }));
  return {
    ...{ id, name, closed, successors, renamedOn, codes },
    beginsOn: codes.reduce((first, code) => (code.validFrom < first ? code.validFrom : first), '9999-12-31'),
    parents: [{ on: '0000-01-01', ...(parentId === null ? {} : { id: parentId }) }, ...moves],
    ...(endedOn === null ? {} : { endedOn }),
  };
}
