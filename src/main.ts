import { createLog } from './adapters/log/pino.ts';
import { createMetrics } from './adapters/metrics/metrics.ts';
import type { RouteFigures } from './adapters/metrics/route-gauges.ts';
import { createGauges } from './adapters/postgres/gauges.ts';
import type { Log } from './adapters/rest/ports.ts';
import type { Config } from './config.ts';
import { createDiskForecast } from './disk-forecast.ts';
import type { Bell, Parts } from './parts.ts';
import type { Backend } from './queue/backend.ts';
import { openBackend } from './queue/backend.ts';
import type { Doorbell } from './queue/doorbell.ts';
import { createDoorbell } from './queue/doorbell.ts';
import { createRevocation } from './revocation.ts';
import type { PollRecord } from './routing/entries.ts';
import type { RingQueue } from './routing/ports.ts';
import { warningDays } from './routing/trust-register.ts';
import { startStatus } from './status.ts';
import type { Store } from './store.ts';
import { openStore } from './store.ts';
import { startApi } from './way-in.ts';
import { startWorking } from './way-out.ts';

/** A running gateway. */
export interface Gateway {
  /** Base URL of the API; absent for the role `worker`. */
  readonly url?: string;
  /** Takes nothing more, lets what runs finish, and ends everything in the reverse order of its start. */
  close(): Promise<void>;
}

/** Starts a gateway in the role of its configuration. Whatever had started is stopped again when a later part can't start. */
export async function startGateway(config: Config, log: Log): Promise<Gateway> {
  const started: (() => Promise<unknown>)[] = [];
  const begin = <T>(part: T, end: (part: T) => Promise<unknown>): T => {
    started.push(() => end(part));
    return part;
  };
  const close = async () => {
    for (const end of started.splice(0).reverse()) await end().catch((error: unknown) => log.error({ err: error }, 'stopping'));
  };
  try {
    const bell: Bell = { ring: () => undefined };
    const ring: RingQueue = (rings) => bell.ring(rings);
    const store = begin(await openStore(config, log, { connections: connectionsFor(config), ring }), (s) => s.close());
    const backend = begin(await openQueue(config, store, log), (b) => b.close());
    const doorbell = begin(createDoorbell(backend, log), (d) => d.close());
    bell.ring = doorbell.ring;
    const metrics = createMetrics(gaugesOf(store, doorbell, config.minFreeBytes));
    begin(await store.keys.follow(log), (k) => k.close());
    const revocation = createRevocation(config, store);
    const parts: Parts = { config, store, backend, doorbell, bell, metrics, revocation, log, begin };
    if (config.role !== 'api') await startWorking(parts);
    const worker = config.role === 'worker';
    const url = worker ? undefined : await startApi(parts);
    const status = worker ? await startStatus(parts) : undefined;
    log.info({ role: config.role, url, status }, 'gateway started');
    return { ...(url === undefined ? {} : { url }), close };
  } catch (error) {
    await close();
    throw error;
  }
}

const connectionsFor = (config: Config) => (config.role === 'all' ? 20 : 14);

function openQueue(config: Config, store: Store, log: Log): Promise<Backend> {
  if (config.redisUrl !== undefined) return openBackend({ redisUrl: config.redisUrl.reveal() }, log);
  return openBackend({ pool: store.database.newPool(6, { plain: true }) }, log);
}

function gaugesOf(store: Store, doorbell: Doorbell, reserve: number) {
  const read = createGauges(store.database.pool, store.now);
  const readDisk = createDiskForecast(store, reserve);
  return async () => {
    const [stored, depth, ending, links] = await Promise.all([
      read(),
      doorbell.depth(),
      store.trust.expiring(store.now(), warningDays[0]),
      store.polls.list(),
    ]);
    const within = (days: number) => ending.filter(({ daysLeft }) => daysLeft >= 0 && daysLeft <= days).length;
    const certificatesExpiring = Object.fromEntries(warningDays.map((days) => [days, within(days)]));
    const total = (lane: 'urgent' | 'ordinary') => depth[lane].waiting + depth[lane].delayed + depth[lane].active;
    const disk = readDisk();
    const forecast = disk === undefined ? {} : { disk };
    const routes = links.map((link) => figuresOf(link, store.now()));
    return { ...stored, ...forecast, routes, certificatesExpiring, queueDepth: { urgent: total('urgent'), ordinary: total('ordinary') } };
  };
}

function figuresOf(
  { route, succeededAt, syncedAt, failures, followFailures, syncFailures = 0, ...rest }: PollRecord,
  now: Date,
): RouteFigures {
  const since = (at: Date) => (now.getTime() - at.getTime()) / 1000;
  return {
    ...{ route, failures, followFailures, syncFailures, entries: rest.entries, outstanding: rest.outstanding },
    ...(succeededAt === undefined ? {} : { sinceSuccess: since(succeededAt) }),
    ...(syncedAt === undefined ? {} : { sinceSync: since(syncedAt) }),
  };
}

/**
 * Runs a gateway until the process is told to stop (SIGTERM, SIGINT), and closes it. A second signal ends it at once. Attempts that were
 * given up may still hold connections then: who runs it ends the process.
 */
export async function serve(config: Config): Promise<void> {
  const log = createLog(config.logLevel);
  // Listened for from the beginning: told to stop while it starts, it must still stop its database.
  const told = new Promise<string>((resolve) => {
    for (const name of ['SIGTERM', 'SIGINT'] as const) process.once(name, () => resolve(name));
  });
  const gateway = await startGateway(config, log);
  const signal = await told;
  log.info({ signal }, 'stopping');
  await gateway.close();
}
