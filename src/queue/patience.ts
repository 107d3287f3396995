import { setTimeout as pause } from 'node:timers/promises';
import type { Outbox } from '../routing/outbox.ts';
import type { QueueLog } from './outage.ts';
import { createOutage } from './outage.ts';

/** How long to go on when the store does not answer, in milliseconds. */
export interface Patience {
  readonly pause: number;
  /** Claims may be given up early: the delivery stays due. */
  readonly claim: number;
  /** An attempt that can't be recorded is made once more, so recording it is worth a long wait; less than a lease. */
  readonly settle: number;
}

/** Waits out a restart of the database. */
export const defaultPatience: Patience = { pause: 500, claim: 15_000, settle: 45_000 };

/** The outbox of a store that may be away for a while: its calls are repeated before they fail. */
export function patientOutbox(outbox: Outbox, log: QueueLog, patience: Patience = defaultPatience): Outbox {
  const outage = createOutage(log, 'store of deliveries');

  async function patiently<T>(limit: number, call: () => Promise<T>): Promise<T> {
    const since = Date.now();
    for (;;) {
      try {
        const result = await call();
        outage.worked();
        return result;
      } catch (error) {
        outage.failed(error);
        if (Date.now() - since >= limit) throw error;
      }
      await pause(patience.pause);
    }
  }

  return {
    claim: (deliveryId, turn) => patiently(patience.claim, () => outbox.claim(deliveryId, turn)),
    claimNext: (agencyId, lane) => patiently(patience.claim, () => outbox.claimNext(agencyId, lane)),
    settle: (claim, settlement) => patiently(patience.settle, () => outbox.settle(claim, settlement)),
  };
}
