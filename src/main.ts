import { readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { liftBody } from './adapters/edxml/lift.ts';
import { defaultLimits } from './adapters/edxml/limits.ts';
import type { ExaminePool } from './adapters/edxml/pool.ts';
import { startExaminePool } from './adapters/edxml/pool.ts';
import { createLog } from './adapters/log/pino.ts';
import type { Metrics } from './adapters/metrics/metrics.ts';
import { createMetrics } from './adapters/metrics/metrics.ts';
import { packagePart } from './adapters/mime/multipart.ts';
import { signRequest } from './adapters/pki/http-signature.ts';
import { checkSecret, hashSecret, newSecret } from './adapters/pki/secrets.ts';
import { verifyClaim } from './adapters/pki/verify-claim.ts';
import { createGauges } from './adapters/postgres/gauges.ts';
import { createIntake } from './adapters/postgres/intake.ts';
import { createOutbox } from './adapters/postgres/outbox.ts';
import { createOverdue, takeSeat } from './adapters/postgres/overdue.ts';
import { createRestApp } from './adapters/rest/app.ts';
import type { Log } from './adapters/rest/ports.ts';
import { createRestServer } from './adapters/rest/server.ts';
import { createPush, defaultPush } from './adapters/senders/push.ts';
import type { Config } from './config.ts';
import { startHousekeeping } from './housekeeping.ts';
import { productRoot } from './paths.ts';
import type { Backend } from './queue/backend.ts';
import { openBackend } from './queue/backend.ts';
import type { Doorbell } from './queue/doorbell.ts';
import { createDoorbell } from './queue/doorbell.ts';
import { patientOutbox } from './queue/patience.ts';
import { defaultSweep, startSweeper } from './queue/sweeper.ts';
import { startWorker } from './queue/worker.ts';
import { createDeliver } from './routing/deliver.ts';
import type { Ring, RingQueue, TakeIn, Taken } from './routing/ports.ts';
import { createReceive, createValidate } from './routing/receive.ts';
import type { Store } from './store.ts';
import { openStore } from './store.ts';

/** A running gateway. */
export interface Gateway {
  /** Base URL of the API; absent for the role `worker`. */
  readonly url?: string;
  /** Takes nothing more, lets what runs finish, and ends everything in the reverse order of its start. */
  close(): Promise<void>;
}

/** Seconds that running requests and attempts get to finish when the gateway stops. */
const closeWithin = 20;

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
    const metrics = createMetrics(gaugesOf(store, doorbell));
    const parts: Parts = { config, store, backend, doorbell, bell, metrics, log, begin };
    if (config.role !== 'api') await startWorking(parts);
    const url = config.role === 'worker' ? undefined : await startApi(parts);
    log.info({ role: config.role, url }, 'gateway started');
    return { ...(url === undefined ? {} : { url }), close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** What accepting and moving deliveries ring: set as soon as there is something to ring. */
interface Bell {
  ring: RingQueue;
}

interface Parts {
  readonly config: Config;
  readonly store: Store;
  readonly backend: Backend;
  readonly doorbell: Doorbell;
  readonly bell: Bell;
  readonly metrics: Metrics;
  readonly log: Log;
  readonly begin: <T>(part: T, end: (part: T) => Promise<unknown>) => T;
}

const connectionsFor = (config: Config) => (config.role === 'all' ? 20 : 14);

function openQueue(config: Config, store: Store, log: Log): Promise<Backend> {
  if (config.redisUrl !== undefined) return openBackend({ redisUrl: config.redisUrl.reveal() }, log);
  return openBackend({ pool: store.database.newPool(6, { plain: true }) }, log);
}

function gaugesOf(store: Store, doorbell: Doorbell) {
  const read = createGauges(store.database.pool, store.now);
  return async () => {
    const [stored, depth] = await Promise.all([read(), doorbell.depth()]);
    const total = (lane: 'urgent' | 'ordinary') => depth[lane].waiting + depth[lane].delayed + depth[lane].active;
    return { ...stored, queueDepth: { urgent: total('urgent'), ordinary: total('ordinary') } };
  };
}

/** The way out: worker, sweeper, housekeeping. */
async function startWorking({ config, store, backend, doorbell, bell, metrics, log, begin }: Parts): Promise<void> {
  const { pool } = store.database;
  const { now, newId, signReceipt, desk, plans } = store;
  const seat = begin(await takeSeat(pool, (error) => log.warn({ err: error }, 'worker session lost')), (s) => s.release());
  const lease = { worker: seat.number, seconds: config.pushSeconds + 60, secondsPerMb: config.pushSecondsPerMb };
  const outbox = patientOutbox(createOutbox(pool, lease, now), log);
  const send = createPush({
    ...defaultPush,
    openContent: store.storage.openPackage,
    signRequest: async (request, created) => {
      const headers = signRequest(request, store.key, created);
      return { signatureInput: headers['signature-input'], signature: headers.signature };
    },
    now,
    connectWithin: config.pushConnectSeconds * 1000,
    endWithin: config.pushSeconds * 1000,
    endWithinPerMb: config.pushSecondsPerMb * 1000,
    allow: config.pushAllow,
    ...(config.pushCa === undefined ? {} : { ca: await readFile(config.pushCa, 'utf8') }),
  });
  const deliver = createDeliver({ outbox, send, signReceipt, report: reporter(metrics, log), newId, now, random: Math.random }, config);
  const concurrency = { urgent: config.urgentConcurrency, ordinary: config.ordinaryConcurrency };
  const worker = await startWorker(backend, { outbox, deliver, ring: doorbell.ring, now, log }, { concurrency });
  begin(worker, (w) => w.close(closeWithin * 1000));
  // a recipient that this process is busy with needs no job at all
  bell.ring = worker.ring;
  const overdue = createOverdue(pool, seat.number, now);
  const every = config.sweepSeconds * 1000;
  begin(startSweeper({ overdue, plans, desk, ring: doorbell.ring, now, log }, { ...defaultSweep, every }), (s) => s.close());
  begin(startHousekeeping(store, log), (h) => h.close());
}

function reporter(metrics: Metrics, log: Log): Parameters<typeof createDeliver>[0]['report'] {
  return (claim, settlement) => {
    metrics.attempted(claim, settlement);
    const { attempt, move } = settlement;
    log.info(
      {
        delivery: claim.delivery.id,
        package: claim.package.id,
        recipient: claim.delivery.recipient,
        result: attempt.result.kind,
        status: 'httpStatus' in attempt.result ? attempt.result.httpStatus : undefined,
        detail: attempt.result.kind === 'delivered' ? undefined : attempt.result.detail,
        state: move.delivery.state,
        attempts: move.delivery.attempts,
        milliseconds: attempt.finishedAt.getTime() - attempt.startedAt.getTime(),
        due: move.delivery.state === 'waiting' ? move.delivery.dueAt : undefined,
      },
      'delivery.attempted',
    );
  };
}

/** The way in: HTTP. Returns the URL it listens on. */
async function startApi({ config, store, doorbell, bell: queueBell, metrics, log, begin }: Parts): Promise<string> {
  const { database, storage, bell, now, newId } = store;
  const examiner = begin(await startExaminer(config), (pool) => pool.close());
  const receivePorts = {
    examine: (lifted: Taken['lifted']) => examiner.examine(lifted, { ...defaultLimits, now: now().toISOString() }),
    lookUp: store.lookUp,
    verifyClaim,
    intake: createIntake(database.pool, (ids) => bell.ring(ids)),
    signReceipt: store.signReceipt,
    ring: (rings: readonly Ring[]) => queueBell.ring(rings),
    newId,
    now,
  };
  const stopping = new AbortController();
  const app = createRestApp(
    {
      ...store,
      clientForLogin: store.register.clientForLogin,
      checkSecret,
      decoyHash: await hashSecret(newSecret()),
      takeIn: takeInWith(config, store),
      packagePart,
      receive: createReceive(receivePorts, config),
      validate: createValidate(receivePorts, config),
      report: metrics,
      openContent: storage.openPackage,
      probes: {
        database: async () => void (await database.pool.query('select 1')),
        queue: async () => void (await doorbell.depth()),
        disk: async () => {
          if ((await storage.freeBytes()) < config.minFreeBytes) throw new Error('less than LIENTHONG_MIN_FREE_BYTES is free');
        },
      },
      metrics: metrics.render,
      log,
      stopping: stopping.signal,
    },
    {
      packageLimit: config.maxPackageBytes,
      bodyIdleSeconds: config.bodyIdleSeconds,
      uploads: config.uploads,
      trustedProxies: config.trustedProxies,
      metricsFrom: config.metricsAllow,
      openapi: readFileSync(join(productRoot, 'schemas', 'openapi.json'), 'utf8'),
    },
  );
  const server = begin(createRestServer(app, stopping), (s) => s.close(closeWithin));
  const address = await server.listen(config.port, config.host);
  const host = address.family === 'IPv6' ? `[${address.address}]` : address.address;
  return `http://${host}:${address.port}`;
}

function startExaminer(config: Config): Promise<ExaminePool> {
  return startExaminePool({ threads: config.examineThreads, timeLimit: config.examineSeconds * 1000 });
}

function takeInWith(config: Config, { storage }: Store): TakeIn {
  const limits = { packageBytes: config.maxPackageBytes, textBytes: config.maxTextBytes };
  return (body) => storage.takeIn((openRun) => liftBody(body, openRun, limits));
}

/** Runs a gateway until the process is told to stop (SIGTERM, SIGINT). A second signal ends it at once. */
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
