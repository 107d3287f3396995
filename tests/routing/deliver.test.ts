import { closedBreaker, defaultBreaker } from '../../src/routing/breaker.ts';
import type { DeliverPorts } from '../../src/routing/deliver.ts';
import { createDeliver } from '../../src/routing/deliver.ts';
import type { Delivery } from '../../src/routing/delivery.ts';
import type { Claim, Settlement } from '../../src/routing/outbox.ts';
import type { Outcome } from '../../src/routing/outcome.ts';
import { defaultSchedules } from '../../src/routing/retry.ts';
import { MemoryOutbox, newDelivery } from '../queue/memory-outbox.ts';

const agency = 'agency';
const now = new Date();

function setUp(outcome: Outcome | Error, more: Partial<Delivery> = {}) {
  const store = new MemoryOutbox();
  const { id } = store.put(newDelivery('delivery', agency, more));
  const reports: [Claim, Settlement][] = [];
  let sent = 0;
  let ids = 0;
  const ports: DeliverPorts = {
    outbox: store,
    send: async () => {
      sent += 1;
      if (outcome instanceof Error) throw outcome;
      return outcome;
    },
    signReceipt: async ({ kind }) => `<${kind}/>`,
    report: (claim, settlement) => void reports.push([claim, settlement]),
    newId: () => {
      ids += 1;
      return `id-${ids}`;
    },
    now: () => now,
    random: () => 0.5,
  };
  const deliver = createDeliver(ports, { gateway: 'gateway', schedules: defaultSchedules, breaker: defaultBreaker });
  const claim = async () => {
    const claimed = await store.claim(id, store.delivery(id).turn);
    if (claimed === null) throw new Error('not claimed');
    return claimed;
  };
  return { store, id, reports, deliver, claim, sent: () => sent };
}

const busy: Outcome = { kind: 'unavailable', detail: 'HTTP 503', httpStatus: 503 };

describe('the way out of a claimed delivery', () => {
  it('records attempt, state, receipt and event of a delivery together, and reports once', async () => {
    const { store, id, reports, deliver, claim } = setUp({ kind: 'delivered', detail: 'HTTP 200', httpStatus: 200 });
    expect(await deliver(await claim())).toMatchObject({ did: 'settled', move: { delivery: { state: 'delivered' } } });
    expect(store.settlements).toHaveLength(1);
    expect(store.settlements[0]).toMatchObject({
      attempt: { result: { kind: 'delivered', httpStatus: 200 } },
      receipt: { kind: 'delivered', xml: '<delivered/>', gateway: 'gateway', delivery: { id, attempts: 1, recipient: agency } },
      event: { name: 'delivery.delivered', actor: 'gateway', deliveryId: id, from: 'waiting', to: 'delivered', reason: 'HTTP 200' },
    });
    expect(reports.map(([claimed, settlement]) => [claimed.delivery.id, settlement])).toEqual([[id, store.settlements[0]]]);
  });

  it('puts off what finds nobody: no receipt, one failure more for the breaker', async () => {
    const { store, deliver, claim } = setUp(busy);
    store.breakers.set(agency, { failures: 4 });
    expect(await deliver(await claim())).toMatchObject({ did: 'settled', move: { delivery: { state: 'waiting', turn: 2 } } });
    expect(store.settlements[0]?.receipt).toBeUndefined();
    expect(store.settlements[0]?.breaker).toEqual({ failures: 5, probeAt: new Date(now.getTime() + 10_000) });
  });

  it('states every reason of a refusal in a receipt; the recipient is there, so its breaker closes', async () => {
    const { store, deliver, claim } = setUp({ kind: 'refused', detail: 'HTTP 422: sai' });
    store.breakers.set(agency, { failures: 3 });
    await deliver(await claim());
    expect(store.settlements[0]).toMatchObject({
      receipt: { kind: 'failed', problems: [{ code: 'REFUSED_BY_RECIPIENT', params: { reason: 'HTTP 422: sai' } }] },
      breaker: closedBreaker,
    });
  });

  it('takes whatever is thrown for a fault of ours, which says nothing of the recipient', async () => {
    const { store, id, deliver, claim } = setUp(new Error('the content could not be read'));
    await deliver(await claim());
    expect(store.settlements[0]?.attempt.result).toEqual({ kind: 'fault', detail: 'the content could not be read' });
    expect(store.settlements[0]?.breaker).toBeUndefined();
    expect(store.delivery(id)).toMatchObject({ state: 'waiting', faults: 1, attempts: 0 });
  });

  it('does not send what another worker may have sent when it stopped', async () => {
    const { store, id, deliver, claim, sent } = setUp(busy);
    store.row(id).interrupted = true;
    await deliver(await claim());
    expect(sent()).toBe(0);
    expect(store.settlements[0]?.attempt.result).toMatchObject({ kind: 'fault', detail: 'the worker stopped during the attempt' });
  });

  it('records nothing and reports nothing when it has lost its lease', async () => {
    const { store, id, reports, deliver, claim } = setUp(busy);
    const claimed = await claim();
    store.row(id).delivery = { ...store.delivery(id), turn: 9 };
    expect(await deliver(claimed)).toEqual({ did: 'lost' });
    expect(store.settlements).toHaveLength(0);
    expect(reports).toHaveLength(0);
  });

  it('throws when the store is away, for the lease to run out', async () => {
    const { store, deliver, claim } = setUp(busy);
    const claimed = await claim();
    store.away = true;
    await expect(deliver(claimed)).rejects.toThrow('ENOENT');
  });

  it('uses the schedule of the urgency', async () => {
    const { store, id, deliver, claim } = setUp(busy, { urgency: 3 });
    await deliver(await claim());
    expect(store.delivery(id).dueAt).toEqual(new Date(now.getTime() + 5000));
  });
});
