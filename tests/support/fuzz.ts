import type fc from 'fast-check';

/** Minutes for all properties together (`npm run fuzz -- --minutes 10`); without it a bounded number of runs with one seed. */
const minutes = Number(process.env['FUZZ_MINUTES'] ?? 0);
const properties = 9;

/** How often a property is tried: `runs` times, or for its share of the minutes. */
export const often = (runs = 300): fc.Parameters<unknown> =>
  minutes > 0
    ? { numRuns: Number.MAX_SAFE_INTEGER, interruptAfterTimeLimit: (minutes * 60_000) / properties, endOnFailure: true }
    : { numRuns: runs, seed: 20_260_302 };

/** Longest time of one property, in milliseconds. */
export const patience = minutes * 60_000 + 60_000;
