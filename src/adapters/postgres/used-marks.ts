import type pg from 'pg';
import type { UsedMarks } from '../../routing/clients.ts';
import type { Now } from '../../routing/ports.ts';
import { orUnavailable } from './pool.ts';

/** What may be used once, on PostgreSQL, for all processes of the gateway. */
export function createUsedMarks(pool: pg.Pool, now: Now): UsedMarks {
  return {
    use: (mark, seconds) =>
      orUnavailable(async () => {
        const at = now();
        const { rowCount } = await pool.query({
          name: 'use-mark',
          text: `insert into used_marks as m (mark, ends_at) values ($1, $3)
            on conflict (mark) do update set ends_at = excluded.ends_at where m.ends_at <= $2`,
          values: [mark, at, new Date(at.getTime() + seconds * 1000)],
        });
        return rowCount === 1;
      }),
    async giveBack(mark) {
      await pool.query('delete from used_marks where mark = $1', [mark]);
    },
    async forget() {
      await pool.query('delete from used_marks where ends_at <= $1', [now()]);
    },
  };
}
