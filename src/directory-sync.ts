import type { Log } from './adapters/rest/ports.ts';
import { usual } from './adapters/vxp/client/settings.ts';
import type { Config } from './config.ts';
import type { SyncReport } from './routing/outside-change.ts';
import { Rejection, reject } from './routing/problem.ts';
import type { RouteRecord } from './routing/route-board.ts';
import { nextSync } from './routing/sync-rhythm.ts';
import { vietnamDay } from './routing/time.ts';
import type { Store } from './store.ts';
import type { OpenAxis } from './upward.ts';
import { createSyncDirectory } from './upward.ts';

/** What syncing directories is wired from. */
export interface DirectoryParts {
  readonly config: Config;
  readonly store: Store;
  readonly openAxis: OpenAxis;
}

/** Who has a sync made, and how. */
export interface SyncOrder {
  readonly actor: string;
  readonly dryRun: boolean;
  readonly mostShown?: number;
}

/** Changes, and rows left out, that are kept of a report. */
const mostKept = 200;

/** Syncs the directory of a route now. Throws Rejection SYNC_RUNNING when that is being done already. */
export async function syncNow({ config, store, openAxis }: DirectoryParts, route: RouteRecord, order: SyncOrder): Promise<SyncReport> {
  const sync = createSyncDirectory(store, openAxis);
  let report: SyncReport | undefined;
  const work = async () => {
    report = await sync(route, { province: config.province, day: vietnamDay(store.now()), ...order });
    if (order.dryRun) return;
    const { changes, leftOut, ...counts } = report;
    await store.polls.synced(route.name, { ...counts, changes: changes.slice(0, mostKept), leftOut: leftOut.slice(0, mostKept) });
  };
  if (order.dryRun) await work();
  else await store.polls.alone(`${route.name} directory`, work);
  if (report === undefined) throw reject('SYNC_RUNNING', { params: { route: route.name } });
  return report;
}

/** Syncs the directories of all open routes that are due: each in its own rhythm, and sooner after a failure. */
export function createSyncDirectories(parts: DirectoryParts & { readonly log: Log }): () => Promise<void> {
  const { store, log } = parts;

  async function syncOne(route: RouteRecord): Promise<void> {
    try {
      const {
        changes: _changes,
        leftOut: _leftOut,
        ...counts
      } = await syncNow(parts, route, { actor: `route:${route.name}`, dryRun: false });
      log.info({ route: route.name, ...counts }, 'route.synced');
    } catch (error) {
      // another process is at it
      if (error instanceof Rejection && error.problems[0]?.code === 'SYNC_RUNNING') return;
      const syncFailures = await store.polls.syncFailed(route.name, (error as Error).message.slice(0, 1000));
      const retryAt = new Date(nextSync({ syncFailures, syncFailedAt: store.now() }, rhythmOf(route)));
      log.warn({ route: route.name, err: error, failures: syncFailures, retryAt }, 'route.sync_failed');
    }
  }

  return async function syncDirectories() {
    const [routes, records] = await Promise.all([store.board.routes(), store.polls.moments()]);
    const last = new Map(records.map((one) => [one.route, one]));
    const open = routes.filter((route) => route.kind === 'vxp' && route.closedAt === undefined);
    const due = open.filter((one) => nextSync(last.get(one.name) ?? {}, rhythmOf(one)) <= store.now().getTime());
    for (const route of due) await syncOne(route);
  };
}

/** Settings that can't be read are found out, and noted, by the sync itself. */
function rhythmOf({ settings }: RouteRecord) {
  const number = (name: string, otherwise: number) => {
    const value = settings[name];
    return typeof value === 'number' ? value : otherwise;
  };
  return { hours: number('syncHours', usual.syncHours), retrySeconds: number('syncRetrySeconds', usual.syncRetrySeconds) };
}
