import { setTimeout as pause } from 'node:timers/promises';
import type { Lane } from '../routing/delivery.ts';
import type { Ring, RingQueue } from '../routing/ports.ts';
import type { Backend, LaneDepth, LaneQueue } from './backend.ts';
import { ringId } from './backend.ts';
import type { Outage, QueueLog } from './outage.ts';
import { createOutage } from './outage.ts';

/** The doorbell of the workers, as those who accept and move deliveries hold it. */
export interface Doorbell {
  /** Collects rings and returns at once; what can't be put in, because the queue is away, is left to the sweeper. */
  readonly ring: RingQueue;
  /** How many rings lie in each lane. Throws when the queue does not answer within two seconds. */
  depth(): Promise<Readonly<Record<Lane, LaneDepth>>>;
  /** Puts in what is collected, for two seconds at most. */
  close(): Promise<void>;
}

/** Rings that are kept while the queue is slow or away; those beyond are dropped. */
const mostKept = 10_000;
const mostAtOnce = 500;
/** Between two bulk calls, so that under load a call carries many rings. */
const gatherFor = 3;
const patience = 2000;

/** Opens the doorbell over a backend. */
export function createDoorbell(backend: Backend, log: QueueLog): Doorbell {
  const outage = createOutage(log, 'ringing');
  const queues: Record<Lane, LaneQueue> = { urgent: backend.queue('urgent'), ordinary: backend.queue('ordinary') };
  const bells: Record<Lane, Bell> = {
    urgent: createBell(queues.urgent, outage),
    ordinary: createBell(queues.ordinary, outage),
  };
  return {
    ring(rings) {
      for (const ring of rings) bells[ring.lane].push(ring);
    },
    async depth() {
      const [urgent, ordinary] = await within(patience, Promise.all([queues.urgent.depth(), queues.ordinary.depth()]));
      return { urgent, ordinary };
    },
    async close() {
      const ends = [bells.urgent.idle(), bells.ordinary.idle()];
      await within(patience, Promise.all(ends)).catch(outage.failed);
      await within(patience, Promise.all([queues.urgent.close(), queues.ordinary.close()])).catch(outage.failed);
    },
  };
}

interface Bell {
  push(ring: Ring): void;
  idle(): Promise<void>;
}

function createBell(queue: LaneQueue, outage: Outage): Bell {
  const kept = new Map<string, Ring>();
  let flushing: Promise<void> | undefined;

  async function flush(): Promise<void> {
    // What is rung in the same tick goes in one call.
    await new Promise<void>((resolve) => setImmediate(resolve));
    while (kept.size > 0) {
      await queue.add(takeBatch(kept)).then(outage.worked, outage.failed);
      if (kept.size > 0 && kept.size < mostAtOnce) await pause(gatherFor);
    }
    flushing = undefined;
  }

  return {
    push(ring) {
      if (kept.size >= mostKept) return;
      kept.set(ringId(ring), ring);
      flushing ??= flush();
    },
    idle: async () => flushing,
  };
}

function takeBatch(kept: Map<string, Ring>): Ring[] {
  const batch: Ring[] = [];
  for (const [id, ring] of kept) {
    if (batch.length === mostAtOnce) break;
    batch.push(ring);
    kept.delete(id);
  }
  return batch;
}

async function within<T>(milliseconds: number, work: Promise<T>): Promise<T> {
  const timer = new AbortController();
  const late = pause(milliseconds, undefined, { signal: timer.signal }).then(() => {
    throw new Error(`the queue did not answer within ${milliseconds} ms`);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    timer.abort();
    late.catch(() => undefined);
  }
}
