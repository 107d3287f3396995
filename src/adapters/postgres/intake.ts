import type pg from 'pg';
import type { Delivery } from '../../routing/delivery.ts';
import type { Event } from '../../routing/event.ts';
import type { Acceptance, AcceptResult, Intake, Refusal, StoredReceipt } from '../../routing/intake.ts';
import type { Message } from '../../routing/message.ts';
import type { SignedReceipt } from '../../routing/receipt.ts';
import { locksFor, takeLocks } from './feeds.ts';
import { orUnavailable } from './pool.ts';

/** The way in on PostgreSQL. `onInbox` is told which agencies got something to fetch, to wake their long polls in this process. */
export function createIntake(pool: pg.Pool, onInbox: (agencyIds: readonly string[]) => void): Intake {
  return {
    accept: (acceptance) => orUnavailable(() => accept(pool, acceptance, onInbox)),
    findFirst: (sha256, senders) => orUnavailable(() => findFirst(pool, sha256, [...senders])),
    refuse: (refusal) => orUnavailable(() => refuse(pool, refusal)),
  };
}

const acceptSql = `
  with ${takeLocks},
  package as (
    insert into packages (id, accepted, client_id, sender_agency_id, sender_code, transport_id, sha256, size, received_at, kind, action,
      document_id, number, notation, promulgation_date, status_code, subject, urgency, signature_state, signature_algorithm,
      certificate_fingerprint, problems)
    select $3, true, $4, $5, $6, $7, decode($8, 'hex'), $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21,
      decode($22, 'hex'), $23
    from locks
    on conflict do nothing
    returning id
  ), texts as (
    insert into package_texts select id, $24 from package
  ), runs as (
    insert into package_runs (package_id, ordinal, at, sha256, length)
    select id, r.ordinal, r.at, decode(r.sha256, 'hex'), r.length
    from package, jsonb_to_recordset($25) as r(ordinal int, at int, sha256 text, length bigint)
  ), files as (
    insert into attachments (package_id, ordinal, content_id, name, declared_type, sniffed_type, form, size, sha256, file_size, file_sha256)
    select id, a.ordinal, a."contentId", a.name, a."declaredType", a."sniffedType", a.form, a.size, decode(a.sha256, 'hex'), a."fileSize",
      decode(a."fileSha256", 'hex')
    from package, jsonb_to_recordset($26) as a(ordinal int, "contentId" text, name text, "declaredType" text, "sniffedType" text,
      form text, size bigint, sha256 text, "fileSize" bigint, "fileSha256" text)
  ), sent as (
    insert into deliveries (id, package_id, recipient, agency_id, channel, route, named_as, urgency, state, problem, turn, created_at, due_at, deadline_at,
      changed_at, inbox_position)
    select d.id, package.id, d.recipient, d.agency, d.channel, d.route, d."namedAs", $19, d.state, d.problem, d.turn, $10, d.due, d.deadline, $10,
      case when d.channel = 'inbox' and d.state = 'waiting' then nextval('inbox_positions') end
    from package, jsonb_to_recordset($27) as d(id uuid, recipient text, agency uuid, channel text, route text, "namedAs" text, state text,
      problem jsonb, turn int,
      due timestamptz, deadline timestamptz)
  ), stated as (
    insert into receipts (id, kind, package_id, delivery_id, sender_agency_id, issued_at, xml)
    select r.id, r.kind, package.id, r.delivery, $5, $10, r.xml
    from package, jsonb_to_recordset($28) as r(id uuid, kind text, delivery uuid, xml text)
  ), noted as (
    insert into events (name, at, actor, package_id, delivery_id, to_state, reason)
    select e.name, $10, e.actor, package.id, e.delivery, e.state, e.reason
    from package, jsonb_to_recordset($29) as e(name text, actor text, delivery uuid, state text, reason text)
  )
  select id from package`;

async function accept(pool: pg.Pool, a: Acceptance, onInbox: (agencyIds: readonly string[]) => void): Promise<AcceptResult> {
  const inboxes = a.deliveries.flatMap((d) => (d.channel === 'inbox' && d.state === 'waiting' ? [d.agencyId as string] : []));
  const locks = locksFor(a.senderAgencyId, inboxes);
  const { rowCount } = await pool.query({
    name: 'accept',
    text: acceptSql,
    values: [locks.classes, locks.keys, ...packageValues(a), ...listValues(a)],
  });
  if (rowCount === 1) {
    if (inboxes.length > 0) onInbox(inboxes);
    return { result: 'stored' };
  }
  const first = await findFirst(pool, a.lifted.sha256, [a.senderAgencyId]);
  return first === null ? { result: 'conflict' } : { result: 'repeated', first };
}

function packageValues(a: Acceptance): unknown[] {
  const { message, signature, warnings } = a.verified;
  const said = described(message);
  return [
    a.packageId,
    a.clientId,
    a.senderAgencyId,
    message.sender.code,
    a.transportId ?? null,
    a.lifted.sha256,
    a.lifted.size,
    a.receivedAt,
    message.kind,
    said.action,
    said.documentId,
    said.number,
    said.notation,
    said.promulgationDate,
    message.kind === 'status' ? message.status : null,
    said.subject,
    message.urgency,
    signature.state,
    signature.state === 'absent' ? null : signature.algorithm,
    signature.state === 'absent' ? null : signature.fingerprint,
    JSON.stringify(warnings),
  ];
}

function described(message: Message) {
  if (message.kind === 'document') {
    const { action, documentId = null, number, notation, promulgationDate, subject } = message;
    return { action, documentId, number, notation, promulgationDate, subject };
  }
  const { documentId = null, promulgationDate = null } = message.about;
  return { action: null, documentId, number: null, notation: null, promulgationDate, subject: null };
}

function listValues(a: Acceptance): unknown[] {
  const { message } = a.verified;
  const attachments = message.kind === 'document' ? message.attachments : [];
  return [
    a.lifted.text,
    JSON.stringify(a.lifted.runs.map(({ at, sha256, length }, ordinal) => ({ ordinal, at, sha256, length }))),
    JSON.stringify(attachments.map((file, ordinal) => ({ ...file, ordinal }))),
    JSON.stringify(a.deliveries.map(deliveryRow)),
    JSON.stringify(a.receipts.map(receiptRow)),
    JSON.stringify(a.events.map(eventRow)),
  ];
}

const deliveryRow = (d: Delivery) => ({
  id: d.id,
  recipient: d.recipient,
  agency: d.agencyId,
  channel: d.channel,
  route: d.route,
  namedAs: d.namedAs,
  state: d.state,
  problem: d.problem,
  turn: d.turn,
  due: d.dueAt,
  deadline: d.deadlineAt,
});

const receiptRow = (r: SignedReceipt) => ({ id: r.id, kind: r.kind, delivery: r.delivery?.id, xml: r.xml });

const eventRow = (e: Event) => ({ name: e.name, actor: e.actor, delivery: e.deliveryId, state: e.to, reason: e.reason });

async function findFirst(pool: pg.Pool, sha256: string, senders: readonly string[]): Promise<StoredReceipt | null> {
  const { rows } = await pool.query<StoredReceipt>({
    name: 'find-first',
    text: `select r.id, r.kind, r.package_id as "packageId", r.xml
      from packages p join receipts r on r.package_id = p.id and r.kind = 'accepted'
      where p.accepted and p.sender_agency_id = any($1) and p.sha256 = decode($2, 'hex')
      limit 1`,
    values: [senders, sha256],
  });
  return rows[0] ?? null;
}

async function refuse(pool: pg.Pool, r: Refusal): Promise<void> {
  const locks = locksFor(r.senderAgencyId, []);
  await pool.query({
    name: 'refuse',
    text: `with ${takeLocks},
      package as (
        insert into packages (id, accepted, client_id, sender_agency_id, sender_code, transport_id, sha256, size, received_at, problems)
        select $3, false, $4, $5, $6, $7, decode($8, 'hex'), $9, $10, $11 from locks
        returning id
      ), stated as (
        insert into receipts (id, kind, package_id, sender_agency_id, issued_at, xml) select $12, 'rejected', id, $5, $10, $13 from package
      )
      insert into events (name, at, actor, package_id, reason) select $14, $10, $15, id, $16 from package`,
    values: [
      locks.classes,
      locks.keys,
      r.packageId,
      r.clientId,
      r.senderAgencyId ?? null,
      r.claimedSender?.slice(0, 200) ?? null,
      r.transportId ?? null,
      r.sha256,
      r.size,
      r.receivedAt,
      JSON.stringify(r.problems.slice(0, 100)),
      r.receipt.id,
      r.receipt.xml,
      r.event.name,
      r.event.actor,
      r.event.reason ?? null,
    ],
  });
}
