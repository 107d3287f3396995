import { createOutsideRegister } from '../../../src/adapters/postgres/outside-register.ts';
import { createPool } from '../../../src/adapters/postgres/pool.ts';
import { createRegister } from '../../../src/adapters/postgres/register.ts';
import type { ListedAgency, SyncOptions } from '../../../src/routing/outside-sync.ts';
import { syncOutside } from '../../../src/routing/outside-sync.ts';
import { agencyWith, newId } from '../../support/acceptance.ts';
import type { TestDatabase } from '../../support/database.ts';
import { testDatabase } from '../../support/database.ts';

const now = () => new Date();
const own = '000.00.12.H61';
const options: SyncOptions = { province: ['H61'], actor: 'cli:test', dryRun: false };
let database: TestDatabase;
let register: ReturnType<typeof createRegister>;

beforeAll(async () => {
  const made = await testDatabase();
  const pool = createPool({ url: made.url }, 4, { warn: () => undefined });
  database = { ...made, pool, drop: () => pool.end().then(() => made.drop()) };
  register = createRegister(pool, now);
  await register.add([agencyWith(own, { name: 'Sở Nội vụ' })], 'test');
});
afterAll(() => database.drop());

async function* listed(...rows: readonly (readonly [code: string, name: string, closed?: boolean])[]): AsyncGenerator<ListedAgency> {
  for (const [code, name, closed = false] of rows) yield { code, name, closed };
}

const sync = (rows: AsyncIterable<ListedAgency>, more: Partial<SyncOptions> = {}) =>
  syncOutside(rows, createOutsideRegister(database.pool, newId, now), { ...options, ...more });

describe('a sync of the directory', () => {
  it('adds agencies elsewhere, says why it leaves rows out, and never touches our own', async () => {
    const rows = () =>
      listed(
        ['G22', 'Bộ  Tài chính'],
        ['G22.1', 'Tổng cục Thuế'],
        ['G22.1', 'Tổng cục Thuế, lần hai'],
        [own, 'Tên do trục đặt'],
        ['000.00.99.H61', 'Đơn vị lạ của tỉnh'],
        ['mã sai', 'Sai'],
        ['G23', ' '],
        ['G24', 'Đã đóng từ trước', true],
      );
    const tried = await sync(rows(), { dryRun: true });
    expect(await register.byCode('G22')).toBeNull();
    const report = await sync(rows());
    expect(report).toEqual(tried);
    expect(report).toMatchObject({
      listed: 8,
      added: 2,
      renamed: 0,
      skipped: { ours: 1, province: 1, malformed: 1, nameless: 1, repeated: 1, closed: 1 },
    });
    expect(report.leftOut.map(({ code, why }) => `${code} ${why}`).sort()).toEqual([
      '000.00.99.H61 province',
      'G22.1 repeated',
      'G23 nameless',
      'mã sai malformed',
    ]);
    expect(await register.byCode('G22')).toMatchObject({ name: 'Bộ Tài chính', channel: 'upward', status: 'active' });
    expect(await register.byCode(own)).toMatchObject({ name: 'Sở Nội vụ', channel: 'inbox' });
  });

  it('changes only what changed: names, what was closed, what is open again', async () => {
    await sync(listed(['H53', 'Tỉnh Một'], ['H53.1', 'Sở Một'], ['H53.2', 'Sở Hai']));
    const changed = await sync(listed(['H53', 'Tỉnh Một'], ['H53.1', 'Sở Một mới'], ['H53.2', 'Sở Hai', true]));
    expect(changed).toMatchObject({ unchanged: 1, added: 0, renamed: 1, closed: 1 });
    expect(changed.changes).toEqual([
      { kind: 'rename', id: expect.any(String), code: 'H53.1', name: 'Sở Một mới', before: 'Sở Một' },
      { kind: 'close', id: expect.any(String), code: 'H53.2', name: 'Sở Hai' },
    ]);
    expect(await register.byCode('H53.2')).toMatchObject({ status: 'closed' });
    expect(await sync(listed(['H53.2', 'Sở Hai']))).toMatchObject({ reopened: 1 });
    const suspended = await register.byCode('H53.2');
    await register.setStatus(suspended?.id ?? '', 'suspended', 'test', 'thử');
    expect(await sync(listed(['H53.2', 'Sở Hai khác']))).toMatchObject({ skipped: { suspended: 1 } });
    const events = await database.pool.query(`select count(*)::int as n from events where reason like 'directory of the system above%'`);
    expect(events.rows).toEqual([{ n: 4 }]);
  });

  it('is incremental with thousands of rows', async () => {
    const many = () => listed(...Array.from({ length: 5000 }, (_, i) => [`K01.${i}`, `Đơn vị ${i}`] as const));
    expect(await sync(many())).toMatchObject({ listed: 5000, added: 5000 });
    expect(await sync(many())).toMatchObject({ unchanged: 5000, added: 0 });
  });
});
