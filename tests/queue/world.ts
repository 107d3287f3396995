import { setTimeout as sleep } from 'node:timers/promises';
import type { Backend } from '../../src/queue/backend.ts';
import { createDoorbell } from '../../src/queue/doorbell.ts';
import { patientOutbox } from '../../src/queue/patience.ts';
import { startSweeper } from '../../src/queue/sweeper.ts';
import { startWorker } from '../../src/queue/worker.ts';
import { defaultBreaker } from '../../src/routing/breaker.ts';
import type { Send } from '../../src/routing/deliver.ts';
import { createDeliver } from '../../src/routing/deliver.ts';
import type { Delivery } from '../../src/routing/delivery.ts';
import { ringsFor } from '../../src/routing/delivery.ts';
import { createDesk } from '../../src/routing/desk.ts';
import type { AgencyEntry, LookUp } from '../../src/routing/directory.ts';
import type { Outcome } from '../../src/routing/outcome.ts';
import type { RetrySchedules } from '../../src/routing/retry.ts';
import { defaultSchedules } from '../../src/routing/retry.ts';
import { bookWith } from '../support/route-books.ts';
import { MemoryOutbox, newDelivery } from './memory-outbox.ts';
import { idOf, silent } from './places.ts';

/** What a pretended recipient does. */
export type Behaviour = (agencyId: string, deliveryId: string) => Promise<Outcome>;

export interface WorldSettings {
  readonly behave?: Behaviour;
  readonly urgent?: number;
  readonly ordinary?: number;
  readonly schedules?: RetrySchedules;
}

const now = () => new Date();
let made = 1_000_000;

/** Every code is that of an active agency, whose id it also is. */
export const lookUp: LookUp = async (codes) => new Map(codes.map((code) => [code, agencyOf(code)]));

function agencyOf(id: string): AgencyEntry {
  return { id, name: id, status: 'active', codeValid: true, channel: 'push', signaturePolicy: 'required', certificates: [] };
}

/** A new id. */
export function newId(): string {
  made += 1;
  return idOf(made);
}

/** A gateway of the way out alone: real queue, store and recipients in memory. */
export async function startWorld(backend: Backend, settings: WorldSettings = {}) {
  const store = new MemoryOutbox();
  const doorbell = createDoorbell(backend, silent);
  const schedules = settings.schedules ?? defaultSchedules;
  const recipients = pretend(settings.behave ?? (async () => ({ kind: 'delivered', detail: 'ok' })));
  const signReceipt = async () => '<receipt/>';
  const outbox = patientOutbox(store, silent, { pause: 100, claim: 15_000, settle: 15_000 });
  const deliver = createDeliver(
    { outbox, send: recipients.send, signReceipt, report: () => undefined, newId, now, random: () => 0.5 },
    { gateway: 'test', schedules, breaker: defaultBreaker },
  );
  const concurrency = { urgent: settings.urgent ?? 16, ordinary: settings.ordinary ?? 32 };
  const worker = await startWorker(backend, { outbox, deliver, ring: doorbell.ring, now, log: silent }, { concurrency });
  const desk = createDesk(
    { ...bookWith(), locks: store, lookUp, signReceipt, ring: doorbell.ring, newId, now },
    { gateway: 'test', province: ['H61'], schedules },
  );
  return {
    store,
    doorbell,
    worker,
    desk,
    recipients,
    /** Puts a delivery into the store and rings for it, as an acceptance does. */
    accept(agencyId: string, more: Partial<Delivery> = {}): Delivery {
      const delivery = store.put(newDelivery(newId(), agencyId, more));
      doorbell.ring(ringsFor(delivery));
      return delivery;
    },
    sweep: () => startSweeper({ overdue: store, plans: store.replays, desk, ring: doorbell.ring, now, log: silent }),
    async close() {
      await worker.close(5000);
      await doorbell.close();
    },
  };
}

/** Recipients that note who is under way to them. */
function pretend(behave: Behaviour) {
  const under = new Map<string, number>();
  const most = new Map<string, number>();
  const tries = new Map<string, number>();
  const order: string[] = [];
  const send: Send = async ({ delivery, target: { agencyId } }) => {
    const running = (under.get(agencyId) ?? 0) + 1;
    under.set(agencyId, running);
    most.set(agencyId, Math.max(most.get(agencyId) ?? 0, running));
    tries.set(agencyId, (tries.get(agencyId) ?? 0) + 1);
    try {
      const outcome = await behave(agencyId, delivery.id);
      if (outcome.kind === 'delivered') order.push(delivery.id);
      return outcome;
    } finally {
      under.set(agencyId, (under.get(agencyId) ?? 1) - 1);
    }
  };
  return {
    send,
    /** Ids in the order of delivery. */
    order,
    mostAtOnce: (agencyId: string) => most.get(agencyId) ?? 0,
    tries: (agencyId: string) => tries.get(agencyId) ?? 0,
  };
}

/** A recipient that takes so many milliseconds for each package. */
export function taking(milliseconds: number): Behaviour {
  return async () => {
    await sleep(milliseconds);
    return { kind: 'delivered', detail: 'ok' };
  };
}
