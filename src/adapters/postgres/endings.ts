import type pg from 'pg';
import type { AgencyEntry } from '../../routing/directory.ts';
import type { Ending, EndingKind, Share, ShareRule } from '../../routing/succession.ts';

/** What an entry of an agency has, whatever code it was found by. */
export type AgencyFields = Pick<AgencyEntry, 'id' | 'name' | 'status' | 'channel' | 'signaturePolicy'>;

/** Name of agency `a` on the day `$2`: what the function name_on says, written out because PostgreSQL can't inline it. */
const nameOfDay = `coalesce((select r.name from successions r
  where r.agency_id = a.id and r.kind in ('rename', 'move') and not r.undone and r.name is not null and r.effective_on <= $2::date
  order by r.effective_on desc limit 1), a.name)`;

/** The same for many agencies: those that ever got a new name are found at once, so that the others cost no look of their own. */
const nameOfMany = `case when a.id in (select n.agency_id from successions n where n.kind in ('rename', 'move') and not n.undone and n.name is not null)
  then ${nameOfDay} else a.name end`;

const fieldsNamed = (name: string) => `a.id, ${name} as name,
  case when a.ended_on <= $2::date then 'closed' else a.status end as status, a.channel, a.signature_policy as "signaturePolicy"`;
/** Those fields of an agency `a` on the day `$2`. */
export const agencyFields = fieldsNamed(nameOfDay);
/** Those fields where the query reads many agencies. */
export const fieldsOfMany = fieldsNamed(nameOfMany);

/** The newest code of agency `a` that is valid on the day `$2`, or null. */
export const codeOfDay = `(select o.code from agency_codes o
  where o.agency_id = a.id and o.valid_from <= $2::date and (o.valid_to is null or o.valid_to >= $2::date)
  order by o.valid_from desc, o.scheme, o.code limit 1)`;

interface EndedRow extends AgencyFields {
  code: string | null;
  on: string | null;
  kind: EndingKind;
  basis: string | null;
  shares: { to: string; rule: ShareRule | null }[];
}

/**
 * How each of these agencies ended, if a succession has ended it by the day `on`; with all that follow, to the living ends. One query
 * for any number of agencies.
 */
export async function readEndings(queryable: Pick<pg.Pool, 'query'>, ids: readonly string[], on: string): Promise<Map<string, Ending>> {
  const { rows } = await queryable.query<EndedRow>({
    name: 'endings',
    text: `with recursive line(id) as (
        select unnest($1::uuid[])
        union
        select sh.successor_id from line
        join successions s on s.agency_id = line.id and s.kind in ('close', 'merge', 'split') and not s.undone and s.effective_on <= $2::date
        join succession_shares sh on sh.succession_id = s.id
      )
      select ${agencyFields}, ${codeOfDay} as code, s.effective_on as on, s.kind, s.basis,
        array(select json_build_object('to', sh.successor_id, 'rule', sh.rule) from succession_shares sh
          where sh.succession_id = s.id order by sh.ordinal) as shares
      from line join agencies a on a.id = line.id
      left join successions s on s.agency_id = a.id and s.kind in ('close', 'merge', 'split') and not s.undone and s.effective_on <= $2::date`,
    values: [ids, on],
  });
  return endingsIn(rows);
}

function endingsIn(rows: readonly EndedRow[]): Map<string, Ending> {
  const byId = new Map(rows.map((row) => [row.id, row]));
  const endings = new Map<string, Ending>();
  const open = new Set<string>();

  function endingOf({ id, on, kind, basis, shares }: EndedRow): Ending | undefined {
    const known = endings.get(id);
    if (known !== undefined || on === null) return known;
    if (open.has(id)) throw new Error(`agencies follow each other in a circle: ${id}`);
    open.add(id);
    const successors = shares.map(({ to, rule }): Share => {
      const agency = entryOf(byId.get(to) as EndedRow);
      return rule === null ? { to: agency } : { to: agency, rule };
    });
    const ending = { on, kind, successors, ...(basis === null ? {} : { basis }) };
    endings.set(id, ending);
    return ending;
  }

  function entryOf(row: EndedRow): AgencyEntry {
    const { id, name, status, channel, signaturePolicy, code } = row;
    const ending = endingOf(row);
    const fields = { id, name, status, channel, signaturePolicy, certificates: [], codeValid: code !== null };
    return { ...fields, ...(code === null ? {} : { code }), ...(ending === undefined ? {} : { ending }) };
  }

  for (const row of rows) endingOf(row);
  return endings;
}
