import type pg from 'pg';
import type { AxisSystem, AxisSystems, NewAxisSecret } from '../../routing/facade.ts';
import type { Now } from '../../routing/ports.ts';
import { reject } from '../../routing/problem.ts';
import { createNotedChange } from './noted-change.ts';
import type { Queryable } from './pool.ts';
import { orUnavailable } from './pool.ts';
import { present } from './present.ts';

/** The systems of the axis protocol on PostgreSQL. */
export function createAxisSystems(pool: pg.Pool, now: Now): AxisSystems {
  const noted = createNotedChange(pool, now);
  return {
    find: (systemId) => orUnavailable(() => find(pool, systemId, now())),
    addSecret: (given, actor) =>
      noted('credentials.issued', actor, `axis secret of ${given.clientId}, system ${given.systemId}${modeOf(given)}`, (client) =>
        addSecret(client, given, now()),
      ),
  };
}

function modeOf({ repairsPrefixes }: NewAxisSecret): string {
  return repairsPrefixes === undefined ? '' : `, undeclared prefixes ${repairsPrefixes ? 'repaired' : 'refused'}`;
}

async function find(pool: pg.Pool, systemId: string, at: Date): Promise<AxisSystem | null> {
  const { rows } = await pool.query<{ clientId: string; maxAgeSeconds: number | null; repairsPrefixes: boolean; sealed: Buffer[] }>({
    name: 'axis-system',
    text: `select s.client_id as "clientId", s.max_age_seconds as "maxAgeSeconds", s.repairs_prefixes as "repairsPrefixes",
        array(select x.sealed from vxp_secrets x
          where x.system_id = s.system_id and (x.expires_at is null or x.expires_at > $2) order by x.created_at desc limit 5) as sealed
      from vxp_systems s where s.system_id = $1`,
    values: [systemId, at],
  });
  const row = rows[0];
  return row === undefined || row.sealed.length === 0 ? null : (present(row) as AxisSystem);
}

async function addSecret(client: Queryable, given: NewAxisSecret, at: Date): Promise<void> {
  const known = await client.query('select from clients where id = $1 for update', [given.clientId]);
  if (known.rowCount !== 1) throw reject('CLIENT_UNKNOWN', { params: { client: given.clientId } });
  const { rows } = await client.query<{ owner: string }>(
    `insert into vxp_systems as s (system_id, client_id, max_age_seconds, repairs_prefixes, created_at)
     values ($1, $2, $3, coalesce($4, false), $5)
     on conflict (system_id) do update set max_age_seconds = coalesce(excluded.max_age_seconds, s.max_age_seconds),
       repairs_prefixes = coalesce($4, s.repairs_prefixes)
     returning client_id as owner`,
    [given.systemId, given.clientId, given.maxAgeSeconds ?? null, given.repairsPrefixes ?? null, at],
  );
  if (rows[0]?.owner !== given.clientId) throw reject('AXIS_SYSTEM_TAKEN', { params: { system: given.systemId } });
  await client.query('update vxp_secrets set expires_at = $2 where system_id = $1 and (expires_at is null or expires_at > $2)', [
    given.systemId,
    given.endOlderAt,
  ]);
  await client.query('insert into vxp_secrets (id, system_id, sealed, created_at) values ($1, $2, $3, $4)', [
    given.secret.id,
    given.systemId,
    given.secret.sealed,
    at,
  ]);
}
