/** What the queue logs through. */
export interface QueueLog {
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
}

/** Tells the log when something goes away and when it is back, not each of the many failures in between. */
export interface Outage {
  failed(error: unknown): void;
  worked(): void;
}

const repeatEvery = 30_000;

/** An outage of `what`, a noun phrase such as `queue`. */
export function createOutage(log: QueueLog, what: string): Outage {
  let away = false;
  let saidAt = 0;
  return {
    failed(error) {
      away = true;
      if (Date.now() - saidAt < repeatEvery) return;
      saidAt = Date.now();
      log.warn({ err: error }, `${what} failed`);
    },
    worked() {
      if (!away) return;
      away = false;
      saidAt = 0;
      log.info({}, `${what} works again`);
    },
  };
}
