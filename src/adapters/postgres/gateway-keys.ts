import type pg from 'pg';
import type { KeyRecord, PublicKey } from '../../routing/gateway-keys.ts';
import type { Now } from '../../routing/ports.ts';
import { createNotedChange } from './noted-change.ts';
import { orUnavailable } from './pool.ts';
import { present } from './present.ts';

/** The record of the gateway's keys on PostgreSQL. */
export function createKeyRecord(pool: pg.Pool, now: Now): KeyRecord {
  const change = createNotedChange(pool, now);
  return {
    list: () =>
      orUnavailable(async () => {
        const { rows } = await pool.query<PublicKey>(
          `select encode(fingerprint, 'hex') as fingerprint, algorithm, der, origin, active_from as "activeFrom", retired_at as "retiredAt"
           from gateway_keys order by active_from desc, fingerprint`,
        );
        return rows.map(present);
      }),

    note: ({ fingerprint, algorithm, der, origin }) =>
      orUnavailable(async () => {
        await pool.query(
          `insert into gateway_keys (fingerprint, algorithm, der, origin, active_from)
           values (decode($1, 'hex'), $2, $3, $4, $5) on conflict do nothing`,
          [fingerprint, algorithm, der, origin, now()],
        );
      }),

    async activate(fingerprint, actor) {
      const due = await orUnavailable(() =>
        pool.query("select 1 from gateway_keys where (fingerprint = decode($1, 'hex')) = (retired_at is not null) limit 1", [fingerprint]),
      );
      if (due.rowCount === 0) return;
      await change('key.changed', actor, `signs from now on: ${fingerprint}`, (client) =>
        client.query(
          `update gateway_keys set retired_at = case when fingerprint = decode($1, 'hex') then null else greatest($2, active_from) end
           where (fingerprint = decode($1, 'hex')) = (retired_at is not null)`,
          [fingerprint, now()],
        ),
      );
    },
  };
}
