/** What is known of the syncs of a route. */
export interface SyncRecord {
  /** The last that went well, and those that failed since with the moment of the last of them. */
  readonly syncedAt?: Date;
  readonly syncFailures?: number;
  readonly syncFailedAt?: Date;
}

/** How often to sync. Hours 0: never. */
export interface SyncRhythm {
  readonly hours: number;
  /** How long to wait after the first failure; twice as long after each further one. */
  readonly retrySeconds: number;
}

const longestRetry = 3_600_000;

/** When the next sync is due, in milliseconds of the epoch: after failures soon, then ever later, but never later than without them. */
export function nextSync({ syncedAt, syncFailures = 0, syncFailedAt }: SyncRecord, { hours, retrySeconds }: SyncRhythm): number {
  if (hours === 0) return Number.POSITIVE_INFINITY;
  const usual = hours * 3_600_000;
  if (syncFailures === 0 || syncFailedAt === undefined) return syncedAt === undefined ? 0 : syncedAt.getTime() + usual;
  const wait = retrySeconds * 1000 * 2 ** Math.min(syncFailures - 1, 20);
  return syncFailedAt.getTime() + Math.min(wait, longestRetry, usual);
}
