import type { Delivery } from './delivery.ts';
import type { Verified } from './package.ts';
import type { NewId, Now } from './ports.ts';
import type { Problem } from './problem.ts';
import { Rejection } from './problem.ts';
import type { ReceiptPackage, SignedReceipt, SignReceipt } from './receipt.ts';
import type { Routed } from './route.ts';
import { vietnamTime } from './time.ts';
import type { Chain, CheckRevocation, ReadTrustSettings, RevocationEvidence, RevocationVerdict } from './trust.ts';

/** True when a package is accepted although nobody could say whether its certificate was revoked. */
export function isProvisional({ trust }: Verified): boolean {
  return trust?.verdict === 'provisional';
}

/** The deliveries of a provisional package: held until it is cleared, but for the urgencies that are delivered anyway. */
export function heldWhileUnknown(verified: Verified, routed: Routed, deliverAnyway: readonly number[]): Routed {
  return isProvisional(verified) ? heldUntilCleared(routed, deliverAnyway) : routed;
}

/** The deliveries of a package that is not cleared, held for it. */
export function heldUntilCleared(routed: Routed, deliverAnyway: readonly number[]): Routed {
  const urgency = routed.deliveries[0]?.urgency;
  if (urgency !== undefined && deliverAnyway.includes(urgency)) return routed;
  const held = new Map(routed.deliveries.map((delivery) => [delivery.id, heldOne(delivery)]));
  const of = (delivery: Delivery) => held.get(delivery.id) ?? delivery;
  return {
    ...routed,
    deliveries: routed.deliveries.map(of),
    recipients: routed.recipients.map((one) => ({ ...one, delivery: of(one.delivery) })),
  };
}

function heldOne(delivery: Delivery): Delivery {
  if (delivery.state !== 'waiting') return delivery;
  return { ...delivery, state: 'held', turn: 0, problem: { code: 'AWAITING_REVOCATION' } };
}

/** A package that was accepted provisionally and is still open. */
export interface OpenQuarantine {
  readonly packageId: string;
  readonly chain: Chain;
  readonly anchorId: string;
  /** The moment that the signature is judged at. */
  readonly at: Date;
  readonly checks: number;
}

/** How a quarantine ends. */
export interface Ending {
  readonly packageId: string;
  readonly outcome: 'cleared' | 'revoked';
  readonly at: Date;
  readonly verdict: Exclude<RevocationVerdict, { status: 'unknown' }>;
  readonly evidence: readonly RevocationEvidence[];
}

/** A package with whom it concerns: its sender, and the agencies that got it or may have. */
export interface Concerned {
  readonly package: ReceiptPackage;
  readonly fingerprint: string;
  readonly senderAgencyId: string;
  readonly recipients: readonly { readonly agencyId: string; readonly deliveryId: string; readonly code: string; readonly state: string }[];
}

/** The store as quarantines and notices need it. */
export interface Quarantines {
  /** Open ones that are due, the longest waiting first. */
  due(now: Date, limit: number): Promise<readonly OpenQuarantine[]>;
  postpone(packageId: string, until: Date, why: string): Promise<void>;
  /** The deliveries of a package that are held for it, and those that still wait. */
  pending(packageId: string): Promise<readonly { readonly id: string; readonly state: 'held' | 'waiting' }[]>;
  /** Ends a quarantine with its evidence and event, in one transaction; does nothing when it is ended already. */
  end(ending: Ending): Promise<void>;
  concerned(packageId: string): Promise<Concerned | null>;
  /** Packages accepted under a certificate since a moment, in the order of their ids, after `after`. */
  accepted(fingerprint: string, since: Date, after: string | undefined, limit: number): Promise<readonly string[]>;
  /** Puts notices into the feeds of agencies, in one transaction; an agency that has one about the package already gets none. */
  notify(packageId: string, notices: readonly { readonly agencyId: string; readonly receipt: SignedReceipt }[]): Promise<number>;
}

/** What the review asks of the world. */
export interface ReviewPorts {
  readonly quarantines: Quarantines;
  readonly settings: ReadTrustSettings;
  readonly check: CheckRevocation;
  readonly desk: {
    release(id: string, actor: string, reason: string): Promise<unknown>;
    withdraw(id: string, problem: Problem): Promise<unknown>;
  };
  readonly notices: NoticePorts;
  readonly now: Now;
}

const dueAtOnce = 50;

/**
 * Judges open quarantines again. Good: what was held goes on. Revoked from before the package was judged: what has not been delivered
 * fails, the sender is told by receipts, and whoever got it by a notice. Still unknown: later. Every step may be repeated: a crash
 * in between only means that it is done again. Returns how many ended.
 */
export function createReview(ports: ReviewPorts, settings: { readonly gateway: string; readonly every: number }) {
  return async function review(): Promise<number> {
    const now = ports.now();
    let ended = 0;
    for (const one of await ports.quarantines.due(now, dueAtOnce)) {
      const why = await reviewOne(ports, settings.gateway, one);
      if (why === undefined) ended += 1;
      else await ports.quarantines.postpone(one.packageId, new Date(now.getTime() + settings.every), why);
    }
    return ended;
  };
}

/** Undefined when the quarantine ended, else why not. */
async function reviewOne(ports: ReviewPorts, gateway: string, one: OpenQuarantine): Promise<string | undefined> {
  const anchor = (await ports.settings()).anchors.find(({ id }) => id === one.anchorId);
  if (anchor === undefined) return `anchor ${one.anchorId} is not trusted any more`;
  const { verdict, evidence } = await ports.check(one.chain, anchor, one.at);
  if (verdict.status === 'unknown') return verdict.why;
  if (!(await settleDeliveries(ports, one.packageId, verdict))) return 'a delivery is under way';
  if (verdict.status === 'revoked') await writeNotices(ports.quarantines, ports.notices, gateway, one.packageId, verdict);
  const outcome = verdict.status === 'good' ? 'cleared' : 'revoked';
  await ports.quarantines.end({ packageId: one.packageId, outcome, at: ports.now(), verdict, evidence });
  return undefined;
}

/** False when some can't be settled yet. One that moved on meanwhile, or has no way to its recipient, stays what it is. */
async function settleDeliveries({ quarantines, desk }: ReviewPorts, packageId: string, verdict: Ending['verdict']): Promise<boolean> {
  for (const { id, state } of await quarantines.pending(packageId)) {
    try {
      if (verdict.status === 'revoked') await desk.withdraw(id, revokedProblem(verdict));
      else if (state === 'held') await desk.release(id, 'gateway', 'revocation: good');
    } catch (error) {
      if (!(error instanceof Rejection) || error.status >= 500) throw error;
      if (error.problems.some(({ code }) => code === 'DELIVERY_IN_FLIGHT')) return false;
    }
  }
  return true;
}

/** What is said of a package whose certificate turned out to be revoked. */
export function revokedProblem({ fingerprint, since, invalidityDate, reason }: Extract<RevocationVerdict, { status: 'revoked' }>): Problem {
  const from = invalidityDate !== undefined && invalidityDate < since ? invalidityDate : since;
  return { code: 'REVOKED_AFTER_ACCEPTANCE', params: { fingerprint, since: vietnamTime(from), reason } };
}

/** What writing notices asks of the world. */
export interface NoticePorts {
  readonly signReceipt: SignReceipt;
  readonly newId: NewId;
  readonly now: Now;
}

/**
 * Tells the sender and every agency that got a package, or may have, that its certificate is revoked: a signed receipt of the kind
 * `revoked` in the feed of each. Returns how many were new; null when there is no such package.
 */
export async function writeNotices(
  quarantines: Pick<Quarantines, 'concerned' | 'notify'>,
  ports: NoticePorts,
  gateway: string,
  packageId: string,
  verdict: Extract<RevocationVerdict, { status: 'revoked' }>,
): Promise<number> {
  const found = await quarantines.concerned(packageId);
  if (found === null) return 0;
  const got = found.recipients.filter(({ state }) => state === 'delivered' || state === 'fetched').map(({ agencyId }) => agencyId);
  const notices = [];
  for (const agencyId of new Set([found.senderAgencyId, ...got])) {
    const receipt = {
      id: ports.newId(),
      kind: 'revoked' as const,
      issuedAt: ports.now(),
      gateway,
      package: found.package,
      problems: [revokedProblem(verdict)],
    };
    notices.push({ agencyId, receipt: { ...receipt, xml: await ports.signReceipt(receipt) } });
  }
  return quarantines.notify(packageId, notices);
}
