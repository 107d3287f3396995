import { createHash, randomBytes } from 'node:crypto';
import { createLookUp } from '../../../src/adapters/postgres/directory.ts';
import { checkChain, sealEvents } from '../../../src/adapters/postgres/event-chain.ts';
import { createIntake } from '../../../src/adapters/postgres/intake.ts';
import { readLedger } from '../../../src/adapters/postgres/ledger.ts';
import { createDeliveryLocks } from '../../../src/adapters/postgres/locks.ts';
import { createMailbox } from '../../../src/adapters/postgres/mailbox.ts';
import { createPool } from '../../../src/adapters/postgres/pool.ts';
import { createRecords } from '../../../src/adapters/postgres/records.ts';
import { createRegister } from '../../../src/adapters/postgres/register.ts';
import { createRetention } from '../../../src/adapters/postgres/retention.ts';
import type { DeliveryState } from '../../../src/routing/delivery.ts';
import { createDesk } from '../../../src/routing/desk.ts';
import { createNewId } from '../../../src/routing/ids.ts';
import { forecastDisk, monthsBefore } from '../../../src/routing/retention.ts';
import { defaultSchedules } from '../../../src/routing/retry.ts';
import { acceptanceOf, agencyWith, newId } from '../../support/acceptance.ts';
import type { TestDatabase } from '../../support/database.ts';
import { testDatabase } from '../../support/database.ts';
import { bookWith } from '../../support/route-books.ts';

const sender = agencyWith('000.00.12.H61');
const inbox = agencyWith('000.00.45.H61');
const now = () => new Date('2026-11-01T00:00:00Z');
const recent = new Date('2026-10-01T00:00:00Z');
const twoYears = new Date('2024-10-01T00:00:00Z');
const tenYears = new Date('2016-10-01T00:00:00Z');

let database: TestDatabase;
let retention: ReturnType<typeof createRetention>;

beforeEach(async () => {
  const made = await testDatabase();
  const pool = createPool({ url: made.url }, 6, { warn: () => undefined });
  database = { ...made, pool, drop: () => pool.end().then(() => made.drop()) };
  await createRegister(pool, now).add([sender, inbox], 'test');
  retention = createRetention(pool, { recordMonths: 120, payloadMonths: 24 }, { now, newId });
});
afterEach(() => database.drop());

const text = 'x'.repeat(1000);

/** A package of that day in a final state with its receipt, or in another. */
async function packageOf(at: Date, state: DeliveryState = 'delivered'): Promise<string> {
  const idAt = createNewId(() => at, randomBytes);
  const [packageId, deliveryId] = [idAt(), idAt()];
  const made = acceptanceOf(sender, [{ agency: inbox }], { at, text: text + packageId });
  const deliveries = made.deliveries.map((d) => ({ ...d, packageId, id: deliveryId }));
  const events = made.events.map((e) => ({ ...e, packageId, ...(e.deliveryId === undefined ? {} : { deliveryId }) }));
  await createIntake(database.pool, () => undefined).accept({ ...made, packageId, deliveries, events });
  const { pool } = database;
  if (state === 'waiting') return packageId;
  await pool.query(
    `insert into attempts (id, delivery_id, turn, result, detail, started_at, finished_at) values ($1, $2, 1, 'delivered', '', $3, $3)`,
    [newId(), deliveryId, at],
  );
  if (state !== 'held') {
    await pool.query(
      `insert into receipts (id, kind, package_id, delivery_id, sender_agency_id, issued_at, xml) values ($1, $2, $3, $4, $5, $6, '<r/>')`,
      [newId(), state, packageId, deliveryId, sender.id, at],
    );
  }
  const problem = state === 'delivered' ? null : '{"code":"REFUSED_BY_RECIPIENT"}';
  await pool.query('update deliveries set state = $2, problem = $3, changed_at = $4 where id = $1', [deliveryId, state, problem, at]);
  return packageId;
}

const count = async (table: string, packageId: string) => {
  const column = table === 'packages' ? 'id' : 'package_id';
  return (await database.pool.query<{ n: number }>(`select count(*) as n from ${table} where ${column} = $1`, [packageId])).rows[0]?.n;
};
const run = (dryRun = false) => retention.run(dryRun, () => undefined);
const ledger = () =>
  readLedger(
    database.pool,
    new Date(0),
    async ({ text: content, sha256 }) => (createHash('sha256').update(content).digest('hex') === sha256 ? 'sound' : 'altered'),
    () => undefined,
  );

describe('the retention', () => {
  it('removes contents after months and everything after years, and says beforehand what would go', async () => {
    const [young, old, ancient] = [await packageOf(recent), await packageOf(twoYears), await packageOf(tenYears, 'failed')];
    await sealEvents(database.pool);
    const tried = await run(true);
    expect([tried.parts.payload.packages, tried.parts.records.packages]).toEqual([2, 1]);
    expect(await count('package_texts', old)).toBe(1);
    const done = await run();
    expect([done.parts.payload.packages, done.parts.records.packages, done.kept]).toEqual([1, 1, 0]);
    expect([await count('package_texts', young), await count('package_texts', old), await count('packages', old)]).toEqual([1, 0, 1]);
    for (const table of ['packages', 'deliveries', 'events', 'receipts', 'package_texts']) expect(await count(table, ancient)).toBe(0);
    const again = await run();
    expect([again.parts.payload.packages, again.parts.records.packages]).toEqual([0, 0]);
  });

  it('leaves a chain that can be checked and a ledger that adds up', async () => {
    await packageOf(recent);
    await packageOf(twoYears);
    await packageOf(tenYears);
    await sealEvents(database.pool);
    await run();
    const found = await ledger();
    expect(found.chain.brokenAt).toBeUndefined();
    expect([found.unaccounted, found.faults]).toEqual([0, []]);
    expect(found.rows.map((row) => [row.promised, row.purged])).toEqual([
      [1, 1],
      [1, 0],
      [1, 0],
    ]);
  });

  it('shows when the record of removals is changed, or an event goes without one', async () => {
    await packageOf(tenYears);
    await packageOf(recent);
    await run();
    await sealEvents(database.pool);
    const { pool } = database;
    await expect(pool.query('update purged_packages set deliveries = 7')).rejects.toThrow('append-only');
    await pool.query('alter table purged_packages disable trigger all; update purged_packages set deliveries = 7');
    expect((await ledger()).faults.map((one) => one.what)).toEqual(['purge not in the chain']);
    await pool.query('alter table events disable trigger all; delete from events where seq = (select max(seq) from events)');
    expect((await checkChain(pool)).brokenAt).toBeGreaterThan(0);
  });

  it('never removes what is not final, nor what a legal hold fits', async () => {
    const ids = [await packageOf(twoYears, 'waiting'), await packageOf(twoYears, 'held'), await packageOf(tenYears, 'waiting')];
    const [single, queried, free] = [await packageOf(twoYears), await packageOf(tenYears), await packageOf(twoYears)];
    await retention.addHold(newId(), { packageId: single }, 'test', 'thanh tra');
    const hold = newId();
    await retention.addHold(hold, { recipientAgencyId: inbox.id, until: new Date('2017-01-01') }, 'test', 'vụ án');
    const done = await run();
    for (const id of [...ids, single, queried]) expect(await count('package_texts', id)).toBe(1);
    expect(await count('package_texts', free)).toBe(0);
    expect(done.kept).toBeGreaterThan(0);
    await retention.liftHold(hold, 'test', 'xong');
    await expect(retention.liftHold(hold, 'test', 'xong')).rejects.toThrow('HOLD_UNKNOWN');
    await run();
    expect(await count('packages', queried)).toBe(0);
    expect((await retention.holds(true)).map((one) => one.packageId)).toEqual([single]);
  });

  it('refuses a hold without a condition or a reason', async () => {
    expect(() => retention.addHold(newId(), {}, 'test', 'x')).toThrow('HOLD_EMPTY');
    expect(() => retention.addHold(newId(), { documentId: 'x' }, 'test', ' ')).toThrow('REASON_REQUIRED');
  });

  it('says of content that it removed that it is gone, to operators and to the recipient, and to nobody else', async () => {
    const id = await packageOf(twoYears);
    const { pool } = database;
    const records = createRecords(pool);
    const mailbox = createMailbox(pool, { ring: () => undefined, wait: async () => undefined, close: () => undefined }, now);
    const { rows } = await pool.query<{ id: string }>('select id from deliveries where package_id = $1', [id]);
    const open = (agencyId: string) => mailbox.open(rows[0]?.id ?? '', new Set([agencyId]), 'test');
    expect(await records.content(id)).not.toBeNull();
    expect(await open(inbox.id)).not.toBeNull();
    await run();
    await expect(records.content(id)).rejects.toThrow('PAYLOAD_PURGED');
    await expect(open(inbox.id)).rejects.toThrow('PAYLOAD_PURGED');
    expect(await open(sender.id)).toBeNull();
    expect(await records.content(newId())).toBeNull();
  });

  it('lets nothing be sent again whose content is gone', async () => {
    const id = await packageOf(twoYears);
    await run();
    const { pool } = database;
    const { rows } = await pool.query<{ id: string }>('select id from deliveries where package_id = $1', [id]);
    const desk = createDesk(
      {
        ...bookWith(),
        lookUp: createLookUp(pool, now),
        locks: createDeliveryLocks(pool, () => undefined),
        signReceipt: async () => '',
        ring: () => undefined,
        newId,
        now,
      },
      { gateway: 'test', province: ['H61'], schedules: defaultSchedules },
    );
    await expect(desk.replay(rows[0]?.id ?? '', 'test', 'lại')).rejects.toThrow('PAYLOAD_PURGED');
    await expect(pool.query(`update deliveries set state = 'waiting' where package_id = $1`, [id])).rejects.toThrow('was removed');
  });

  it('goes on after a batch that failed, and works through more than a batch', async () => {
    for (let n = 0; n < 130; n += 1) await packageOf(new Date(twoYears.getTime() + n * 60_000));
    await database.pool.query(`create function boom() returns trigger language plpgsql as $$ begin raise exception 'boom'; end $$;
      create trigger boom before delete on package_texts for each statement execute function boom()`);
    await expect(run()).rejects.toThrow('boom');
    expect((await database.pool.query('select 1 from purged_packages')).rowCount).toBe(0);
    await database.pool.query('drop trigger boom on package_texts');
    expect((await run()).parts.payload.packages).toBe(130);
    expect((await ledger()).faults).toEqual([]);
  });

  it('knows every table that refers to packages and deliveries', async () => {
    const { rows } = await database.pool.query<{ name: string }>(
      `select distinct conrelid::regclass::text as name from pg_constraint
       where contype = 'f' and confrelid in ('packages'::regclass, 'deliveries'::regclass) order by 1`,
    );
    const source = await database.pool.query<{ text: string }>(`select pg_get_functiondef('remove_records'::regproc) as text`);
    for (const { name } of rows) expect(source.rows[0]?.text).toContain(`delete from ${name} `);
  });
});

describe('the forecast of the disk', () => {
  it('counts what comes in and what the retention removes', async () => {
    await packageOf(recent);
    await packageOf(new Date('2026-10-20T00:00:00Z'));
    await packageOf(new Date('2024-12-15T00:00:00Z'));
    const found = await retention.forecast(10_000, 0);
    expect(found.bytesPerDay).toBe(Math.round(1036 / 30));
    expect(found.months.map((one) => one.removed).slice(0, 3)).toEqual([0, 1036, 0]);
  });

  it('says on which day only the reserve is left', () => {
    const disk = { freeBytes: 1000, reserve: 100, bytesPerDay: 20 };
    expect(forecastDisk(new Date('2026-01-01T00:00:00Z'), disk, [0, 0, 0]).daysLeft).toBe(45);
    expect(forecastDisk(new Date('2026-01-01T00:00:00Z'), disk, [620, 560, 620]).daysLeft).toBeNull();
    expect(forecastDisk(new Date('2026-01-01T00:00:00Z'), { ...disk, freeBytes: 50 }, [0]).daysLeft).toBe(0);
  });

  it('subtracts months as a calendar does', () => {
    expect(monthsBefore(new Date('2026-03-31T05:00:00Z'), 1).toISOString()).toBe('2026-02-28T05:00:00.000Z');
    expect(monthsBefore(new Date('2026-03-31T05:00:00Z'), 120).toISOString()).toBe('2016-03-31T05:00:00.000Z');
  });
});
