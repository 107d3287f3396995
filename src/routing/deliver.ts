import type { BreakerPolicy } from './breaker.ts';
import { afterOutcome } from './breaker.ts';
import type { Move } from './delivery.ts';
import { afterAttempt } from './delivery.ts';
import type { Claim, Outbox, Settlement } from './outbox.ts';
import type { AttemptResult, Fault, Outcome } from './outcome.ts';
import { shortDetail } from './outcome.ts';
import type { NewId, Now } from './ports.ts';
import type { ReceiptPackage, SignedReceipt, SignReceipt } from './receipt.ts';
import type { RetrySchedules } from './retry.ts';

/** Hands a package to a recipient. Returns an Outcome for all that the recipient or the network does; throws only for our own faults. */
export type Send = (claim: Claim) => Promise<Outcome>;

/** One line for each attempt, for log and metrics. */
export type ReportAttempt = (claim: Claim, settlement: Settlement) => void;

/** What the way out asks of the world. */
export interface DeliverPorts {
  readonly outbox: Pick<Outbox, 'settle'>;
  readonly send: Send;
  readonly signReceipt: SignReceipt;
  readonly report: ReportAttempt;
  readonly newId: NewId;
  readonly now: Now;
  /** In [0, 1), for the spread of retries. */
  readonly random: () => number;
}

/** What the way out must know of this gateway. */
export interface DeliverSettings {
  readonly gateway: string;
  readonly schedules: RetrySchedules;
  readonly breaker: BreakerPolicy;
}

/** What `deliver` did: it settled, or it had lost its lease meanwhile and nothing was recorded. */
export type Delivered = { readonly did: 'lost' } | { readonly did: 'settled'; readonly move: Move };

/** Carries out one attempt of a delivery that the caller has claimed. */
export type Deliver = (claim: Claim) => Promise<Delivered>;

/**
 * The way out of a claimed delivery: send, settle. Throws only when the store is away; then the lease runs out and the delivery is
 * tried again.
 */
export function createDeliver(ports: DeliverPorts, settings: DeliverSettings): Deliver {
  return async function deliver(claim) {
    const startedAt = ports.now();
    const result = await attempt(ports, claim);
    const settlement = await settlementOf(ports, settings, claim, result, startedAt);
    const kept = await ports.outbox.settle(claim, settlement);
    if (!kept) return { did: 'lost' };
    ports.report(claim, settlement);
    return { did: 'settled', move: settlement.move };
  };
}

/** What became of an attempt whose worker stopped: the recipient may have what it was sent. */
export const interruption: Fault = { kind: 'fault', detail: 'the worker stopped during the attempt' };

async function attempt(ports: DeliverPorts, claim: Claim): Promise<AttemptResult> {
  if (claim.interrupted) return interruption;
  try {
    return await ports.send(claim);
  } catch (error) {
    const fault: Fault = { kind: 'fault', detail: shortDetail(error instanceof Error ? error.message : String(error)) };
    return fault;
  }
}

async function settlementOf(
  ports: DeliverPorts,
  settings: DeliverSettings,
  claim: Claim,
  result: AttemptResult,
  startedAt: Date,
): Promise<Settlement> {
  const now = ports.now();
  const { delivery } = claim;
  const move = afterAttempt(delivery, result, settings.schedules[delivery.urgency], now, ports.random());
  const receipt = move.receipt === undefined ? undefined : await signMoveReceipt(ports, settings.gateway, claim.package, move, now);
  return {
    attempt: { id: ports.newId(), result, startedAt, finishedAt: now },
    move,
    ...(receipt === undefined ? {} : { receipt }),
    event: {
      name: move.event,
      at: now,
      actor: 'gateway',
      packageId: delivery.packageId,
      deliveryId: delivery.id,
      from: 'waiting',
      to: move.delivery.state,
      ...(move.reason === undefined ? {} : { reason: move.reason }),
    },
    ...(result.kind === 'fault' ? {} : { breaker: afterOutcome(claim.breaker, result.kind !== 'unavailable', settings.breaker, now) }),
  };
}

/** Makes and signs the receipt that a move owes the sender. `move.receipt` must be set. */
export async function signMoveReceipt(
  ports: Pick<DeliverPorts, 'newId' | 'signReceipt'>,
  gateway: string,
  about: ReceiptPackage,
  move: Move,
  now: Date,
): Promise<SignedReceipt> {
  const { id, sha256, size, receivedAt, sender, documentId, reference } = about;
  const { delivery } = move;
  const receipt = {
    id: ports.newId(),
    kind: move.receipt as NonNullable<Move['receipt']>,
    issuedAt: now,
    gateway,
    package: {
      id,
      sha256,
      size,
      receivedAt,
      ...(sender === undefined ? {} : { sender }),
      ...(documentId === undefined ? {} : { documentId }),
      ...(reference === undefined ? {} : { reference }),
    },
    delivery: { id: delivery.id, recipient: delivery.recipient, attempts: delivery.attempts, settledAt: now },
    problems: delivery.problem === undefined ? [] : [delivery.problem],
  };
  return { ...receipt, xml: await ports.signReceipt(receipt) };
}
