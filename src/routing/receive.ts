import { describeAcceptance } from './acceptance.ts';
import type { ActIntakePorts } from './act-intake.ts';
import { actsFor, addedSince, gatedBy } from './act-intake.ts';
import { changesDocument } from './acts.ts';
import type { Code } from './codes/index.ts';
import type { Inspect } from './contents.ts';
import { ringsFor } from './delivery.ts';
import type { AgencyEntry } from './directory.ts';
import { duplicateWarnings, earlierQuery, guardLoop } from './earlier.ts';
import { extend } from './extend.ts';
import type { Acceptance, Intake, StoredReceipt } from './intake.ts';
import { addressees } from './message.ts';
import { settleSender } from './origin.ts';
import type { OutsidePorts, Settled } from './outside.ts';
import { settleOutside } from './outside.ts';
import type { Examined, Verified } from './package.ts';
import { signedPart } from './package.ts';
import type { Circumstances, Examine, Now, RingQueue, Taken } from './ports.ts';
import type { Problem } from './problem.ts';
import { Rejection, reject } from './problem.ts';
import { heldWhileUnknown } from './quarantine.ts';
import type { SignedReceipt, SignReceipt } from './receipt.ts';
import { answerRefusal } from './refuse.ts';
import type { RetrySchedules } from './retry.ts';
import { route } from './route.ts';
import type { SurveyPorts } from './route-book.ts';
import { survey } from './route-book.ts';
import type { RoutingWorld } from './rules.ts';
import { vietnamDay } from './time.ts';
import type { Client } from './verify.ts';

/** What the way in asks of the world. */
export interface ReceivePorts extends SurveyPorts, OutsidePorts, ActIntakePorts {
  readonly examine: Examine;
  readonly inspect: Inspect;
  readonly intake: Intake;
  /** SHA-256 of a text, hex. */
  readonly digest: (text: string) => string;
  readonly signReceipt: SignReceipt;
  readonly ring: RingQueue;
  readonly now: Now;
}

/** What the way in must know of this gateway. */
export interface ReceiveSettings {
  readonly gateway: string;
  /** Level-1 codes of our province. */
  readonly province: readonly string[];
  readonly schedules: RetrySchedules;
  /** Codes by which trace headers name this gateway. */
  readonly traceCodes: readonly string[];
  /** The ReceiverType that means that a recipient is added (domain A4). */
  readonly receiverAdded: '0' | '1';
  /** Reasons to hold for a recipient for which it is refused at once, and the code of the refusal. */
  readonly refusedAtOnce?: Partial<Readonly<Record<Code, Code>>>;
  /** Urgencies that are delivered although revocation is not known yet; none without it. */
  readonly quarantineDeliver?: readonly number[];
}

/** A package at the door: taken in, with the client that brought it. */
export interface Arrival {
  readonly taken: Taken;
  readonly client: Client;
  readonly transportId?: string;
  /** The upward route that it came over; absent for a package from a client. */
  readonly route?: string;
  /** Codes among those that the package names which alone are to be served. */
  readonly only?: readonly string[];
  /** A package that was accepted before is accepted for the recipients that it has no delivery to yet. */
  readonly extends?: boolean;
  /** Whoever brought it may leave out the declarations of prefixes that have only one meaning. */
  readonly repairsPrefixes?: boolean;
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
      examined = await ports.examine(arrival.taken.lifted, circumstancesOf(one));
      const { verified, sender, world } = await settleOrigin(ports, settings, one, examined);
      const added = one.extends === true ? await addedSince(ports, verified.message, sender.id, one.only ?? []) : [];
      const found = route(verified.message, one.packageId, world, { ...planOf(ports, settings, one), added });
      const inspected = await ports.inspect(arrival.taken.lifted, verified.message, receivedAt);
      const acts = await actsFor(ports, verified.message, world.agencies, found, settings.receiverAdded);
      const gated = gatedBy(acts, found);
      const routed = heldWhileUnknown(verified, gated, settings.quarantineDeliver ?? []);
      const described = await describeAcceptance(ports, settings, one, verified, sender, { ...routed, acts });
      const acceptance = { ...described, ...signedPart(examined.signature), inspected };
      await arrival.taken.keep();
      const received = await store(ports, acceptance);
      const again = { one, routed: gated, acts, packageId: received.receipt.packageId };
      if (!received.first && one.extends === true) await extend(ports, settings, again);
      return received;
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
      const examined = await ports.examine(arrival.taken.lifted, circumstancesOf(one));
      const { verified, world } = await settleOrigin(ports, settings, one, examined);
      await ports.inspect(arrival.taken.lifted, verified.message, one.receivedAt);
      const { deliveries } = route(verified.message, one.packageId, world, planOf(ports, settings, one));
      return [...verified.warnings, ...deliveries.flatMap((d) => (d.problem === undefined ? [] : [d.problem]))];
    } finally {
      await arrival.taken.discard();
    }
  };
}

function circumstancesOf({ route: over, repairsPrefixes = false }: Case): Circumstances {
  return { origin: over === undefined ? 'agency' : 'axis', repairsPrefixes };
}

function planOf(ports: ReceivePorts, settings: ReceiveSettings, one: Case) {
  const came = { ...(one.route === undefined ? {} : { from: one.route }), ...(one.only === undefined ? {} : { only: one.only }) };
  const { schedules, refusedAtOnce = {} } = settings;
  return { schedules, refusedAtOnce, newId: ports.newId, now: one.receivedAt, ...came };
}

async function settleOrigin(ports: ReceivePorts, settings: ReceiveSettings, one: Case, examined: Examined) {
  const named = examined.message === undefined ? [] : addressees(examined.message).map((to) => to.code);
  const recipients = [...new Set([...named, ...(one.only ?? [])])];
  const codes = examined.claimedSender === undefined ? recipients : [examined.claimedSender, ...recipients];
  const world = await survey(ports, codes, vietnamDay(one.receivedAt), settings.province);
  const { sender, verified } = await senderOf(ports, settings, one, examined, world);
  const agencies = new Map(world.agencies).set(verified.message.sender.code, sender);
  return { verified: await withPast(ports, settings, one, verified, sender), world: { ...world, agencies }, sender };
}

/** The sender of a package and what is known of its origin. */
async function senderOf(
  ports: ReceivePorts,
  settings: ReceiveSettings,
  one: Case,
  examined: Examined,
  world: RoutingWorld,
): Promise<Settled> {
  const known = world.agencies.get(examined.claimedSender ?? '');
  if (one.route === undefined) {
    const verified = await settleSender(ports, examined, known, one.client, one.receivedAt);
    return { verified, sender: known as AgencyEntry };
  }
  const route = world.routes.get(one.route);
  if (route === undefined) throw reject('ROUTE_UNKNOWN', { params: { route: one.route } });
  const { receivedAt, taken } = one;
  const { traceCodes } = settings;
  return settleOutside(ports, world, { examined, route, sha256: taken.lifted.sha256, receivedAt, day: vietnamDay(receivedAt), traceCodes });
}

/** Looks for earlier packages of the sender: warns of duplicates, and refuses our own that come back over a route. */
async function withPast(
  ports: ReceivePorts,
  settings: ReceiveSettings,
  one: Case,
  verified: Verified,
  sender: AgencyEntry,
): Promise<Verified> {
  const { message } = verified;
  const query = earlierQuery(message, sender.id, one.taken.lifted.sha256, one.route);
  const earlier = query === null ? [] : await ports.findEarlier(query);
  if (one.route !== undefined) guardLoop(message, one.route, earlier, settings.traceCodes);
  const duplicates = duplicateWarnings(message, earlier);
  return duplicates.length === 0 ? verified : { ...verified, warnings: [...verified.warnings, ...duplicates] };
}

async function store(ports: ReceivePorts, acceptance: Acceptance): Promise<Received> {
  const stored = await ports.intake.accept(acceptance);
  if (stored.result === 'conflict') throw reject('MESSAGE_ID_REUSED', { params: { id: acceptance.transportId ?? '' } });
  if (stored.result === 'repeated') return { first: false, receipt: stored.first };
  ports.ring(acceptance.deliveries.flatMap(ringsFor));
  if (acceptance.acts.some(changesDocument)) await ports.carryOut(acceptance.packageId);
  const accepted = acceptance.receipts[0] as SignedReceipt;
  return { first: true, receipt: { id: accepted.id, kind: accepted.kind, packageId: acceptance.packageId, xml: accepted.xml } };
}
