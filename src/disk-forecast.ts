import type { Store } from './store.ts';

/** The disk as metrics show it. */
export interface DiskGauges {
  readonly freeBytes: number;
  /** Days until only the reserve is left; infinite beyond the next 12 months. */
  readonly daysLeft: number;
}

const freshFor = 3_600_000;

/**
 * The forecast of the disk, made anew at most once an hour and in the background, because it adds up the sizes of years: nobody who asks
 * waits for it, and before the first one there is nothing. `reserve`: bytes that are not to be used up.
 */
export function createDiskForecast({ retention, storage, now }: Pick<Store, 'retention' | 'storage' | 'now'>, reserve: number) {
  let last: DiskGauges | undefined;
  let begunAt = Number.NEGATIVE_INFINITY;
  async function renew() {
    const { freeBytes, daysLeft } = await retention.forecast(await storage.freeBytes(), reserve);
    last = { freeBytes, daysLeft: daysLeft ?? Number.POSITIVE_INFINITY };
  }
  return function read(): DiskGauges | undefined {
    if (now().getTime() - begunAt >= freshFor) {
      begunAt = now().getTime();
      // no old figure may look like a new one
      renew().catch(() => {
        last = undefined;
      });
    }
    return last;
  };
}
