import type { Log } from './adapters/rest/ports.ts';
import { repeat } from './housekeeping.ts';
import type { Parts } from './parts.ts';
import type { Revocation } from './revocation.ts';
import { createReview } from './routing/quarantine.ts';

/** Sources that are due are looked for so often, in milliseconds. */
const refreshEvery = 10_000;
const tidyEvery = 3_600_000;

/** Keeps revocation lists fresh, judges packages again that were accepted provisionally, and removes what nothing relies on. Correct in several processes at once. */
export function startRevocationJobs({ config, store, revocation, log }: Pick<Parts, 'config' | 'store' | 'revocation' | 'log'>): {
  close(): Promise<void>;
} {
  const { refresh, check, tidy } = revocation;
  const every = config.quarantineSeconds * 1000;
  const review = createReview({ ...store, settings: store.trust.settings, check, notices: store }, { gateway: config.gateway, every });
  const fetching = repeat(
    Math.min(refreshEvery, config.crlSeconds * 1000),
    () => refreshed(refresh, log),
    log,
    'fetching revocation lists',
  );
  const reviewing = repeat(Math.min(5000, every), () => reviewed(review, log), log, 'judging packages again');
  const tidying = repeat(tidyEvery, () => tidied(tidy, log), log, 'removing old revocation lists and answers');
  return {
    async close() {
      await Promise.all([fetching(), reviewing(), tidying()]);
    },
  };
}

async function refreshed(refresh: Revocation['refresh'], log: Log): Promise<void> {
  for (const { url, result, problem } of await refresh()) {
    if (problem !== undefined) log.warn({ url, code: problem.code, ...problem.params }, 'revocation list not fetched');
    else if (result === 'kept') log.info({ url }, 'revocation list fetched');
  }
}

async function reviewed(review: () => Promise<number>, log: Log): Promise<void> {
  const ended = await review();
  if (ended > 0) log.info({ ended }, 'quarantines ended');
}

async function tidied(tidy: Revocation['tidy'], log: Log): Promise<void> {
  const removed = await tidy();
  if (removed.answers + removed.lists + removed.sources > 0) log.info({ removed }, 'old revocation lists and answers removed');
}
