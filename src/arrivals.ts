import { defaultFolderSeconds } from './adapters/folder/settings.ts';
import { createTakeFromFolder } from './adapters/folder/take.ts';
import { createFollowed } from './adapters/postgres/submissions.ts';
import type { Log } from './adapters/rest/ports.ts';
import { createFollow } from './adapters/vxp/client/follow.ts';
import { createPoll } from './adapters/vxp/client/poll.ts';
import { defaultPollSeconds, defaultSyncHours } from './adapters/vxp/client/settings.ts';
import type { Config } from './config.ts';
import { repeat } from './housekeeping.ts';
import type { Polls } from './routing/entries.ts';
import type { SyncReport } from './routing/outside-sync.ts';
import type { TakeIn } from './routing/ports.ts';
import type { Arrival, Received } from './routing/receive.ts';
import type { RouteRecord } from './routing/route-board.ts';
import type { Store } from './store.ts';
import { createOpenAxis, createSyncDirectory } from './upward.ts';

/** What taking in over routes is wired from. */
export interface ArrivalParts {
  readonly config: Config;
  readonly store: Store;
  readonly log: Log;
  readonly takeIn: TakeIn;
  readonly receive: (arrival: Arrival) => Promise<Received>;
}

type Moments = Awaited<ReturnType<Polls['moments']>>[number];

/** What a kind of route does in a round, and how often where its settings don't say. */
interface Kind {
  readonly pollSeconds: number;
  readonly rounds: readonly ((route: RouteRecord) => Promise<void>)[];
}

const lookEvery = 1000;
const syncLookEvery = 60_000;
const forgetEvery = 3_600_000;
/** Entries that ended are kept for so long. */
const keptFor = 400 * 24 * 3_600_000;

/** Looks for what comes in over the open routes, each in its own rhythm. Of several processes one does it at a time. */
export async function startArrivals({ config, store, log, takeIn, receive }: ArrivalParts): Promise<{ close(): Promise<void> }> {
  const openAxis = await createOpenAxis(config, store);
  const stopping = new AbortController();
  const arriving = { takeIn, receive, log, stopping: stopping.signal };
  const poll = createPoll({ openAxis, entries: store.entries, ...arriving });
  const sync = createSyncDirectory(store, openAxis);
  const follow = createFollow({ openAxis, followed: createFollowed(store.database.pool, store.now), desk: store.desk, now: store.now });

  const kinds: Readonly<Record<string, Kind>> = {
    vxp: { pollSeconds: defaultPollSeconds, rounds: [poll, follow] },
    folder: { pollSeconds: defaultFolderSeconds, rounds: [createTakeFromFolder({ ...arriving, now: store.now })] },
  };
  const running = new Map<string, Promise<void>>();

  async function round(route: RouteRecord): Promise<void> {
    try {
      for (const one of kinds[route.kind]?.rounds ?? []) await one(route);
      await store.polls.polled(route.name);
    } catch (error) {
      log.warn({ route: route.name, err: error }, 'route.poll_failed');
      await store.polls.polled(route.name, (error as Error).message.slice(0, 1000));
    }
  }

  /** One route that is slow holds up no other. */
  function begin({ name, ...route }: RouteRecord): void {
    if (running.has(name)) return;
    const work = store.polls
      .alone(name, () => round({ name, ...route }))
      .catch((error: unknown) => log.warn({ route: name, err: error }, 'route.poll_failed'))
      .then(() => void running.delete(name));
    running.set(name, work);
  }

  async function syncDirectory(route: RouteRecord): Promise<void> {
    const report = await sync(route, { province: config.province, actor: `route:${route.name}`, dryRun: false }).catch((error: Error) => {
      log.warn({ route: route.name, err: error }, 'route.sync_failed');
      return { error: error.message.slice(0, 1000) };
    });
    await store.polls.synced(route.name, { ...report });
    if (!('error' in report)) log.info({ route: route.name, ...countsOf(report) }, 'route.synced');
  }

  async function dueOf(since: (moments: Moments) => Date | undefined, seconds: (route: RouteRecord) => number): Promise<RouteRecord[]> {
    const [routes, records] = await Promise.all([store.board.routes(), store.polls.moments()]);
    const last = new Map(records.map((one) => [one.route, since(one)?.getTime() ?? 0]));
    const open = routes.filter((route) => route.closedAt === undefined);
    const isDue = (one: RouteRecord) => seconds(one) > 0 && store.now().getTime() - (last.get(one.name) ?? 0) >= seconds(one) * 1000;
    return open.filter(isDue);
  }

  async function look(): Promise<void> {
    const due = await dueOf(
      (one) => one.polledAt,
      ({ kind, settings }) => numberOr(settings['pollSeconds'], kinds[kind]?.pollSeconds ?? 0),
    );
    for (const route of due) begin(route);
  }

  async function lookAtDirectories(): Promise<void> {
    const due = await dueOf(
      (one) => one.syncedAt,
      ({ kind, settings }) => (kind === 'vxp' ? numberOr(settings['syncHours'], defaultSyncHours) * 3600 : 0),
    );
    for (const route of due) await store.polls.alone(`${route.name} directory`, () => syncDirectory(route));
  }

  const ends = [
    repeat(lookEvery, look, log, 'looking for what comes in over routes'),
    repeat(syncLookEvery, lookAtDirectories, log, 'syncing the directory of a route'),
    repeat(forgetEvery, () => store.entries.forget(new Date(store.now().getTime() - keptFor)), log, 'forgetting entries that ended'),
  ];
  return {
    async close() {
      stopping.abort();
      await Promise.all(ends.map((end) => end()));
      await Promise.all(running.values());
    },
  };
}

/** Settings that can't be read are found out, and noted, by the round itself. */
function numberOr(value: unknown, otherwise: number): number {
  return typeof value === 'number' ? value : otherwise;
}

/** What a sync did, without its lists. */
function countsOf({ changes: _changes, leftOut: _leftOut, ...counts }: SyncReport) {
  return counts;
}
