import { createLookUp } from '../../../src/adapters/postgres/directory.ts';
import { checkChain, sealEvents } from '../../../src/adapters/postgres/event-chain.ts';
import { createInboxBell } from '../../../src/adapters/postgres/inbox-bell.ts';
import { createIntake } from '../../../src/adapters/postgres/intake.ts';
import { readLedger } from '../../../src/adapters/postgres/ledger.ts';
import { createDeliveryLocks } from '../../../src/adapters/postgres/locks.ts';
import { createOutbox } from '../../../src/adapters/postgres/outbox.ts';
import { createOverdue, takeSeat } from '../../../src/adapters/postgres/overdue.ts';
import { createPool } from '../../../src/adapters/postgres/pool.ts';
import { createRecords } from '../../../src/adapters/postgres/records.ts';
import { createRegister } from '../../../src/adapters/postgres/register.ts';
import { createReplayPlans } from '../../../src/adapters/postgres/replay-plans.ts';
import { closedBreaker } from '../../../src/routing/breaker.ts';
import { afterAttempt } from '../../../src/routing/delivery.ts';
import { createDesk } from '../../../src/routing/desk.ts';
import type { Claim, Settlement } from '../../../src/routing/outbox.ts';
import type { AttemptResult } from '../../../src/routing/outcome.ts';
import { defaultSchedules } from '../../../src/routing/retry.ts';
import { acceptanceOf, agencyWith, newId } from '../../support/acceptance.ts';
import type { TestDatabase } from '../../support/database.ts';
import { testDatabase } from '../../support/database.ts';
import { bookWith } from '../../support/route-books.ts';

const now = () => new Date();
const sender = agencyWith('000.00.12.H61');
const inbox = agencyWith('000.00.45.H61');
const push = agencyWith('000.00.46.H61', { channel: 'push', pushUrl: 'http://localhost:1/in' });
const dead = agencyWith('000.00.47.H61', { channel: 'push', pushUrl: 'http://localhost:2/in' });
const all = new Set([inbox.id]);

let database: TestDatabase;
let intake: ReturnType<typeof createIntake>;
let outbox: ReturnType<typeof createOutbox>;
let bell: ReturnType<typeof createInboxBell>;
let desk: ReturnType<typeof createDesk>;

beforeAll(async () => {
  const made = await testDatabase();
  const pool = createPool({ url: made.url }, 10, { warn: () => undefined });
  database = { ...made, pool, drop: () => pool.end().then(() => made.drop()) };
  bell = createInboxBell(pool);
  intake = createIntake(pool, (ids) => bell.ring(ids));
  outbox = createOutbox(pool, { worker: 1, seconds: 90, secondsPerMb: 1 }, now);
  const locks = createDeliveryLocks(pool, (ids) => bell.ring(ids));
  desk = createDesk(
    {
      ...bookWith(),
      locks,
      lookUp: createLookUp(pool, now),
      signReceipt: async (r) => `<Receipt>${r.id}</Receipt>`,
      ring: () => undefined,
      newId,
      now,
    },
    { gateway: 'test', province: ['H61'], schedules: defaultSchedules },
  );
  await createRegister(pool, now).add([sender, inbox, push, dead], 'test');
});

afterAll(async () => {
  bell.close();
  await database.drop();
});

function settlementOf(claim: Claim, result: AttemptResult, more: Partial<Settlement> = {}): Settlement {
  const at = new Date();
  const move = afterAttempt(claim.delivery, result, defaultSchedules[0], at, 0.5);
  const receipt = move.receipt && {
    id: newId(),
    kind: move.receipt,
    issuedAt: at,
    gateway: 'test',
    package: claim.package,
    xml: '<Receipt/>',
  };
  return {
    attempt: { id: newId(), result, startedAt: at, finishedAt: at },
    move,
    ...(receipt === undefined ? {} : { receipt }),
    event: {
      name: move.event,
      at,
      actor: 'gateway',
      packageId: claim.package.id,
      deliveryId: claim.delivery.id,
      from: 'waiting',
      to: move.delivery.state,
    },
    ...more,
  };
}

async function acceptPush(to = push, urgency: 0 | 3 = 0) {
  const acceptance = acceptanceOf(sender, [{ agency: to, urgency }]);
  await intake.accept(acceptance);
  const id = acceptance.deliveries[0]?.id as string;
  return { acceptance, id };
}

describe('the way in', () => {
  it('stores what comes at once in few transactions, and lets only the one fail that the database refuses', async () => {
    const transactions = async () => Number((await database.pool.query('select pg_current_xact_id()::text as id')).rows[0].id);
    const before = await transactions();
    const good = Array.from({ length: 24 }, () => acceptanceOf(sender, [{ agency: inbox }], {}));
    const bad = acceptanceOf(sender, [{ agency: inbox }], { transportId: 'x'.repeat(201) });
    const calls = [...good.slice(0, 6), bad, ...good.slice(6)].map((one) => intake.accept(one));
    const results = await Promise.allSettled(calls);
    expect(results.flatMap((r) => (r.status === 'fulfilled' ? [r.value.result] : []))).toEqual(Array(24).fill('stored'));
    expect(results[6]).toMatchObject({ status: 'rejected', reason: { code: '23514' } });
    const together = Array.from({ length: 24 }, () => acceptanceOf(sender, [{ agency: inbox }], {}));
    const between = await transactions();
    await Promise.all(together.map((one) => intake.accept(one)));
    expect((await transactions()) - between).toBeLessThan(12);
    expect(between).toBeGreaterThan(before);
    const { rows } = await database.pool.query(
      `select p.id, convert_from(t.content, 'utf8') as text, array_agg(e.name order by e.seq) as events
       from packages p join package_texts t on t.package_id = p.id join events e on e.package_id = p.id
       where p.id = any ($1) group by p.id, t.content`,
      [[...good, ...together].map((one) => one.packageId)],
    );
    expect(rows).toHaveLength(48);
    for (const one of [...good, ...together]) {
      const row = rows.find(({ id }) => id === one.packageId);
      expect(row.text).toBe(Buffer.from(one.lifted.text).toString());
      expect(row.events).toEqual(['package.accepted', 'delivery.created']);
    }
  });
});

describe('the way out', () => {
  it('gives a delivery to one of many claimers, with the package', async () => {
    const { id, acceptance } = await acceptPush();
    const claims = (await Promise.all(Array.from({ length: 10 }, () => outbox.claim(id, 1)))).filter((c) => c !== null);
    expect(claims).toHaveLength(1);
    expect(claims[0]).toMatchObject({
      interrupted: false,
      package: { sha256: acceptance.lifted.sha256, runs: [] },
      target: { concurrency: 4 },
    });
    expect(Buffer.from(claims[0]?.package.text ?? []).toString()).toBe(Buffer.from(acceptance.lifted.text).toString());
    expect(await outbox.settle(claims[0] as Claim, settlementOf(claims[0] as Claim, { kind: 'delivered', detail: 'ok' }))).toBe(true);
  });

  it('does not settle twice, nor after the lease went to another', async () => {
    const { id } = await acceptPush();
    const claim = (await outbox.claim(id, 1)) as Claim;
    await database.pool.query(`update deliveries set lease_until = now() - interval '1 s' where id = $1`, [id]);
    const other = createOutbox(database.pool, { worker: 2, seconds: 90, secondsPerMb: 1 }, now);
    const second = (await other.claim(id, 1)) as Claim;
    expect(second.interrupted).toBe(true);
    expect(await outbox.settle(claim, settlementOf(claim, { kind: 'delivered', detail: 'late' }))).toBe(false);
    expect(await other.settle(second, settlementOf(second, { kind: 'delivered', detail: 'ok' }))).toBe(true);
    expect(await other.settle(second, settlementOf(second, { kind: 'delivered', detail: 'again' }))).toBe(false);
    const record = await createRecords(database.pool).delivery(id);
    expect(record).toMatchObject({ state: 'delivered', attempts: 1, attemptList: [{ result: 'delivered', detail: 'ok' }] });
  });

  it('lets one probe through a half-open breaker and none through an open one', async () => {
    const ids = await Promise.all(Array.from({ length: 4 }, async () => (await acceptPush(dead)).id));
    const claim = (await outbox.claim(ids[0] as string, 1)) as Claim;
    const open = { failures: 5, probeAt: new Date(Date.now() + 60_000) };
    await outbox.settle(claim, settlementOf(claim, { kind: 'unavailable', detail: 'no' }, { breaker: open }));
    expect(await outbox.claim(ids[1] as string, 1)).toBeNull();
    expect((await createOverdue(database.pool, 1, later).due(100, 10)).some((r) => r.agencyId === dead.id)).toBe(false);
    await database.pool.query(`update breakers set probe_at = now() - interval '1 s' where agency_id = $1`, [dead.id]);
    expect((await createOverdue(database.pool, 1, later).due(100, 10)).filter((r) => r.agencyId === dead.id)).toHaveLength(1);
    const probes = (await Promise.all(ids.slice(1).map((id) => outbox.claim(id, 1)))).filter((c) => c !== null);
    expect(probes).toHaveLength(1);
    const probe = probes[0] as Claim;
    expect(probe.breaker.failures).toBe(5);
    await outbox.settle(probe, settlementOf(probe, { kind: 'delivered', detail: 'up again' }, { breaker: closedBreaker }));
    const rest = ids.slice(1).filter((id) => id !== probe.delivery.id);
    expect(await outbox.claim(rest[0] as string, 1)).not.toBeNull();
    expect(await outbox.claimNext(dead.id, 'ordinary')).not.toBeNull();
    expect(await outbox.claimNext(dead.id, 'ordinary')).toBeNull();
  });

  it('finds what is due, urgent first, and what a dead worker left behind', async () => {
    const { id: ordinary } = await acceptPush();
    const { id: urgent } = await acceptPush(push, 3);
    const due = (await createOverdue(database.pool, 1, later).due(100, 10)).filter((r) => r.agencyId === push.id);
    expect(due.map((r) => r.deliveryId).slice(0, 1)).toEqual([urgent]);
    expect(due.map((r) => r.deliveryId)).toContain(ordinary);
    const seat = await takeSeat(database.pool, () => undefined);
    const leaver = createOutbox(database.pool, { worker: seat.number, seconds: 900, secondsPerMb: 1 }, now);
    await leaver.claim(ordinary, 1);
    expect(await createOverdue(database.pool, 999, later).abandoned()).toBe(0);
    await seat.release();
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(await createOverdue(database.pool, 999, later).abandoned()).toBeGreaterThanOrEqual(1);
    expect((await outbox.claim(ordinary, 1))?.interrupted).toBe(true);
    expect((await outbox.claim(urgent, 1))?.interrupted).toBe(false);
  });

  it('finds also the lease that a dead worker took last, and forgets the worker then', async () => {
    const { id } = await acceptPush();
    const seat = await takeSeat(database.pool, () => undefined);
    await seat.release();
    await new Promise((resolve) => setTimeout(resolve, 100));
    const overdue = createOverdue(database.pool, 999, later);
    await overdue.abandoned();
    // its last statement commits behind the first look
    const late = createOutbox(database.pool, { worker: seat.number, seconds: 900, secondsPerMb: 1 }, now);
    await late.claim(id, 1);
    expect(await overdue.abandoned()).toBe(0);
    await database.pool.query(`update worker_seats set gone_at = gone_at - interval '2 minutes' where number = $1`, [seat.number]);
    expect(await overdue.abandoned()).toBe(1);
    expect((await outbox.claim(id, 1))?.interrupted).toBe(true);
    const { rows } = await database.pool.query('select from worker_seats where number = $1', [seat.number]);
    expect(rows).toEqual([]);
  });
});

const later = () => new Date(Date.now() + 5000);

describe('records', () => {
  it('pages packages and deliveries, and plans a replay that can be resumed', async () => {
    const records = createRecords(database.pool);
    const page = await records.packages({ senders: new Set([sender.id]), limit: 3 });
    expect(page).toHaveLength(3);
    const rest = await records.packages({ senders: new Set([sender.id]), limit: 3, before: page[2]?.id as string });
    expect(rest.map((p) => p.id)).not.toContain(page[2]?.id);
    const plans = createReplayPlans(database.pool);
    const held = acceptanceOf(sender, [{ agency: inbox }, { code: '000.00.01.G22', state: 'held' }]);
    await intake.accept(held);
    const id = held.deliveries[0]?.id as string;
    await desk.refuse(id, { recipients: all }, 'client:b', 'thiếu phụ lục');
    const filter = { state: 'failed' as const, recipient: '000.00.45.H61', since: new Date(Date.now() - 60_000) };
    expect(await records.deliveries(filter, { limit: 10 })).toMatchObject([{ id, problem: { code: 'REFUSED_BY_RECIPIENT' } }]);
    expect(await plans.forecast({ state: 'held' })).toMatchObject({ total: 0, notReplayable: 1 });
    expect(await plans.forecast(filter)).toEqual({
      total: 1,
      byState: { failed: 1 },
      byRecipient: { '000.00.45.H61': 1 },
      notReplayable: 0,
    });
    const plan = await plans.create({ id: newId(), createdAt: new Date(), actor: 'cli:root', reason: 'thử', filter });
    expect(plan).toMatchObject({ total: 1, replayed: 0, filter });
    expect(await plans.next(10)).toMatchObject({ deliveryIds: [id] });
    await plans.done(plan.id, id, 'replayed');
    await plans.finish(plan.id, new Date());
    expect(await plans.get(plan.id)).toMatchObject({ replayed: 1, finishedAt: expect.any(Date) });
    expect(await plans.next(10)).toBeNull();
  });

  it('finds agencies by code with the certificates of the sender only', async () => {
    const register = createRegister(database.pool, now);
    const der = Buffer.from('not a certificate');
    const record = { subject: 'CN=a', issuer: 'CN=b', serial: '1', notBefore: new Date(0), notAfter: new Date() };
    await register.addCertificate(sender.id, { fingerprint: 'cd'.repeat(32), der, ...record }, 'test');
    const found = await createLookUp(database.pool, now)(['000.00.12.H61', '000.00.45.H61', 'none'], '2026-11-22');
    expect(found.size).toBe(2);
    expect(found.get('000.00.12.H61')?.certificates[0]?.fingerprint).toBe('cd'.repeat(32));
    expect(found.get('000.00.45.H61')).toMatchObject({ codeValid: true, certificates: [] });
    await expect(register.add([agencyWith('000.00.12.H61')], 'test')).rejects.toMatchObject({ problems: [{ code: 'CODE_TAKEN' }] });
    expect(await register.list({ search: 'DON VI 000.00.4', limit: 10 })).toHaveLength(3);
  });

  it('balances the ledger and notices a lost delivery, altered content and a changed event', async () => {
    const { pool } = database;
    const since = new Date(Date.now() - 3600_000);
    const sound = await readLedger(
      pool,
      since,
      async () => 'sound',
      () => undefined,
    );
    expect(sound).toMatchObject({ unaccounted: 0, faults: [] });
    expect(sound.chain.brokenAt).toBeUndefined();
    const { id } = await acceptPush();
    await pool.query('delete from deliveries where id = $1', [id]);
    const lost = await readLedger(
      pool,
      since,
      async () => 'altered',
      () => undefined,
    );
    expect(lost.unaccounted).toBeGreaterThan(2);
    expect(lost.faults.map((f) => f.what)).toEqual(expect.arrayContaining(['no delivery', 'content altered']));
    await expect(pool.query(`update events set actor = 'nobody' where seq = 5`)).rejects.toThrow('append-only');
    await sealEvents(pool);
    expect((await checkChain(pool)).brokenAt).toBeUndefined();
    await pool.query('alter table events disable trigger events_append_only');
    await pool.query(`update events set actor = 'nobody' where seq = 5`);
    expect((await checkChain(pool)).brokenAt).toBe(5);
  });
});
