import type { Channel } from './directory.ts';
import type { Urgency } from './message.ts';
import type { AttemptResult } from './outcome.ts';
import type { Ring } from './ports.ts';
import type { Problem } from './problem.ts';
import { reject } from './problem.ts';
import type { Forwarding, ReceiptKind } from './receipt.ts';
import type { RetrySchedule } from './retry.ts';
import { deadlineOf, nextAttemptAt } from './retry.ts';

/**
 * Where a delivery stands:
 * `waiting` for its next attempt or for the recipient to fetch it; `held` until a person or a route helps;
 * `delivered`, `failed`, `cancelled`, `expired` are final unless an operator replays.
 */
export type DeliveryState = 'waiting' | 'held' | 'delivered' | 'failed' | 'cancelled' | 'expired';

/** The queue a delivery goes through: urgent ones never wait behind ordinary ones. */
export type Lane = 'urgent' | 'ordinary';

/**
 * Why a waiting delivery may not go yet: its act seeks its document (`match`), what it refers to is not yet past (`order`; `received`:
 * and its recipient may never need it), an earlier recall may be meant for it (`recall`), or its sender withdrew it during an attempt
 * (`withdrawn`).
 */
export type Gate = 'match' | 'order' | 'received' | 'recall' | 'withdrawn';

/** Package × recipient: the unit of work. Changes only through the functions of this file and of act-moves.ts. */
export interface Delivery {
  readonly id: string;
  readonly packageId: string;
  /** Recipient code as the package names it. */
  readonly recipient: string;
  readonly agencyId?: string;
  readonly channel?: Channel;
  /** Known while it is being accepted: how it comes that another agency or code receives it. The accepted receipt tells it. */
  readonly forwarded?: Forwarding;
  /** The upward route, for the channel `upward`; `agencyId` is then the route's carrier. */
  readonly route?: string;
  /** The group that the package named, when the recipient is meant as its member. */
  readonly namedAs?: string;
  readonly urgency: Urgency;
  readonly state: DeliveryState;
  /** Absent when it may go. Set and opened by the store together with what it waits for. */
  readonly gate?: Gate;
  /** Why it is held or failed, was cancelled or expired. */
  readonly problem?: Problem;
  /** How often it became `waiting`; never reset. */
  readonly turn: number;
  /** Outcomes from the recipient so far, in all turns. */
  readonly attempts: number;
  /** Outcomes since the last replay: what the retry schedule looks at. */
  readonly tries: number;
  /** Faults of ours in a row. */
  readonly faults: number;
  readonly dueAt: Date;
  readonly deadlineAt: Date;
}

/** A move of a delivery: what it becomes, what is told to the sender, and the name of the event. */
export interface Move {
  readonly delivery: Delivery;
  readonly receipt?: Extract<ReceiptKind, 'delivered' | 'failed' | 'expired' | 'cancelled'>;
  readonly event: DeliveryEvent;
  readonly reason?: string;
  /** A person lets it go although its document was not found. */
  readonly opensGate?: true;
}

/** Names of the events of a delivery. */
export type DeliveryEvent =
  | 'delivery.created'
  | 'delivery.delivered'
  | 'delivery.retry'
  | 'delivery.refused'
  | 'delivery.failed'
  | 'delivery.expired'
  | 'delivery.fault'
  | 'delivery.held'
  | 'delivery.released'
  | 'delivery.replayed'
  | 'delivery.cancelled'
  | 'delivery.withdrawn'
  | 'delivery.fell_through';

/** Faults of ours in a row after which a delivery is held for an operator. */
export const faultsBeforeHold = 5;
const faultDelaySeconds = 60;

/** Urgencies from khẩn (1) on go through the urgent lane (QĐ 28/2018 Đ6(2): priority mode). */
export function laneOf(urgency: Urgency): Lane {
  return urgency >= 1 ? 'urgent' : 'ordinary';
}

/** The ring for a delivery that waits to be pushed or to go upward, as a list of one; empty for any other. */
export function ringsFor(delivery: Delivery): Ring[] {
  const { id, turn, state, channel, agencyId, urgency, gate } = delivery;
  if (state !== 'waiting' || gate !== undefined || channel === 'inbox' || channel === undefined || agencyId === undefined) return [];
  return [{ deliveryId: id, turn, agencyId, lane: laneOf(urgency) }];
}

/** What a delivery becomes after an attempt. `delivery.state` must be `waiting`. `random` is in [0, 1). */
export function afterAttempt(delivery: Delivery, result: AttemptResult, schedule: RetrySchedule, now: Date, random: number): Move {
  switch (result.kind) {
    case 'delivered':
      return {
        delivery: settled(tried(delivery), 'delivered', now),
        receipt: 'delivered',
        event: 'delivery.delivered',
        reason: result.detail,
      };
    case 'refused': {
      const problem = { code: 'REFUSED_BY_RECIPIENT', params: { reason: result.detail } } as const;
      return {
        delivery: { ...settled(tried(delivery), 'failed', now), problem },
        receipt: 'failed',
        event: 'delivery.refused',
        reason: result.detail,
      };
    }
    case 'unavailable':
      return afterUnavailable(tried(delivery), result, schedule, now, random);
    case 'fault':
      return afterFault(delivery, result.detail, now);
  }
}

function afterUnavailable(
  delivery: Delivery,
  result: Extract<AttemptResult, { kind: 'unavailable' }>,
  schedule: RetrySchedule,
  now: Date,
  random: number,
): Move {
  const made = {
    attempts: delivery.tries,
    deadlineAt: delivery.deadlineAt,
    ...(result.retryAfter === undefined ? {} : { retryAfter: result.retryAfter }),
  };
  const next = nextAttemptAt(schedule, made, now, random);
  if (next === null) return expire(delivery, result.detail, now);
  return { delivery: waiting(delivery, next), event: 'delivery.retry', reason: result.detail };
}

function afterFault(delivery: Delivery, detail: string, now: Date): Move {
  const faults = delivery.faults + 1;
  if (faults >= faultsBeforeHold) {
    const held: Delivery = { ...delivery, faults, state: 'held', problem: { code: 'GATEWAY_FAULT' } };
    return { delivery: held, event: 'delivery.held', reason: detail };
  }
  const next = new Date(now.getTime() + faultDelaySeconds * 1000);
  return { delivery: { ...waiting(delivery, next), faults }, event: 'delivery.fault', reason: detail };
}

/** Ends a waiting delivery whose deadline has passed; the sender is told. */
export function expire(delivery: Delivery, detail: string, now: Date): Move {
  const problem = { code: 'DEADLINE_PASSED', params: { reason: detail } } as const;
  return {
    delivery: { ...settled(delivery, 'expired', now), problem },
    receipt: 'expired',
    event: 'delivery.expired',
    reason: detail,
  };
}

/** An operator stops a waiting delivery for now. Throws MOVE_NOT_ALLOWED from any other state. */
export function hold(delivery: Delivery, reason: string): Move {
  allow('hold', delivery, ['waiting']);
  needReason('hold', reason);
  const problem = { code: 'HELD_BY_OPERATOR', params: { reason } } as const;
  return { delivery: { ...delivery, state: 'held', problem }, event: 'delivery.held', reason };
}

/** An operator lets a held delivery go on; it must be `readdressed`. */
export function release(delivery: Delivery, schedule: RetrySchedule, now: Date, reason: string): Move {
  allow('release', delivery, ['held']);
  const unmatched = delivery.problem?.code === 'TARGET_UNKNOWN' || delivery.problem?.code === 'TARGET_AMBIGUOUS';
  return { delivery: again(delivery, schedule, now), event: 'delivery.released', reason, ...(unmatched ? { opensGate: true } : {}) };
}

/** Replays a delivery, `readdressed`: due now, with a new deadline; old attempts stay. A delivered one only with a reason. */
export function replay(delivery: Delivery, schedule: RetrySchedule, now: Date, reason: string): Move {
  allow('replay', delivery, ['held', 'failed', 'expired', 'delivered']);
  if (delivery.state === 'delivered') needReason('replay', reason);
  return { delivery: again(delivery, schedule, now), event: 'delivery.replayed', reason };
}

/** Ends a delivery whose package must not reach anybody any more, for the reason given; the sender is told. */
export function withdraw(delivery: Delivery, problem: Problem, now: Date): Move {
  allow('withdraw', delivery, ['waiting', 'held']);
  return {
    delivery: { ...settled(delivery, 'failed', now), problem },
    receipt: 'failed',
    event: 'delivery.withdrawn',
    reason: problem.code,
  };
}

/** Ends a delivery that has not reached its recipient; the sender is told. */
export function cancel(delivery: Delivery, now: Date, reason: string): Move {
  allow('cancel', delivery, ['waiting', 'held', 'failed', 'expired']);
  needReason('cancel', reason);
  const problem = { code: 'CANCELLED_BY_OPERATOR', params: { reason } } as const;
  return {
    delivery: { ...settled(delivery, 'cancelled', now), problem },
    receipt: 'cancelled',
    event: 'delivery.cancelled',
    reason,
  };
}

/** True for a state that only an operator's replay leaves. */
export function isFinal(state: DeliveryState): boolean {
  return state !== 'waiting' && state !== 'held';
}

/** Due now, with a new deadline and no tries yet. */
export function again(delivery: Delivery, schedule: RetrySchedule, now: Date): Delivery {
  return { ...waiting(delivery, now), tries: 0, faults: 0, deadlineAt: deadlineOf(schedule, now) };
}

function waiting(delivery: Delivery, dueAt: Date): Delivery {
  const { problem: _, ...rest } = delivery;
  return { ...rest, state: 'waiting', turn: delivery.turn + 1, dueAt };
}

function tried(delivery: Delivery): Delivery {
  return { ...delivery, attempts: delivery.attempts + 1, tries: delivery.tries + 1, faults: 0 };
}

/** In a state that nothing but a person or an act of the sender leaves. */
export function settled(delivery: Delivery, state: DeliveryState, now: Date): Delivery {
  const { problem: _, ...rest } = delivery;
  return { ...rest, state, dueAt: now };
}

/** Throws MOVE_NOT_ALLOWED from any other state. */
export function allow(move: string, delivery: Delivery, from: readonly DeliveryState[]): void {
  if (!from.includes(delivery.state)) throw reject('MOVE_NOT_ALLOWED', { params: { move, state: delivery.state } });
}

function needReason(move: string, reason: string): void {
  if (reason.trim() === '' || reason.length > 1000) throw reject('REASON_REQUIRED', { params: { move } });
}
