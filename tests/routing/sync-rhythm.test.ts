import { nextSync } from '../../src/routing/sync-rhythm.ts';

const at = (seconds: number) => new Date(seconds * 1000);
const rhythm = { hours: 24, retrySeconds: 60 };
const after = (syncFailures: number) => nextSync({ syncedAt: at(0), syncFailures, syncFailedAt: at(100_000) }, rhythm) / 1000 - 100_000;

describe('when a directory is synced next', () => {
  it('is at once for the first time, then in its rhythm, and never with 0 hours', () => {
    expect(nextSync({}, rhythm)).toBe(0);
    expect(nextSync({ syncedAt: at(10), syncFailures: 0 }, rhythm)).toBe(86_410_000);
    expect(nextSync({}, { ...rhythm, hours: 0 })).toBe(Number.POSITIVE_INFINITY);
  });

  it('is soon after a failure, ever later after more, and within the hour at the latest', () => {
    expect([1, 2, 3, 6, 7, 8, 5000].map(after)).toEqual([60, 120, 240, 1920, 3600, 3600, 3600]);
  });

  it('is never later than it would be without failures', () => {
    const often = { hours: 0.1, retrySeconds: 60 };
    expect(nextSync({ syncFailures: 9, syncFailedAt: at(0) }, often)).toBe(360_000);
  });
});
