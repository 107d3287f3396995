import type { Delivery, Move } from './delivery.ts';
import { again, allow, settled } from './delivery.ts';
import type { Problem } from './problem.ts';
import type { RetrySchedule } from './retry.ts';

/** Lets a delivery that its own act held or had cancelled go on, with a new deadline. */
export function resume(delivery: Delivery, schedule: RetrySchedule, now: Date, reason: string): Move {
  allow('resume', delivery, ['held', 'cancelled']);
  return { delivery: again(delivery, schedule, now), event: 'delivery.released', reason };
}

/** Ends a delivery that has not reached its recipient, because of an act of its sender; the sender is told. */
export function end(delivery: Delivery, state: 'cancelled' | 'failed', problem: Problem, now: Date): Move {
  allow('end', delivery, ['waiting', 'held']);
  return {
    delivery: { ...settled(delivery, state, now), problem },
    receipt: state,
    event: `delivery.${state}`,
    reason: problem.code,
  };
}

/** Holds a waiting delivery until its document is found. */
export function park(delivery: Delivery, problem: Problem): Move {
  allow('park', delivery, ['waiting']);
  return { delivery: { ...delivery, state: 'held', problem }, event: 'delivery.held', reason: problem.code };
}
