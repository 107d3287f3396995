import type pg from 'pg';
import { foldName } from '../../routing/fold.ts';
import { codePath } from '../../routing/level-one.ts';
import type { ChangeOf, CodeOwner, OutsideChange } from '../../routing/outside-change.ts';
import type { OutsideRegister } from '../../routing/outside-sync.ts';
import type { NewId, Now } from '../../routing/ports.ts';
import { vietnamDay } from '../../routing/time.ts';
import { addAgencies } from './add-agencies.ts';
import { knownLevelOne } from './level-one.ts';
import { createNotedChange } from './noted-change.ts';
import { createRecode } from './outside-recode.ts';
import type { Queryable } from './pool.ts';
import { present } from './present.ts';

/** Agencies elsewhere, as the directory of the system above changes them, on PostgreSQL. */
export function createOutsideRegister(pool: pg.Pool, newId: NewId, now: Now): OutsideRegister {
  const change = createNotedChange(pool, now);
  return {
    owners: (codes) => owners(pool, codes, vietnamDay(now())),
    apply: (changes, actor) =>
      change('agency.changed', actor, `directory of the system above: ${changes.length} changes`, (client) =>
        apply(client, changes, newId),
      ),
    recode: createRecode(pool, newId, now),
    circles: (moves) => circles(pool, moves),
  };
}

async function owners(pool: pg.Pool, codes: readonly string[], day: string): Promise<Map<string, CodeOwner>> {
  const { rows } = await pool.query<CodeOwner & { asked: string }>(
    `select o.code as asked, a.id, a.name, a.status, a.channel, coalesce(a.ended_on <= $2::date, false) as ended, a.parent_id as parent,
       (select coalesce(json_agg(json_strip_nulls(json_build_object('code', c.code, 'scheme', c.scheme, 'validFrom', c.valid_from,
          'validTo', c.valid_to))), '[]') from agency_codes c where c.agency_id = a.id) as codes,
       (select json_build_object('name', coalesce(bool_or(s.name is not null), false), 'parent', coalesce(bool_or(s.kind = 'move'), false))
          from successions s where s.agency_id = a.id and not s.undone) as ruled
     from code_owners o join agencies a on a.id = o.agency_id where o.code = any($1)`,
    [codes, day],
  );
  return new Map(rows.map(({ asked, ...owner }) => [asked, present(owner)]));
}

async function apply(client: Queryable, changes: readonly OutsideChange[], newId: NewId): Promise<void> {
  // the first list of a country is more than a request may take
  await client.query('set local statement_timeout = 0');
  const of = <K extends OutsideChange['kind']>(...kinds: readonly K[]) =>
    changes.filter((one): one is ChangeOf<K> => kinds.includes(one.kind as K));
  await add(client, of('add'), newId);
  await addCodes(client, of('code'));
  await client.query(
    `update agencies a set name = n.name, name_folded = n.folded from jsonb_to_recordset($1) as n(id uuid, name text, folded text)
     where a.id = n.id and a.channel = 'upward'`,
    [JSON.stringify(of('rename').map(({ id, name }) => ({ id, name, folded: foldName(name) })))],
  );
  await client.query(
    `update agencies a set status = case n.kind when 'close' then 'closed' else 'active' end from jsonb_to_recordset($1) as n(id uuid, kind text)
     where a.id = n.id and a.channel = 'upward'`,
    [JSON.stringify(of('close', 'reopen').map(({ id, kind }) => ({ id, kind })))],
  );
  await client.query(
    `update agencies a set parent_id = o.agency_id
     from jsonb_to_recordset($1) as n(id uuid, parent text) join code_owners o on o.code = n.parent
     where a.id = n.id and a.channel = 'upward' and o.agency_id <> a.id`,
    [JSON.stringify(of('move').map(({ id, parent }) => ({ id, parent })))],
  );
}

function add(client: Queryable, added: readonly ChangeOf<'add'>[], newId: NewId): Promise<void> {
  return addAgencies(
    client,
    added.map(({ name, codes, parent }) => ({
      id: newId(),
      name,
      status: 'active',
      signaturePolicy: 'required',
      channel: 'upward',
      codes,
      ...(parent === undefined ? {} : { parent }),
    })),
  );
}

async function addCodes(client: Queryable, changes: readonly ChangeOf<'code'>[]): Promise<void> {
  if (changes.length === 0) return;
  const known = await knownLevelOne(client);
  await client.query(
    `insert into agency_codes (code, scheme, agency_id, valid_from, valid_to, path)
     select n.code, n.scheme, n.agency, n."validFrom", n."validTo", n.path
     from jsonb_to_recordset($1) as n(code text, scheme text, agency uuid, "validFrom" date, "validTo" date, path text)`,
    [JSON.stringify(changes.map(({ id, added }) => ({ ...added, agency: id, path: codePath(added.code, known)?.join('.') })))],
  );
}

async function circles(pool: pg.Pool, moves: readonly ChangeOf<'move'>[]): Promise<Set<string>> {
  const { rows } = await pool.query<{ id: string }>(
    `with recursive moved as materialized (
       select m.id, o.agency_id as parent from jsonb_to_recordset($1) as m(id uuid, parent text) join code_owners o on o.code = m.parent
     ), walk(start, at) as (
       select id, parent from moved
       union
       select w.start, coalesce(m.parent, a.parent_id) from walk w join agencies a on a.id = w.at left join moved m on m.id = w.at
       where w.at <> w.start and coalesce(m.parent, a.parent_id) is not null
     )
     select distinct start as id from walk where at = start`,
    [JSON.stringify(moves.map(({ id, parent }) => ({ id, parent })))],
  );
  return new Set(rows.map(({ id }) => id));
}
