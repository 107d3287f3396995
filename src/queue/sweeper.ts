import type { Desk } from '../routing/desk.ts';
import type { Now, RingQueue } from '../routing/ports.ts';
import { Rejection } from '../routing/problem.ts';
import type { ReplayPlans } from '../routing/records.ts';
import type { Overdue } from '../routing/sweep.ts';
import type { QueueLog } from './outage.ts';
import { createOutage } from './outage.ts';

/** What a sweeper asks of the world. */
export interface SweeperPorts {
  readonly overdue: Overdue;
  readonly plans: Pick<ReplayPlans, 'next' | 'done' | 'finish'>;
  readonly desk: Pick<Desk, 'expire' | 'replay'>;
  readonly ring: RingQueue;
  readonly now: Now;
  readonly log: QueueLog;
}

/** How often and how much is swept. */
export interface SweeperSettings {
  /** Milliseconds from the end of a sweep to the next. */
  readonly every: number;
  /** Rings in one sweep, and of one recipient and lane. */
  readonly rings: number;
  readonly ringsPerRecipient: number;
  /** Deliveries expired in one sweep. */
  readonly expiries: number;
  /** Deliveries replayed in one sweep. */
  readonly replays: number;
  /** With so many overdue deliveries the workers are behind, and replays wait. */
  readonly busyFrom: number;
}

export const defaultSweep: SweeperSettings = {
  every: 1000,
  rings: 500,
  ringsPerRecipient: 8,
  expiries: 100,
  replays: 50,
  busyFrom: 100,
};

/** A running sweeper. */
export interface Sweeper {
  /** Ends after the sweep under way. */
  close(): Promise<void>;
}

/**
 * One sweep: rings for what is due and was not rung, ends what is past its deadline, carries replay plans on. Every step stands
 * alone, may run in several processes at once, and goes on where a crash left it. Never throws.
 */
export function createSweep(ports: SweeperPorts, settings: SweeperSettings) {
  const outage = createOutage(ports.log, 'sweeping');

  async function guarded<T>(otherwise: T, step: () => Promise<T>): Promise<T> {
    try {
      const result = await step();
      outage.worked();
      return result;
    } catch (error) {
      outage.failed(error);
      return otherwise;
    }
  }

  return async function sweep(): Promise<void> {
    await guarded(0, () => breakLeases(ports));
    const overdue = await guarded(0, () => ringOverdue(ports, settings));
    await guarded(undefined, () => expireLate(ports, settings));
    if (overdue < settings.busyFrom) await guarded(undefined, () => carryOnPlan(ports, settings));
  };
}

/** Sweeps for ever, until it is closed. */
export function startSweeper(ports: SweeperPorts, settings: SweeperSettings = defaultSweep): Sweeper {
  const sweep = createSweep(ports, settings);
  let closed = false;
  let timer: NodeJS.Timeout | undefined;
  let running: Promise<void> = Promise.resolve();

  function later(): void {
    // Sweepers of several processes drift apart, so that they find less of the same.
    timer = setTimeout(turn, settings.every * (0.9 + 0.2 * Math.random()));
  }
  function turn(): void {
    running = sweep().then(() => (closed ? undefined : later()));
  }
  turn();

  return {
    async close() {
      closed = true;
      clearTimeout(timer);
      await running;
    },
  };
}

async function breakLeases({ overdue, log }: SweeperPorts): Promise<number> {
  const broken = await overdue.abandoned();
  if (broken > 0) log.warn({ broken }, 'leases of workers that are gone were broken');
  return broken;
}

async function ringOverdue({ overdue, ring }: SweeperPorts, settings: SweeperSettings): Promise<number> {
  const rings = await overdue.due(settings.rings, settings.ringsPerRecipient);
  ring(rings);
  return rings.length;
}

async function expireLate({ overdue, desk }: SweeperPorts, settings: SweeperSettings): Promise<void> {
  await forEach(await overdue.expired(settings.expiries), (id) => allowed(() => desk.expire(id)));
}

async function carryOnPlan({ plans, desk, now, log }: SweeperPorts, settings: SweeperSettings): Promise<void> {
  const found = await plans.next(settings.replays);
  if (found === null) return;
  const { plan, deliveryIds } = found;
  await forEach(deliveryIds, async (id) => {
    const replayed = await allowed(() => desk.replay(id, plan.actor, plan.reason, plan.id));
    await plans.done(plan.id, id, replayed ? 'replayed' : 'skipped');
  });
  if (deliveryIds.length > 0) return;
  await plans.finish(plan.id, now());
  log.info({ plan: plan.id, total: plan.total }, 'replay plan finished');
}

/** False when the delivery may not be moved so: it has moved on since it was chosen, or has no route. */
async function allowed(act: () => Promise<unknown>): Promise<boolean> {
  try {
    await act();
    return true;
  } catch (error) {
    if (error instanceof Rejection && error.status < 500) return false;
    throw error;
  }
}

/** Goes past one that fails, so that it holds up nobody, but not past two in a row: then the store is away. Throws the last failure. */
async function forEach(ids: readonly string[], act: (id: string) => Promise<unknown>): Promise<void> {
  const failures: unknown[] = [];
  let inARow = 0;
  for (const id of ids) {
    try {
      await act(id);
      inARow = 0;
    } catch (error) {
      failures.push(error);
      inARow += 1;
    }
    if (inARow === 2) break;
  }
  if (failures.length > 0) throw failures.at(-1);
}
