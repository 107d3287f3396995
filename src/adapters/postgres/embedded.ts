import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'pg';
import { type Cluster, openCluster } from './embedded/cluster.ts';
import {
  ask,
  type Child,
  connectionTo,
  isPostmaster,
  lastWords,
  pruneLogs,
  type Running,
  readPostmaster,
  type Settings,
  spawnPostmaster,
  stopPostmaster,
} from './embedded/postmaster.ts';
import { leaveSeat, takeSeat } from './embedded/seats.ts';
import { removeSocketFolder } from './embedded/socket-folder.ts';

/** Where the supervisor tells what it does; pino's logger is one. */
export interface Log {
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

export interface EmbeddedOptions {
  /** Folder of the private server; made when absent, shared by all processes that name it. */
  readonly dataDir: string;
  readonly log: Log;
  /** Settings beside or instead of ours; they take effect when this process starts the server. */
  readonly settings?: Settings;
  /** Where the package of binaries lies, if not in node_modules. */
  readonly packageDir?: string;
}

/** A private PostgreSQL server in use by this process. */
export interface Embedded {
  /** For `pg`: complete, so that no PG* environment variable changes it. */
  readonly connection: {
    readonly host: string;
    readonly port: number;
    readonly user: string;
    readonly database: string;
    readonly ssl: false;
  };
  /** True when the server already ran: left by a killed process or in use by a living one. */
  readonly adopted: boolean;
  /**
   * Ends this use. The server is shut down when no other living process uses it, else left
   * running. May be called twice. A process that ends without it leaves the server running, and
   * the next one adopts it.
   */
  stop(): Promise<void>;
}

const DATABASE = 'lienthong';

/** A server found alive that does not answer is given this long before it is replaced. */
const SILENCE_ALLOWED = 5_000;
/** Recovery after a crash replays at most a few GB of write-ahead log. */
const START_ALLOWED = 10 * 60_000;
/** Said when another process was first, or while the last ones of a killed server have not noticed. */
const FOLDER_IN_USE = /lock file "|pre-existing shared memory block/;
const IN_USE_ALLOWED = 60_000;
const SHORTEST_PAUSE = 50;
const LONGEST_PAUSE = 30_000;
const STEADY = 60_000;
const HOUR = 3_600_000;

interface Use {
  readonly cluster: Cluster;
  readonly settings: Settings;
  readonly log: Log;
  readonly ending: AbortController;
}

/**
 * Starts the private server of a data folder, or joins the one that runs, and keeps it running
 * until `stop`: one that dies is started again. The database `lienthong` exists afterwards.
 * Throws when there are no binaries for this machine (the message names DATABASE_URL) or the
 * server can't be started (the message holds its last words).
 */
export async function startEmbedded(options: EmbeddedOptions): Promise<Embedded> {
  const cluster = await openCluster(options.dataDir, options.packageDir);
  const { log, settings = {} } = options;
  const use: Use = { cluster, settings, log, ending: new AbortController() };
  const seat = await takeSeat(join(cluster.home, 'seats'), cluster.account);
  const pruning = setInterval(() => void pruneLogs(cluster).catch(() => undefined), HOUR).unref();
  let supervision = Promise.resolve();
  const stop = atMostOnce(async () => {
    use.ending.abort();
    clearInterval(pruning);
    await supervision;
    const others = await leaveSeat(seat);
    if (others === 0) {
      await stopPostmaster(cluster);
      await removeSocketFolder(cluster);
    }
    log.info({ dataDir: cluster.home, others }, others ? 'postgres.shared' : 'postgres.stopped');
  });
  try {
    const server = await ensureDatabase(use);
    // Started again elsewhere, the server would be lost to those who have the connection.
    const same = { ...cluster, socketDir: server.socketDir };
    supervision = supervise({ ...use, cluster: same }, server);
    return { connection: connectionTo(server.socketDir, DATABASE), adopted: server.adopted, stop };
  } catch (error) {
    await stop().catch(() => undefined);
    throw error;
  }
}

interface Server extends Running {
  readonly adopted: boolean;
}

/** Finds the cluster's server or starts it; two processes that do so at once get the same one. */
async function ensureRunning({ cluster, settings, log, ending }: Use): Promise<Server> {
  const begun = Date.now();
  let child: Child | undefined;
  while (Date.now() - begun < START_ALLOWED) {
    const found = await readPostmaster(cluster);
    const state = found ? await ask(cluster, found.socketDir) : 'silent';
    if (found && state === 'answers') {
      const adopted = found.pid !== child?.pid;
      const fields = { server: found.pid, socketDir: found.socketDir, ms: Date.now() - begun };
      log.info(fields, adopted ? 'postgres.adopted' : 'postgres.started');
      return { ...found, adopted };
    }
    if (child?.ended) {
      const words = await lastWords(cluster, child);
      if (!FOLDER_IN_USE.test(words) || Date.now() - begun > IN_USE_ALLOWED) {
        throw new Error(`PostgreSQL in ${cluster.folder} did not start: ${words}`);
      }
      child = undefined;
    }
    const theirs = found !== undefined && (await isPostmaster(cluster, found.pid));
    if (!child && !theirs && state === 'silent') {
      child = await spawnPostmaster(cluster, settings);
    } else if (!child && state === 'silent' && Date.now() - begun > SILENCE_ALLOWED) {
      log.warn({ server: found?.pid }, 'postgres.silent');
      await stopPostmaster(cluster);
    }
    // Each question to a server in recovery is a line in its log.
    const pause = Math.min(15 + (Date.now() - begun) / 20, 250);
    await sleep(pause, undefined, { signal: ending.signal });
  }
  throw new Error(`PostgreSQL in ${cluster.folder} is not ready after 10 minutes: see its log`);
}

/** The last user of a shared server may be stopping it just now; then the next try starts it. */
async function ensureDatabase(use: Use): Promise<Server> {
  let started: number | undefined;
  for (let tries = 1; ; tries += 1) {
    const server = await ensureRunning(use);
    if (!server.adopted) started = server.pid;
    const client = new Client(connectionTo(server.socketDir, 'postgres'));
    client.on('error', () => undefined);
    try {
      await client.connect();
      const found = await client.query('select from pg_database where datname = $1', [DATABASE]);
      if (found.rowCount === 0) {
        await client.query(`create database ${DATABASE} strategy file_copy`);
      }
      return { ...server, adopted: server.pid !== started };
    } catch (error) {
      if (tries === 5) {
        throw error;
      }
      await sleep(200);
    } finally {
      await client.end().catch(() => undefined);
    }
  }
}

/** Holds one idle connection, whose end tells at once that the server is gone, and brings it back. */
async function supervise(use: Use, first: Server): Promise<void> {
  const { log, ending } = use;
  let server = first;
  let pause = SHORTEST_PAUSE;
  while (!ending.signal.aborted) {
    const since = Date.now();
    await connectionLost(server, ending.signal);
    if (ending.signal.aborted) {
      return;
    }
    if (Date.now() - since > STEADY) {
      pause = SHORTEST_PAUSE;
    }
    log.warn({ server: server.pid, retryInMs: pause }, 'postgres.lost');
    try {
      await sleep(pause, undefined, { signal: ending.signal });
      server = await ensureRunning(use);
    } catch (error) {
      if (!ending.signal.aborted) {
        log.error({ err: error }, 'postgres.restart_failed');
      }
    }
    pause = Math.min(pause * 2, LONGEST_PAUSE);
  }
}

/** Resolves when the connection can't be made, when it breaks, or on the signal; never throws. */
async function connectionLost(server: Server, signal: AbortSignal): Promise<void> {
  const client = new Client({
    ...connectionTo(server.socketDir, 'postgres'),
    application_name: 'lienthong supervisor',
  });
  client.on('error', () => undefined);
  try {
    await client.connect();
    // Watching alone must not keep a process alive that has nothing left to do.
    (client as Unrefable).unref();
    await once(client, 'end', { signal });
  } catch {
    return;
  } finally {
    (client as Unrefable).ref();
    await client.end().catch(() => undefined);
  }
}

/** `pg` has these two methods, its types don't. */
type Unrefable = Client & { ref(): void; unref(): void };

function atMostOnce(action: () => Promise<void>): () => Promise<void> {
  let result: Promise<void> | undefined;
  return () => {
    result ??= action();
    return result;
  };
}
