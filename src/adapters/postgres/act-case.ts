import type pg from 'pg';
import type { ActCase, SeekingAct } from '../../routing/act-store.ts';
import type { Match } from '../../routing/acts.ts';
import { chooseTarget } from '../../routing/acts.ts';
import type { Standing } from '../../routing/lifecycle.ts';
import { reject } from '../../routing/problem.ts';
import type { ReceiptPackage } from '../../routing/receipt.ts';
import type { Family, Leaf } from '../../routing/ruling.ts';
import type { ActRow } from './act-rows.ts';
import { actColumns, actFrom } from './act-rows.ts';
import type { DeliveryRow, PackageRow } from './delivery-rows.ts';
import { deliveryColumns, deliveryFrom, packageColumns, packageFrom } from './delivery-rows.ts';
import { findTargets, mayBeTarget } from './find-targets.ts';
import type { Queryable } from './pool.ts';

/** An act case with what the writer must know besides. */
export interface LockedCase extends ActCase {
  /** Sender of each package of the case, by package id. */
  readonly senders: ReadonlyMap<string, string>;
}

/**
 * Condition that act `a` was carried out, and deliveries were added to its package since: they wait for it behind the gate `match`, which every
 * delivery has left that was there when it was.
 */
export const isMadeLater = `(a.state = 'applied' and exists (
    select 1 from deliveries m where m.package_id = a.package_id and m.gate = 'match' and m.state in ('waiting', 'held')
  ))`;

const isPending = `(a.state in ('open', 'unmatched', 'ambiguous') or ${isMadeLater})`;

/** Acts of a package that are to be carried out, with what is found for each; null when there is none. Locks nothing. */
export async function seek(client: Queryable, packageId: string, chosen: ReadonlyMap<string, string>): Promise<SeekingAct[] | null> {
  const { rows } = await client.query<ActRow>(
    `select ${actColumns} from acts a where a.package_id = $1 and ${isPending} order by a.ordinal`,
    [packageId],
  );
  if (rows.length === 0) return null;
  const found = await findTargets(
    client,
    rows.map(({ id }) => id),
  );
  const seeking: SeekingAct[] = [];
  for (const row of rows) {
    const applied = row.state === 'applied';
    const choice = chosen.get(row.id) ?? row.target_package_id ?? undefined;
    if (choice !== undefined && !applied && !(await mayBeTarget(client, row.id, choice))) {
      throw reject('ACT_TARGET_REFUSED', { params: { package: choice } });
    }
    const match: Match = choice === undefined ? chooseTarget(found.get(row.id) ?? []) : { found: 'one', packageId: choice };
    seeking.push({ act: actFrom(row), createdAt: row.created_at, state: row.state, match, chosen: choice !== undefined && !applied });
  }
  return seeking;
}

/**
 * Packages of a document ($1): itself, and those whose acts upon it were carried out, except replacements, which are documents themselves, and
 * the one whose acts are looked at ($2).
 */
const familySql = `
  select r.root, r.root as package_id, 'document' as role, false as changes_data, 0 as place from unnest($1::uuid[]) as r(root)
  union all
  select a.target_package_id, a.package_id, case when a.act = 'update' then 'update' else 'recall' end,
    coalesce((a.details->>'documentInfo')::boolean, false), row_number() over (order by a.package_id)
  from acts a
  where a.target_package_id = any($1) and a.package_id <> $2 and a.state = 'applied' and (a.act in ('update', 'recall') or (a.act = 'status' and a.status_code = '13'))`;

/** Ids of the agencies to which the packages of these documents, and this package, go; with the package's sender. */
export async function agenciesConcerned(client: Queryable, packageId: string, roots: readonly string[]) {
  const { rows } = await client.query<{ sender: string; agencies: string[]; owners: string[] | null }>(
    `select p.sender_agency_id as sender, (
       select coalesce(array_agg(distinct d.agency_id), '{}') from deliveries d
       where d.agency_id is not null and (d.package_id = p.id or d.package_id in (select package_id from (${familySql}) as f))
     ) as agencies,
     (select array_agg(distinct q.sender_agency_id) from packages q where q.id = any($1)) as owners
     from packages p where p.id = $2`,
    [roots, packageId],
  );
  return rows[0] as { sender: string; agencies: string[]; owners: string[] | null };
}

interface LeafRow extends DeliveryRow, PackageRow {
  sender_agency_id: string;
  standing: Standing | null;
  fetched: boolean;
  leased: boolean;
  doubtful: boolean;
  answer: '15' | '16' | null;
}

interface MemberRow {
  root: string;
  package_id: string;
  role: 'document' | 'update' | 'recall';
  changes_data: boolean;
}

/** Locks the documents found and then the acts; false when somebody else has decided about them meanwhile. */
async function lockActs(client: pg.PoolClient, packageId: string, roots: readonly string[]): Promise<boolean> {
  await client.query('select 1 from packages where id = any($1) order by id for no key update', [roots]);
  const { rows } = await client.query<{ pending: boolean }>(
    `select ${isPending} as pending from acts a where package_id = $1 order by ordinal for update`,
    [packageId],
  );
  return rows.every(({ pending }) => pending);
}

/**
 * Locks every delivery of the package and of the documents found, in the order of their ids, and reads them; null when the acts have
 * been decided about meanwhile.
 * `doubtful`: an attempt ended without an answer on a connection that stood, or its worker stopped.
 */
export async function lockCase(client: pg.PoolClient, packageId: string, acts: readonly SeekingAct[]): Promise<LockedCase | null> {
  const roots = acts.flatMap(({ match }) => (match.found === 'one' ? [match.packageId] : []));
  if (!(await lockActs(client, packageId, roots))) return null;
  const members = (await client.query<MemberRow>(`select * from (${familySql}) as f order by place`, [roots, packageId])).rows;
  const { rows } = await client.query<LeafRow>(
    `select ${deliveryColumns}, ${packageColumns}, p.sender_agency_id, d.standing, d.fetched_at is not null as fetched,
       coalesce(d.lease_until > now(), false) as leased,
       coalesce(d.lease_until <= now(), false) or exists (
         select 1 from attempts t where t.delivery_id = d.id and t.result in ('unavailable', 'fault') and t.http_status is null and not t.unsent
       ) as doubtful,
       (select s.status_code from statuses s where s.delivery_id = d.id and s.status_code in ('15', '16') and s.received_at >= (
          select max(a.created_at) from acts a where a.target_package_id = d.package_id and a.state = 'applied' and a.act <> 'replace'
            and (a.act <> 'status' or a.status_code = '13')
        ) order by s.position desc limit 1) as answer
     from deliveries d join packages p on p.id = d.package_id
     where d.package_id = any($1)
     order by d.id for update of d`,
    [[packageId, ...members.map((member) => member.package_id)]],
  );
  const leavesOf = (id: string, role: Leaf['role']) => rows.filter((row) => row.package_id === id).map((row) => leafFrom(row, role));
  return {
    packageId,
    acts,
    leaves: leavesOf(packageId, 'act'),
    families: new Map(roots.map((root) => [root, familyOf(root, members, leavesOf)])),
    packages: new Map<string, ReceiptPackage>(rows.map((row) => [row.package_id, packageFrom(row)])),
    senders: new Map(rows.map((row) => [row.package_id, row.sender_agency_id])),
  };
}

function familyOf(root: string, members: readonly MemberRow[], leavesOf: (id: string, role: Leaf['role']) => Leaf[]): Family {
  const own = members.filter((member) => member.root === root);
  return {
    packageId: root,
    leaves: own.flatMap((member) => leavesOf(member.package_id, member.role)),
    updates: own.filter((member) => member.role === 'update' && member.changes_data).map((member) => member.package_id),
  };
}

function leafFrom(row: LeafRow, role: Leaf['role']): Leaf {
  const { fetched, leased, doubtful } = row;
  return {
    delivery: deliveryFrom(row),
    role,
    fetched,
    leased,
    doubtful,
    ...(row.standing === null ? {} : { standing: row.standing }),
    ...(row.answer === null ? {} : { answer: row.answer }),
  };
}
