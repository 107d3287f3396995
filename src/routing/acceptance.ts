import type { Act } from './acts.ts';
import type { Delivery } from './delivery.ts';
import type { AgencyEntry } from './directory.ts';
import type { Event } from './event.ts';
import type { Acceptance } from './intake.ts';
import { sayingOf } from './outside.ts';
import type { Verified } from './package.ts';
import { isProvisional } from './quarantine.ts';
import type { Receipt, ReceiptRecipient } from './receipt.ts';
import { receiptPackage } from './receipt.ts';
import type { Case, ReceivePorts, ReceiveSettings } from './receive.ts';
import { signed } from './refuse.ts';
import type { NamedRecipient, Routed } from './route.ts';

/** Everything that an accepted package adds to the store, but for what was found inside its attachments: its receipts are signed here. */
export async function describeAcceptance(
  ports: ReceivePorts,
  settings: ReceiveSettings,
  one: Case,
  verified: Verified,
  sender: AgencyEntry,
  { deliveries, recipients, acts }: Routed & { readonly acts: readonly Act[] },
): Promise<Omit<Acceptance, 'inspected'>> {
  const about = receiptPackage(one, verified);
  const base = { gateway: settings.gateway, issuedAt: one.receivedAt, package: about };
  const receipts: Receipt[] = [
    {
      ...base,
      id: ports.newId(),
      kind: 'accepted',
      signature: verified.signature,
      recipients: recipients.map(namedOf),
      problems: verified.warnings,
    },
    ...deliveries.filter((d) => d.state === 'failed').map((d) => failedReceipt(base, ports.newId(), d)),
  ];
  return {
    packageId: one.packageId,
    clientId: one.client.id,
    senderAgencyId: sender.id,
    ...transportOf(ports, one, verified),
    receivedAt: one.receivedAt,
    ...(one.route === undefined ? {} : { route: one.route }),
    lifted: one.taken.lifted,
    verified,
    deliveries,
    acts,
    receipts: await Promise.all(receipts.map((r) => signed(ports.signReceipt, r))),
    events: eventsOf(one, deliveries, isProvisional(verified)),
  };
}

/** A package that came over a route is known again by what it says: copies for several recipients may be written anew, each for itself. */
function transportOf({ digest }: ReceivePorts, { route: over, transportId }: Case, { message }: Verified): { transportId?: string } {
  if (over !== undefined) return { transportId: `${over}:${digest(sayingOf(message))}` };
  return transportId === undefined ? {} : { transportId };
}

/** A recipient as an accepted receipt names it. */
export function namedOf({ code, forwarded, delivery: d }: NamedRecipient): ReceiptRecipient {
  return {
    code,
    deliveryId: d.id,
    state: d.state,
    ...(forwarded === undefined ? {} : { forwarded }),
    ...(d.problem === undefined ? {} : { problem: d.problem }),
  };
}

/** The receipt of a delivery that failed when its package was accepted. */
export function failedReceipt(base: Pick<Receipt, 'gateway' | 'issuedAt' | 'package'>, id: string, delivery: Delivery): Receipt {
  return {
    ...base,
    id,
    kind: 'failed',
    delivery: { id: delivery.id, recipient: delivery.recipient, attempts: 0, settledAt: base.issuedAt },
    problems: delivery.problem === undefined ? [] : [delivery.problem],
  };
}

function eventsOf(one: Case, deliveries: readonly Delivery[], provisional: boolean): Event[] {
  const base = { at: one.receivedAt, actor: `client:${one.client.id}`, packageId: one.packageId };
  const created = deliveries.map(
    (d): Event => ({
      ...base,
      name: 'delivery.created',
      deliveryId: d.id,
      to: d.state,
      ...reasonOf(d),
    }),
  );
  const quarantined: Event[] = provisional ? [{ ...base, name: 'package.quarantined' }] : [];
  return [{ ...base, name: 'package.accepted' }, ...quarantined, ...created];
}

function reasonOf({ problem, forwarded }: Delivery): { reason?: string } {
  const reason = problem?.code ?? (forwarded === undefined ? undefined : `forwarded to ${forwarded.to}`);
  return reason === undefined ? {} : { reason };
}
