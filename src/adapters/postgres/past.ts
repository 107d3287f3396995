import type pg from 'pg';
import type { ReadPast } from '../../routing/explain.ts';
import { firstIdOf } from '../../routing/ids.ts';

/** Past packages with the codes that they named, on PostgreSQL: a walk along the primary key. */
export function createReadPast(pool: pg.Pool): ReadPast {
  return async (since, after, limit) => {
    const { rows } = await pool.query<{
      id: string;
      named: string[];
      sender: string | null;
      notation: string | null;
      subject: string | null;
    }>(
      `select p.id, p.sender_code as sender, p.notation, p.subject, array(
         select distinct coalesce(d.named_as, d.recipient) from deliveries d where d.package_id = p.id
       ) as named
       from packages p where p.accepted and p.id >= $1 and ($2::uuid is null or p.id > $2) order by p.id limit $3`,
      [firstIdOf(since), after ?? null, limit],
    );
    return rows.map(({ id, named, sender, notation, subject }) => ({
      id,
      named,
      matter: { ...given('sender', sender), ...given('notation', notation), ...given('subject', subject) },
    }));
  };
}

function given<K extends string>(name: K, value: string | null): { readonly [P in K]?: string } {
  return value === null ? {} : ({ [name]: value } as { readonly [P in K]?: string });
}
