import type pg from 'pg';

/** Deliveries, at most `limit`, that wait on the day `on` for an agency which others follow by then. */
export async function strandedDeliveries(pool: pg.Pool, on: string, limit: number): Promise<string[]> {
  const { rows } = await pool.query<{ id: string }>({
    name: 'stranded',
    text: `select d.id from successions s
      cross join lateral (
        select id from deliveries where agency_id = s.agency_id and state = 'waiting' and leased_by is null order by id limit $2
      ) as d
      where s.kind in ('merge', 'split') and not s.undone and s.effective_on <= $1::date limit $2`,
    values: [on, limit],
  });
  return rows.map((row) => row.id);
}
