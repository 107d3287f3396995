import type pg from 'pg';
import type { AnswersFor } from '../../routing/act-intake.ts';
import type { Now } from '../../routing/ports.ts';
import { vietnamDay } from '../../routing/time.ts';
import { orUnavailable } from './pool.ts';

/** Who answers for whom by the successions that hold today: an agency for itself and for all that ended in it, step by step. */
export function createAnswersFor(pool: pg.Pool, now: Now): AnswersFor {
  return (agencyIds) => orUnavailable(() => answersFor(pool, agencyIds, vietnamDay(now())));
}

async function answersFor(pool: pg.Pool, agencyIds: readonly string[], on: string): Promise<ReadonlyMap<string, readonly string[]>> {
  const { rows } = await pool.query<{ agency: string; ids: string[] }>({
    name: 'answers-for',
    text: `with recursive line as (
        select i.id as agency, i.id as former, 0 as step from unnest($1::uuid[]) as i(id)
        union
        select l.agency, s.agency_id, l.step + 1 from line l
        join succession_shares h on h.successor_id = l.former
        join successions s on s.id = h.succession_id and not s.undone and s.effective_on <= $2::date
        where l.step < 100
      )
      select agency, array_agg(former order by step) as ids from line group by agency`,
    values: [agencyIds, on],
  });
  return new Map(rows.map(({ agency, ids }) => [agency, ids]));
}
