import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createHolidays, createReadCalendar } from '../../../src/adapters/postgres/holidays.ts';
import { createIntake } from '../../../src/adapters/postgres/intake.ts';
import { createWarnOfDeadlines } from '../../../src/adapters/postgres/law-warnings.ts';
import { createPool } from '../../../src/adapters/postgres/pool.ts';
import { createRecords } from '../../../src/adapters/postgres/records.ts';
import { createRegister } from '../../../src/adapters/postgres/register.ts';
import { createReports } from '../../../src/adapters/postgres/reports.ts';
import { readHolidays } from '../../../src/cli/holiday-file.ts';
import { productRoot } from '../../../src/paths.ts';
import { createNewId } from '../../../src/routing/ids.ts';
import { withLaw } from '../../../src/routing/law.ts';
import { acceptanceOf, agencyWith } from '../../support/acceptance.ts';
import type { TestDatabase } from '../../support/database.ts';
import { testDatabase } from '../../support/database.ts';

const sender = agencyWith('000.00.12.H61');
const inbox = agencyWith('000.00.45.H61');
const policy = { hours: [[450, 690] as const, [780, 1020] as const], urgentMinutes: 30, warnPercent: 80 };
let clock = new Date();
const now = () => clock;
const at = (text: string) => new Date(`${text}:00+07:00`);
let database: TestDatabase;

beforeAll(async () => {
  const made = await testDatabase();
  const pool = createPool({ url: made.url }, 4, { warn: () => undefined });
  database = { ...made, pool, drop: () => pool.end().then(() => made.drop()) };
  await createRegister(pool, now).add([sender, inbox], 'test');
});
afterAll(() => database.drop());

/** A package accepted at a moment, with ids of that moment. */
async function acceptedAt(moment: Date, state: 'waiting' | 'held' = 'waiting', urgency: 0 | 1 = 0) {
  const idAt = createNewId(() => moment, randomBytes);
  const made = acceptanceOf(sender, [{ agency: inbox, state, urgency }], { at: moment });
  const packageId = idAt();
  const deliveries = made.deliveries.map((d) => ({ ...d, packageId, id: idAt() }));
  const [delivery] = deliveries;
  const events = made.events.map((e) => ({ ...e, packageId, ...(e.deliveryId === undefined ? {} : { deliveryId: delivery?.id ?? '' }) }));
  const message = { ...made.verified.message, urgency };
  const verified = { ...made.verified, message };
  await createIntake(database.pool, () => undefined).accept({ ...made, packageId, deliveries, events, verified });
  return delivery?.id ?? '';
}

describe('warnings of deadlines', () => {
  it('are given once at 80 % and once after it, with an event, and show in lists', async () => {
    const ordinary = await acceptedAt(at('2026-03-03T09:00'));
    const held = await acceptedAt(at('2026-03-03T09:00'), 'held');
    const urgent = await acceptedAt(at('2026-03-04T08:00'), 'waiting', 1);
    const young = await acceptedAt(at('2026-03-04T09:20'));
    clock = at('2026-03-04T09:31');
    const calendar = createReadCalendar(database.pool, policy, now);
    const warn = createWarnOfDeadlines(database.pool, calendar, now);
    const told = (list: Awaited<ReturnType<typeof warn>>) =>
      list
        .filter(({ duty }) => duty === 'deadline')
        .map((one) => [one.deliveryId, one.level])
        .sort();
    expect(told(await warn())).toEqual(
      [
        [ordinary, 'near'],
        [held, 'near'],
        [urgent, 'near'],
        [urgent, 'late'],
      ].sort(),
    );
    expect(await warn()).toEqual([]);
    clock = at('2026-03-04T11:31');
    expect(told(await warn())).toEqual(
      [
        [ordinary, 'late'],
        [held, 'late'],
      ].sort(),
    );
    // another process, with no memory of the rounds before
    expect(await createWarnOfDeadlines(database.pool, calendar, now)()).toEqual([]);
    const { rows } = await database.pool.query('select name, reason from events where delivery_id = $1 order by seq', [ordinary]);
    expect(rows.slice(1)).toEqual([
      { name: 'delivery.deadline_near', reason: '2026-03-04T11:30:00+07:00' },
      { name: 'delivery.deadline_late', reason: '2026-03-04T11:30:00+07:00' },
    ]);
    const records = withLaw(createRecords(database.pool), calendar, now);
    const listed = await records.deliveries({}, { limit: 10 });
    expect(new Map(listed.map((one) => [one.id, one.law?.state]))).toEqual(
      new Map([
        [ordinary, 'late'],
        [held, 'late'],
        [urgent, 'late'],
        [young, 'open'],
      ]),
    );
  });
});

describe('what recipients owe', () => {
  const records = () => withLaw(createRecords(database.pool), createReadCalendar(database.pool, policy, now), now);
  const warn = (list = createWarnOfDeadlines(database.pool, createReadCalendar(database.pool, policy, now), now)) =>
    list().then((found) => found.filter(({ duty }) => duty === 'owed').map((one) => [one.deliveryId, one.level]));
  const delivered = (id: string, moment: Date, standing: string | null = null) =>
    database.pool.query(`update deliveries set state = 'delivered', changed_at = $2, standing = $3 where id = $1`, [id, moment, standing]);

  /** The recipient says a status, as its package would. */
  async function says(id: string, code: string, moment: Date) {
    await database.pool.query('alter table statuses disable trigger statuses_not_forged');
    const said = acceptanceOf(inbox, [{ agency: sender }], { at: moment });
    await createIntake(database.pool, () => undefined).accept(said);
    await database.pool.query(
      `insert into statuses (id, package_id, delivery_id, agency_id, status_code, received_at, description, staff)
       values ($1, $1, $2, $3, $4, $5, '', '{}')`,
      [said.packageId, id, inbox.id, code, moment],
    );
  }

  it('is warned of at 80 % and after it, from the delivery on, unless it was reported or the document was taken back', async () => {
    const silent = await acceptedAt(at('2026-04-06T08:00'));
    const urgent = await acceptedAt(at('2026-04-07T08:00'), 'waiting', 1);
    const prompt = await acceptedAt(at('2026-04-06T08:01'));
    const recalled = await acceptedAt(at('2026-04-06T08:02'));
    const waiting = await acceptedAt(at('2026-04-06T08:03'));
    await delivered(silent, at('2026-04-06T09:00'));
    await delivered(urgent, at('2026-04-07T08:50'));
    await delivered(prompt, at('2026-04-06T09:00'));
    await says(prompt, '01', at('2026-04-06T10:00'));
    await delivered(recalled, at('2026-04-06T09:00'), 'recalled');
    clock = at('2026-04-07T09:15');
    expect(await warn()).toEqual([[urgent, 'near']]);
    clock = at('2026-04-07T09:31');
    const round = createWarnOfDeadlines(database.pool, createReadCalendar(database.pool, policy, now), now);
    expect(await warn(round)).toEqual([
      [silent, 'near'],
      [urgent, 'late'],
    ]);
    expect(await warn(round)).toEqual([]);
    clock = at('2026-04-07T11:31');
    expect(await warn()).toEqual([[silent, 'late']]);
    expect(await warn()).toEqual([]);
    const { rows } = await database.pool.query(
      `select name, reason from events where delivery_id = $1 and name like '%owed%' order by seq`,
      [silent],
    );
    expect(rows).toEqual([
      { name: 'delivery.owed_near', reason: '2026-04-07T11:30:00+07:00' },
      { name: 'delivery.owed_late', reason: '2026-04-07T11:30:00+07:00' },
    ]);
    const owed = async (id: string) => (await records().delivery(id))?.owed?.state;
    expect(await Promise.all([silent, urgent, prompt, recalled, waiting].map(owed))).toEqual([
      'late',
      'late',
      'kept',
      undefined,
      undefined,
    ]);
    const listed = async (level: 'near' | 'late') => (await records().deliveries({ owed: level }, { limit: 10 })).map(({ id }) => id);
    expect([await listed('near'), await listed('late')]).toEqual([
      [urgent, silent],
      [urgent, silent],
    ]);
    expect((await records().documents({ owed: 'late', limit: 10 })).length).toBe(2);
  });

  it('is owed no more once it is reported, however late', async () => {
    const [late] = await records().deliveries({ owed: 'late' }, { limit: 1 });
    await says(late?.id ?? '', '03', at('2026-04-07T15:00'));
    expect((await records().deliveries({ owed: 'late' }, { limit: 10 })).map(({ id }) => id)).not.toContain(late?.id);
    expect((await records().delivery(late?.id ?? ''))?.owed?.state).toBe('late');
  });

  it('is counted in the report', async () => {
    const reports = createReports(database.pool, { readCalendar: createReadCalendar(database.pool, policy, now), now });
    const { rows } = await reports.read({ from: '2026-04-06', to: '2026-04-07', by: 'agency' });
    expect(rows.find(({ code }) => code === '000.00.45.H61')).toMatchObject({ owed: 3, reported: 2, reportedOnTime: 1 });
  });
});

describe('deliveries near their own deadline', () => {
  it('are listed by the warnings that were given', async () => {
    const records = withLaw(createRecords(database.pool), createReadCalendar(database.pool, policy, now), now);
    const near = await records.deliveries({ law: 'near' }, { limit: 50 });
    expect(near.length).toBeGreaterThan(0);
    expect(new Set(near.map(({ law }) => law?.state))).toEqual(new Set(['late']));
    expect((await records.documents({ law: 'late', limit: 50 })).length).toBe(near.length);
  });
});

describe('special days', () => {
  const holidays = () => createHolidays(database.pool, now);

  it('are kept, replaced and removed, each with an event', async () => {
    await holidays().set([{ day: '2027-01-01', kind: 'holiday', name: 'Tết' }], 'test');
    await holidays().set([{ day: '2027-01-01', kind: 'working', name: 'bù' }], 'test');
    expect(await holidays().list('2027-01-01', '2027-12-31')).toEqual([{ day: '2027-01-01', kind: 'working', name: 'bù' }]);
    await holidays().remove('2027-01-01', 'test');
    await expect(holidays().remove('2027-01-01', 'test')).rejects.toThrow('HOLIDAY_UNKNOWN');
    const { rows } = await database.pool.query(`select count(*) as n from events where name = 'holidays.changed'`);
    expect(rows).toEqual([{ n: 3 }]);
  });

  it('are read from the file that is shipped, and every wrong line of a file is named', () => {
    const shipped = readHolidays(readFileSync(join(productRoot, 'schemas', 'codes', 'holidays-2026.csv'), 'utf8'));
    expect(shipped).toContainEqual({ day: '2026-09-02', kind: 'holiday', name: 'Quốc khánh' });
    const lines = ['day,kind,name', '2026-02-30,holiday,x', '2026-01-01;holiday;Tết', '2026-01-01,holiday,x', '2026-01-02,free,x'];
    let found: unknown;
    try {
      readHolidays(lines.join('\n'));
    } catch (error) {
      found = (error as { problems: unknown }).problems;
    }
    expect(found).toMatchObject([{ code: 'HOLIDAY_MALFORMED', line: 2 }, { line: 4 }, { line: 5 }]);
  });
});
