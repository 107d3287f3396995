import { sealEvents } from './adapters/postgres/event-chain.ts';
import { createWarnOfDeadlines } from './adapters/postgres/law-warnings.ts';
import { strandedDeliveries } from './adapters/postgres/stranded.ts';
import { createUsedMarks } from './adapters/postgres/used-marks.ts';
import type { Log } from './adapters/rest/ports.ts';
import type { LawWarning } from './routing/law.ts';
import { vietnamDay } from './routing/time.ts';
import type { Store } from './store.ts';

/** A running housekeeper. */
export interface Housekeeping {
  close(): Promise<void>;
}

const sealEvery = 1000;
const warnEvery = 15_000;
/** The first run comes a while after the start, so that a gateway that is restarted every day runs it, too. */
const retainAfter = 600_000;
const retainEvery = 24 * 3_600_000;
const sweepEvery = 3_600_000;
const handOverEvery = 5000;
const announceEvery = 60_000;
const mostHandedOver = 500;
/** Content that no package names is removed when it is older than this: a package being accepted right now may be about to name it. */
const orphanAge = 24 * 3_600_000;

/** Seals events every second, hands deliveries over to successors, warns of deadlines, and removes orphaned content every hour. Correct in several processes at once. */
export function startHousekeeping(store: Store, log: Log, count: CountWarnings): Housekeeping {
  const seal = repeat(sealEvery, () => sealEvents(store.database.pool), log, 'sealing events');
  const marks = createUsedMarks(store.database.pool, store.now);
  const forget = repeat(
    sweepEvery,
    () => Promise.all([store.loginFailures.forget(), marks.forget()]),
    log,
    'forgetting failed logins and used marks',
  );
  const sweep = repeat(sweepEvery, () => removeOrphans(store, log), log, 'removing orphaned content');
  const warn = createWarnOfDeadlines(store.database.pool, store.readCalendar, store.now);
  const watch = repeat(warnEvery, async () => tell(await warn(), log, count), log, 'looking for deadlines');
  const announce = repeat(announceEvery, () => announceExpiring(store, log), log, 'looking for certificates near their end');
  const handOver = repeat(handOverEvery, () => handOverStranded(store), log, 'handing deliveries over to successors');
  const retain = repeat(retainEvery, () => removeOld(store, log), log, 'retention', retainAfter);
  return {
    async close() {
      await Promise.all([seal(), sweep(), forget(), watch(), announce(), handOver(), retain()]);
      await sealEvents(store.database.pool);
    },
  };
}

/** Says once for each step that a certificate nears its end; the event is in the chain already. */
async function announceExpiring({ trust, now }: Store, log: Log): Promise<void> {
  for (const { agencyId, fingerprint, notAfter, daysLeft, step, succeeded } of await trust.announceExpiring(now())) {
    log.warn({ agency: agencyId, certificate: fingerprint, notAfter, daysLeft, step, succeeded }, 'certificate.expiring');
  }
}

/** What waits for an agency that has ended goes to the one that follows. */
async function handOverStranded({ database, desk, now }: Store): Promise<void> {
  for (const id of await strandedDeliveries(database.pool, vietnamDay(now()), mostHandedOver)) await desk.handOver(id);
}

/** Counts deliveries that came near a deadline by law, the gateway's or the recipient's, or passed it. */
export type CountWarnings = (warnings: readonly LawWarning[]) => void;

/** Warnings that are logged one by one in a round. */
const mostLogged = 100;

function tell(warnings: readonly LawWarning[], log: Log, count: CountWarnings): void {
  count(warnings);
  for (const { deliveryId, packageId, recipient, duty, level, dueAt } of warnings.slice(0, mostLogged)) {
    log.warn({ delivery: deliveryId, package: packageId, recipient, due: dueAt }, `delivery.${duty}_${level}`);
  }
  if (warnings.length > mostLogged) log.warn({ warnings: warnings.length }, 'more deadlines than are logged');
}

async function removeOld(store: Store, log: Log): Promise<void> {
  const { parts } = await store.retention.run(false, () => undefined);
  if (parts.payload.packages + parts.records.packages > 0) log.info({ removed: parts }, 'removed what was older than the policy');
}

async function removeOrphans(store: Store, log: Log): Promise<void> {
  const removed = await store.storage.sweepOrphans({ olderThanMs: orphanAge, isReferenced: (digests) => store.referenced(digests) });
  if (removed.content + removed.spool > 0) log.info({ removed }, 'orphaned content removed');
}

/** Calls `work` after `first`, and again `milliseconds` after it ended, also when it failed; the returned function ends this and waits. */
export function repeat(
  milliseconds: number,
  work: () => Promise<unknown>,
  log: Log,
  what: string,
  first = milliseconds,
): () => Promise<void> {
  let ended = false;
  let timer: NodeJS.Timeout | undefined;
  let running: Promise<void> = Promise.resolve();
  const later = (wait = milliseconds) => {
    if (!ended) timer = setTimeout(turn, wait).unref();
  };
  function turn(): void {
    running = work()
      .then(
        () => undefined,
        (error: unknown) => log.warn({ err: error }, what),
      )
      .finally(() => later());
  }
  later(first);
  return async () => {
    ended = true;
    clearTimeout(timer);
    await running;
  };
}
