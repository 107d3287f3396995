import { createUsedMarks } from '../../../src/adapters/postgres/used-marks.ts';
import type { TestDatabase } from '../../support/database.ts';
import { testDatabase } from '../../support/database.ts';

let database: TestDatabase;
let time = new Date('2026-03-02T02:00:00Z');

beforeAll(async () => {
  database = await testDatabase();
});
afterAll(() => database?.drop());

describe('marks that work once', () => {
  it('can be used again when their time is over or they were given back, and are forgotten after it', async () => {
    const marks = createUsedMarks(database.pool, () => time);
    expect([await marks.use('a', 600), await marks.use('a', 600), await marks.use('b', 600)]).toEqual([true, false, true]);
    await marks.giveBack('a');
    expect([await marks.use('a', 600), await marks.use('a', 600)]).toEqual([true, false]);
    time = new Date(time.getTime() + 600_000);
    expect([await marks.use('a', 600), await marks.use('a', 600)]).toEqual([true, false]);
    await marks.forget();
    expect((await database.pool.query('select mark from used_marks')).rows).toEqual([{ mark: 'a' }]);
  });
});
