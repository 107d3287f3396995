/**
 * Circuit breaker of one recipient. While it is open its deliveries stay due but are not tried, so no attempt is burnt;
 * at `probeAt` one delivery goes through as a probe.
 */
export interface Breaker {
  /** Unavailable outcomes in a row. */
  readonly failures: number;
  /** Set while open: when the next probe may go. */
  readonly probeAt?: Date;
}

/** How a breaker behaves: opens after `opensAfter` failures in a row, first probe after `firstWait` seconds, doubling to `longestWait`. */
export interface BreakerPolicy {
  readonly opensAfter: number;
  readonly firstWait: number;
  readonly longestWait: number;
}

export const defaultBreaker: BreakerPolicy = { opensAfter: 5, firstWait: 10, longestWait: 300 };

export const closedBreaker: Breaker = { failures: 0 };

/** The breaker after an outcome. A refusal proves that the recipient is there, so it closes the breaker like a delivery does. */
export function afterOutcome(breaker: Breaker, reached: boolean, policy: BreakerPolicy, now: Date): Breaker {
  if (reached) return closedBreaker;
  const failures = breaker.failures + 1;
  if (failures < policy.opensAfter) return { failures };
  const wait = Math.min(policy.firstWait * 2 ** (failures - policy.opensAfter), policy.longestWait);
  return { failures, probeAt: new Date(now.getTime() + wait * 1000) };
}

/** The word shown for a breaker: `open` (nothing goes), `half-open` (a probe may go), `closed`. */
export function breakerState(breaker: Breaker, now: Date): 'open' | 'half-open' | 'closed' {
  if (breaker.probeAt === undefined) return 'closed';
  return breaker.probeAt.getTime() > now.getTime() ? 'open' : 'half-open';
}
