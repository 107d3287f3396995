import type pg from 'pg';
import { createOutbox } from '../../src/adapters/postgres/outbox.ts';
import { closedBreaker } from '../../src/routing/breaker.ts';
import type { Delivery } from '../../src/routing/delivery.ts';
import { afterAttempt } from '../../src/routing/delivery.ts';
import type { Claim, Outbox, Settlement } from '../../src/routing/outbox.ts';
import type { AttemptResult } from '../../src/routing/outcome.ts';
import { defaultSchedules } from '../../src/routing/retry.ts';
import { MemoryOutbox, newDelivery } from '../queue/memory-outbox.ts';
import { acceptanceOf, agencyWith, newId } from '../support/acceptance.ts';
import { now, storeOnPostgres } from './stores.ts';

const sender = agencyWith('000.00.12.H61');
const agencies = Array.from({ length: 10 }, (_, i) => {
  return agencyWith(`000.00.${String(i + 20)}.H61`, { channel: 'push', pushUrl: `http://localhost:${i + 1}/in` });
});

/** The way out over one store, with what happens to it from outside. */
interface World {
  readonly outbox: Outbox;
  /** The same store as another worker sees it. */
  readonly other: Outbox;
  put(agencyId: string, more?: Partial<Delivery>): Promise<string>;
  /** The worker that has the lease was silent until it ran out. */
  runOut(id: string): Promise<void>;
  /** The time of the next probe of this recipient has come. */
  probeNow(agencyId: string): Promise<void>;
  close(): Promise<void>;
}

function inMemory(): World {
  const outbox = new MemoryOutbox();
  return {
    outbox,
    other: outbox,
    put: async (agencyId, more) => outbox.put(newDelivery(newId(), agencyId, more)).id,
    async runOut(id) {
      Object.assign(outbox.row(id), { leased: false, interrupted: true });
    },
    async probeNow(agencyId) {
      outbox.breakers.set(agencyId, { ...(outbox.breakers.get(agencyId) ?? closedBreaker), probeAt: new Date(Date.now() - 1000) });
    },
    close: async () => undefined,
  };
}

async function onPostgres(): Promise<World> {
  const store = await storeOnPostgres([sender, ...agencies]);
  const pool: pg.Pool = store.pool;
  const lease = { seconds: 90, secondsPerMb: 1 };
  return {
    outbox: createOutbox(pool, { worker: 1, ...lease }, now),
    other: createOutbox(pool, { worker: 2, ...lease }, now),
    async put(agencyId, more = {}) {
      const agency = agencies.find(({ id }) => id === agencyId);
      if (agency === undefined) throw new Error(`no agency ${agencyId}`);
      const acceptance = acceptanceOf(sender, [{ agency }]);
      const deliveries = acceptance.deliveries.map((one) => ({ ...one, ...more }));
      await store.intake.accept({ ...acceptance, deliveries });
      return acceptance.deliveries[0]?.id as string;
    },
    async runOut(id) {
      await pool.query(`update deliveries set lease_until = now() - interval '1 s' where id = $1`, [id]);
    },
    async probeNow(agencyId) {
      await pool.query(`update breakers set probe_at = now() - interval '1 s' where agency_id = $1`, [agencyId]);
    },
    close: store.close,
  };
}

function settlementOf(claim: Claim, result: AttemptResult, more: Partial<Settlement> = {}): Settlement {
  const at = new Date();
  const move = afterAttempt(claim.delivery, result, defaultSchedules[0], at, 0.5);
  const about = { packageId: claim.package.id, deliveryId: claim.delivery.id };
  const event = { name: move.event, at, actor: 'gateway', ...about, from: claim.delivery.state, to: move.delivery.state };
  return { attempt: { id: newId(), result, startedAt: at, finishedAt: at }, move, event, ...more };
}

const delivered: AttemptResult = { kind: 'delivered', detail: 'ok' };
const unavailable: AttemptResult = { kind: 'unavailable', detail: 'HTTP 503' };
const ago = (seconds: number) => new Date(Date.now() - seconds * 1000);
const there = (claims: readonly (Claim | null)[]) => claims.filter((claim) => claim !== null);

const makers: [string, () => World | Promise<World>][] = [
  ['in memory', inMemory],
  ['on PostgreSQL', onPostgres],
];

describe.each(makers)('an outbox %s', (_, make) => {
  let world: World;
  let outbox: Outbox;
  let used = 0;
  let agencyId: string;
  beforeAll(async () => {
    world = await make();
    outbox = world.outbox;
    used = 0;
  });
  afterAll(() => world.close());
  beforeEach(() => {
    agencyId = agencies[used]?.id as string;
    used += 1;
  });

  it('gives a delivery to one of many claimers, in its turn only', async () => {
    const id = await world.put(agencyId);
    expect(await outbox.claim(id, 2)).toBeNull();
    expect(await outbox.claim(newId(), 1)).toBeNull();
    const claims = there(await Promise.all(Array.from({ length: 10 }, (_, i) => (i % 2 ? outbox : world.other).claim(id, 1))));
    expect(claims).toHaveLength(1);
    expect(claims[0]).toMatchObject({
      interrupted: false,
      delivery: { id, agencyId, turn: 1 },
      target: { agencyId, concurrency: 4 },
      breaker: { failures: 0 },
      package: { id: claims[0]?.delivery.packageId, runs: [] },
    });
  });

  it('claims neither what is not due nor what may not go', async () => {
    const tomorrow = await world.put(agencyId, { dueAt: ago(-86_400) });
    const gated = await world.put(agencyId, { gate: 'match' });
    const held = await world.put(agencyId, { state: 'held', problem: { code: 'HELD_BY_OPERATOR' } });
    for (const id of [tomorrow, gated, held]) expect(await outbox.claim(id, 1)).toBeNull();
    expect(await outbox.claimNext(agencyId, 'ordinary')).toBeNull();
  });

  it('gives the next of a lane, the most urgent first, then the one due longest', async () => {
    const late = await world.put(agencyId, { urgency: 1, dueAt: ago(5) });
    const later = await world.put(agencyId, { urgency: 1, dueAt: ago(3) });
    const express = await world.put(agencyId, { urgency: 3 });
    const ordinary = await world.put(agencyId, { dueAt: ago(9) });
    const order: (string | undefined)[] = [];
    for (let i = 0; i < 4; i += 1) order.push((await outbox.claimNext(agencyId, 'urgent'))?.delivery.id);
    expect(order).toEqual([express, late, later, undefined]);
    expect((await outbox.claimNext(agencyId, 'ordinary'))?.delivery.id).toBe(ordinary);
    expect(await outbox.claimNext(agencyId, 'ordinary')).toBeNull();
  });

  it('gives concurrent claimers different deliveries', async () => {
    const ids = await Promise.all(Array.from({ length: 8 }, () => world.put(agencyId)));
    const claims: Claim[] = [];
    for (let round = 0; claims.length < 8 && round < 8; round += 1) {
      claims.push(...there(await Promise.all([outbox, world.other, outbox].map((one) => one.claimNext(agencyId, 'ordinary')))));
    }
    expect(claims.map(({ delivery }) => delivery.id).sort()).toEqual([...ids].sort());
  });

  it('settles once, and what it settled is there to be claimed as it became', async () => {
    const id = await world.put(agencyId);
    const claim = (await outbox.claim(id, 1)) as Claim;
    const settlement = settlementOf(claim, unavailable);
    const move = { ...settlement.move, delivery: { ...settlement.move.delivery, dueAt: ago(1) } };
    expect(await outbox.settle(claim, { ...settlement, move })).toBe(true);
    expect(await outbox.settle(claim, { ...settlement, move, attempt: { ...settlement.attempt, id: newId() } })).toBe(false);
    const { turn } = move.delivery;
    const second = (await outbox.claim(id, turn)) as Claim;
    expect(second).toMatchObject({ interrupted: false, delivery: { attempts: 1, tries: 1 } });
    expect(await outbox.settle(second, settlementOf(second, delivered))).toBe(true);
    expect(await outbox.claim(id, turn)).toBeNull();
  });

  it('settles nothing for a worker whose lease went to another', async () => {
    const id = await world.put(agencyId);
    const claim = (await outbox.claim(id, 1)) as Claim;
    expect(await world.other.claim(id, 1)).toBeNull();
    await world.runOut(id);
    const second = (await world.other.claim(id, 1)) as Claim;
    expect(second.interrupted).toBe(true);
    expect(await outbox.settle(claim, settlementOf(claim, delivered))).toBe(false);
    expect(await world.other.settle(second, settlementOf(second, delivered))).toBe(true);
    expect(await world.other.settle(second, settlementOf(second, delivered))).toBe(false);
  });

  it('settles many at once: each is told of its own lease, and the breaker is as the last of them left it', async () => {
    const ids = await Promise.all(Array.from({ length: 6 }, () => world.put(agencyId)));
    const claims = there(await Promise.all(ids.map((id) => outbox.claim(id, 1)))) as Claim[];
    const lost = claims[3] as Claim;
    await world.runOut(lost.delivery.id);
    expect(await world.other.claim(lost.delivery.id, 1)).not.toBeNull();
    const settled = await Promise.all(
      claims.map((claim, i) => outbox.settle(claim, settlementOf(claim, unavailable, { breaker: { failures: i + 1 } }))),
    );
    expect(settled).toEqual([true, true, true, false, true, true]);
    const states = await Promise.all(claims.map(({ delivery }) => outbox.claim(delivery.id, 2)));
    expect(there(states)).toEqual([]);
    expect((await outbox.claim(await world.put(agencyId), 1))?.breaker.failures).toBe(6);
  });

  it('lets nothing through an open breaker, one probe through a half-open one, and all through when it closed', async () => {
    const ids = await Promise.all(Array.from({ length: 5 }, () => world.put(agencyId)));
    const claim = (await outbox.claim(ids[0] as string, 1)) as Claim;
    const open = { failures: 5, probeAt: ago(-60) };
    await outbox.settle(claim, settlementOf(claim, unavailable, { breaker: open }));
    expect(await outbox.claim(ids[1] as string, 1)).toBeNull();
    expect(await outbox.claimNext(agencyId, 'ordinary')).toBeNull();
    await world.probeNow(agencyId);
    const [probe, ...more] = there(await Promise.all(ids.slice(1).map((id) => outbox.claim(id, 1)))) as [Claim, ...Claim[]];
    expect(more).toEqual([]);
    expect(probe.breaker.failures).toBe(5);
    expect(await outbox.claimNext(agencyId, 'ordinary')).toBeNull();
    await outbox.settle(probe, settlementOf(probe, delivered, { breaker: closedBreaker }));
    const rest = [await outbox.claimNext(agencyId, 'ordinary'), await outbox.claimNext(agencyId, 'ordinary')];
    expect(there(rest)).toHaveLength(2);
    expect(rest[0]?.breaker.failures).toBe(0);
  });

  it('leaves the breaker as it is when an attempt says nothing of the recipient', async () => {
    const [first, second] = [await world.put(agencyId), await world.put(agencyId)];
    const claim = (await outbox.claim(first, 1)) as Claim;
    await outbox.settle(claim, settlementOf(claim, unavailable, { breaker: { failures: 2 } }));
    const next = (await outbox.claim(second, 1)) as Claim;
    expect(next.breaker.failures).toBe(2);
    await outbox.settle(next, settlementOf(next, { kind: 'fault', detail: 'the content could not be read' }));
    expect((await outbox.claim(await world.put(agencyId), 1))?.breaker.failures).toBe(2);
  });
});
