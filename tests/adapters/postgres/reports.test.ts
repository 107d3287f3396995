import { createHolidays, createReadCalendar } from '../../../src/adapters/postgres/holidays.ts';
import { createIntake } from '../../../src/adapters/postgres/intake.ts';
import { createPool } from '../../../src/adapters/postgres/pool.ts';
import { createRegister } from '../../../src/adapters/postgres/register.ts';
import { createReports } from '../../../src/adapters/postgres/reports.ts';
import { csvCell, reportCsv, reportXlsx } from '../../../src/cli/report-file.ts';
import { acceptanceOf, agencyWith } from '../../support/acceptance.ts';
import type { TestDatabase } from '../../support/database.ts';
import { testDatabase } from '../../support/database.ts';

const department = agencyWith('000.00.12.H61');
const unit = agencyWith('001.00.12.H61', { name: '=cmd|calc' });
const commune = agencyWith('000.00.45.H61');
const now = () => new Date();
const policy = { hours: [[450, 690] as const, [780, 1020] as const], urgentMinutes: 30, warnPercent: 80 };

let database: TestDatabase;
let reports: ReturnType<typeof createReports>;
const today = new Date(Date.now() + 7 * 3_600_000).toISOString().slice(0, 10);

beforeAll(async () => {
  const made = await testDatabase();
  const pool = createPool({ url: made.url }, 4, { warn: () => undefined });
  database = { ...made, pool, drop: () => pool.end().then(() => made.drop()) };
  await createRegister(pool, now).add([department, unit, commune], 'test');
  await pool.query(`update agencies set kind = 'department' where id = $1`, [department.id]);
  await pool.query(`update agencies set kind = 'commune' where id = $1`, [commune.id]);
  await pool.query('update agencies set parent_id = $2 where id = $1', [unit.id, department.id]);
  await createHolidays(pool, now).set([{ day: today, kind: 'working', name: '' }], 'test');
  reports = createReports(pool, { readCalendar: createReadCalendar(pool, policy, now), now });
  const intake = createIntake(pool, () => undefined);
  const states = ['delivered', 'late', 'failed', 'waiting'] as const;
  for (const [at, sender] of [department, department, unit, unit].entries()) {
    const acceptance = acceptanceOf(sender, [{ agency: commune }]);
    await intake.accept(acceptance);
    const state = states[at] as (typeof states)[number];
    if (state === 'waiting') continue;
    await pool.query(
      `update deliveries set state = $2, problem = $3, changed_at = now() + make_interval(days => $4) where package_id = $1`,
      [
        acceptance.packageId,
        state === 'late' ? 'delivered' : state,
        state === 'failed' ? '{"code":"REFUSED_BY_RECIPIENT"}' : null,
        state === 'late' ? 20 : 0,
      ],
    );
  }
});
afterAll(() => database.drop());

const read = (by: 'agency' | 'department' | 'commune' | 'district') => reports.read({ from: today, to: today, by });

describe('a report', () => {
  it('counts what agencies sent and received, on time, late and refused', async () => {
    const { rows, total } = await read('agency');
    expect(rows.map((row) => [row.code, row.documentsSent, row.deliveredSent, row.deliveredOnTime, row.refusedSent])).toEqual([
      ['000.00.12.H61', 2, 2, 1, 0],
      ['000.00.45.H61', 0, 0, 0, 0],
      ['001.00.12.H61', 2, 0, 0, 1],
    ]);
    expect(rows[1]).toMatchObject({ received: 4, receivedOnTime: 1, refused: 1, electronicShare: null });
    expect(total).toMatchObject({ documentsSent: 4, received: 4, deliveriesSent: 4 });
  });

  it('adds units up to the department above them, and leaves out who belongs to none', async () => {
    const { rows } = await read('department');
    expect(rows.map((row) => [row.code, row.kind, row.documentsSent])).toEqual([['000.00.12.H61', 'department', 4]]);
    expect((await read('commune')).rows.map((row) => [row.code, row.received])).toEqual([['000.00.45.H61', 4]]);
    expect((await read('district')).rows).toEqual([]);
  });

  it('gives the share of electronic documents where figures of paper are loaded', async () => {
    const month = today.slice(0, 7);
    await reports.loadPaper([{ code: '000.00.12.H61', month, documents: 1 }], 'test');
    expect((await read('department')).rows[0]).toMatchObject({ paper: 1, electronicShare: 80 });
    await expect(reports.loadPaper([{ code: 'X', month, documents: 1 }], 'test')).rejects.toThrow('AGENCY_UNKNOWN');
  });

  it('counts nothing of other days, and refuses what is no period', async () => {
    expect((await reports.read({ from: '2020-01-01', to: '2020-01-31', by: 'agency' })).rows).toEqual([]);
    for (const [from, to] of [
      ['2026-02-02', '2026-02-01'],
      ['x', '2026-01-01'],
      ['2026-02-31', '2026-03-01'],
      ['2020-01-01', '2026-01-01'],
    ] as const) {
      await expect(reports.read({ from, to, by: 'agency' })).rejects.toThrow('PERIOD_INVALID');
    }
  });

  it('is a CSV that no spreadsheet computes, and a spreadsheet', async () => {
    const report = await read('agency');
    expect(reportCsv(report)).toContain("001.00.12.H61,'=cmd|calc,2");
    expect([csvCell('-1+1'), csvCell('a,"b"'), csvCell(-1), csvCell(null)]).toEqual(["'-1+1", '"a,""b"""', '-1', '']);
    const bytes = await reportXlsx(report);
    expect(bytes.subarray(0, 2).toString()).toBe('PK');
    expect(bytes.length).toBeGreaterThan(1000);
  });
});
