import type { Log } from './adapters/rest/ports.ts';
import type { Housekeeping } from './housekeeping.ts';
import { repeat } from './housekeeping.ts';
import type { LifecycleDesk } from './routing/lifecycle-desk.ts';

/** Carries out the acts of a package that was just accepted; what fails now the next sweep does. */
export function carryOutQuietly(desk: LifecycleDesk, log: Log): (packageId: string) => Promise<void> {
  return async (packageId) => {
    await desk.carryOut(packageId).catch((error: unknown) => log.warn({ err: error, package: packageId }, 'act left to the sweeper'));
  };
}

/** Looks after acts, statuses and gates again and again. Correct in several processes at once. */
export function startLifecycle(desk: LifecycleDesk, every: number, log: Log): Housekeeping {
  return { close: repeat(every, () => desk.sweep(), log, 'carrying out acts') };
}
