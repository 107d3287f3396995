import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { chown, lstat, mkdir, readdir, readFile, rm, rmdir, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { type Account, reachable } from './account.ts';
import type { Cluster } from './cluster.ts';

/** The socket listens on no port; the number is part of its name. */
export const PORT = 5432;

/** sun_path holds 108 bytes with its closing zero. */
const SOCKET_PATH_LIMIT = 107;
const SOCKET = `.s.PGSQL.${PORT}`;
/** Holds the path of the data folder, in a socket folder that lies elsewhere. */
const HOME = 'home';

/** Where the server of a data folder listens: in it, or under the system's temporary folder when its path is too long or closed. */
export async function chooseSocketDir(home: string, account: Account | undefined): Promise<string> {
  const name = `lienthong-${createHash('sha256').update(home).digest('hex').slice(0, 16)}`;
  const parents: [string, string][] = [[home, 'run'], ...temporaryFolders().map((parent): [string, string] => [parent, name])];
  for (const [parent, child] of parents) {
    const dir = join(parent, child);
    const length = Buffer.byteLength(join(dir, SOCKET));
    if (length <= SOCKET_PATH_LIMIT && (await reachable(parent, account))) {
      return dir;
    }
  }
  throw new Error(`no folder for the socket of ${home}: its path and that of TMPDIR are too long`);
}

/** Makes the socket folder of a cluster, or makes sure of it. Throws when somebody else prepared it. */
export async function makeSocketFolder({ home, socketDir, account }: Cluster): Promise<void> {
  await privateFolder(socketDir, account);
  if (dirname(socketDir) !== home) {
    await writeFile(join(socketDir, HOME), home);
  }
}

/** Removes the socket folder of a cluster whose server has stopped, if it lies outside the data folder. */
export async function removeSocketFolder({ home, socketDir, account }: Cluster): Promise<void> {
  if (dirname(socketDir) !== home && (await isOurs(socketDir, account))) {
    await removeFolder(socketDir, [HOME]);
  }
}

/** Removes the socket folders of servers that were killed and whose data folder is gone, so that nobody starts them again. */
export async function sweepSocketFolders(account: Account | undefined): Promise<void> {
  for (const parent of temporaryFolders()) {
    const names: string[] = await readdir(parent).catch(() => []);
    for (const name of names.filter((one) => /^lienthong-[0-9a-f]{16}$/.test(one))) {
      const dir = join(parent, name);
      if ((await isOurs(dir, account)) && (await isLeft(dir))) {
        await removeFolder(dir, [SOCKET, `${SOCKET}.lock`, HOME]);
      }
    }
  }
}

/** Makes a folder only the account can enter, or makes sure of it; throws when somebody else prepared it. */
export async function privateFolder(dir: string, account: Account | undefined): Promise<void> {
  await mkdir(dir, { mode: 0o700 }).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'EEXIST') {
      throw error;
    }
  });
  if (!(await isOurs(dir, account))) {
    throw new Error(`${dir} is not a private folder of user id ${account?.uid ?? process.getuid?.()}: remove it`);
  }
  if (account) {
    await chown(dir, account.uid, account.gid);
  }
}

/** True for a folder that only the account, or this process, can enter. */
async function isOurs(dir: string, account: Account | undefined): Promise<boolean> {
  const me = process.getuid?.() ?? -1;
  const found = await lstat(dir).catch(() => undefined);
  return found?.isDirectory() === true && (found.uid === me || found.uid === account?.uid) && (found.mode & 0o077) === 0;
}

/** True when the data folder is gone and nobody listens: another container may have the folder that is not here. */
async function isLeft(dir: string): Promise<boolean> {
  const home = await readFile(join(dir, HOME), 'utf8').catch(() => '');
  const isGone = (error: NodeJS.ErrnoException) => error.code === 'ENOENT';
  return home !== '' && (await lstat(home).then(() => false, isGone)) && !(await answers(join(dir, SOCKET)));
}

async function answers(path: string): Promise<boolean> {
  const socket = connect(path);
  try {
    await once(socket, 'connect');
    return true;
  } catch (error) {
    return !['ENOENT', 'ECONNREFUSED'].includes((error as NodeJS.ErrnoException).code ?? '');
  } finally {
    socket.destroy();
  }
}

/** Removes these files and the folder, unless there is more in it: a server that starts just now. */
async function removeFolder(dir: string, files: readonly string[]): Promise<void> {
  for (const file of files) {
    await rm(join(dir, file), { force: true }).catch(() => undefined);
  }
  await rmdir(dir).catch(() => undefined);
}

const temporaryFolders = () => [...new Set([tmpdir(), '/tmp'])];
