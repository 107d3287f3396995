import type pg from 'pg';
import type { LevelOneCodes } from '../../routing/directory-desk.ts';
import type { KnownLevelOne, LevelOne } from '../../routing/level-one.ts';
import type { Now } from '../../routing/ports.ts';
import { arrange } from './arrange.ts';
import { createNotedChange } from './noted-change.ts';
import type { Queryable } from './pool.ts';
import { present } from './present.ts';

/** All level-1 codes that are known, closed ones too: a code of before a merger must still be read. */
export async function knownLevelOne(queryable: Queryable): Promise<KnownLevelOne> {
  const { rows } = await queryable.query<{ code: string }>('select code from level_one_codes');
  return new Set(rows.map((row) => row.code));
}

/** Level-1 codes on PostgreSQL. */
export function createLevelOneCodes(pool: pg.Pool, now: Now): LevelOneCodes {
  const change = createNotedChange(pool, now);
  return {
    async list() {
      const { rows } = await pool.query<LevelOne>(
        'select code, name, closed_on as "closedOn", successor, confirmed, source from level_one_codes order by code',
      );
      return rows.map(present);
    },
    load: (units, actor) =>
      change('agency.changed', actor, `${units.length} level-1 codes`, async (client) => {
        await client.query(
          `insert into level_one_codes (code, name, closed_on, successor, confirmed, source)
           select u.code, u.name, u."closedOn", u.successor, u.confirmed, u.source
           from jsonb_to_recordset($1) as u(code text, name text, "closedOn" date, successor text, confirmed boolean, source text)
           on conflict (code) do update set name = excluded.name, closed_on = excluded.closed_on, successor = excluded.successor,
             confirmed = excluded.confirmed, source = excluded.source`,
          [JSON.stringify(units)],
        );
        await arrange(client, await knownLevelOne(client));
      }),
  };
}
