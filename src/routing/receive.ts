import type { Delivery } from './delivery.ts';
import { ringsFor } from './delivery.ts';
import type { AgencyEntry, LookUp } from './directory.ts';
import type { Event } from './event.ts';
import type { Acceptance, Intake, StoredReceipt } from './intake.ts';
import type { Examined, Verified } from './package.ts';
import type { Examine, NewId, Now, RingQueue, Taken } from './ports.ts';
import type { Problem } from './problem.ts';
import { Rejection, reject } from './problem.ts';
import type { Receipt, ReceiptPackage, SignedReceipt, SignReceipt } from './receipt.ts';
import { answerRefusal, signed } from './refuse.ts';
import type { RetrySchedules } from './retry.ts';
import { route } from './route.ts';
import { vietnamDay } from './time.ts';
import type { Client, VerifyClaim } from './verify.ts';
import { verify } from './verify.ts';

/** What the way in asks of the world. */
export interface ReceivePorts {
  readonly examine: Examine;
  readonly lookUp: LookUp;
  readonly verifyClaim: VerifyClaim;
  readonly intake: Intake;
  readonly signReceipt: SignReceipt;
  readonly ring: RingQueue;
  readonly newId: NewId;
  readonly now: Now;
}

/** What the way in must know of this gateway. */
export interface ReceiveSettings {
  readonly gateway: string;
  /** Level-1 codes of our province. */
  readonly province: readonly string[];
  readonly schedules: RetrySchedules;
}

/** A package at the door: taken in, with the client that brought it. */
export interface Arrival {
  readonly taken: Taken;
  readonly client: Client;
  readonly transportId?: string;
}

/** The answer: `first` is false when the same package had been accepted before and its first receipt is given again. */
export interface Received {
  readonly first: boolean;
  readonly receipt: StoredReceipt;
}

/** An arrival with the id it would get and the time it counts from. */
export interface Case extends Arrival {
  readonly packageId: string;
  readonly receivedAt: Date;
}

/**
 * The way in. Either the package is stored durably and routable when this returns, or a Rejection with all reasons is thrown and
 * the evidence of it is kept. The body is always cleaned up. Any other error is a fault of ours: nothing was accepted.
 */
export function createReceive(ports: ReceivePorts, settings: ReceiveSettings) {
  return async function receive(arrival: Arrival): Promise<Received> {
    const receivedAt = ports.now();
    const one: Case = { ...arrival, receivedAt, packageId: ports.newId() };
    let examined: Examined | undefined;
    try {
      examined = await ports.examine(arrival.taken.lifted);
      const { verified, sender, agencies } = await settleOrigin(ports, one, examined);
      const deliveries = route(verified.message, one.packageId, agencies, { ...settings, newId: ports.newId, now: receivedAt });
      const acceptance = await describe(ports, settings, one, verified, sender, deliveries);
      await arrival.taken.keep();
      return await store(ports, acceptance);
    } catch (error) {
      if (error instanceof Rejection) return await answerRefusal(ports, settings, one, examined, error);
      throw error;
    } finally {
      await arrival.taken.discard();
    }
  };
}

/** The way in without storing: returns the warnings, or throws the same Rejection that `receive` would. */
export function createValidate(ports: ReceivePorts, settings: ReceiveSettings) {
  return async function validate(arrival: Arrival): Promise<readonly Problem[]> {
    const one: Case = { ...arrival, receivedAt: ports.now(), packageId: ports.newId() };
    try {
      const examined = await ports.examine(arrival.taken.lifted);
      const { verified, agencies } = await settleOrigin(ports, one, examined);
      const deliveries = route(verified.message, one.packageId, agencies, { ...settings, newId: ports.newId, now: one.receivedAt });
      return [...verified.warnings, ...deliveries.flatMap((d) => (d.problem === undefined ? [] : [d.problem]))];
    } finally {
      await arrival.taken.discard();
    }
  };
}

async function settleOrigin(ports: ReceivePorts, one: Case, examined: Examined) {
  const recipients = examined.message?.recipients.map((to) => to.code) ?? [];
  const codes = examined.claimedSender === undefined ? recipients : [examined.claimedSender, ...recipients];
  const agencies = await ports.lookUp(codes, vietnamDay(one.receivedAt));
  const sender = agencies.get(examined.claimedSender ?? '');
  const verified = verify(examined, sender, one.client, ports.verifyClaim, one.receivedAt);
  return { verified, agencies, sender: sender as AgencyEntry };
}

async function describe(
  ports: ReceivePorts,
  settings: ReceiveSettings,
  one: Case,
  verified: Verified,
  sender: AgencyEntry,
  deliveries: readonly Delivery[],
): Promise<Acceptance> {
  const about = aboutPackage(one, verified);
  const base = { gateway: settings.gateway, issuedAt: one.receivedAt, package: about };
  const receipts: Receipt[] = [
    {
      ...base,
      id: ports.newId(),
      kind: 'accepted',
      signature: verified.signature,
      recipients: deliveries.map((d) => ({
        code: d.recipient,
        deliveryId: d.id,
        state: d.state,
        ...(d.forwarded === undefined ? {} : { forwarded: d.forwarded }),
        ...(d.problem === undefined ? {} : { problem: d.problem }),
      })),
      problems: verified.warnings,
    },
    ...deliveries.filter((d) => d.state === 'failed').map((d) => failedReceipt(base, ports.newId(), d)),
  ];
  return {
    packageId: one.packageId,
    clientId: one.client.id,
    senderAgencyId: sender.id,
    ...(one.transportId === undefined ? {} : { transportId: one.transportId }),
    receivedAt: one.receivedAt,
    lifted: one.taken.lifted,
    verified,
    deliveries,
    receipts: await Promise.all(receipts.map((r) => signed(ports.signReceipt, r))),
    events: eventsOf(one, deliveries),
  };
}

function failedReceipt(base: Pick<Receipt, 'gateway' | 'issuedAt' | 'package'>, id: string, delivery: Delivery): Receipt {
  return {
    ...base,
    id,
    kind: 'failed',
    delivery: { id: delivery.id, recipient: delivery.recipient, attempts: 0, settledAt: base.issuedAt },
    problems: delivery.problem === undefined ? [] : [delivery.problem],
  };
}

function eventsOf(one: Case, deliveries: readonly Delivery[]): Event[] {
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
  return [{ ...base, name: 'package.accepted' }, ...created];
}

function reasonOf({ problem, forwarded }: Delivery): { reason?: string } {
  const reason = problem?.code ?? (forwarded === undefined ? undefined : `forwarded to ${forwarded.to}`);
  return reason === undefined ? {} : { reason };
}

async function store(ports: ReceivePorts, acceptance: Acceptance): Promise<Received> {
  const stored = await ports.intake.accept(acceptance);
  if (stored.result === 'conflict') throw reject('MESSAGE_ID_REUSED', { params: { id: acceptance.transportId ?? '' } });
  if (stored.result === 'repeated') return { first: false, receipt: stored.first };
  ports.ring(acceptance.deliveries.flatMap(ringsFor));
  const accepted = acceptance.receipts[0] as SignedReceipt;
  return { first: true, receipt: { id: accepted.id, kind: accepted.kind, packageId: acceptance.packageId, xml: accepted.xml } };
}

function aboutPackage(one: Case, verified: Verified): ReceiptPackage {
  const { message } = verified;
  const documentId = message.kind === 'document' ? message.documentId : message.about.documentId;
  return {
    id: one.packageId,
    sha256: one.taken.lifted.sha256,
    size: one.taken.lifted.size,
    receivedAt: one.receivedAt,
    sender: message.sender.code,
    reference: message.kind === 'document' ? `${message.number}/${message.notation}` : message.status,
    ...(documentId === undefined ? {} : { documentId }),
  };
}
