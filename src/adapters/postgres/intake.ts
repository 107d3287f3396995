import type pg from 'pg';
import type { Delivery } from '../../routing/delivery.ts';
import type { Acceptance, AcceptResult, Intake } from '../../routing/intake.ts';
import { isProvisional } from '../../routing/quarantine.ts';
import { actRow, referenceOf } from './act-rows.ts';
import { extend, findAccepted } from './extensions.ts';
import { locksFor, takeLocks } from './feeds.ts';
import { findCarried, findFirst, findSigned } from './first-receipt.ts';
import { grouped } from './grouped.ts';
import {
  attachmentRows,
  deliveryRow,
  eventRow,
  findingRows,
  packageRow,
  receiptRow,
  runRows,
  signedDigest,
  workRows,
} from './intake-rows.ts';
import { isAway, orUnavailable } from './pool.ts';
import { keepRefusal } from './refusals.ts';
import { StoredTrust, trustValues } from './trust-rows.ts';

/**
 * What goes into one transaction together: texts of at most 8 MiB. One transaction at a time: a second would only share the processors and
 * the disk with the first, and what comes meanwhile shares the next.
 */
const together = { groups: 1, items: 32, weight: 8 << 20, pause: 0, weightOf: (a: Acceptance) => a.lifted.text.length };

/**
 * The way in on PostgreSQL. Acceptances that come while others are being stored share the next transaction. `onInbox` is told which
 * agencies got something to fetch, to wake their long polls in this process. `storing`: a pool of their own for acceptances, whose one
 * server process then has all that they need at hand.
 */
export function createIntake(pool: pg.Pool, onInbox: (agencyIds: readonly string[]) => void, storing = pool): Intake {
  const known = new StoredTrust();
  const store = grouped((group: readonly Acceptance[]) => acceptAll(storing, known, group), together, isAway);
  return {
    accept: (acceptance) => orUnavailable(() => accept(pool, acceptance, store, onInbox)),
    findFirst: (content, senders) => orUnavailable(() => findFirst(pool, content, [...senders])),
    accepted: (packageId) => orUnavailable(() => findAccepted(pool, packageId)),
    async extend(packageId, inboxes, decide) {
      const written = await orUnavailable(() => extend(pool, packageId, inboxes, decide));
      tell(inboxesOf(written), onInbox);
      return written;
    },
    refuse: (refusal) => orUnavailable(() => keepRefusal(pool, refusal)),
  };
}

async function accept(
  pool: pg.Pool,
  a: Acceptance,
  store: (a: Acceptance) => Promise<boolean>,
  onInbox: (agencyIds: readonly string[]) => void,
): Promise<AcceptResult> {
  if (await store(a)) {
    tell(inboxesOf(a.deliveries), onInbox);
    return { result: 'stored' };
  }
  const content = { sha256: a.lifted.sha256, message: a.verified.message };
  const first = (await findFirst(pool, content, [a.senderAgencyId])) ?? (await findSigned(pool, a)) ?? (await findCarried(pool, a));
  return first === null ? { result: 'conflict' } : { result: 'repeated', first };
}

const inboxesOf = (deliveries: readonly Delivery[]) =>
  deliveries.flatMap((d) => (d.channel === 'inbox' && d.state === 'waiting' ? [d.agencyId as string] : []));

function tell(inboxes: readonly string[], onInbox: (agencyIds: readonly string[]) => void): void {
  if (inboxes.length > 0) onInbox(inboxes);
}

/** Rows of packages that were stored, in the order of their list: a list is never joined, for a join may change the order. */
const stored = 'any (array(select id from package))';

/**
 * Acts that came before a document of this group ring for it; what only waits for a recall among them to be carried out is held back.
 * One look at the few acts that have no document.
 */
const ringActs = `
  rung as (
    update acts a set check_at = n.at
    from (
      select x.id, p.id as package, p.at
      from jsonb_to_recordset($3) as p(id uuid, sender uuid, at timestamptz, kind text, document text, number text, notation text)
      join acts x on x.state = 'unmatched' and x.owner_agency_id = p.sender
        and (p.document = any(x.document_ids) or x.reference_key = ${referenceOf('p.number', 'p.notation')})
      where p.kind = 'document'
      for update of x skip locked
    ) as n
    where a.id = n.id
    returning n.package, a.act, a.status_code
  ), recalled as materialized (
    select package from rung where act = 'recall' or status_code = '13'
  )`;

const acceptSql = `
  with ${takeLocks},
  package as (
    insert into packages (id, accepted, client_id, sender_agency_id, sender_code, transport_id, sha256, size, received_at, kind, action,
      document_id, number, notation, promulgation_date, status_code, subject, urgency, signature_state, signature_algorithm,
      certificate_fingerprint, problems, trust_statement, trust_at, trust_timestamp, route, signed_sha256)
    select p.id, true, p.client, p.sender, p."senderCode", p.transport, decode(p.sha256, 'hex'), p.size, p.at, p.kind, p.action,
      p.document, p.number, p.notation, p.promulgated, p.status, p.subject, p.urgency, p.signature, p.algorithm,
      decode(p.fingerprint, 'hex'), p.problems, decode(p.statement, 'hex'), p."trustAt", decode(p.timestamp, 'hex'), p.route, decode(p.signed, 'hex')
    from locks, jsonb_to_recordset($3) as p(id uuid, client text, sender uuid, "senderCode" text, transport text, sha256 text, size bigint,
      at timestamptz, kind text, action text, document text, number text, notation text, promulgated date, status text, subject text,
      urgency smallint, signature text, algorithm text, fingerprint text, problems jsonb,
      statement text, "trustAt" timestamptz, timestamp text, route text, signed text)
    on conflict do nothing
    returning id
  ), texts as (
    insert into package_texts (package_id, content)
    select t.package, substr($4::bytea, t.at, t.length)
    from jsonb_to_recordset($5) as t(package uuid, at int, length int) where t.package = ${stored}
  ), runs as (
    insert into package_runs (package_id, ordinal, at, sha256, length)
    select r.package, r.ordinal, r.at, decode(r.sha256, 'hex'), r.length
    from jsonb_to_recordset($6) as r(package uuid, ordinal int, at int, sha256 text, length bigint) where r.package = ${stored}
  ), files as (
    insert into attachments (package_id, ordinal, content_id, name, declared_type, sniffed_type, form, size, sha256, file_size, file_sha256)
    select a.package, a.ordinal, a."contentId", a.name, a."declaredType", a."sniffedType", a.form, a.size, decode(a.sha256, 'hex'),
      a."fileSize", decode(a."fileSha256", 'hex')
    from jsonb_to_recordset($7) as a(package uuid, ordinal int, "contentId" text, name text, "declaredType" text, "sniffedType" text,
      form text, size bigint, sha256 text, "fileSize" bigint, "fileSha256" text) where a.package = ${stored}
  ), asked as (
    insert into acts (id, package_id, ordinal, act, status_code, owner_agency_id, owners, parties, document_ids, reference_key, reference_date,
      details, state, created_at, check_at)
    select a.id, a.package, a.ordinal, a.act, a.status, a.owner, a.owners, a.parties, a.ids, a.reference, a.date, a.details, 'open', a.at, a.at
    from jsonb_to_recordset($11) as a(package uuid, id uuid, ordinal int, act text, status text, owner uuid, owners uuid[], parties uuid[],
      ids text[], reference text, date date, details jsonb, at timestamptz)
    where a.package = ${stored}
  ), ${ringActs}, sent as (
    insert into deliveries (id, package_id, recipient, agency_id, channel, route, named_as, urgency, state, problem, turn, created_at,
      due_at, deadline_at, changed_at, gate, inbox_position)
    select d.id, d.package, d.recipient, d.agency, d.channel, d.route, d."namedAs", d.urgency, d.state, d.problem, d.turn, d.at, d.due, d.deadline, d.at,
      case when d.package = any (array(select package from recalled)) then 'recall' else d.gate end,
      case when d.channel = 'inbox' and d.state = 'waiting' and d.gate is null and d.package <> all (array(select package from recalled))
        then nextval('inbox_positions') end
    from jsonb_to_recordset($8) as d(package uuid, id uuid, recipient text, agency uuid, channel text, route text, "namedAs" text,
      urgency smallint, state text, problem jsonb, turn int, at timestamptz, due timestamptz, deadline timestamptz, gate text) where d.package = ${stored}
  ), stated as (
    insert into receipts (id, kind, package_id, delivery_id, sender_agency_id, issued_at, xml)
    select r.id, r.kind, r.package, r.delivery, r.sender, r.at, r.xml
    from jsonb_to_recordset($9) as r(package uuid, id uuid, kind text, delivery uuid, sender uuid, at timestamptz, xml text)
    where r.package = ${stored}
  ), noted as (
    insert into events (name, at, actor, package_id, delivery_id, to_state, reason)
    select e.name, e.at, e.actor, e.package, e.delivery, e.state, e.reason
    from jsonb_to_recordset($10) as e(package uuid, name text, at timestamptz, actor text, delivery uuid, state text, reason text)
    where e.package = ${stored}
  ), found as (
    insert into content_findings (package_id, ordinal, kind, at, result)
    select f.package, f.ordinal, f.result->>'kind', f.at, f.result
    from jsonb_to_recordset($12) as f(package uuid, ordinal int, at timestamptz, result jsonb) where f.package = ${stored}
  ), work as (
    insert into content_work (package_id, ordinal, kind, due_at)
    select w.package, w.ordinal, w.kind, w.at
    from jsonb_to_recordset($13) as w(package uuid, ordinal int, kind text, at timestamptz) where w.package = ${stored}
  )`;

/** What packages were accepted on the word of, as much of it as this process has not stored yet. */
const newTrustSql = `, relied as (
    insert into trust_objects (sha256, kind, der)
    select o.sha256, o.kind, o.der from unnest($14::bytea[], $15::text[], $16::bytea[]) as o(sha256, kind, der)
    order by o.sha256 on conflict do nothing
  ), concluded as (
    insert into trust_statements (sha256, statement)
    select s.sha256, s.text from unnest($17::bytea[], $18::text[]) as s(sha256, text) order by s.sha256 on conflict do nothing
  ), seen as (
    insert into bound_certificates (agency_id, fingerprint, subject, issuer, serial, not_before, not_after, first_seen_at)
    select b.agency, decode(b.fingerprint, 'hex'), b.subject, b.issuer, b.serial, b."notBefore", b."notAfter", b.at
    from jsonb_to_recordset($19) as b(agency uuid, fingerprint text, subject text, issuer text, serial text, "notBefore" timestamptz,
      "notAfter" timestamptz, at timestamptz)
    order by 1, 2 on conflict do nothing
  )`;

/** Packages that are to be judged again; `parameter` is the place of their ids. */
const quarantineSql = (parameter: number) => `, quarantined as (
    insert into quarantines (package_id, since, next_check_at)
    select id, now(), now() from package where id = any ($${parameter}::uuid[])
  )`;

/** Stores acceptances in one transaction. True for each that was stored, false for what was there already or has a used transport id. */
async function acceptAll(pool: pg.Pool, known: StoredTrust, group: readonly Acceptance[]): Promise<readonly boolean[]> {
  // everybody waits for the same content in the same order
  const ordered = [...group].sort((a, b) => (contentOf(a) < contentOf(b) ? -1 : 1));
  const locks = locksFor(
    group.map((a) => a.senderAgencyId),
    group.flatMap((a) => inboxesOf(a.deliveries)),
  );
  const fresh = known.missing(ordered);
  const provisional = ordered.filter(({ verified }) => isProvisional(verified));
  const values = [...valuesOf(ordered), ...(fresh === undefined ? [] : trustValues(fresh))];
  const { rows } = await pool.query<{ id: string }>({
    name: `accept${fresh === undefined ? '' : '-new-trust'}${provisional.length === 0 ? '' : '-provisional'}`,
    text: `${acceptSql}${fresh === undefined ? '' : newTrustSql}${provisional.length === 0 ? '' : quarantineSql(values.length + 3)} select id from package`,
    values: [locks.classes, locks.keys, ...values, ...(provisional.length === 0 ? [] : [provisional.map((a) => a.packageId)])],
  });
  if (fresh !== undefined) known.stored(fresh);
  const ids = new Set(rows.map(({ id }) => id));
  return group.map(({ packageId }) => ids.has(packageId));
}

/** The same for two packages that must not both be stored. */
const contentOf = (a: Acceptance): string => signedDigest(a) ?? a.lifted.sha256;

function valuesOf(group: readonly Acceptance[]): unknown[] {
  const texts = group.map((a) => a.lifted.text);
  let at = 1;
  const places = group.map(({ packageId, lifted }) => {
    const place = { package: packageId, at, length: lifted.text.length };
    at += lifted.text.length;
    return place;
  });
  return [
    JSON.stringify(group.map(packageRow)),
    texts.length === 1 ? texts[0] : Buffer.concat(texts),
    JSON.stringify(places),
    JSON.stringify(group.flatMap(runRows)),
    JSON.stringify(group.flatMap(attachmentRows)),
    JSON.stringify(group.flatMap((a) => a.deliveries.map((d) => deliveryRow(a, d)))),
    JSON.stringify(group.flatMap((a) => a.receipts.map((r) => receiptRow(a, r)))),
    JSON.stringify(group.flatMap((a) => a.events.map((e) => eventRow(a, e)))),
    JSON.stringify(group.flatMap((a) => a.acts.map((act, ordinal) => actRow(a, act, ordinal)))),
    JSON.stringify(group.flatMap(findingRows)),
    JSON.stringify(group.flatMap(workRows)),
  ];
}
