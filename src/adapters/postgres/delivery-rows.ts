import type { Delivery, DeliveryState, Gate } from '../../routing/delivery.ts';
import type { Channel } from '../../routing/directory.ts';
import type { Urgency } from '../../routing/message.ts';
import type { Problem } from '../../routing/problem.ts';

/** Columns of a delivery `d`, as `deliveryFrom` reads them. */
export const deliveryColumns = `d.id, d.package_id, d.recipient, d.agency_id, d.channel, d.route, d.named_as, d.urgency, d.state, d.problem, d.turn, d.attempts,
  d.tries, d.faults, d.due_at, d.deadline_at, d.gate`;

/** A row of `deliveryColumns`. */
export interface DeliveryRow {
  id: string;
  package_id: string;
  recipient: string;
  agency_id: string | null;
  channel: Channel | null;
  route: string | null;
  named_as: string | null;
  urgency: Urgency;
  state: DeliveryState;
  problem: Problem | null;
  turn: number;
  attempts: number;
  tries: number;
  faults: number;
  due_at: Date;
  deadline_at: Date;
  gate: Gate | null;
}

/** The delivery in a row. */
export function deliveryFrom(row: DeliveryRow): Delivery {
  return {
    id: row.id,
    packageId: row.package_id,
    recipient: row.recipient,
    ...(row.agency_id === null ? {} : { agencyId: row.agency_id }),
    ...(row.channel === null ? {} : { channel: row.channel }),
    ...(row.route === null ? {} : { route: row.route }),
    ...(row.named_as === null ? {} : { namedAs: row.named_as }),
    urgency: row.urgency,
    state: row.state,
    ...(row.problem === null ? {} : { problem: row.problem }),
    turn: row.turn,
    attempts: row.attempts,
    tries: row.tries,
    faults: row.faults,
    dueAt: row.due_at,
    deadlineAt: row.deadline_at,
    ...(row.gate === null ? {} : { gate: row.gate }),
  };
}

/** Columns that a move may change, with their types. */
const moveTypes = {
  agency_id: 'uuid',
  channel: 'text',
  route: 'text',
  state: 'text',
  problem: 'jsonb',
  turn: 'integer',
  attempts: 'integer',
  tries: 'integer',
  faults: 'integer',
  due_at: 'timestamptz',
  deadline_at: 'timestamptz',
  changed_at: 'timestamptz',
} as const;
const moveNames = Object.keys(moveTypes) as (keyof typeof moveTypes)[];

/** What those columns are after a move, ready for JSON. */
export function moveFields(delivery: Delivery, changedAt: Date): Record<keyof typeof moveTypes, unknown> {
  const { agencyId, channel, route, state, problem, turn, attempts, tries, faults, dueAt, deadlineAt } = delivery;
  const same = { channel, route, state, problem, turn, attempts, tries, faults };
  return { ...same, agency_id: agencyId, due_at: dueAt, deadline_at: deadlineAt, changed_at: changedAt };
}

/** Those columns as `jsonb_to_recordset` is told of them. */
export const moveDefinition = moveNames.map((name) => `${name} ${moveTypes[name]}`).join(', ');

const setTo = (source: (name: string, i: number) => string) =>
  `${moveNames.map((name, i) => `${name} = ${source(name, i)}`).join(', ')}, lease_until = null, leased_by = null`;

/** `set` clause that writes a move from a row of `moveDefinition`, and ends the lease. */
export const moveSet = (row: string) => setTo((name) => `${row}.${name}`);

/** The same for one delivery; `values` go to the placeholders from `$first` on, `first` first. */
export function moveColumns(delivery: Delivery, changedAt: Date, first: number): { set: string; values: unknown[] } {
  const fields = moveFields(delivery, changedAt);
  return { set: setTo((_, i) => `$${first + i}`), values: moveNames.map((name) => fields[name] ?? null) };
}

/** What of an `OutgoingPackage` or `ReceiptPackage` comes from a row of packages `p`. */
export const packageColumns = `p.id as p_id, encode(p.sha256, 'hex') as p_sha256, p.size as p_size, p.received_at as p_received_at,
  p.sender_code as p_sender, p.document_id as p_document_id, coalesce(p.number || '/' || p.notation, p.status_code) as p_reference`;

/** A row of `packageColumns`. */
export interface PackageRow {
  p_id: string;
  p_sha256: string;
  p_size: number;
  p_received_at: Date;
  p_sender: string | null;
  p_document_id: string | null;
  p_reference: string | null;
}

/** The package in a row, as receipts name it. */
export function packageFrom(row: PackageRow) {
  return {
    id: row.p_id,
    sha256: row.p_sha256,
    size: row.p_size,
    receivedAt: row.p_received_at,
    ...(row.p_sender === null ? {} : { sender: row.p_sender }),
    ...(row.p_document_id === null ? {} : { documentId: row.p_document_id }),
    ...(row.p_reference === null ? {} : { reference: row.p_reference }),
  };
}

/** Expression for the text and the runs of package `p`, as `outgoingFrom` reads them. */
export const contentColumns = `t.content as text, (
    select coalesce(json_agg(json_build_object('at', r.at, 'length', r.length, 'sha256', encode(r.sha256, 'hex')) order by r.ordinal), '[]')
    from package_runs r where r.package_id = p.id
  ) as runs`;

/** A row with `packageColumns` and `contentColumns`. */
export interface OutgoingRow extends PackageRow {
  text: Buffer;
  runs: { at: number; length: number; sha256: string }[];
}

/** The package in a row, with its content, as it goes out. */
export function outgoingFrom(row: OutgoingRow) {
  return { ...packageFrom(row), text: row.text, runs: row.runs };
}
