import type { Log } from './adapters/rest/ports.ts';
import { createPoll } from './adapters/vxp/client/poll.ts';
import { defaultPollSeconds } from './adapters/vxp/client/settings.ts';
import type { Config } from './config.ts';
import { repeat } from './housekeeping.ts';
import type { TakeIn } from './routing/ports.ts';
import type { Arrival, Received } from './routing/receive.ts';
import type { RouteRecord } from './routing/route-board.ts';
import type { Store } from './store.ts';
import { createOpenAxis } from './upward.ts';

/** What taking in over routes is wired from. */
export interface ArrivalParts {
  readonly config: Config;
  readonly store: Store;
  readonly log: Log;
  readonly takeIn: TakeIn;
  readonly receive: (arrival: Arrival) => Promise<Received>;
}

const lookEvery = 1000;

/** Looks for what comes in over the open routes, each in its own rhythm. Of several processes one does it at a time. */
export async function startArrivals({ config, store, log, takeIn, receive }: ArrivalParts): Promise<{ close(): Promise<void> }> {
  const openAxis = await createOpenAxis(config, store);
  const poll = createPoll({ openAxis, entries: store.entries, takeIn, receive, log });

  async function round(route: RouteRecord): Promise<void> {
    try {
      await poll(route);
      await store.polls.polled(route.name);
    } catch (error) {
      log.warn({ route: route.name, err: error }, 'route.poll_failed');
      await store.polls.polled(route.name, (error as Error).message.slice(0, 1000));
    }
  }

  async function look(): Promise<void> {
    const [routes, polls] = await Promise.all([store.board.routes(), store.polls.list()]);
    const polledAt = new Map(polls.map((one) => [one.route, one.polledAt?.getTime() ?? 0]));
    const open = routes.filter((route) => route.kind === 'vxp' && route.closedAt === undefined);
    const due = open.filter((route) => isDue(route, polledAt.get(route.name) ?? 0, store.now().getTime()));
    await Promise.all(due.map((route) => store.polls.alone(route.name, () => round(route))));
  }

  return { close: repeat(lookEvery, look, log, 'looking for what comes in over routes') };
}

/** Settings that can't be read are found out, and noted, by the round itself. */
function isDue({ settings }: RouteRecord, polledAt: number, now: number): boolean {
  const { pollSeconds } = settings;
  const seconds = typeof pollSeconds === 'number' ? pollSeconds : defaultPollSeconds;
  return seconds > 0 && now - polledAt >= seconds * 1000;
}
