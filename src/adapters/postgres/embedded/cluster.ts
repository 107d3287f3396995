import { spawn } from 'node:child_process';
import { chown, mkdir, open, readdir, readFile, realpath, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { type Account, chooseAccount, reachable } from './account.ts';
import { type Binaries, findBinaries, moveInto } from './binaries.ts';
import { isAlive, processName } from './seats.ts';
import { chooseSocketDir, sweepSocketFolders } from './socket-folder.ts';

/** One database cluster on disk, ready to be started, with all that starting it needs. */
export interface Cluster {
  /** The data folder we were given, without symbolic links. */
  readonly home: string;
  /** PostgreSQL's own folder in it. */
  readonly folder: string;
  /** What PostgreSQL is told its folder is. */
  readonly dataArgument: string;
  /** Where a server started by us listens: a folder closed to everybody else. */
  readonly socketDir: string;
  readonly account: Account | undefined;
  readonly binaries: Binaries;
}

export const SUPERUSER = 'postgres';

/**
 * Nothing of the gateway's own environment may reach PostgreSQL: PGDATA, PGPORT or LC_* would
 * change what it does.
 */
export const CHILD_ENVIRONMENT = { LC_ALL: 'C', TZ: 'UTC', PATH: '/usr/bin:/bin' };

/**
 * Opens the cluster of a data folder and makes it on first use. Safe to call from several
 * processes at once and after a crash at any point: a cluster appears whole or not at all.
 */
export async function openCluster(dataDir: string, packageDir?: string): Promise<Cluster> {
  await mkdir(resolve(dataDir), { recursive: true });
  const home = await realpath(dataDir);
  const folder = join(home, 'cluster');
  const account = await chooseAccount(folder);
  await sweep(home);
  await sweepSocketFolders(account);
  const binaries = await findBinaries({ home, account, packageDir });
  if (!(await majorOf(folder))) {
    await initialise(home, folder, binaries, account);
  }
  const major = await majorOf(folder);
  if (major === undefined) {
    throw new Error(`${folder} holds files but no PostgreSQL cluster: move them away`);
  }
  if (major !== binaries.major) {
    throw new Error(
      `${folder} was made by PostgreSQL ${major}, but the installed binaries are ${binaries.major}: ` +
        'install the former release, dump the database and load it into a new data folder',
    );
  }
  const socketDir = await chooseSocketDir(home, account);
  const dataArgument = await dataArgumentFor(folder, account);
  return { home, folder, dataArgument, socketDir, account, binaries };
}

function majorOf(folder: string): Promise<string | undefined> {
  return readFile(join(folder, 'PG_VERSION'), 'utf8').then(
    (text) => text.trim(),
    () => undefined,
  );
}

/** Removes what processes that died half-way left behind. */
async function sweep(home: string): Promise<void> {
  for (const name of await readdir(home)) {
    const [, maker] = /^(?:initdb|partial)-(.+)$/.exec(name) ?? [];
    if (maker !== undefined && !isAlive(maker)) {
      // An initdb that outlived its parent may still be writing here; the next start sweeps again.
      await rm(join(home, name), { recursive: true, force: true }).catch(() => undefined);
    }
  }
}

async function initialise(home: string, folder: string, { initdb }: Binaries, account: Account | undefined): Promise<void> {
  const temporary = join(home, `initdb-${processName()}`);
  await mkdir(temporary, { mode: 0o700 });
  if (account) {
    await chown(temporary, account.uid, account.gid);
  }
  const args = [
    ...['-D', await dataArgumentFor(temporary, account), '-U', SUPERUSER, '-E', 'UTF8'],
    // The provider is PostgreSQL's own, so sorting never changes with the operating system.
    ...['--locale=C', '--locale-provider=builtin', '--builtin-locale=C.UTF-8'],
    ...['--auth-local=trust', '--auth-host=reject', '--no-instructions'],
  ];
  try {
    await run(initdb, args, temporary, account);
  } catch (error) {
    await rm(temporary, { recursive: true, force: true });
    if (String(error).includes('could not look up effective user ID')) {
      throw new Error(
        `initdb needs a name for user id ${account?.uid ?? process.getuid?.()}: add the user to ` +
          '/etc/passwd, or set DATABASE_URL to use a PostgreSQL server of your own.',
        { cause: error },
      );
    }
    throw error;
  }
  await moveInto(temporary, folder);
  const handle = await open(home);
  await handle.sync();
  await handle.close();
}

/**
 * A folder below one that is closed to the account (root's home, say) can't be named to it, but
 * it can be handed over as the working directory, where PostgreSQL stays all its life.
 */
async function dataArgumentFor(folder: string, account: Account | undefined): Promise<string> {
  return (await reachable(folder, account)) ? folder : '/proc/self/cwd';
}

function run(program: string, args: readonly string[], cwd: string, account: Account | undefined): Promise<void> {
  return new Promise((done, fail) => {
    const child = spawn(program, args, {
      ...account,
      cwd,
      env: CHILD_ENVIRONMENT,
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    let complaint = '';
    child.stderr.on('data', (chunk: Buffer) => {
      complaint = (complaint + chunk.toString()).slice(-4096);
    });
    child.on('error', fail);
    child.on('close', (code, signal) => {
      if (code === 0) {
        done();
      } else {
        fail(new Error(`${program} ended with ${code ?? signal}: ${complaint.trim()}`));
      }
    });
  });
}
