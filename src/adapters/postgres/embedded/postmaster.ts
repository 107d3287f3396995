import { spawn } from 'node:child_process';
import { closeSync, openSync, readSync, unlinkSync } from 'node:fs';
import { readdir, readFile, readlink, rm } from 'node:fs/promises';
import { totalmem } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client, DatabaseError } from 'pg';
import { CHILD_ENVIRONMENT, type Cluster, SUPERUSER } from './cluster.ts';
import { processName } from './seats.ts';
import { makeSocketFolder, PORT, privateFolder } from './socket-folder.ts';

/** What postmaster.pid says of the server of a cluster; it may be out of date. */
export interface Running {
  readonly pid: number;
  readonly socketDir: string;
}

/** A server process that we started. */
export interface Child {
  readonly pid: number | undefined;
  /** How it ended and what it said before it had a log; undefined while it runs. */
  ended: string | undefined;
}

/** Settings by name, as in postgresql.conf. */
export type Settings = Readonly<Record<string, string | number>>;

const SETTINGS: Settings = {
  fsync: 'on',
  synchronous_commit: 'on',
  full_page_writes: 'on',
  max_connections: 60,
  shared_buffers: `${sharedMegabytes()}MB`,
  wal_buffers: '16MB',
  wal_compression: 'on',
  max_wal_size: '2GB',
  min_wal_size: '256MB',
  checkpoint_timeout: '15min',
  // plans are made anew after each look at the statistics, so new tables are looked at soon and often
  autovacuum_naptime: '5s',
  jit: 'off',
  timezone: 'UTC',
  log_timezone: 'UTC',
  logging_collector: 'on',
  log_directory: 'log',
  log_filename: 'postgres-%Y%m%d-%H%M%S.log',
  log_rotation_age: '1d',
  log_rotation_size: '10MB',
};

/** An eighth of the memory that this process may use, from 128 MB to 1 GB: the kernel's cache keeps what does not fit. */
function sharedMegabytes(): number {
  // without a limit it is a number beyond all memory, or 0 where it can't be known
  const memory = Math.min(totalmem(), process.constrainedMemory() || Number.POSITIVE_INFINITY);
  return Math.min(Math.max(Math.floor(memory / 8 / (1 << 20)), 128), 1024);
}

const LOG_FILES_KEPT = 10;

/** Connection settings of a database behind a socket; complete, so that no PG* variable adds to them. */
export function connectionTo(socketDir: string, database: string) {
  return { host: socketDir, port: PORT, user: SUPERUSER, database, ssl: false } as const;
}

/** Reads postmaster.pid; undefined when there is none or it is still being written. */
export async function readPostmaster({ folder }: Cluster): Promise<Running | undefined> {
  const text = await readFile(join(folder, 'postmaster.pid'), 'utf8').catch(() => '');
  const [pid, , , , socketDir, next] = text.split('\n');
  // Without its line end the path may be the beginning of the real one.
  return pid && socketDir && next !== undefined ? { pid: Number(pid), socketDir } : undefined;
}

/** True when this process is the running server of this cluster, and not one that got its number. */
export async function isPostmaster({ folder }: Cluster, pid: number): Promise<boolean> {
  try {
    return (await readlink(`/proc/${pid}/cwd`)) === folder;
  } catch (error) {
    // Where /proc hides its links the number alone must do.
    return (error as NodeJS.ErrnoException).code === 'EACCES' && hasProcess(pid);
  }
}

/**
 * Asks the server behind a socket. `silent`: nobody listens there. `busy`: it starts, recovers,
 * shuts down or is too loaded to answer, and must be left alone.
 */
export async function ask(cluster: Cluster, socketDir: string): Promise<'answers' | 'busy' | 'silent'> {
  // After a crash and a cleaning of /tmp somebody else could answer in our server's place.
  await privateFolder(socketDir, cluster.account);
  const client = new Client({
    ...connectionTo(socketDir, 'postgres'),
    connectionTimeoutMillis: 5000,
  });
  client.on('error', () => undefined);
  try {
    await client.connect();
    await client.query('select 1');
    return 'answers';
  } catch (error) {
    const code = (error as { code?: string }).code ?? '';
    if (code === 'ENOENT' || code === 'ECONNREFUSED') {
      return 'silent';
    }
    // Any SQLSTATE but these, "too many connections" say, is the answer of a living server.
    return error instanceof DatabaseError && !/^57P0[1-3]$/.test(code) ? 'answers' : 'busy';
  } finally {
    await client.end().catch(() => undefined);
  }
}

/**
 * Starts a server of this cluster that outlives us. Whether it came up is for {@link ask} to
 * tell: when another process was first, PostgreSQL itself ends the second one.
 */
export async function spawnPostmaster(cluster: Cluster, settings: Settings): Promise<Child> {
  const fixed: Settings = {
    listen_addresses: '',
    port: PORT,
    unix_socket_directories: `"${cluster.socketDir.replaceAll('"', '""')}"`,
    unix_socket_permissions: '0700',
  };
  const all = Object.entries({ ...SETTINGS, ...settings, ...fixed });
  const args = ['-D', cluster.dataArgument, ...all.flatMap(([k, v]) => ['-c', `${k}=${v}`])];
  await makeSocketFolder(cluster);
  await removeMistakenLocks(cluster);
  await pruneLogs(cluster);
  return launch(cluster, args);
}

function launch(cluster: Cluster, args: readonly string[]): Child {
  // A file rather than a pipe, because the server outlives us; without a name nobody must remove it.
  const name = join(cluster.home, `partial-${processName()}`);
  const early = openSync(name, 'w+', 0o600);
  unlinkSync(name);
  const started = spawn(cluster.binaries.postgres, args, {
    ...cluster.account,
    cwd: cluster.folder,
    env: CHILD_ENVIRONMENT,
    stdio: ['ignore', early, early],
    // Ctrl-C in a terminal goes to the whole group, and would end the server under our last writes.
    detached: true,
  });
  started.unref();
  const child: Child = { pid: started.pid, ended: undefined };
  started.once('error', (error) => {
    child.ended = `could not be run: ${error.message}`;
    closeSync(early);
  });
  started.once('exit', (code, signal) => {
    const said = Buffer.alloc(2000);
    const length = readSync(early, said, 0, said.length, 0);
    child.ended = `ended with ${code ?? signal}: ${said.toString('utf8', 0, length).trim()}`;
    closeSync(early);
  });
  return child;
}

/** Why a server ended: what it said at first, or the end of its log if it came so far. */
export async function lastWords(cluster: Cluster, { ended = '' }: Child): Promise<string> {
  const newest = ended.includes('logging collector') ? (await logFiles(cluster)).at(-1) : undefined;
  return newest ? (await readFile(newest, 'utf8')).trim().slice(-2000) : ended;
}

/** Deletes the server logs beyond the newest few; PostgreSQL rotates but never deletes. */
export async function pruneLogs(cluster: Cluster): Promise<void> {
  for (const file of (await logFiles(cluster)).slice(0, -LOG_FILES_KEPT)) {
    await rm(file, { force: true });
  }
}

/** Oldest first: their names begin with the time. */
async function logFiles({ folder }: Cluster): Promise<string[]> {
  const dir = join(folder, 'log');
  const names: string[] = await readdir(dir).catch(() => []);
  return names
    .filter((name) => name.endsWith('.log'))
    .sort()
    .map((name) => join(dir, name));
}

/**
 * Stops the server of this cluster, if one runs: fast shutdown, and when that hangs the
 * immediate one, after which the next start recovers from the write-ahead log.
 * Resolves when it is gone.
 */
export async function stopPostmaster(cluster: Cluster): Promise<void> {
  const found = await readPostmaster(cluster);
  const steps = [
    ['SIGINT', 60_000],
    ['SIGQUIT', 15_000],
  ] as const;
  for (const [signal, patience] of steps) {
    if (!found || !(await isPostmaster(cluster, found.pid))) {
      return;
    }
    sendSignal(found.pid, signal);
    for (const end = Date.now() + patience; Date.now() < end; await sleep(20)) {
      if (!(await isPostmaster(cluster, found.pid))) {
        return;
      }
    }
  }
  throw new Error(`the PostgreSQL server of ${cluster.folder} (${found?.pid}) does not stop`);
}

/**
 * PostgreSQL takes any process with the number in a lock file for its server. After a restart of
 * a container numbers repeat, and a killed server may wait long to be reaped: both would block
 * the start. The lock on its shared memory still keeps out a second server.
 */
async function removeMistakenLocks(cluster: Cluster): Promise<void> {
  const { folder, socketDir } = cluster;
  const files = [join(folder, 'postmaster.pid'), join(socketDir, `.s.PGSQL.${PORT}.lock`)];
  for (const file of files) {
    const pid = Number.parseInt(await readFile(file, 'utf8').catch(() => ''), 10);
    if (pid > 0 && hasProcess(pid) && !(await isPostmaster(cluster, pid))) {
      await rm(file, { force: true });
    }
  }
}

function hasProcess(pid: number): boolean {
  return sendSignal(pid, 0);
}

/** False when there is no such process (any more). */
function sendSignal(pid: number, signal: NodeJS.Signals | 0): boolean {
  try {
    return process.kill(pid, signal);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'ESRCH';
  }
}
