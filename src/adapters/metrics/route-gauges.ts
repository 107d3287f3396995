import { Gauge, type Registry } from 'prom-client';

/** How the exchange over one upward route goes. */
export interface RouteFigures {
  readonly route: string;
  /** Seconds since the last round that went well; absent when none has. */
  readonly sinceSuccess?: number;
  /** Rounds that failed since then. */
  readonly failures: number;
  /** Rounds of asking for the fate of submissions that failed since the last that went well. */
  readonly followFailures: number;
  /** Entries of the other side that are not dealt with, by state. */
  readonly entries: Readonly<Partial<Record<string, number>>>;
  /** Seconds since the last sync of the directory that went well; absent when none has. */
  readonly sinceSync?: number;
  /** Syncs that failed since then. */
  readonly syncFailures: number;
  /** Submissions whose fate is still asked for. */
  readonly outstanding: number;
}

/** Gauges of routes; `set` replaces what they showed, also when a route is gone. */
export function createRouteGauges(registry: Registry): { set(routes: readonly RouteFigures[]): void } {
  const gauge = (name: string, help: string, ...more: string[]) =>
    new Gauge({ name: `lienthong_route_${name}`, help, labelNames: ['route', ...more], registers: [registry] });
  const success = gauge('last_success_seconds', 'Time since the last look over the route that went well');
  const failures = gauge('failures', 'Looks over the route that failed since then');
  const followFailures = gauge('follow_failures', 'Rounds of following submissions that failed since the last that went well');
  const entries = gauge('entries', 'What the other side lists for us and is not dealt with, by state', 'state');
  const synced = gauge('last_sync_seconds', 'Time since the last sync of the directory of the route that went well');
  const syncFailures = gauge('sync_failures', 'Syncs of the directory of the route that failed since then');
  const outstanding = gauge('submissions_followed', 'Submissions whose fate is still asked for');
  return {
    set(routes) {
      for (const one of [success, failures, followFailures, entries, synced, syncFailures, outstanding]) one.reset();
      for (const { route, ...figures } of routes) {
        if (figures.sinceSuccess !== undefined) success.set({ route }, figures.sinceSuccess);
        if (figures.sinceSync !== undefined) synced.set({ route }, figures.sinceSync);
        failures.set({ route }, figures.failures);
        followFailures.set({ route }, figures.followFailures);
        syncFailures.set({ route }, figures.syncFailures);
        outstanding.set({ route }, figures.outstanding);
        for (const state of ['new', 'taken', 'quarantined', 'refusing']) entries.set({ route, state }, figures.entries[state] ?? 0);
      }
    },
  };
}
