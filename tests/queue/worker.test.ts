import { setTimeout as sleep } from 'node:timers/promises';
import type { Backend } from '../../src/queue/backend.ts';
import { ringsFor } from '../../src/routing/delivery.ts';
import { defaultSchedules } from '../../src/routing/retry.ts';
import { newDelivery } from './memory-outbox.ts';
import type { TestPlace } from './places.ts';
import { idOf, places, until } from './places.ts';
import type { WorldSettings } from './world.ts';
import { newId, startWorld, taking } from './world.ts';

const agency = (n: number) => idOf(500_000 + n);
const secondsAgo = (seconds: number) => new Date(Date.now() - seconds * 1000);
type World = Awaited<ReturnType<typeof startWorld>>;

describe.each(places)('a worker with its queue on %s', (_, makePlace) => {
  let place: TestPlace;
  let backend: Backend;
  beforeAll(async () => {
    place = await makePlace();
    backend = await place.open();
  });
  afterAll(async () => {
    await backend.close();
    await place.close();
  });

  async function inWorld(settings: WorldSettings, work: (world: World) => Promise<void>) {
    const world = await startWorld(backend, settings);
    try {
      await work(world);
    } finally {
      await world.close();
      await place.flush();
    }
  }

  it('delivers what is rung, once', () =>
    inWorld({}, async (world) => {
      const delivery = world.accept(agency(1));
      world.doorbell.ring([{ deliveryId: delivery.id, turn: 1, lane: 'ordinary', agencyId: agency(1) }]);
      await until('it is delivered', () => world.store.count('delivered') === 1);
      expect(world.recipients.tries(agency(1))).toBe(1);
      expect(world.store.delivery(delivery.id)).toMatchObject({ state: 'delivered', attempts: 1 });
    }));

  it('delivers what its own process accepts without a ring in the queue', () =>
    inWorld({ behave: taking(300) }, async (world) => {
      const delivery = world.store.put(newDelivery(newId(), agency(1)));
      world.worker.ring(ringsFor(delivery));
      await until('it is under way', () => world.worker.running() === 1);
      expect((await world.doorbell.depth()).ordinary).toEqual({ waiting: 0, delayed: 0, active: 0 });
      await until('it is delivered', () => world.store.count('delivered') === 1);
    }));

  it('gives to the queue what is more than its lane has room for, and waits for its own when it closes', () =>
    inWorld({ behave: taking(200), ordinary: 4 }, async (world) => {
      const deliveries = Array.from({ length: 12 }, (_, i) => world.store.put(newDelivery(newId(), agency(i))));
      world.worker.ring(deliveries.flatMap(ringsFor));
      await until('the lane is full', () => world.worker.running() >= 4);
      await until('the rest rings', async () => {
        const { waiting, active } = (await world.doorbell.depth()).ordinary;
        return waiting + active >= 1;
      });
      await world.worker.close(5000);
      expect(world.worker.running()).toBe(0);
      expect(world.store.count('delivered')).toBeGreaterThanOrEqual(4);
    }));

  it('brings an urgent one in although 2,000 ordinary ones wait', () =>
    inWorld({ behave: taking(20), ordinary: 8 }, async (world) => {
      for (let i = 0; i < 2000; i += 1) world.accept(agency(i % 200));
      await until('some ordinary ones', () => world.store.count('delivered') > 50);
      const since = Date.now();
      const urgent = world.accept(agency(0), { urgency: 3 });
      await until('the urgent one', () => world.store.delivery(urgent.id).state === 'delivered');
      expect(Date.now() - since).toBeLessThan(3000);
      expect(world.store.count('waiting')).toBeGreaterThan(500);
    }));

  it('keeps within the cap of a recipient, with one slot free for urgent ones', () =>
    inWorld({ behave: taking(30) }, async (world) => {
      world.store.caps.set(agency(1), 3);
      for (let i = 0; i < 40; i += 1) world.accept(agency(1));
      await until('some', () => world.store.count('delivered') > 5);
      expect(world.recipients.mostAtOnce(agency(1))).toBeLessThanOrEqual(2);
      const urgent = Array.from({ length: 5 }, () => world.accept(agency(1), { urgency: 2 }));
      await until('the urgent ones', () => urgent.every(({ id }) => world.store.delivery(id).state === 'delivered'));
      expect(world.store.count('waiting')).toBeGreaterThan(5);
      await until('all', () => world.store.count('delivered') === 45);
      expect(world.recipients.mostAtOnce(agency(1))).toBeLessThanOrEqual(3);
    }));

  it('brings a whole backlog in after a few late rings', () =>
    inWorld({ behave: taking(2) }, async (world) => {
      for (let i = 0; i < 300; i += 1) world.store.put(newDelivery(newId(), agency(1), { dueAt: secondsAgo(60) }));
      const [first] = world.store.rows.keys();
      world.doorbell.ring([{ deliveryId: first ?? '', turn: 1, lane: 'ordinary', agencyId: agency(1) }]);
      await until('all', () => world.store.count('delivered') === 300);
    }));

  it('puts no rings into the queue for a recipient that it is busy with', () =>
    inWorld({ behave: taking(30) }, async (world) => {
      world.store.caps.set(agency(1), 1);
      world.accept(agency(1));
      await until('it is under way', () => world.worker.running() === 1);
      for (let i = 0; i < 20; i += 1) {
        const { id } = world.store.put(newDelivery(newId(), agency(1), { urgency: i % 2 === 0 ? 0 : 3 }));
        world.worker.ring([{ deliveryId: id, turn: 1, lane: i % 2 === 0 ? 'ordinary' : 'urgent', agencyId: agency(1) }]);
      }
      const { urgent, ordinary } = await world.doorbell.depth();
      expect([urgent.waiting, ordinary.waiting]).toEqual([0, 0]);
      await until('all', () => world.store.count('delivered') === 21);
      expect(world.recipients.mostAtOnce(agency(1))).toBe(1);
    }));

  it('does not let the backlog of one recipient keep its place from others', () =>
    inWorld({ behave: taking(100), ordinary: 1 }, async (world) => {
      for (let i = 0; i < 60; i += 1) world.store.put(newDelivery(newId(), agency(1), { dueAt: secondsAgo(60) }));
      const [first] = world.store.rows.keys();
      world.doorbell.ring([{ deliveryId: first ?? '', turn: 1, lane: 'ordinary', agencyId: agency(1) }]);
      await until('it has begun', () => world.store.count('delivered') > 1);
      const other = world.accept(agency(2));
      await until('the other', () => world.store.delivery(other.id).state === 'delivered', 4000);
      expect(world.store.count('waiting')).toBeGreaterThan(20);
      await until('the backlog goes on', () => world.store.count('waiting') < 20);
    }));

  it('does not let one dead recipient of a hundred slow the others', () =>
    inWorld(
      {
        behave: async (agencyId) => {
          if (agencyId !== agency(0)) return { kind: 'delivered', detail: 'ok' };
          await sleep(2000);
          return { kind: 'unavailable', detail: 'no connection' };
        },
        ordinary: 8,
      },
      async (world) => {
        for (let i = 0; i < 50; i += 1) world.accept(agency(0));
        const since = Date.now();
        for (let i = 0; i < 297; i += 1) world.accept(agency(1 + (i % 99)));
        await until('all others', () => world.store.count('delivered') === 297);
        expect(Date.now() - since).toBeLessThan(5000);
        expect(world.recipients.mostAtOnce(agency(0))).toBeLessThanOrEqual(3);
      },
    ));

  it('answers rings for a recipient with an open breaker at once and makes no attempt', () =>
    inWorld({ ordinary: 1 }, async (world) => {
      world.store.breakers.set(agency(1), { failures: 9, probeAt: new Date(Date.now() + 60_000) });
      for (let i = 0; i < 20; i += 1) world.accept(agency(1));
      world.accept(agency(2));
      await until('the other recipient', () => world.store.count('delivered') === 1);
      expect(world.recipients.tries(agency(1))).toBe(0);
      expect(world.store.count('waiting')).toBe(20);
    }));

  it('tries again at the time that the schedule gives, without a sweeper', () => {
    let tries = 0;
    const schedule = { ...defaultSchedules[0], delays: [0.4] };
    const behave = async () => {
      tries += 1;
      return tries === 1 ? ({ kind: 'unavailable', detail: 'busy' } as const) : ({ kind: 'delivered', detail: 'ok' } as const);
    };
    return inWorld({ behave, schedules: { ...defaultSchedules, 0: schedule } }, async (world) => {
      const since = Date.now();
      const { id } = world.accept(agency(1));
      await until('the second attempt', () => world.store.delivery(id).state === 'delivered');
      expect(Date.now() - since).toBeGreaterThanOrEqual(400);
      expect(Date.now() - since).toBeLessThan(2000);
      expect(world.store.delivery(id)).toMatchObject({ turn: 2, attempts: 2 });
    });
  });

  it('delivers all although every ring was lost, because the sweeper rings again', () =>
    inWorld({ behave: taking(5), ordinary: 4 }, async (world) => {
      for (let i = 0; i < 150; i += 1) world.accept(agency(i % 10));
      await until('some', () => world.store.count('delivered') > 3);
      await place.flush();
      const sweeper = world.sweep();
      await until('all', () => world.store.count('delivered') === 150);
      await sweeper.close();
      expect([...new Set(world.recipients.order)]).toHaveLength(150);
      expect(world.recipients.order).toHaveLength(150);
    }));

  it('waits while the store is away, and nothing is delivered twice', () =>
    inWorld({ behave: taking(20) }, async (world) => {
      for (let i = 0; i < 40; i += 1) world.accept(agency(i));
      await until('some are under way', () => world.worker.running() > 5);
      world.store.away = true;
      await sleep(1500);
      world.store.away = false;
      await until('all', () => world.store.count('delivered') === 40, 5000);
      expect(world.recipients.order).toHaveLength(40);
    }));

  it('finishes what is under way when it is closed, and takes nothing more', async () => {
    const world = await startWorld(backend, { behave: taking(400), ordinary: 3 });
    for (let i = 0; i < 20; i += 1) world.accept(agency(i));
    await until('three are under way', () => world.worker.running() === 3);
    expect(await world.worker.close(5000)).toBe(true);
    expect(world.store.count('delivered')).toBe(3);
    expect([...world.store.rows.values()].filter(({ leased }) => leased)).toHaveLength(0);
    await world.doorbell.close();
    await place.flush();
  });

  it('does not wait longer than it may when it is closed', async () => {
    const world = await startWorld(backend, { behave: taking(1500) });
    world.accept(agency(1));
    await until('it is under way', () => world.worker.running() === 1);
    const since = Date.now();
    expect(await world.worker.close(200)).toBe(false);
    expect(Date.now() - since).toBeLessThan(1000);
    await until('it ends all the same', () => world.worker.running() === 0);
    await sleep(300);
    await world.doorbell.close();
    await place.flush();
  });

  it('goes on by itself within ten seconds after the place of the queue was away', async () => {
    const { goAway } = place;
    if (goAway === undefined) return;
    await inWorld({ behave: taking(20) }, async (world) => {
      const sweeper = world.sweep();
      for (let i = 0; i < 60; i += 1) world.accept(agency(i));
      await until('some', () => world.store.count('delivered') > 3);
      await goAway(2500);
      const since = Date.now();
      const after = world.accept(agency(99));
      await until('all', () => world.store.count('waiting') === 0, 10_000);
      expect(world.store.delivery(after.id).state).toBe('delivered');
      expect(Date.now() - since).toBeLessThan(10_000);
      expect(world.recipients.order).toHaveLength(61);
      await sweeper.close();
    });
  });
});
