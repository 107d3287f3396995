import type pg from 'pg';
import type { Standing } from '../../routing/lifecycle.ts';
import type {
  AttemptRecord,
  DeliveryFilter,
  DeliveryRecord,
  DocumentRecord,
  PackageRecord,
  PackageSummary,
  Records,
} from '../../routing/records.ts';
import { filterSql } from './delivery-filter.ts';
import type { DeliveryRow, OutgoingRow } from './delivery-rows.ts';
import { contentColumns, deliveryColumns, deliveryFrom, outgoingFrom, packageColumns } from './delivery-rows.ts';
import { documentOf, followersOf, lifeOf, listActs } from './life-records.ts';
import { listDocuments, listPackages, summaryColumns } from './package-lists.ts';
import { orUnavailable } from './pool.ts';
import { present } from './present.ts';
import { refusePurged } from './purged.ts';

/** What lists and pages show, on PostgreSQL. Every list walks an index backwards from `before` and reads one page. */
export function createRecords(pool: pg.Pool): Records {
  return {
    packages: (filter) => orUnavailable(() => listPackages(pool, filter)),
    documents: (filter) => orUnavailable(() => listDocuments(pool, filter)),
    document: (id, senders) => orUnavailable(() => documentRecord(pool, id, senders === 'any' ? null : [...senders])),
    package: (id, senders) => orUnavailable(() => packageRecord(pool, id, senders === 'any' ? null : [...senders])),
    content: (id) => orUnavailable(() => content(pool, id)),
    acts: (filter) => orUnavailable(() => listActs(pool, filter)),
    deliveries: (filter, page) => orUnavailable(() => deliveries(pool, filter, page)),
    delivery: (id) => orUnavailable(async () => (await deliveriesWith(pool, 'd.id = $1', [id]))[0] ?? null),
  };
}

const lastId = 'ffffffff-ffff-ffff-ffff-ffffffffffff';

/** The newest finding of each kind in attachment `a`. */
const newestFindings = `(select coalesce(json_agg(json_build_object('at', n.at, 'result', n.result)), '[]') from (
    select distinct on (f.kind) f.at, f.result from content_findings f
    where f.package_id = a.package_id and f.ordinal = a.ordinal order by f.kind, f.id desc) as n)`;

async function packageRecord(pool: pg.Pool, id: string, senders: string[] | null): Promise<PackageRecord | null> {
  const { rows } = await pool.query<PackageSummary & Pick<PackageRecord, 'problems' | 'attachments' | 'receipts' | 'events'>>(
    `select ${summaryColumns}, p.problems,
       (select coalesce(json_agg(json_build_object('contentId', a.content_id, 'name', a.name, 'declaredType', a.declared_type,
          'sniffedType', a.sniffed_type, 'form', a.form, 'size', a.size, 'sha256', encode(a.sha256, 'hex'), 'fileSize', a.file_size,
          'fileSha256', encode(a.file_sha256, 'hex'), 'inspected', ${newestFindings}) order by a.ordinal), '[]')
        from attachments a where a.package_id = p.id) as attachments
     from packages p where p.id = $1 and ($2::uuid[] is null or p.sender_agency_id = any($2))`,
    [id, senders],
  );
  const row = rows[0];
  if (row === undefined) return null;
  const sent = await deliveriesWith(pool, 'd.package_id = $1', [id]);
  return { ...present(row), deliveries: sent, ...(await historyOf(pool, id)), ...(await lifeOf(pool, id)) };
}

async function documentRecord(pool: pg.Pool, id: string, senders: string[] | null): Promise<DocumentRecord | null> {
  const root = await documentOf(pool, id);
  const found = root === null ? null : await packageRecord(pool, root, senders);
  return found === null ? null : { ...found, followers: await followersOf(pool, found.id) };
}

async function historyOf(pool: pg.Pool, packageId: string): Promise<Pick<PackageRecord, 'receipts' | 'events'>> {
  const receipts = await pool.query<PackageRecord['receipts'][number]>(
    `select id, kind, delivery_id as "deliveryId", issued_at as "issuedAt" from receipts where package_id = $1 order by position limit 2000`,
    [packageId],
  );
  const events = await pool.query<PackageRecord['events'][number]>(
    `select seq::text, name, at, actor, delivery_id as "deliveryId", from_state as "from", to_state as "to", reason
     from events where package_id = $1 order by seq limit 2000`,
    [packageId],
  );
  return {
    receipts: receipts.rows.map(present),
    events: events.rows.map(present),
  };
}

async function content(pool: pg.Pool, id: string) {
  const { rows } = await pool.query<OutgoingRow>(
    `select ${packageColumns}, ${contentColumns} from packages p join package_texts t on t.package_id = p.id where p.id = $1`,
    [id],
  );
  if (rows[0] === undefined) await refusePurged(pool, id);
  return rows[0] === undefined ? null : outgoingFrom(rows[0]);
}

/** Those of the digests (hex) that a package names as one of its runs. */
export async function referencedRuns(pool: pg.Pool, digests: readonly string[]): Promise<Set<string>> {
  const { rows } = await pool.query<{ sha256: string }>(
    `select x.sha256 from unnest($1::text[]) as x(sha256)
     where exists (select 1 from package_runs r where r.sha256 = decode(x.sha256, 'hex'))`,
    [digests],
  );
  return new Set(rows.map((row) => row.sha256));
}

interface RecordRow extends DeliveryRow {
  created_at: Date;
  changed_at: Date;
  fetched_at: Date | null;
  agency_name: string | null;
  sender: string;
  subject: string | null;
  leased: boolean;
  carries_document: boolean;
  standing: Standing | null;
  reported_at: Date | null;
}

const recordColumns = `${deliveryColumns}, d.created_at, d.changed_at, d.fetched_at, a.name as agency_name, p.sender_code as sender, p.subject,
  coalesce(d.lease_until > now(), false) as leased, d.standing, coalesce(p.action in ('new', 'replace'), false) as carries_document,
  (select min(s.received_at) from statuses s where s.delivery_id = d.id and s.status_code <= '06') as reported_at`;

function recordFrom(row: RecordRow): DeliveryRecord {
  return {
    ...deliveryFrom(row),
    createdAt: row.created_at,
    changedAt: row.changed_at,
    sender: row.sender,
    leased: row.leased,
    carriesDocument: row.carries_document,
    ...(row.standing === null ? {} : { standing: row.standing }),
    ...(row.reported_at === null ? {} : { reportedAt: row.reported_at }),
    ...(row.fetched_at === null ? {} : { fetchedAt: row.fetched_at }),
    ...(row.agency_name === null ? {} : { agencyName: row.agency_name }),
    ...(row.subject === null ? {} : { subject: row.subject }),
  };
}

async function deliveries(pool: pg.Pool, filter: DeliveryFilter, page: { before?: string; limit: number }): Promise<DeliveryRecord[]> {
  const where = filterSql(filter, 3);
  const { rows } = await pool.query<RecordRow>(
    `select ${recordColumns} from (
       select d.* from deliveries d where d.id < $1 ${where.sql} order by d.id desc limit $2
     ) as d
     join packages p on p.id = d.package_id left join agencies a on a.id = d.agency_id
     order by d.id desc`,
    [page.before ?? lastId, page.limit, ...where.values],
  );
  return rows.map(recordFrom);
}

async function deliveriesWith(pool: pg.Pool, where: string, values: unknown[]) {
  const { rows } = await pool.query<
    RecordRow & { attempt_list: (Omit<AttemptRecord, 'startedAt' | 'finishedAt'> & Record<string, unknown>)[] }
  >(
    `select ${recordColumns}, (
       select coalesce(json_agg(json_build_object('id', t.id, 'turn', t.turn, 'result', t.result, 'detail', t.detail,
         'httpStatus', t.http_status, 'startedAt', t.started_at, 'finishedAt', t.finished_at) order by t.id), '[]')
       from (select * from attempts where delivery_id = d.id order by id desc limit 200) as t
     ) as attempt_list
     from deliveries d join packages p on p.id = d.package_id left join agencies a on a.id = d.agency_id
     where ${where} order by d.id`,
    values,
  );
  return rows.map((row) => ({ ...recordFrom(row), attemptList: row.attempt_list.map(attemptFrom) }));
}

function attemptFrom(attempt: Record<string, unknown>): AttemptRecord {
  const times = { startedAt: new Date(String(attempt['startedAt'])), finishedAt: new Date(String(attempt['finishedAt'])) };
  return { ...present(attempt), ...times } as unknown as AttemptRecord;
}
