import type { Ring } from './ports.ts';

/** The store as the sweeper needs it. Several sweepers may ask at the same time. */
export interface Overdue {
  /**
   * Push deliveries that are waiting, have been due for more than a second, have no live lease, and whose recipient's breaker is closed
   * or ready for a probe. At most `limit` in all and `perRecipient` for each recipient and lane (one when the breaker is ready for a
   * probe), so that the backlog of one recipient hides nobody; the most urgent first, then those due longest.
   */
  due(limit: number, perRecipient: number): Promise<readonly Ring[]>;
  /** Waiting deliveries of any channel past their deadline, without a live lease. */
  expired(limit: number): Promise<readonly string[]>;
  /** Breaks the leases of workers that are gone, so that `claim` gives their deliveries out as interrupted; returns how many. */
  abandoned(): Promise<number>;
}
