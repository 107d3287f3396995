import { createHash, randomBytes } from 'node:crypto';
import type { Delivery, DeliveryState } from '../../src/routing/delivery.ts';
import type { Channel } from '../../src/routing/directory.ts';
import { createNewId } from '../../src/routing/ids.ts';
import type { Acceptance } from '../../src/routing/intake.ts';
import type { Lifted } from '../../src/routing/package.ts';
import type { SignedReceipt } from '../../src/routing/receipt.ts';
import type { Agency } from '../../src/routing/register.ts';

/** Ids as the gateway makes them. */
export const newId = createNewId(() => new Date(), randomBytes);

/** An agency with one code. */
export function agencyWith(code: string, more: Partial<Agency> = {}): Agency {
  return {
    id: newId(),
    name: `Đơn vị ${code}`,
    status: 'active',
    signaturePolicy: 'required',
    channel: 'inbox',
    codes: [{ code, scheme: 'qcvn102', validFrom: '2000-01-01' }],
    ...more,
  };
}

/** A small package without runs. */
export function liftedOf(text: string): Lifted {
  const bytes = Buffer.from(text);
  return { sha256: createHash('sha256').update(bytes).digest('hex'), size: bytes.length, text: bytes, runs: [] };
}

/** A recipient of an acceptance: an agency with its channel, and what became of it at routing. */
export interface To {
  readonly agency?: Agency;
  readonly code?: string;
  readonly state?: DeliveryState;
  readonly urgency?: Delivery['urgency'];
}

/** Everything that the store gets for one accepted package from `sender` to `to`. */
export function acceptanceOf(sender: Agency, to: readonly To[], more: { text?: string; transportId?: string; at?: Date } = {}): Acceptance {
  const packageId = newId();
  const at = more.at ?? new Date();
  const lifted = liftedOf(more.text ?? `<package>${packageId}</package>`);
  const deliveries = to.map((one) => deliveryTo(packageId, one, at));
  const senderCode = sender.codes[0]?.code ?? '';
  return {
    packageId,
    clientId: 'client-a',
    senderAgencyId: sender.id,
    ...(more.transportId === undefined ? {} : { transportId: more.transportId }),
    receivedAt: at,
    lifted,
    verified: {
      message: {
        kind: 'document',
        action: 'new',
        sender: { code: senderCode, name: sender.name },
        recipients: deliveries.map((d) => ({ code: d.recipient, name: d.recipient })),
        documentId: `doc-${packageId}`,
        number: '07',
        notation: 'SNV-CCHC',
        promulgationDate: '2026-03-02',
        typeName: 'Công văn',
        subject: 'V/v thử nghiệm',
        urgency: to[0]?.urgency ?? 0,
        attachments: [],
      },
      signature: { state: 'valid', algorithm: 'ecdsa-sha256', fingerprint: 'ab'.repeat(32) },
      warnings: [],
    },
    deliveries,
    acts: [],
    receipts: [acceptedReceipt(packageId, lifted, at)],
    inspected: { findings: [], work: [] },
    events: [
      { name: 'package.accepted', at, actor: 'client:client-a', packageId },
      ...deliveries.map((d) => ({
        name: 'delivery.created' as const,
        at,
        actor: 'client:client-a',
        packageId,
        deliveryId: d.id,
        to: d.state,
      })),
    ],
  };
}

function deliveryTo(packageId: string, to: To, at: Date): Delivery {
  const state = to.state ?? 'waiting';
  const agency = to.agency;
  return {
    id: newId(),
    packageId,
    recipient: to.code ?? agency?.codes[0]?.code ?? 'X',
    ...(agency === undefined ? {} : { agencyId: agency.id, channel: agency.channel as Channel }),
    urgency: to.urgency ?? 0,
    state,
    ...(state === 'waiting' ? {} : { problem: { code: 'NO_ROUTE' as const, params: { recipient: 'X' } } }),
    turn: state === 'waiting' ? 1 : 0,
    attempts: 0,
    tries: 0,
    faults: 0,
    dueAt: at,
    deadlineAt: new Date(at.getTime() + 7 * 24 * 3600 * 1000),
  };
}

function acceptedReceipt(packageId: string, lifted: Lifted, at: Date): SignedReceipt {
  return {
    id: newId(),
    kind: 'accepted',
    issuedAt: at,
    gateway: 'test',
    package: { id: packageId, sha256: lifted.sha256, size: lifted.size, receivedAt: at },
    xml: `<Receipt>${packageId}</Receipt>`,
  };
}
