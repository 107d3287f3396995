import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { chown, mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { Account } from './account.ts';

/**
 * Seats: one small file for every start that uses a data folder. They answer the question
 * "may I stop the server?" without a process in charge: the last one out stops it.
 */

/** A name no other living process makes: process number, its start time, a random part. */
export function processName(): string {
  return `${process.pid}-${startTime(process.pid) ?? 0}-${randomBytes(4).toString('hex')}`;
}

/** True while the process that made this name with {@link processName} runs. */
export function isAlive(name: string): boolean {
  const [pid, started] = name.split('-');
  return started !== undefined && startTime(Number(pid)) === started;
}

/** Takes a seat and returns its path; a crash leaves the file, which then counts for nothing. */
export async function takeSeat(dir: string, account: Account | undefined): Promise<string> {
  await mkdir(dir, { recursive: true, mode: 0o700 });
  if (account) {
    // Root may be a guest here: the owner of the cluster must be able to sit down later.
    await chown(dir, account.uid, account.gid);
  }
  const seat = join(dir, processName());
  await writeFile(seat, '');
  return seat;
}

/** Gives the seat back; returns how many living users are left. */
export async function leaveSeat(seat: string): Promise<number> {
  const dir = dirname(seat);
  await rm(seat, { force: true });
  const others = (await readdir(dir)).filter((name) => name !== basename(seat));
  const dead = others.filter((name) => !isAlive(name));
  await Promise.all(dead.map((name) => rm(join(dir, name), { force: true })));
  return others.length - dead.length;
}

/** Start time in clock ticks since boot; undefined for no process or one that only waits to be reaped. */
function startTime(pid: number): string | undefined {
  let stat: string;
  try {
    stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
  } catch {
    return undefined;
  }
  // The second field is the command in brackets and may itself hold brackets and blanks.
  const [state, ...rest] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return state === 'Z' || state === 'X' ? undefined : rest[18];
}
