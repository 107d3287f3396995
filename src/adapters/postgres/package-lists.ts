import type pg from 'pg';
import { referenceKey } from '../../routing/acts.ts';
import { firstIdOf } from '../../routing/ids.ts';
import type { DocumentFilter, DocumentSummary, PackageFilter, PackageSummary } from '../../routing/records.ts';
import { referenceOf } from './act-rows.ts';
import { filterSql } from './delivery-filter.ts';
import { present } from './present.ts';

const lastId = 'ffffffff-ffff-ffff-ffff-ffffffffffff';

/** Columns of a package `p` as lists show it. */
export const summaryColumns = `p.id, p.accepted, p.client_id as "clientId", p.sender_code as sender, p.transport_id as "transportId",
  encode(p.sha256, 'hex') as sha256, p.size, p.received_at as "receivedAt", p.kind, p.action, p.document_id as "documentId",
  coalesce(p.number || '/' || p.notation, p.status_code) as reference, p.subject, p.urgency, p.signature_state as "signatureState",
  coalesce((
    select json_object_agg(s.state, s.n) from (select d.state, count(*) as n from deliveries d where d.package_id = p.id group by d.state) as s
  ), '{}') as states`;

/** Condition that package `p` brought a document. */
export const bringsDocument = (p: string) => `${p}.accepted and ${p}.kind = 'document' and ${p}.action in ('new', 'replace')`;
/** Condition that act `a` changed its document. */
export const changedDocument = `a.state = 'applied' and (a.act <> 'status' or a.status_code = '13')`;

const documentColumns = `${summaryColumns},
  (select count(distinct s.delivery_id)::int from deliveries d join statuses s on s.delivery_id = d.id
   where d.package_id = p.id and s.status_code <= '06') as reported,
  coalesce((select json_object_agg(x.act, x.n) from (
    select case a.act when 'status' then 'recall' else a.act end as act, count(*) as n from acts a
    where a.target_package_id = p.id and ${changedDocument} group by 1
  ) as x), '{}') as done`;

/** Every agency that ever sent a package, by hops along the index of senders. */
const allSenders = `(with recursive hop(agency_id) as (
    (select sender_agency_id from packages where sender_agency_id is not null order by 1 limit 1)
    union all
    select (select n.sender_agency_id from packages n where n.sender_agency_id > hop.agency_id order by 1 limit 1) from hop
    where hop.agency_id is not null
  ) select agency_id from hop where agency_id is not null)`;

/** One page of packages, newest first. */
export async function listPackages(pool: pg.Pool, f: PackageFilter): Promise<PackageSummary[]> {
  const conditions = new Conditions(f);
  if (f.accepted !== undefined) conditions.add(`x.accepted = ${conditions.value(f.accepted)}`);
  const { rows } = await pool.query<PackageSummary>(
    `select ${summaryColumns} from ${conditions.page()} as p order by p.id desc`,
    conditions.values,
  );
  return rows.map(present);
}

/** One page of documents, newest first. */
export async function listDocuments(pool: pg.Pool, f: DocumentFilter): Promise<DocumentSummary[]> {
  const conditions = new Conditions(f, f.reference !== undefined);
  conditions.add(bringsDocument('x'));
  if (f.reference !== undefined) {
    conditions.add(`${referenceOf('x.number', 'x.notation')} = ${conditions.value(referenceKey(f.reference))}`);
  }
  for (const late of [f.law === undefined ? {} : { law: f.law }, f.owed === undefined ? {} : { owed: f.owed }]) {
    if (Object.keys(late).length === 0) continue;
    const { sql, values } = filterSql(late, conditions.values.length + 1);
    conditions.values.push(...values);
    conditions.add(`x.id in (select d.package_id from deliveries d where true ${sql})`);
  }
  const { rows } = await pool.query<DocumentSummary>(
    `select ${documentColumns} from ${conditions.page()} as p order by p.id desc`,
    conditions.values,
  );
  return rows.map(present);
}

/** The conditions on a page of packages `x`; with senders, or `bySender`, each sender's index is walked by itself. */
class Conditions {
  readonly values: unknown[] = [];
  readonly #parts: string[] = [];
  readonly #senders: string | undefined;
  readonly #limit: string;

  constructor(f: Omit<PackageFilter, 'accepted'>, bySender = false) {
    const before = [f.before, f.until && firstIdOf(f.until)].filter((id) => id !== undefined).sort()[0] ?? lastId;
    this.add(`x.id < ${this.value(before)}`);
    if (f.since !== undefined) this.add(`x.id >= ${this.value(firstIdOf(f.since))}`);
    if (f.documentId !== undefined) this.add(`x.document_id = ${this.value(f.documentId)}`);
    this.#limit = this.value(f.limit);
    if (f.senders !== undefined) this.#senders = `unnest(${this.value([...f.senders])}::uuid[])`;
    else if (bySender) this.#senders = allSenders;
  }

  value(value: unknown): string {
    this.values.push(value);
    return `$${this.values.length}`;
  }

  add(condition: string): void {
    this.#parts.push(condition);
  }

  page(): string {
    const one = (sender: string) =>
      `select x.* from packages x where ${[...this.#parts, ...(sender === '' ? [] : [sender])].join(' and ')} order by x.id desc limit ${this.#limit}`;
    if (this.#senders === undefined) return `(${one('')})`;
    return `(select y.* from ${this.#senders} as mine(agency_id) cross join lateral (${one('x.sender_agency_id = mine.agency_id')}) as y
      order by y.id desc limit ${this.#limit})`;
  }
}
