import type { Metrics } from './adapters/metrics/metrics.ts';
import type { Log } from './adapters/rest/ports.ts';
import type { Config } from './config.ts';
import type { Backend } from './queue/backend.ts';
import type { Doorbell } from './queue/doorbell.ts';
import type { Revocation } from './revocation.ts';
import type { RingQueue } from './routing/ports.ts';
import type { Store } from './store.ts';

/** What accepting and moving deliveries ring: set as soon as there is something to ring. */
export interface Bell {
  ring: RingQueue;
}

/** What the ways in and out are wired from. */
export interface Parts {
  readonly config: Config;
  readonly store: Store;
  readonly backend: Backend;
  readonly doorbell: Doorbell;
  readonly bell: Bell;
  readonly metrics: Metrics;
  /** One for both ways, so that a list is in memory once. */
  readonly revocation: Revocation;
  readonly log: Log;
  readonly begin: <T>(part: T, end: (part: T) => Promise<unknown>) => T;
}
