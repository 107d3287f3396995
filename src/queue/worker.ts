import { setTimeout as pause } from 'node:timers/promises';
import type { Deliver } from '../routing/deliver.ts';
import type { Delivery, Lane } from '../routing/delivery.ts';
import { laneOf, ringsFor } from '../routing/delivery.ts';
import type { Claim, Outbox } from '../routing/outbox.ts';
import type { Now, Ring, RingQueue } from '../routing/ports.ts';
import type { Answer, Backend } from './backend.ts';
import type { QueueLog } from './outage.ts';
import type { Slots } from './slots.ts';
import { createSlots } from './slots.ts';

/** What a worker asks of the world. The outbox is the patient one, so that it waits out a restart of the database. */
export interface WorkerPorts {
  readonly outbox: Pick<Outbox, 'claim' | 'claimNext'>;
  readonly deliver: Deliver;
  readonly ring: RingQueue;
  readonly now: Now;
  readonly log: QueueLog;
}

/** How many deliveries a worker takes from the queue, and at most so many of its own, at once, by lane, all recipients together. */
export interface WorkerSettings {
  readonly concurrency: Readonly<Record<Lane, number>>;
}

/** A running worker. */
export interface DeliveryWorker {
  /**
   * Rings for what this process has accepted or moved. It is delivered here and now while the lane has room. A recipient whose slots here
   * are all taken needs no ring at all: who has a slot goes on with what is due. All others ring in the queue, for any process.
   */
  readonly ring: RingQueue;
  /** Attempts under way now. */
  running(): number;
  /**
   * Takes no more and waits for the attempts under way, at most so many milliseconds. False when some still run then: their leases
   * stay, and the deliveries are given out again as interrupted.
   */
  close(milliseconds: number): Promise<boolean>;
}

/** Longest delay of a ring for a retry, in milliseconds; later ones are left to the sweeper. */
const longestDelay = 3_600_000;
/** A delivery due for longer than this, in milliseconds, was not rung in time, and others with it. */
const lateAfter = 1000;
/** How long one recipient may keep a place of the lane while others wait for it, in milliseconds. */
const longestStay = 2000;
/** A place of the ordinary lane serves urgent deliveries first; one of the urgent lane never serves ordinary ones. */
const lanesServedBy: Readonly<Record<Lane, readonly Lane[]>> = { urgent: ['urgent'], ordinary: ['urgent', 'ordinary'] };

/** Starts to answer rings in both lanes. */
export async function startWorker(backend: Backend, ports: WorkerPorts, settings: WorkerSettings): Promise<DeliveryWorker> {
  const slots = createSlots();
  const own = new Set<Promise<void>>();
  const running: Record<Lane, number> = { urgent: 0, ordinary: 0 };
  let closing = false;

  async function handle(rung: Ring): Promise<Answer> {
    if (closing) return 'done';
    running[rung.lane] += 1;
    try {
      return await answer({ ...ports, ring }, slots, rung, () => closing);
    } finally {
      running[rung.lane] -= 1;
    }
  }

  /** Answers a ring without the queue. What goes wrong, or is lost with this process, is rung again by the sweeper. */
  function answerHere(rung: Ring): void {
    const work = handle(rung)
      .then((answered) => (answered === 'again' ? ports.ring([rung]) : undefined))
      .catch((error: unknown) => ports.log.warn({ err: error }, 'a ring was not answered'))
      .finally(() => own.delete(work));
    own.add(work);
  }

  function ring(rings: readonly Ring[]): void {
    const through = rings.filter((one) => {
      if (closing || one.delay !== undefined) return true;
      if (slots.isFull(one)) return false;
      if (running[one.lane] >= settings.concurrency[one.lane]) return true;
      answerHere(one);
      return false;
    });
    if (through.length > 0) ports.ring(through);
  }

  const listeners = await Promise.all([
    backend.listen('urgent', settings.concurrency.urgent, handle),
    backend.listen('ordinary', settings.concurrency.ordinary, handle),
  ]);
  return {
    ring,
    running: () => slots.taken(),
    async close(milliseconds) {
      closing = true;
      const ended = Promise.all([...listeners.map((listener) => listener.close()), ...own]).then(() => true);
      const timer = new AbortController();
      const late = pause(milliseconds, false, { signal: timer.signal }).catch(() => false);
      return Promise.race([ended, late]).finally(() => timer.abort());
    },
  };
}

/** Delivers what was rung and then whatever else this recipient has due, unless all its slots are taken: then another goes on. */
async function answer(ports: WorkerPorts, slots: Slots, ring: Ring, closing: () => boolean): Promise<Answer> {
  if (!slots.take(ring)) return 'done';
  const since = Date.now();
  try {
    let claim = await ports.outbox.claim(ring.deliveryId, ring.turn);
    for (;;) {
      if (claim !== null) await attempt(ports, slots, claim);
      if (closing()) return 'done';
      if (Date.now() - since > longestStay && hasMore(slots, ring)) return 'again';
      claim = await next(ports, slots, ring);
      if (claim === null) return 'done';
    }
  } finally {
    const left = slots.give(ring.agencyId);
    if (!closing()) ports.ring(left);
  }
}

async function attempt(ports: WorkerPorts, slots: Slots, claim: Claim): Promise<void> {
  const { target, breaker, delivery } = claim;
  // While a recipient does not answer, one slot is enough to wait in.
  slots.learn(target.agencyId, breaker.failures > 0 ? 1 : target.concurrency);
  if (ports.now().getTime() - delivery.dueAt.getTime() > lateAfter) slots.expect(ringOf(target.agencyId, delivery));
  const delivered = await ports.deliver(claim);
  if (delivered.did === 'settled') ports.ring(retryRings(delivered.move.delivery, ports.now()));
}

/** The next delivery to the same recipient. */
async function next(ports: WorkerPorts, slots: Slots, { agencyId, lane }: Ring): Promise<Claim | null> {
  for (const wanted of lanesServedBy[lane]) {
    for (let mark = slots.expected(agencyId, wanted); mark !== undefined; mark = slots.expected(agencyId, wanted)) {
      const claim = await ports.outbox.claimNext(agencyId, wanted);
      if (claim !== null) return claim;
      slots.settle(agencyId, wanted, mark);
    }
  }
  return null;
}

function hasMore(slots: Slots, { agencyId, lane }: Ring): boolean {
  return lanesServedBy[lane].some((wanted) => slots.expected(agencyId, wanted) !== undefined);
}

function ringOf(agencyId: string, { id, turn, urgency }: Delivery): Ring {
  return { deliveryId: id, turn, agencyId, lane: laneOf(urgency) };
}

function retryRings(delivery: Delivery, now: Date): Ring[] {
  const delay = Math.max(0, delivery.dueAt.getTime() - now.getTime());
  return delay > longestDelay ? [] : ringsFor(delivery).map((ring) => ({ ...ring, delay }));
}
