import { defaultFolderSeconds } from './adapters/folder/settings.ts';
import { createTakeFromFolder } from './adapters/folder/take.ts';
import { createFollowed } from './adapters/postgres/submissions.ts';
import type { Log } from './adapters/rest/ports.ts';
import { createFollow } from './adapters/vxp/client/follow.ts';
import { createPoll } from './adapters/vxp/client/poll.ts';
import { usual } from './adapters/vxp/client/settings.ts';
import type { Config } from './config.ts';
import { createSyncDirectories } from './directory-sync.ts';
import { repeat } from './housekeeping.ts';
import type { RouteMoments } from './routing/entries.ts';
import type { TakeIn } from './routing/ports.ts';
import type { Arrival, Received } from './routing/receive.ts';
import type { RouteRecord } from './routing/route-board.ts';
import type { Store } from './store.ts';
import { createOpenAxis, type OpenAxis } from './upward.ts';

/** What taking in over routes is wired from. */
export interface ArrivalParts {
  readonly config: Config;
  readonly store: Store;
  readonly log: Log;
  readonly takeIn: TakeIn;
  readonly receive: (arrival: Arrival) => Promise<Received>;
}

type Work = (route: RouteRecord, stop: AbortSignal) => Promise<void>;

/** One thing that is done for a route again and again, each in its own rhythm. */
interface Duty {
  readonly name: 'poll' | 'follow';
  /** Seconds between two rounds; 0: never. */
  readonly seconds: (route: RouteRecord) => number;
  readonly last: (moments: RouteMoments) => Date | undefined;
  /** A round, with how it went noted. */
  readonly round: Work;
}

const lookEvery = 1000;
const syncLookEvery = 5000;
const forgetEvery = 3_600_000;
/** Entries that ended are kept for so long. */
const keptFor = 400 * 24 * 3_600_000;

/** Does what is due for the open routes: takes in, follows, syncs. Of several processes one does each of it at a time. */
export async function startArrivals(parts: ArrivalParts): Promise<{ close(): Promise<void> }> {
  const { store, log } = parts;
  const openAxis = await createOpenAxis(parts.config, store);
  const { poll, follow } = createDuties(parts, openAxis);
  const stopping = new AbortController();
  const running = new Map<string, Promise<void>>();

  /** One duty that is slow holds up no other, of this route or another. */
  function begin(duty: Duty, route: RouteRecord): void {
    const key = `${route.name} ${duty.name}`;
    if (running.has(key)) return;
    const work = store.polls
      .alone(key, async (lost) => {
        // another process may have done it since this one looked
        if ((await dueOf(duty)).some(({ name }) => name === route.name)) await duty.round(route, AbortSignal.any([stopping.signal, lost]));
      })
      .catch((error: unknown) => log.warn({ route: route.name, err: error }, `route.${duty.name}_failed`))
      .then(() => void running.delete(key));
    running.set(key, work);
  }

  async function dueOf(duty: Duty): Promise<RouteRecord[]> {
    const [routes, records] = await Promise.all([store.board.routes(), store.polls.moments()]);
    const lasts = new Map(records.map((one) => [one.route, duty.last(one)?.getTime() ?? 0]));
    return routes.filter((route) => {
      const seconds = route.closedAt === undefined ? duty.seconds(route) : 0;
      return seconds > 0 && store.now().getTime() - (lasts.get(route.name) ?? 0) >= seconds * 1000;
    });
  }

  const look = async (duty: Duty) => {
    for (const route of await dueOf(duty)) begin(duty, route);
  };
  const ends = [
    repeat(lookEvery, () => look(poll), log, 'looking for what comes in over routes'),
    repeat(lookEvery, () => look(follow), log, 'following what went over routes'),
    repeat(syncLookEvery, createSyncDirectories({ ...parts, openAxis }), log, 'syncing the directory of a route'),
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

function createDuties({ store, log, takeIn, receive }: ArrivalParts, openAxis: OpenAxis): Readonly<Record<Duty['name'], Duty>> {
  const { polls, entries, now } = store;
  const arriving = { takeIn, receive, log, now };
  const takers: Readonly<Record<string, { readonly seconds: number; readonly take: Work }>> = {
    vxp: { seconds: usual.pollSeconds, take: createPoll({ openAxis, entries, polls, ...arriving }) },
    folder: { seconds: defaultFolderSeconds, take: createTakeFromFolder(arriving) },
  };
  const follow = createFollow({ openAxis, followed: createFollowed(store.database.pool, now), desk: store.desk, log, now });
  return {
    poll: {
      name: 'poll',
      seconds: ({ kind, settings }) => numberOr(settings['pollSeconds'], takers[kind]?.seconds ?? 0),
      last: ({ polledAt }) => polledAt,
      round: async (route, stop) => polls.polled(route.name, await failureOf('poll', route, () => takers[route.kind]?.take(route, stop))),
    },
    follow: {
      name: 'follow',
      seconds: secondsOfAxis('followSeconds', usual.followSeconds),
      last: ({ followedAt }) => followedAt,
      round: async (route, stop) => polls.followed(route.name, await failureOf('follow', route, () => follow(route, stop))),
    },
  };

  /** Why a round failed, which is logged too; undefined when it did not. */
  async function failureOf(duty: Duty['name'], route: RouteRecord, work: () => Promise<void> | undefined): Promise<string | undefined> {
    try {
      await work();
      return undefined;
    } catch (error) {
      log.warn({ route: route.name, err: error }, `route.${duty}_failed`);
      return (error as Error).message.slice(0, 1000);
    }
  }
}

function secondsOfAxis(setting: string, otherwise: number) {
  return ({ kind, settings }: RouteRecord) => (kind === 'vxp' ? numberOr(settings[setting], otherwise) : 0);
}

/** Settings that can't be read are found out, and noted, by the round itself. */
function numberOr(value: unknown, otherwise: number): number {
  return typeof value === 'number' ? value : otherwise;
}
