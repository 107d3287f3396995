import { createHash } from 'node:crypto';
import type { Delivery } from '../../routing/delivery.ts';
import type { Event } from '../../routing/event.ts';
import type { Acceptance } from '../../routing/intake.ts';
import { type Message, promulgationOf } from '../../routing/message.ts';
import type { SignedReceipt } from '../../routing/receipt.ts';
import { rowsOf } from './trust-rows.ts';

// What an acceptance adds to each table, as the records that the statement in intake.ts reads; absent values are stored as null.

export function packageRow(a: Acceptance) {
  const { message, signature, warnings } = a.verified;
  return {
    id: a.packageId,
    client: a.clientId,
    sender: a.senderAgencyId,
    senderCode: message.sender.code,
    transport: a.transportId,
    sha256: a.lifted.sha256,
    size: a.lifted.size,
    at: a.receivedAt,
    kind: message.kind,
    ...described(message),
    urgency: message.urgency,
    signature: signature.state,
    ...(signature.state === 'absent' ? {} : { algorithm: signature.algorithm, fingerprint: signature.fingerprint }),
    problems: warnings,
    route: a.route,
    ...trustColumns(a),
    signed: signedDigest(a),
  };
}

/**
 * SHA-256 in hex of what was signed: equal for packages that differ only in what no signature covers. Undefined for a package that counts
 * as unsigned.
 */
export function signedDigest({ signedInfo, verified }: Acceptance): string | undefined {
  if (signedInfo === undefined || verified.signature.state === 'absent') return undefined;
  return createHash('sha256').update(signedInfo).digest('hex');
}

function trustColumns(a: Acceptance) {
  const rows = rowsOf(a);
  return rows === undefined ? {} : { statement: rows.statement.sha256, trustAt: rows.at, timestamp: rows.timestamp };
}

function described(message: Message) {
  if (message.kind === 'document') {
    const { action, documentId, number, notation, promulgationDate, subject } = message;
    return { action, document: documentId, number, notation, promulgated: promulgationDate, subject };
  }
  return { status: message.status, document: message.about.documentId, promulgated: promulgationOf(message) };
}

export const runRows = ({ packageId, lifted }: Acceptance) =>
  lifted.runs.map(({ at, sha256, length }, ordinal) => ({ package: packageId, ordinal, at, sha256, length }));

export const attachmentRows = ({ packageId, verified: { message } }: Acceptance) =>
  message.kind === 'document' ? message.attachments.map((file, ordinal) => ({ ...file, package: packageId, ordinal })) : [];

export const deliveryRow = (a: Acceptance, d: Delivery) => ({
  package: a.packageId,
  id: d.id,
  recipient: d.recipient,
  agency: d.agencyId,
  channel: d.channel,
  route: d.route,
  namedAs: d.namedAs,
  urgency: d.urgency,
  state: d.state,
  problem: d.problem,
  turn: d.turn,
  at: a.receivedAt,
  due: d.dueAt,
  deadline: d.deadlineAt,
  gate: d.gate,
});

export const receiptRow = (a: Acceptance, r: SignedReceipt) => ({
  package: a.packageId,
  id: r.id,
  kind: r.kind,
  delivery: r.delivery?.id,
  sender: a.senderAgencyId,
  at: a.receivedAt,
  xml: r.xml,
});

export const eventRow = (a: Acceptance, e: Event) => ({
  package: a.packageId,
  name: e.name,
  at: a.receivedAt,
  actor: e.actor,
  delivery: e.deliveryId,
  state: e.to,
  reason: e.reason,
});

/** Rows of content_findings: what was found before acceptance. */
export const findingRows = ({ packageId, inspected }: Acceptance) => inspected.findings.map((one) => ({ package: packageId, ...one }));

/** Rows of content_work: what is to be looked at after it. */
export const workRows = ({ packageId, receivedAt, inspected }: Acceptance) =>
  inspected.work.map((one) => ({ package: packageId, ...one, at: receivedAt }));
