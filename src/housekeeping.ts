import { sealEvents } from './adapters/postgres/event-chain.ts';
import type { Log } from './adapters/rest/ports.ts';
import type { Store } from './store.ts';

/** A running housekeeper. */
export interface Housekeeping {
  close(): Promise<void>;
}

const sealEvery = 1000;
const sweepEvery = 3_600_000;
/** Content that no package names is removed when it is older than this: a package being accepted right now may be about to name it. */
const orphanAge = 24 * 3_600_000;

/** Seals events every second and removes orphaned content every hour. Correct in several processes at once. */
export function startHousekeeping(store: Store, log: Log): Housekeeping {
  const seal = repeat(sealEvery, () => sealEvents(store.database.pool), log, 'sealing events');
  const sweep = repeat(sweepEvery, () => removeOrphans(store, log), log, 'removing orphaned content');
  return {
    async close() {
      await Promise.all([seal(), sweep()]);
      await sealEvents(store.database.pool);
    },
  };
}

async function removeOrphans(store: Store, log: Log): Promise<void> {
  const removed = await store.storage.sweepOrphans({ olderThanMs: orphanAge, isReferenced: (digests) => store.referenced(digests) });
  if (removed.content + removed.spool > 0) log.info({ removed }, 'orphaned content removed');
}

/** Calls `work` again `milliseconds` after it ended, also when it failed; the returned function ends this and waits. */
function repeat(milliseconds: number, work: () => Promise<unknown>, log: Log, what: string): () => Promise<void> {
  let ended = false;
  let timer: NodeJS.Timeout | undefined;
  let running: Promise<void> = Promise.resolve();
  const later = () => {
    if (!ended) timer = setTimeout(turn, milliseconds).unref();
  };
  function turn(): void {
    running = work()
      .then(
        () => undefined,
        (error: unknown) => log.warn({ err: error }, what),
      )
      .finally(later);
  }
  later();
  return async () => {
    ended = true;
    clearTimeout(timer);
    await running;
  };
}
