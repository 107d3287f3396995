import type { SweeperSettings } from '../../src/queue/sweeper.ts';
import { createSweep, defaultSweep, startSweeper } from '../../src/queue/sweeper.ts';
import { createDesk } from '../../src/routing/desk.ts';
import type { Ring } from '../../src/routing/ports.ts';
import { defaultSchedules } from '../../src/routing/retry.ts';
import { bookWith } from '../support/route-books.ts';
import { MemoryOutbox, newDelivery } from './memory-outbox.ts';
import { idOf, silent, until } from './places.ts';
import { lookUp, newId } from './world.ts';

const now = () => new Date();
const ago = (seconds: number) => new Date(Date.now() - seconds * 1000);
const agency = idOf(7);

function setUp(settings: Partial<SweeperSettings> = {}) {
  const store = new MemoryOutbox();
  const rings: Ring[] = [];
  const ring = (more: readonly Ring[]) => void rings.push(...more);
  const signReceipt = async () => '<receipt/>';
  const desk = createDesk(
    { ...bookWith(), locks: store, lookUp, signReceipt, ring, newId, now },
    { gateway: 'test', province: ['H61'], schedules: defaultSchedules },
  );
  const ports = { overdue: store, plans: store.replays, desk, ring, now, log: silent };
  return { store, rings, ports, sweep: createSweep(ports, { ...defaultSweep, ...settings }) };
}

/** Failed deliveries and a plan to replay them. */
function plan(store: MemoryOutbox, count: number) {
  const ids = Array.from(
    { length: count },
    () => store.put(newDelivery(newId(), agency, { state: 'failed', problem: { code: 'GATEWAY_FAULT' } })).id,
  );
  const id = newId();
  const about = { id, createdAt: now(), actor: 'operator:lan', reason: 'mạng đã thông', filter: {}, total: count, replayed: 0, skipped: 0 };
  store.plans.set(id, { plan: about, items: new Map(ids.map((one) => [one, undefined])) });
  return { id, ids };
}

describe('a sweep', () => {
  it('rings for what is overdue and not for what was only just due, is held, or whose recipient is away', async () => {
    const { store, rings, sweep } = setUp();
    const late = store.put(newDelivery(newId(), agency, { dueAt: ago(2), urgency: 2, turn: 3 }));
    store.put(newDelivery(newId(), agency));
    store.put(newDelivery(newId(), agency, { dueAt: ago(2), state: 'held', problem: { code: 'GATEWAY_FAULT' } }));
    store.put(newDelivery(newId(), idOf(8), { dueAt: ago(2) }));
    store.breakers.set(idOf(8), { failures: 9, probeAt: new Date(Date.now() + 60_000) });
    await sweep();
    expect(rings).toEqual([{ deliveryId: late.id, turn: 3, lane: 'urgent', agencyId: agency }]);
  });

  it('rings a few times only for the backlog of one recipient', async () => {
    const { store, rings, sweep } = setUp();
    for (let i = 0; i < 100; i += 1) store.put(newDelivery(newId(), agency, { dueAt: ago(2) }));
    await sweep();
    expect(rings).toHaveLength(defaultSweep.ringsPerRecipient);
  });

  it('ends what is past its deadline, with a receipt and an event, whatever its channel', async () => {
    const { store, sweep } = setUp();
    const push = store.put(newDelivery(newId(), agency, { deadlineAt: ago(1) }));
    const inbox = store.put(newDelivery(newId(), agency, { deadlineAt: ago(1), channel: 'inbox' }));
    const early = store.put(newDelivery(newId(), agency));
    await sweep();
    expect(store.delivery(push.id)).toMatchObject({ state: 'expired', problem: { code: 'DEADLINE_PASSED' } });
    expect(store.delivery(inbox.id)).toMatchObject({ state: 'expired', attempts: 0 });
    expect(store.delivery(early.id).state).toBe('waiting');
    expect(store.changes).toHaveLength(2);
    for (const { receipt, event } of store.changes) {
      expect(receipt).toMatchObject({ kind: 'expired', xml: '<receipt/>' });
      expect(event).toMatchObject({ name: 'delivery.expired', actor: 'gateway', from: 'waiting', to: 'expired' });
    }
  });

  it('leaves alone a late one that a worker is at', async () => {
    const { store, ports } = setUp();
    const { id } = store.put(newDelivery(newId(), agency, { deadlineAt: ago(1) }));
    store.row(id).leased = true;
    await ports.desk.expire(id);
    expect(store.delivery(id).state).toBe('waiting');
  });

  it('goes past one that fails', async () => {
    const { store, ports, sweep } = setUp();
    const [bad, good] = [newId(), newId()];
    for (const id of [bad, good]) store.put(newDelivery(id, agency, { deadlineAt: ago(1) }));
    const { expire } = ports.desk;
    ports.desk.expire = async (id) => (id === bad ? Promise.reject(new Error('no key')) : expire(id));
    await sweep();
    expect(store.delivery(good).state).toBe('expired');
  });

  it('never throws when the store is away, and works when it is back', async () => {
    const { store, rings, sweep } = setUp();
    store.put(newDelivery(newId(), agency, { dueAt: ago(2) }));
    store.away = true;
    await sweep();
    store.away = false;
    await sweep();
    expect(rings).toHaveLength(1);
  });
});

describe('a replay plan', () => {
  it('is carried out a part at a time, with its actor and reason, and then finished', async () => {
    const { store, sweep } = setUp({ replays: 4 });
    const { id, ids } = plan(store, 10);
    await sweep();
    expect(store.count('waiting')).toBe(4);
    for (let i = 0; i < 3; i += 1) await sweep();
    expect(ids.map((one) => store.delivery(one).state)).toEqual(Array(10).fill('waiting'));
    expect(store.plans.get(id)?.plan.finishedAt).toBeDefined();
    expect(store.changes.map(({ event }) => event.actor)).toEqual(Array(10).fill('operator:lan'));
    expect(store.changes[0]?.event).toMatchObject({ name: 'delivery.replayed', reason: 'mạng đã thông' });
  });

  it('skips what may not be replayed', async () => {
    const { store, sweep } = setUp();
    const { id, ids } = plan(store, 3);
    const [cancelled = ''] = ids;
    store.row(cancelled).delivery = { ...store.delivery(cancelled), state: 'cancelled', problem: { code: 'CANCELLED_BY_OPERATOR' } };
    await sweep();
    await sweep();
    expect(store.plans.get(id)?.items.get(cancelled)).toBe('skipped');
    expect([...(store.plans.get(id)?.items.values() ?? [])].filter((result) => result === 'replayed')).toHaveLength(2);
    expect(store.plans.get(id)?.plan.finishedAt).toBeDefined();
  });

  it('goes on after a crash and replays none twice, even one that was delivered meanwhile', async () => {
    const { store, ports, sweep } = setUp({ replays: 5 });
    const { id, ids } = plan(store, 10);
    const { replay } = ports.desk;
    let calls = 0;
    ports.desk.replay = async (...args) => {
      calls += 1;
      const after = await replay(...args);
      if (calls === 3) throw new Error('the process ended here');
      return after;
    };
    await sweep();
    const third = ids[2] ?? '';
    expect(store.plans.get(id)?.items.get(third)).toBe('replayed');
    store.row(third).delivery = { ...store.delivery(third), state: 'delivered' };
    for (let i = 0; i < 4; i += 1) await sweep();
    expect(store.plans.get(id)?.plan.finishedAt).toBeDefined();
    expect(ids.map((one) => store.delivery(one).turn)).toEqual(Array(10).fill(2));
    expect(store.delivery(third).state).toBe('delivered');
  });

  it('is not carried out twice by two sweepers at once', async () => {
    const { store, ports, sweep } = setUp();
    const other = createSweep(ports, defaultSweep);
    const { id, ids } = plan(store, 30);
    await Promise.all([sweep(), other()]);
    await Promise.all([sweep(), other()]);
    expect(ids.map((one) => store.delivery(one).turn)).toEqual(Array(30).fill(2));
    expect(new Set(store.plans.get(id)?.items.values())).toEqual(new Set(['replayed']));
  });

  it('waits while the workers are behind', async () => {
    const { store, sweep } = setUp({ busyFrom: 3 });
    for (let i = 0; i < 3; i += 1) store.put(newDelivery(newId(), idOf(20 + i), { dueAt: ago(2) }));
    const { ids } = plan(store, 2);
    await sweep();
    expect(store.delivery(ids[0] ?? '').state).toBe('failed');
    for (const row of store.rows.values()) row.leased = row.delivery.state === 'waiting';
    await sweep();
    expect(store.delivery(ids[0] ?? '').state).toBe('waiting');
  });
});

describe('a sweeper', () => {
  it('sweeps again and again until it is closed', async () => {
    const { store, rings, ports } = setUp();
    store.put(newDelivery(newId(), agency, { dueAt: ago(2) }));
    const sweeper = startSweeper(ports, { ...defaultSweep, every: 10 });
    await until('three sweeps', () => rings.length >= 3);
    await sweeper.close();
    const { length } = rings;
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(rings).toHaveLength(length);
  });
});
