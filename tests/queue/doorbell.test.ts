import type { Backend } from '../../src/queue/backend.ts';
import { createDoorbell } from '../../src/queue/doorbell.ts';
import type { Ring } from '../../src/routing/ports.ts';
import type { TestPlace } from './places.ts';
import { newRing, places, silent, until } from './places.ts';

describe.each(places)('the doorbell on %s', (_, makePlace) => {
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
  afterEach(() => place.flush());

  /** Answers both lanes while `work` runs; `hold` keeps an answer back until it resolves. */
  async function answered(work: (heard: Ring[]) => Promise<void>, hold: (ring: Ring) => Promise<void> = async () => undefined) {
    const heard: Ring[] = [];
    const handle = async (ring: Ring) => {
      heard.push(ring);
      await hold(ring);
      return 'done' as const;
    };
    const listeners = [await backend.listen('urgent', 8, handle), await backend.listen('ordinary', 8, handle)];
    try {
      await work(heard);
    } finally {
      for (const listener of listeners) await listener.close();
    }
  }

  it('brings a ring to the worker of its lane', async () => {
    const doorbell = createDoorbell(backend, silent);
    const rings = [newRing(), newRing({ lane: 'urgent', turn: 7 })];
    await answered(async (heard) => {
      doorbell.ring(rings);
      await until('both rings', () => heard.length === 2);
      expect(new Set(heard)).toEqual(new Set(rings));
    });
    await doorbell.close();
  });

  it('rings once for the same delivery in the same turn, and again in the next turn', async () => {
    const doorbell = createDoorbell(backend, silent);
    const ring = newRing();
    const { promise: held, open } = gate();
    await answered(
      async (heard) => {
        doorbell.ring([ring, ring]);
        await until('the first', () => heard.length === 1);
        doorbell.ring([ring]);
        doorbell.ring([{ ...ring, turn: 2 }]);
        await until('the next turn', () => heard.length === 2);
        expect(heard.map(({ turn }) => turn)).toEqual([1, 2]);
        open();
        await until('all answered', async () => (await doorbell.depth()).ordinary.active === 0);
        doorbell.ring([ring]);
        await until('a late ring of the first turn', () => heard.length === 3);
      },
      () => held,
    );
    await doorbell.close();
  });

  it('takes 1,500 rings at once without making the caller wait, and brings each', async () => {
    const doorbell = createDoorbell(backend, silent);
    const rings = Array.from({ length: 1500 }, () => newRing());
    const before = process.cpuUsage();
    for (const ring of rings) doorbell.ring([ring]);
    const { user, system } = process.cpuUsage(before);
    expect((user + system) / 1000).toBeLessThan(100);
    await until('all lie there', async () => (await doorbell.depth()).ordinary.waiting === 1500);
    await answered(async (heard) => {
      await until('all rings', () => heard.length === 1500);
      expect(new Set(heard.map(({ deliveryId }) => deliveryId)).size).toBe(1500);
    });
    await doorbell.close();
  });

  it('rings late when asked to, and meanwhile for others', async () => {
    const doorbell = createDoorbell(backend, silent);
    const [late, now] = [newRing({ delay: 400 }), newRing()];
    await answered(async (heard) => {
      const since = Date.now();
      doorbell.ring([late]);
      await until('it lies there', async () => (await doorbell.depth()).ordinary.delayed === 1);
      doorbell.ring([now]);
      await until('both', () => heard.length === 2);
      expect(heard.map(({ deliveryId }) => deliveryId)).toEqual([now.deliveryId, late.deliveryId]);
      expect(Date.now() - since).toBeGreaterThanOrEqual(390);
      expect(Date.now() - since).toBeLessThan(1500);
    });
    await doorbell.close();
  });

  it('rings again, behind those that wait, when the worker says so', async () => {
    const doorbell = createDoorbell(backend, silent);
    const [first, second] = [newRing(), newRing()];
    const heard: string[] = [];
    // One after the other: rings that are put in together have no order among themselves.
    for (const [index, ring] of [first, second].entries()) {
      doorbell.ring([ring]);
      await until('it lies there', async () => (await doorbell.depth()).ordinary.waiting === index + 1);
    }
    const listener = await backend.listen('ordinary', 1, async ({ deliveryId }) => {
      heard.push(deliveryId);
      return heard.length === 1 ? 'again' : 'done';
    });
    await until('all', () => heard.length === 3).finally(() => listener.close());
    expect(heard).toEqual([first.deliveryId, second.deliveryId, first.deliveryId]);
    await doorbell.close();
  });

  it('leaves nothing behind of what was answered', async () => {
    const doorbell = createDoorbell(backend, silent);
    const nothing = { waiting: 0, delayed: 0, active: 0 };
    await answered(async (heard) => {
      doorbell.ring([newRing(), newRing({ lane: 'urgent' })]);
      await until('both', () => heard.length === 2);
    });
    expect(await doorbell.depth()).toEqual({ urgent: nothing, ordinary: nothing });
    await doorbell.close();
  });
});

describe('a doorbell whose queue does not answer', () => {
  const dead: Backend = {
    queue: () => ({ add: () => new Promise(() => undefined), depth: () => new Promise(() => undefined), close: async () => undefined }),
    listen: () => Promise.reject(new Error('away')),
    close: async () => undefined,
  };

  it('keeps no more than it can hold, says that it is dead, and closes', async () => {
    const doorbell = createDoorbell(dead, silent);
    expect(() => doorbell.ring(Array.from({ length: 50_000 }, () => newRing()))).not.toThrow();
    await expect(doorbell.depth()).rejects.toThrow('did not answer');
    const since = Date.now();
    await doorbell.close();
    expect(Date.now() - since).toBeLessThan(3000);
  });

  it('goes on after a call that failed', async () => {
    let calls = 0;
    const added: string[] = [];
    const failing: Backend = {
      ...dead,
      queue: () => ({
        ...dead.queue('urgent'),
        async add(rings) {
          calls += 1;
          if (calls === 1) throw new Error('away');
          added.push(...rings.map(({ deliveryId }) => deliveryId));
        },
      }),
    };
    const doorbell = createDoorbell(failing, silent);
    const [lost, kept] = [newRing(), newRing()];
    doorbell.ring([lost]);
    await until('the first call', () => calls === 1);
    doorbell.ring([kept]);
    await doorbell.close();
    expect(added).toEqual([kept.deliveryId]);
  });
});

/** A promise and what resolves it. */
function gate(): { promise: Promise<void>; open: () => void } {
  const opener: { open?: () => void } = {};
  const promise = new Promise<void>((resolve) => {
    opener.open = resolve;
  });
  return { promise, open: () => opener.open?.() };
}
