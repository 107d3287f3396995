import type pg from 'pg';
import type { AxisUnits } from '../../routing/facade.ts';
import { foldName } from '../../routing/fold.ts';
import type { Now } from '../../routing/ports.ts';
import { reject } from '../../routing/problem.ts';
import type { Agency } from '../../routing/register.ts';
import { vietnamDay } from '../../routing/time.ts';
import type { Contacts } from '../../routing/unit.ts';
import type { Client } from '../../routing/verify.ts';
import { addAgencies } from './add-agencies.ts';
import { createNotedChange } from './noted-change.ts';
import type { Queryable } from './pool.ts';
import { orUnavailable } from './pool.ts';

/** The agencies that systems of the axis protocol register, on PostgreSQL. */
export function createAxisUnits(pool: pg.Pool, now: Now): AxisUnits {
  const noted = createNotedChange(pool, now);
  return {
    async addUnit(unit, contacts, client) {
      const code = unit.codes[0]?.code ?? '';
      const known = await orUnavailable(() => isRegistered(pool, unit, code, client, vietnamDay(now())));
      if (known && !(await orUnavailable(() => differs(pool, code, contacts, client.id)))) return;
      await noted('agency.changed', `client:${client.id}`, known ? `new contacts of ${code}` : `registered ${code}`, async (queryable) => {
        if (!known) await add(queryable, unit, code, client, now());
        await setContacts(queryable, code, contacts, client.id);
      });
    },
    unitState: (code, clientId) => orUnavailable(() => unitState(pool, code, clientId, vietnamDay(now()))),
  };
}

/** True when the client has it already. Throws Rejection when the code is another's, was closed, or goes with another name. */
async function isRegistered(queryable: Pick<pg.Pool, 'query'>, unit: Agency, code: string, client: Client, day: string): Promise<boolean> {
  const { rows } = await queryable.query<{ id: string; name: string; closed: boolean; registrar: string | null }>(
    `select a.id, name_on(a, $2::date) as name, coalesce(a.ended_on <= $2::date, false) or a.status = 'closed' as closed,
       u.client_id as registrar
     from code_owners o join agencies a on a.id = o.agency_id left join vxp_units u on u.agency_id = a.id where o.code = $1`,
    [code, day],
  );
  const [known] = rows;
  if (known === undefined) return false;
  if (known.registrar !== client.id && !client.agencyIds.has(known.id)) throw reject('CODE_TAKEN', { params: { code } });
  if (known.closed) throw reject('AXIS_UNIT_CLOSED', { params: { code } });
  if (foldName(known.name) !== foldName(unit.name)) throw reject('AXIS_UNIT_DIFFERS', { params: { code, name: known.name } });
  return true;
}

/** True when the client registered it with other contacts. */
async function differs(queryable: Queryable, code: string, contacts: Contacts, clientId: string): Promise<boolean> {
  const { rowCount } = await queryable.query(
    `select from vxp_units u join code_owners o on o.agency_id = u.agency_id where o.code = $1 and u.client_id = $2 and u.contacts <> $3`,
    [code, clientId, JSON.stringify(contacts)],
  );
  return rowCount === 1;
}

async function setContacts(queryable: Queryable, code: string, contacts: Contacts, clientId: string): Promise<void> {
  await queryable.query(
    `update vxp_units u set contacts = $3 from code_owners o where o.agency_id = u.agency_id and o.code = $1 and u.client_id = $2`,
    [code, clientId, JSON.stringify(contacts)],
  );
}

async function add(queryable: Queryable, unit: Agency, code: string, client: Client, at: Date): Promise<void> {
  // one registration at a time: the library repeats its calls, and the second must find the first
  await queryable.query('lock table vxp_units in share row exclusive mode');
  if (await isRegistered(queryable, unit, code, client, vietnamDay(at))) return;
  await addAgencies(queryable, [unit]);
  const { rowCount } = await queryable.query(
    `with recursive above(id) as (
       select parent_id from agencies where id = $1
       union select parent_on(a, $3::date) from above join agencies a on a.id = above.id
     ) select from above where id = any($2::uuid[]) limit 1`,
    [unit.id, [...client.agencyIds], vietnamDay(at)],
  );
  if (rowCount !== 1) throw reject('AXIS_UNIT_NOT_BELOW', { params: { code } });
  await queryable.query('insert into vxp_units (agency_id, client_id, registered_at) values ($1, $2, $3)', [unit.id, client.id, at]);
  await queryable.query('insert into client_agencies (client_id, agency_id) values ($1, $2)', [client.id, unit.id]);
}

async function unitState(pool: pg.Pool, code: string, clientId: string, day: string): Promise<'open' | 'closed'> {
  const { rows } = await pool.query<{ closed: boolean }>(
    `select coalesce(a.ended_on <= $3::date, false) or a.status = 'closed' as closed
     from code_owners o join vxp_units u on u.agency_id = o.agency_id join agencies a on a.id = o.agency_id
     where o.code = $1 and u.client_id = $2`,
    [code, clientId, day],
  );
  if (rows[0] === undefined) throw reject('AXIS_UNIT_NOT_YOURS', { params: { code } });
  return rows[0].closed ? 'closed' : 'open';
}
