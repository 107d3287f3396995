import fc from 'fast-check';
import type { RetrySchedule } from '../../src/routing/retry.ts';
import { deadlineOf, defaultSchedules, longestRetryAfter, nextAttemptAt } from '../../src/routing/retry.ts';

const now = new Date('2026-03-02T02:00:00Z');
const later = (seconds: number) => new Date(now.getTime() + seconds * 1000);
const far = later(100 * 86_400);
const urgencies = [0, 1, 2, 3, 4] as const;
const schedule = fc.constantFrom(...urgencies.map((urgency): RetrySchedule => defaultSchedules[urgency]));
const attempts = fc.integer({ min: 1, max: 500 });
const random = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });

describe('the next attempt', () => {
  it('comes after the planned wait, then again and again after the last one', () => {
    const waits = [1, 2, 3, 6, 7, 8, 100].map((made) => {
      const at = nextAttemptAt(defaultSchedules[0], { attempts: made, deadlineAt: far }, now, 0.5);
      return ((at?.getTime() ?? Number.NaN) - now.getTime()) / 1000;
    });
    expect(waits).toEqual([30, 120, 600, 7200, 14_400, 14_400, 14_400]);
  });

  it('is spread by a fifth both ways, and is never after the deadline', () => {
    fc.assert(
      fc.property(schedule, attempts, random, fc.integer({ min: 0, max: 20 * 86_400 }), (plan, made, at, left) => {
        const next = nextAttemptAt(plan, { attempts: made, deadlineAt: later(left) }, now, at);
        const planned = plan.delays[made - 1] ?? plan.afterwards;
        if (next === null) return expect(planned * 1.2).toBeGreaterThanOrEqual(left);
        const wait = (next.getTime() - now.getTime()) / 1000;
        expect(wait).toBeGreaterThanOrEqual(planned * 0.8 - 0.001);
        expect(wait).toBeLessThanOrEqual(planned * 1.2);
        return expect(wait).toBeLessThan(left);
      }),
    );
  });

  it('is only ever put off by Retry-After, and by an hour at most', () => {
    fc.assert(
      fc.property(schedule, attempts, random, fc.integer({ min: 0, max: 1_000_000 }), (plan, made, at, retryAfter) => {
        const without = nextAttemptAt(plan, { attempts: made, deadlineAt: far }, now, at) as Date;
        const asked = nextAttemptAt(plan, { attempts: made, deadlineAt: far, retryAfter }, now, at) as Date;
        const longest = Math.max(without.getTime(), later(Math.min(retryAfter, longestRetryAfter)).getTime());
        expect(asked.getTime()).toBe(longest);
      }),
    );
  });

  it('comes soon after the first one of an urgent delivery, and there are days to try', () => {
    expect(urgencies.map((urgency) => defaultSchedules[urgency].delays[0])).toEqual([30, 10, 5, 5, 5]);
    expect(deadlineOf(defaultSchedules[0], now)).toEqual(later(7 * 86_400));
    expect(deadlineOf(defaultSchedules[3], now)).toEqual(later(3 * 86_400));
  });
});
