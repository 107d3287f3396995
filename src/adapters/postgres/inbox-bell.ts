import { EventEmitter, once } from 'node:events';
import type pg from 'pg';

/** Wakes long polls: at once for what this process stored, within a second for what another process did. */
export interface InboxBell {
  /** Tells that these agencies have something new to fetch. */
  ring(agencyIds: readonly string[]): void;
  /** Resolves when something may lie after `after` for one of the agencies, after `milliseconds`, or when `signal` aborts. */
  wait(agencyIds: readonly string[], after: number, milliseconds: number, signal: AbortSignal): Promise<void>;
  /** Ends all waits. */
  close(): void;
}

interface Waiter {
  readonly agencyIds: readonly string[];
  readonly after: number;
  readonly wake: () => void;
}

const checkEvery = 1000;

/** One query a second serves all waiting polls of the process, and none runs while nobody waits. */
export function createInboxBell(pool: pg.Pool): InboxBell {
  const waiters = new Set<Waiter>();
  let timer: NodeJS.Timeout | undefined;

  async function check(): Promise<void> {
    const asked = [...waiters];
    const pairs = asked.flatMap((waiter, i) => waiter.agencyIds.map((id) => ({ id, after: waiter.after, i })));
    const { rows } = await pool.query<{ i: number }>({
      name: 'inbox-bell',
      text: `select distinct w.i from unnest($1::uuid[], $2::bigint[], $3::int[]) as w(agency_id, after, i)
        where exists (
          select 1 from deliveries d where d.agency_id = w.agency_id and d.state = 'waiting' and d.channel = 'inbox' and d.inbox_position > w.after
        )`,
      values: [pairs.map((p) => p.id), pairs.map((p) => p.after), pairs.map((p) => p.i)],
    });
    for (const { i } of rows) asked[i]?.wake();
  }

  function plan(): void {
    if (timer !== undefined || waiters.size === 0) return;
    timer = setTimeout(() => {
      timer = undefined;
      // a database that is away is the next listing's to report
      check()
        .catch(() => undefined)
        .finally(plan);
    }, checkEvery);
    timer.unref();
  }

  return {
    ring(agencyIds) {
      if (waiters.size === 0) return;
      const rung = new Set(agencyIds);
      for (const waiter of waiters) if (waiter.agencyIds.some((id) => rung.has(id))) waiter.wake();
    },
    async wait(agencyIds, after, milliseconds, signal) {
      const bell = new EventEmitter();
      const waiter: Waiter = { agencyIds, after, wake: () => bell.emit('ring') };
      const over = AbortSignal.any([signal, AbortSignal.timeout(Math.ceil(milliseconds))]);
      waiters.add(waiter);
      plan();
      await once(bell, 'ring', { signal: over }).catch(() => undefined);
      waiters.delete(waiter);
    },
    close() {
      clearTimeout(timer);
      for (const waiter of waiters) waiter.wake();
    },
  };
}
