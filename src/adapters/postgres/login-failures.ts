import type pg from 'pg';
import type { LoginFailures } from '../../routing/clients.ts';
import type { Now } from '../../routing/ports.ts';

/** Failed logins on PostgreSQL, for all processes of the gateway. */
export function createLoginFailures(pool: pg.Pool, now: Now): LoginFailures {
  return {
    async read(keys) {
      const { rows } = await pool.query<{ key: string; failures: number; endsAt: Date }>({
        name: 'login-failures',
        text: 'select key, failures, ends_at as "endsAt" from login_failures where key = any($1) and ends_at > $2',
        values: [keys, now()],
      });
      return new Map(rows.map((row) => [row.key, row]));
    },
    async add(keys, seconds) {
      const at = now();
      await pool.query(
        `insert into login_failures as l (key, failures, ends_at) select k, 1, $3 from unnest($1::text[]) as k order by 1
         on conflict (key) do update set
           failures = case when l.ends_at > $2 then l.failures + 1 else 1 end,
           ends_at = case when l.ends_at > $2 then l.ends_at else excluded.ends_at end`,
        [keys, at, new Date(at.getTime() + seconds * 1000)],
      );
    },
    async forget() {
      await pool.query('delete from login_failures where ends_at <= $1', [now()]);
    },
  };
}
