import { failedReceipt, namedOf } from './acceptance.ts';
import { changesDocument } from './acts.ts';
import type { Code } from './codes/index.ts';
import type { Delivery } from './delivery.ts';
import { ringsFor } from './delivery.ts';
import type { Event } from './event.ts';
import type { Acceptance, AcceptedDelivery, AcceptedPackage, Extension } from './intake.ts';
import type { Problem } from './problem.ts';
import { Rejection } from './problem.ts';
import { heldUntilCleared } from './quarantine.ts';
import type { Receipt } from './receipt.ts';
import type { Case, ReceivePorts, ReceiveSettings } from './receive.ts';
import { signed } from './refuse.ts';
import type { Routed } from './route.ts';

/** A package that came again, with what became of its recipients this time. */
export interface Again {
  readonly one: Case;
  readonly routed: Routed;
  readonly acts: Acceptance['acts'];
  /** The package that was accepted. */
  readonly packageId: string;
}

/**
 * Accepts a package that was accepted before for those of its recipients, wanted now, that have no delivery of it yet, and for those that
 * could not be served then and can be now. Everybody else keeps what there is. Throws Rejection NO_RECIPIENT_DELIVERABLE when nobody
 * who is wanted has it or gets it.
 */
export async function extend(ports: ReceivePorts, settings: ReceiveSettings, again: Again): Promise<void> {
  const { one, routed, acts, packageId } = again;
  const there = await ports.intake.accepted(packageId);
  if (there === null || additionsTo(there, routed, settings.quarantineDeliver).deliveries.length === 0) return;
  const inboxes = routed.deliveries.flatMap((d) => (d.channel === 'inbox' && d.agencyId !== undefined ? [d.agencyId] : []));
  const written = await ports.intake.extend(packageId, inboxes, async (locked) => {
    const additions = additionsTo(locked, routed, settings.quarantineDeliver);
    return additions.deliveries.length === 0 ? null : describeExtension(ports, settings, one, locked, additions);
  });
  ports.ring(written.flatMap(ringsFor));
  if (written.length > 0 && acts.some(changesDocument)) await ports.carryOut(packageId);
}

/** True when one of these recipients has no delivery of the package but one that could not be served at once. */
export function leavesOut(there: AcceptedPackage, wanted: readonly Pick<Delivery, 'recipient' | 'agencyId'>[]): boolean {
  return wanted.some((one) => {
    const known = knownTo(there, one);
    return known === undefined || wasNeverServed(known.delivery);
  });
}

/**
 * What a package that was accepted is given for recipients that are wanted now: new deliveries, and those that could not be served, as they
 * go on under their own id. Throws Rejection NO_RECIPIENT_DELIVERABLE.
 */
export function additionsTo(there: AcceptedPackage, routed: Routed, deliverAnyway: readonly number[] = []): Routed {
  const made = new Map(routed.deliveries.map((wanted) => [wanted.id, additionFor(there, wanted)]));
  if (!routed.deliveries.some((wanted) => isServed(there, wanted, made.get(wanted.id))))
    throw nobodyServed(there, [...made.values()], routed);
  const recipients = routed.recipients.flatMap((one) => {
    const delivery = made.get(one.delivery.id);
    return delivery === undefined ? [] : [{ ...one, delivery }];
  });
  const additions = { deliveries: [...made.values()].filter((one) => one !== undefined), recipients };
  return there.provisional ? heldUntilCleared(additions, deliverAnyway) : additions;
}

function additionFor(there: AcceptedPackage, wanted: Delivery): Delivery | undefined {
  const known = knownTo(there, wanted);
  const delivery = { ...wanted, packageId: there.about.id };
  const ban = banOf(there, wanted.recipient);
  if (known === undefined) return ban === undefined || wanted.state === 'failed' ? delivery : refused(delivery, ban);
  if (!wasNeverServed(known.delivery) || wanted.state === 'failed' || ban !== undefined || known.standing !== undefined) return undefined;
  return { ...delivery, id: known.delivery.id };
}

function knownTo({ deliveries }: AcceptedPackage, wanted: Pick<Delivery, 'recipient' | 'agencyId'>): AcceptedDelivery | undefined {
  const isSame = ({ recipient, agencyId }: Delivery) =>
    recipient === wanted.recipient || (agencyId !== undefined && agencyId === wanted.agencyId);
  return deliveries.find(({ delivery }) => isSame(delivery));
}

/** It failed when the package was accepted: nobody ever had it to send, fetch or refuse. */
const wasNeverServed = ({ state, turn }: Delivery) => state === 'failed' && turn === 0;

function banOf({ closed, deliveries }: AcceptedPackage, recipient: string): Problem | undefined {
  const code: Code | undefined = closed
    ? 'RECIPIENT_LEFT_OUT'
    : deliveries.length > 0 && deliveries.every(({ standing }) => standing === 'recalled')
      ? 'TARGET_RECALLED'
      : undefined;
  return code === undefined ? undefined : { code, params: { recipient } };
}

function refused({ gate: _, ...delivery }: Delivery, problem: Problem): Delivery {
  return { ...delivery, state: 'failed', turn: 0, problem };
}

function isServed(there: AcceptedPackage, wanted: Delivery, addition: Delivery | undefined): boolean {
  if (addition !== undefined) return addition.state !== 'failed';
  const known = knownTo(there, wanted);
  return known !== undefined && !wasNeverServed(known.delivery);
}

function nobodyServed(there: AcceptedPackage, additions: readonly (Delivery | undefined)[], { deliveries }: Routed): Rejection {
  const why = deliveries.map((wanted, index) => additions[index]?.problem ?? wanted.problem ?? knownTo(there, wanted)?.delivery.problem);
  return new Rejection([{ code: 'NO_RECIPIENT_DELIVERABLE' }, ...why.filter((one) => one !== undefined)]);
}

async function describeExtension(
  ports: ReceivePorts,
  settings: ReceiveSettings,
  one: Case,
  there: AcceptedPackage,
  { deliveries, recipients }: Routed,
): Promise<Extension> {
  const base = { gateway: settings.gateway, issuedAt: one.receivedAt, package: there.about };
  const accepted: Receipt = {
    ...base,
    id: ports.newId(),
    kind: 'accepted',
    signature: there.signature,
    recipients: recipients.map(namedOf),
    problems: [],
  };
  const known = new Set(there.deliveries.map(({ delivery }) => delivery.id));
  const failed = deliveries.filter(({ state }) => state === 'failed').map((d) => failedReceipt(base, ports.newId(), d));
  return {
    at: one.receivedAt,
    added: deliveries.filter(({ id }) => !known.has(id)),
    resumed: deliveries.filter(({ id }) => known.has(id)),
    receipts: await Promise.all([accepted, ...failed].map((receipt) => signed(ports.signReceipt, receipt))),
    events: eventsOf(one, deliveries, known),
  };
}

function eventsOf({ receivedAt, client }: Case, deliveries: readonly Delivery[], known: ReadonlySet<string>): Event[] {
  const base = { at: receivedAt, actor: `client:${client.id}` };
  const [{ packageId } = { packageId: '' }] = deliveries;
  const reason = deliveries.map(({ recipient }) => recipient).join(' ');
  return [
    { ...base, name: 'package.extended', packageId, reason: reason.slice(0, 1000) },
    ...deliveries.map(
      ({ id, state, problem }): Event => ({
        ...base,
        name: known.has(id) ? 'delivery.replayed' : 'delivery.created',
        packageId,
        deliveryId: id,
        ...(known.has(id) ? { from: 'failed' as const } : {}),
        to: state,
        ...(problem === undefined ? {} : { reason: problem.code }),
      }),
    ),
  ];
}
