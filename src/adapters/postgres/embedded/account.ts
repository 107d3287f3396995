import { realpath, stat } from 'node:fs/promises';
import { dirname } from 'node:path';

/** The account PostgreSQL runs as when it is not our own. */
export interface Account {
  readonly uid: number;
  readonly gid: number;
}

const NOBODY: Account = { uid: 65534, gid: 65534 };

/**
 * Who runs the server of this cluster folder: undefined for ourselves. PostgreSQL refuses to run
 * as root, so root lends it to the folder's owner, and to `nobody` when there is none yet.
 * Throws when the folder belongs to somebody we can't act for.
 */
export async function chooseAccount(cluster: string): Promise<Account | undefined> {
  const owner = await stat(cluster).catch(() => undefined);
  const me = process.getuid?.();
  if (me === 0) {
    return owner && owner.uid !== 0 ? { uid: owner.uid, gid: owner.gid } : NOBODY;
  }
  if (owner && owner.uid !== me) {
    throw new Error(`${cluster} belongs to user id ${owner.uid}, but this process runs as ${me}`);
  }
  return undefined;
}

/** True when the account may enter every folder on the way to `path`, and `path` itself. */
export async function reachable(path: string, account: Account | undefined): Promise<boolean> {
  if (!account) {
    return true;
  }
  for (let at = await realpath(path); ; at = dirname(at)) {
    const { uid, gid, mode } = await stat(at);
    const shift = uid === account.uid ? 6 : gid === account.gid ? 3 : 0;
    if (((mode >> shift) & 1) === 0) {
      return false;
    }
    if (at === dirname(at)) {
      return true;
    }
  }
}
