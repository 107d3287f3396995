import type { Urgency } from './message.ts';

/**
 * When to try again, for one urgency. `delays` are the seconds before attempts 2, 3, …; after the last one `afterwards` seconds are used
 * again and again until `deadlineHours` after acceptance.
 */
export interface RetrySchedule {
  readonly delays: readonly number[];
  readonly afterwards: number;
  readonly deadlineHours: number;
}

/** One schedule for each urgency 0–4 (thường … hỏa tốc hẹn giờ). */
export type RetrySchedules = Readonly<Record<Urgency, RetrySchedule>>;

const minute = 60;
const hour = 3600;
const days = 24;

/** The schedules that a gateway starts with; a province may replace each of them by configuration. */
export const defaultSchedules: RetrySchedules = {
  0: { delays: [30, 2 * minute, 10 * minute, 30 * minute, hour, 2 * hour], afterwards: 4 * hour, deadlineHours: 7 * days },
  1: { delays: [10, minute, 5 * minute, 15 * minute, 30 * minute], afterwards: hour, deadlineHours: 7 * days },
  2: { delays: [5, 15, 30, minute, 2 * minute, 5 * minute], afterwards: 10 * minute, deadlineHours: 5 * days },
  3: { delays: [5, 15, 30, minute], afterwards: 2 * minute, deadlineHours: 3 * days },
  4: { delays: [5, 15, 30, minute], afterwards: 2 * minute, deadlineHours: 3 * days },
};

/** The longest wait that a recipient's Retry-After may ask for, in seconds. */
export const longestRetryAfter = hour;

/** Share by which a wait is spread at random, both ways, so that many deliveries don't come back at once. */
const jitter = 0.2;

/**
 * The instant of the next attempt, or null when none is left before the deadline.
 * `attempts` counts those made so far (≥ 1); `random` is in [0, 1); `retryAfter` in seconds only lengthens the wait.
 */
export function nextAttemptAt(
  schedule: RetrySchedule,
  made: { attempts: number; deadlineAt: Date; retryAfter?: number },
  now: Date,
  random: number,
): Date | null {
  const planned = schedule.delays[made.attempts - 1] ?? schedule.afterwards;
  const spread = planned * (1 - jitter + 2 * jitter * random);
  const asked = Math.min(made.retryAfter ?? 0, longestRetryAfter);
  const next = new Date(now.getTime() + Math.max(spread, asked) * 1000);
  return next.getTime() < made.deadlineAt.getTime() ? next : null;
}

/** The deadline of a delivery accepted at `acceptedAt`. */
export function deadlineOf(schedule: RetrySchedule, acceptedAt: Date): Date {
  return new Date(acceptedAt.getTime() + schedule.deadlineHours * hour * 1000);
}
