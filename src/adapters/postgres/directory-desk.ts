import type pg from 'pg';
import type { DirectoryDesk, ListedAgency, TreeNode } from '../../routing/directory-desk.ts';
import { mostNodes } from '../../routing/directory-desk.ts';
import { foldName } from '../../routing/fold.ts';
import type { Now } from '../../routing/ports.ts';
import { reject } from '../../routing/problem.ts';
import { createGroups } from './agency-groups.ts';
import { type ListedRow, listedColumns, rangeOf, wordQuery } from './listed-agencies.ts';
import { orUnavailable } from './pool.ts';
import { present } from './present.ts';

/** Search, tree and groups on PostgreSQL. */
export function createDirectoryDesk(pool: pg.Pool, now: Now): DirectoryDesk {
  return {
    search: (words, on, limit) => orUnavailable(() => search(pool, words, on, limit)),
    tree: (code, on, depth) => orUnavailable(() => tree(pool, code, on, depth)),
    ...createGroups(pool, now),
  };
}

/** Agencies whose name has all the words that are ranked against each other; more can't be told apart by a few words anyway. */
const mostRanked = 400;

async function search(pool: pg.Pool, words: string, on: string, limit: number): Promise<ListedAgency[]> {
  const folded = foldName(words).slice(0, 200);
  const name = rangeOf(folded);
  const code = rangeOf(words.trim().slice(0, 35));
  if (name === null || code === null) return [];
  const { rows } = await pool.query<ListedRow & { rank: number }>({
    name: 'search-agencies',
    // materialized: a plan for any words would read the whole table, hoping for some that fit early
    text: `with matching as materialized (
        select id from agencies where words @@ $8::tsquery
      ), found(id, rank) as (
        (select agency_id, 0 from agency_codes where code ~>=~ $4 and code ~<~ $5 order by code using ~<~ limit $1)
        union all
        (select id, case when name_folded = $6 then 0 else 1 end from agencies where name_folded ~>=~ $6 and name_folded ~<~ $7
          order by name_folded using ~<~ limit $1)
        union all
        (select id, 2 from matching limit $3)
        union all
        (select agency_id, 3 from successions where words @@ $8::tsquery and name is not null and not undone limit $3)
      ), best as (
        select found.id, min(rank) as rank from found group by found.id
      ), chosen as (
        select b.id, b.rank, a.ended_on <= $2::date or a.status = 'closed' as over, length(a.name) as size
        from best b join agencies a on a.id = b.id order by over nulls first, rank, size, b.id limit $1
      )
      select ${listedColumns} from chosen c join agencies a on a.id = c.id order by c.over nulls first, c.rank, c.size, c.id`,
    values: [limit, on, mostRanked, ...code, ...name, wordQuery(words)],
  });
  return rows.map(present) as ListedAgency[];
}

interface TreeRow extends ListedRow {
  above: string | null;
  size: number;
}

async function tree(pool: pg.Pool, code: string | undefined, on: string, depth: number): Promise<TreeNode[]> {
  const root = code === undefined ? null : await ownerOf(pool, code);
  const { rows } = await pool.query<TreeRow>({
    name: 'agency-tree',
    text: `with recursive tree(id, above, depth) as (
        (select a.id, null::uuid, 0 from agencies a
          where case when $1::uuid is null then a.parent_id is null and parent_on(a, $2::date) is null and exists_on(a, $2::date) else a.id = $1 end
          limit $4)
        union all
        select c.id, tree.id, tree.depth + 1 from tree cross join lateral children_on(tree.id, $2::date) as c(id) where tree.depth < $3
      ), shown as (select * from tree limit $4)
      select ${listedColumns}, t.above, (select count(*) from children_on(a.id, $2::date)) as size
      from shown t join agencies a on a.id = t.id order by t.depth, code`,
    values: [root, on, depth, mostNodes],
  });
  return nested(rows);
}

async function ownerOf(pool: pg.Pool, code: string): Promise<string> {
  const { rows } = await pool.query<{ id: string }>('select agency_id as id from code_owners where code = $1', [code]);
  if (rows[0] === undefined) throw reject('AGENCY_UNKNOWN', { params: { code } });
  return rows[0].id;
}

function nested(rows: readonly TreeRow[]): TreeNode[] {
  const nodes = new Map<string, TreeNode & { children: TreeNode[] }>();
  const roots: TreeNode[] = [];
  for (const { above, ...row } of rows) {
    const node = { ...(present(row) as ListedAgency & { size: number }), children: [] };
    nodes.set(row.id, node);
    if (above === null) roots.push(node);
    else nodes.get(above)?.children.push(node);
  }
  return roots;
}
