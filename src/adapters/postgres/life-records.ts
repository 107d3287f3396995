import type pg from 'pg';
import type { StatusEvent } from '../../routing/business.ts';
import { businessState } from '../../routing/business.ts';
import type { Standing } from '../../routing/lifecycle.ts';
import type { ActFilter, ActRecord, DeliveryLife, NoticeRecord } from '../../routing/records.ts';
import type { ActRow } from './act-rows.ts';
import { actColumns } from './act-rows.ts';
import { bringsDocument, changedDocument } from './package-lists.ts';
import { present } from './present.ts';

const lastId = 'ffffffff-ffff-ffff-ffff-ffffffffffff';
const mostShown = 2000;

/** What a package does to documents, and what was said and asked about its own deliveries since. */
export async function lifeOf(pool: pg.Pool, packageId: string): Promise<{ acts: ActRecord[]; lives: Map<string, DeliveryLife> }> {
  const acts = await pool.query<ActRow>(`select ${actColumns} from acts a where a.package_id = $1 order by a.ordinal`, [packageId]);
  const deliveries = await pool.query<{ id: string; standing: Standing | null; after: string[] | null }>(
    'select id, standing, case when gate is not null then after_ids end as after from deliveries where package_id = $1',
    [packageId],
  );
  const statuses = byDelivery(await statusesOf(pool, packageId));
  const notices = byDelivery(await noticesOf(pool, packageId));
  const lives = deliveries.rows.map(({ id, standing, after }): [string, DeliveryLife] => [
    id,
    {
      ...(standing === null ? {} : { standing }),
      after: after ?? [],
      business: businessState(statuses.get(id) ?? []),
      notices: notices.get(id) ?? [],
    },
  ]);
  return { acts: acts.rows.map(recordFrom), lives: new Map(lives) };
}

function byDelivery<T extends object>(rows: readonly ({ of: string } & T)[]): Map<string, Omit<T, 'of'>[]> {
  const grouped = new Map<string, Omit<T, 'of'>[]>();
  for (const { of, ...row } of rows) grouped.set(of, [...(grouped.get(of) ?? []), row]);
  return grouped;
}

async function statusesOf(pool: pg.Pool, packageId: string): Promise<({ of: string } & StatusEvent)[]> {
  const { rows } = await pool.query<{ of: string } & StatusEvent>(
    `select s.delivery_id as of, s.package_id as "packageId", s.status_code as code, s.stated_at as "statedAt", s.received_at as "receivedAt",
       s.description, s.staff, p.signature_state as signature
     from deliveries d join statuses s on s.delivery_id = d.id join packages p on p.id = s.package_id
     where d.package_id = $1 order by s.position limit ${mostShown}`,
    [packageId],
  );
  return rows.map(present);
}

async function noticesOf(pool: pg.Pool, packageId: string): Promise<({ of: string } & NoticeRecord)[]> {
  const { rows } = await pool.query<{ of: string } & NoticeRecord>(
    `select d.id as of, a.package_id as "packageId", n.id as "deliveryId", a.act, a.status_code as status, a.created_at as at, n.state,
       n.changed_at as "changedAt", n.problem, a.details->>'reason' as reason, a.details->'staff' as staff
     from acts a join deliveries n on n.package_id = a.package_id
     join deliveries d on d.package_id = a.target_package_id
       and (d.recipient = n.recipient or (d.agency_id = n.agency_id and d.channel <> 'upward'))
     where a.target_package_id = $1 and ${changedDocument}
     order by a.id limit ${mostShown}`,
    [packageId],
  );
  return rows.map(present);
}

/** The package of the document that a package brought, or that its act is about; null when it is about none. */
export async function documentOf(pool: pg.Pool, packageId: string): Promise<string | null> {
  const { rows } = await pool.query<{ id: string }>(
    `select case when ${bringsDocument('p')} then p.id else (
       select a.target_package_id from acts a where a.package_id = p.id and a.state = 'applied' order by a.ordinal limit 1) end as id
     from packages p where p.id = $1`,
    [packageId],
  );
  return rows[0]?.id ?? null;
}

/** The recalls (13 among them), updates and replacements of a document, oldest first. */
export async function followersOf(pool: pg.Pool, packageId: string): Promise<ActRecord[]> {
  const { rows } = await pool.query<ActRow>(
    `select ${actColumns} from acts a where a.target_package_id = $1 and ${changedDocument} order by a.id limit ${mostShown}`,
    [packageId],
  );
  return rows.map(recordFrom);
}

/** Acts by filter, newest first. */
export async function listActs(pool: pg.Pool, { state, before, limit }: ActFilter): Promise<ActRecord[]> {
  const which = state === undefined ? `a.state in ('open', 'unmatched', 'ambiguous')` : 'a.state = $3';
  const { rows } = await pool.query<ActRow>(`select ${actColumns} from acts a where a.id < $1 and ${which} order by a.id desc limit $2`, [
    before ?? lastId,
    limit,
    ...(state === undefined ? [] : [state]),
  ]);
  return rows.map(recordFrom);
}

function recordFrom(row: ActRow): ActRecord {
  const { reason, staff } = row.details;
  return present({
    id: row.id,
    packageId: row.package_id,
    act: row.act,
    status: row.status_code,
    state: row.state,
    targetId: row.target_package_id,
    candidates: row.candidates,
    documentIds: row.document_ids,
    reference: row.reference_key,
    date: row.reference_date,
    reason: reason ?? null,
    staff: staff ?? null,
    createdAt: row.created_at,
    decidedBy: row.decided_by,
  }) as ActRecord;
}
