import type pg from 'pg';

/** Deliveries, at most `limit`, that wait on the day `on` for an agency which has ended by then or was closed. */
export async function strandedDeliveries(pool: pg.Pool, on: string, limit: number): Promise<string[]> {
  const { rows } = await pool.query<{ id: string }>({
    name: 'stranded',
    text: `with ended as (
        select agency_id as id from successions
        where kind in ('close', 'merge', 'split') and not undone and effective_on <= $1::date
        union all
        select id from agencies where status = 'closed'
      )
      select distinct d.id from ended cross join lateral (
        select id from deliveries where agency_id = ended.id and state = 'waiting' and leased_by is null order by id limit $2
      ) as d limit $2`,
    values: [on, limit],
  });
  return rows.map((row) => row.id);
}
