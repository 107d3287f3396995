import type pg from 'pg';
import type { AgencyGroup, DirectoryDesk, GroupRule, ListedAgency } from '../../routing/directory-desk.ts';
import type { Now } from '../../routing/ports.ts';
import { reject } from '../../routing/problem.ts';
import type { FindGroups } from '../../routing/route-book.ts';
import { type ListedRow, listedColumns, wordQuery } from './listed-agencies.ts';
import { createNotedChange } from './noted-change.ts';
import { orUnavailable, type Queryable } from './pool.ts';
import { present } from './present.ts';

type Groups = Pick<DirectoryDesk, 'groups' | 'defineGroup' | 'changeMembers' | 'removeGroup' | 'members'>;

/** Groups of agencies on PostgreSQL. */
export function createGroups(pool: pg.Pool, now: Now): Groups {
  const change = createNotedChange(pool, now);
  return {
    groups: () => orUnavailable(() => readGroups(pool, null)),
    async defineGroup({ key, name, rule }, actor) {
      await change('agency.changed', actor, `group ${key}: ${name}`, (client) => define(client, key, name, rule));
      return groupBy(pool, key);
    },
    async changeMembers(key, { add = [], remove = [] }, actor) {
      await groupBy(pool, key);
      await change('agency.changed', actor, `group ${key}: + ${add.join(' ')} − ${remove.join(' ')}`.slice(0, 2000), async (client) => {
        await putIn(client, key, await agenciesOf(client, add));
        const gone = await agenciesOf(client, remove);
        await client.query('delete from agency_group_members where group_key = $1 and agency_id = any($2)', [key, gone]);
      });
      return groupBy(pool, key);
    },
    async removeGroup(key, actor) {
      await groupBy(pool, key);
      await change('agency.changed', actor, `group ${key} removed`, async (client) => {
        await client.query('delete from agency_groups where key = $1', [key]);
      });
    },
    members: (key, on) => orUnavailable(async () => membersOf(pool, await groupBy(pool, key), on)),
  };
}

/** Finds the groups that packages name in place of recipients. */
export function createFindGroups(pool: pg.Pool): FindGroups {
  return (codes, on) =>
    orUnavailable(async () => {
      const found = await readGroups(pool, codes);
      const members = await Promise.all(found.map((group) => membersOf(pool, group, on)));
      return new Map(found.map((group, i) => [group.key, (members[i] ?? []).map((one) => one.code)]));
    });
}

async function readGroups(queryable: Queryable, keys: readonly string[] | null): Promise<AgencyGroup[]> {
  const { rows } = await queryable.query<AgencyGroup>({
    name: 'agency-groups',
    text: `select g.key, g.name, g.rule, (select count(*) from agency_group_members m where m.group_key = g.key) as "byHand"
      from agency_groups g where $1::text[] is null or g.key = any($1) order by g.key`,
    values: [keys],
  });
  return rows.map(present);
}

async function groupBy(queryable: Queryable, key: string): Promise<AgencyGroup> {
  const [group] = await readGroups(queryable, [key]);
  if (group === undefined) throw reject('GROUP_UNKNOWN', { params: { group: key } });
  return group;
}

async function define(client: Queryable, key: string, name: string, rule: GroupRule | undefined): Promise<void> {
  const taken = await client.query('select 1 from code_owners where code = $1', [key]);
  if (taken.rowCount !== 0) throw reject('GROUP_KEY_TAKEN', { params: { group: key } });
  if (rule?.under !== undefined) await agenciesOf(client, [rule.under]);
  await client.query(
    `insert into agency_groups (key, name, rule) values ($1, $2, $3)
     on conflict (key) do update set name = excluded.name, rule = excluded.rule`,
    [key, name, rule === undefined ? null : JSON.stringify(rule)],
  );
}

async function putIn(client: Queryable, key: string, ids: readonly string[]): Promise<void> {
  await client.query('insert into agency_group_members (group_key, agency_id) select $1, unnest($2::uuid[]) on conflict do nothing', [
    key,
    ids,
  ]);
}

/** Ids of the agencies with these codes. Throws Rejection AGENCY_UNKNOWN. */
async function agenciesOf(client: Queryable, codes: readonly string[]): Promise<string[]> {
  const { rows } = await client.query<{ code: string; id: string }>('select code, agency_id as id from code_owners where code = any($1)', [
    codes,
  ]);
  const found = new Map(rows.map((row) => [row.code, row.id]));
  return codes.map((code) => {
    const id = found.get(code);
    if (id === undefined) throw reject('AGENCY_UNKNOWN', { params: { code } });
    return id;
  });
}

/** Those that exist on the day: put in by hand, or found by the rule. One that has ended is left out: who follows is in the register. */
async function membersOf(queryable: Queryable, { key, rule }: AgencyGroup, on: string): Promise<ListedAgency[]> {
  const { rows } = await queryable.query<ListedRow>({
    name: 'group-members',
    text: `with recursive under(id) as (
        select agency_id from code_owners where code = $4
        union
        select c.id from under cross join lateral children_on(under.id, $2::date) as c(id)
      ), members as (
        select agency_id as id from agency_group_members where group_key = $1
        union
        select a.id from agencies a
        where $6::boolean and ($3::text[] is null or a.kind = any($3)) and ($4::text is null or a.id in (select id from under))
          and ($5::tsquery is null or a.words @@ $5::tsquery)
      )
      select ${listedColumns} from members m join agencies a on a.id = m.id where exists_on(a, $2::date) order by code`,
    values: [
      key,
      on,
      rule?.kinds ?? null,
      rule?.under ?? null,
      rule?.words === undefined ? null : wordQuery(rule.words),
      rule !== undefined,
    ],
  });
  return rows.map(present) as ListedAgency[];
}
