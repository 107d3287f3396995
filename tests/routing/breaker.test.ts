import fc from 'fast-check';
import { afterOutcome, breakerState, closedBreaker, defaultBreaker } from '../../src/routing/breaker.ts';

const now = new Date('2026-03-02T02:00:00Z');
const broken = (failures: number) => {
  let breaker = closedBreaker;
  for (let i = 0; i < failures; i += 1) breaker = afterOutcome(breaker, false, defaultBreaker, now);
  return breaker;
};
const waitOf = (failures: number) => ((broken(failures).probeAt?.getTime() ?? Number.NaN) - now.getTime()) / 1000;

describe('the circuit breaker of a recipient', () => {
  it('opens after five failures in a row, not before', () => {
    expect(breakerState(broken(4), now)).toBe('closed');
    expect(breakerState(broken(5), now)).toBe('open');
  });

  it('waits twice as long after each failed probe, at most five minutes', () => {
    expect([5, 6, 7, 8, 9, 10, 11, 500, 5000].map(waitOf)).toEqual([10, 20, 40, 80, 160, 300, 300, 300, 300]);
  });

  it('lets a probe through when its time has come', () => {
    const open = broken(5);
    expect(breakerState(open, new Date(now.getTime() + 9_999))).toBe('open');
    expect(breakerState(open, new Date(now.getTime() + 10_000))).toBe('half-open');
  });

  it('is closed by the first sign of life, also by a refusal', () => {
    expect(afterOutcome(broken(50), true, defaultBreaker, now)).toEqual(closedBreaker);
  });

  it('is open exactly while as many failures in a row as the policy says have been seen', () => {
    fc.assert(
      fc.property(fc.array(fc.boolean(), { maxLength: 40 }), fc.integer({ min: 1, max: 8 }), (outcomes, opensAfter) => {
        const policy = { ...defaultBreaker, opensAfter };
        const breaker = outcomes.reduce((b, reached) => afterOutcome(b, reached, policy, now), closedBreaker);
        const inARow = outcomes.length - 1 - outcomes.lastIndexOf(true);
        expect(breaker.failures).toBe(inARow);
        expect(breaker.probeAt !== undefined).toBe(inARow >= opensAfter);
      }),
      { numRuns: 200 },
    );
  });
});
