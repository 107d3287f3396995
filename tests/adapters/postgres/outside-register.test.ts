import { createLookUp } from '../../../src/adapters/postgres/directory.ts';
import { createOutsideRegister } from '../../../src/adapters/postgres/outside-register.ts';
import { createPool } from '../../../src/adapters/postgres/pool.ts';
import { createRegister } from '../../../src/adapters/postgres/register.ts';
import { createSuccessions } from '../../../src/adapters/postgres/successions.ts';
import { addresseeOf } from '../../../src/routing/addressee.ts';
import type { ListedAgency } from '../../../src/routing/outside-list.ts';
import type { SyncOptions } from '../../../src/routing/outside-sync.ts';
import { syncOutside } from '../../../src/routing/outside-sync.ts';
import { vietnamDay } from '../../../src/routing/time.ts';
import { agencyWith, newId } from '../../support/acceptance.ts';
import type { TestDatabase } from '../../support/database.ts';
import { testDatabase } from '../../support/database.ts';

const now = () => new Date();
const own = '000.00.12.H61';
const options: SyncOptions = { province: ['H61'], day: vietnamDay(now()), actor: 'cli:test', dryRun: false };
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

type Row = readonly [code: string, name: string, closed?: boolean, more?: Partial<ListedAgency>];

const listed = (...rows: readonly Row[]): ListedAgency[] =>
  rows.map(([code, name, closed = false, more = {}]) => ({ code, name, closed, ...more }));

const sync = (rows: readonly ListedAgency[], more: Partial<SyncOptions> = {}) =>
  syncOutside({ list: async (take) => rows.forEach(take), further: {} }, createOutsideRegister(database.pool, newId, now), {
    ...options,
    ...more,
  });

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

  const withOld = (code: string, name: string, oldCode: string): Row => [code, name, false, { oldCode }];
  const asked = async (code: string) => {
    const on = vietnamDay(now());
    return addresseeOf(code, (await createLookUp(database.pool, now)([code], on)).get(code));
  };

  it('takes an old code for a change of code: a succession, after which both codes reach the same agency', async () => {
    await sync(listed(['K02.1', 'Cục Một'], ['K02.2', 'Cục Hai']));
    const before = await register.byCode('K02.1');
    const tried = await sync(listed(withOld('K02.11', 'Cục Một', 'K02.1'), ['K02.1', 'Cục Một', true]), { dryRun: true });
    const report = await sync(listed(withOld('K02.11', 'Cục Một', 'K02.1'), ['K02.1', 'Cục Một', true]));
    expect(report).toEqual(tried);
    expect(report).toMatchObject({ recoded: 1, added: 0, closed: 0, skipped: { superseded: 1 }, unmapped: {} });
    expect(report.changes).toEqual([{ kind: 'recode', id: before?.id, code: 'K02.11', name: 'Cục Một', before: 'K02.1' }]);
    expect(await asked('K02.11')).toMatchObject({ kind: 'agency', agency: { id: before?.id } });
    expect(await asked('K02.1')).toMatchObject({
      kind: 'successor',
      agency: { id: before?.id },
      steps: [{ kind: 'recode', from: 'K02.1', to: 'K02.11' }],
    });
    const [batch] = await createSuccessions(database.pool, now, newId).list(1);
    expect(batch).toMatchObject({ fileName: 'axis sync', successions: 1, actor: 'cli:test' });
    // the row of the old code stays in the list, and the new one says so again or no more
    for (const again of [withOld('K02.11', 'Cục Một', 'K02.1'), ['K02.11', 'Cục Một'] as const]) {
      const next = await sync(listed(again, ['K02.1', 'Cục Một', true]));
      expect(next).toMatchObject({ unchanged: 1, recoded: 0, closed: 0, changes: [], skipped: { superseded: 1 } });
    }
  });

  it('gives an agency the further codes that the list has for it, new ones with the agency', async () => {
    await sync(listed(['K03.1', 'Cục Ba']));
    const rows = () =>
      listed(
        ['K03.1', 'Cục Ba', false, { code102: '000.00.01.K03' }],
        ['K03.2', 'Cục Bốn', false, { code102: '000.00.02.K03', oldCode: 'K03.02' }],
      );
    expect(await sync(rows())).toMatchObject({ added: 1, codesAdded: 1, unmapped: {} });
    const [three, four] = [await register.byCode('K03.1'), await register.byCode('K03.2')];
    expect(three?.codes).toContainEqual({ code: '000.00.01.K03', scheme: 'qcvn102', validFrom: '2000-01-01' });
    expect(await asked('000.00.02.K03')).toMatchObject({ kind: 'agency', agency: { id: four?.id } });
    expect(await asked('K03.02')).toMatchObject({ kind: 'successor', agency: { id: four?.id } });
    expect(await sync(rows())).toMatchObject({ unchanged: 2, changes: [] });
  });

  it('knows an agency that was registered by its code of QCVN 102', async () => {
    const id = newId();
    await register.add([{ ...agencyWith('000.00.09.K03', { channel: 'upward', name: 'Cục Chín' }), id }], 'test');
    const report = await sync(listed(['K03.9', 'Cục Chín', false, { code102: '000.00.09.K03' }]));
    expect(report).toMatchObject({ added: 0, codesAdded: 1 });
    expect(await asked('K03.9')).toMatchObject({ kind: 'agency', agency: { id } });
  });

  it('maps nothing that is in doubt, and says what and why', async () => {
    await sync(listed(['K04.1', 'Cục A'], ['K04.2', 'Cục B'], ['K04.3', 'Cục C']));
    const report = await sync(
      listed(
        // two say that it was theirs
        withOld('K04.11', 'Cục A một', 'K04.1'),
        withOld('K04.12', 'Cục A hai', 'K04.1'),
        // listed itself
        withOld('K04.22', 'Cục B mới', 'K04.2'),
        ['K04.2', 'Cục B'],
        // ours, by the code that it had
        withOld('K04.4', 'Sở Nội vụ', own),
        ['K04.5', 'Cục D', false, { oldCode: 'mã sai', code102: 'K04.55' }],
        withOld('K04.6', 'Cục E', '000.00.98.H61'),
        ['K04.7', 'Cục F', false, { code102: '000.00.07.K04', oldCode: 'K04.3' }],
        withOld('K04.8', 'Cục G', 'K04.3'),
      ),
    );
    expect(report.leftOut.map(({ code, why, about }) => [code, why, about].join(' ')).sort()).toEqual([
      'K04.11 code-shared K04.1',
      'K04.12 code-shared K04.1',
      'K04.22 code-shared K04.2',
      'K04.4 ours-by-code ',
      'K04.5 code-malformed K04.55',
      'K04.5 code-malformed mã sai',
      'K04.6 code-province 000.00.98.H61',
      'K04.7 code-shared K04.3',
      'K04.8 code-shared K04.3',
    ]);
    expect(report).toMatchObject({ added: 7, recoded: 0, unchanged: 1, skipped: { 'ours-by-code': 1 }, unmapped: { 'code-malformed': 2 } });
    expect(await register.byCode('K04.1')).toMatchObject({ status: 'active', codes: [{ code: 'K04.1' }] });
    expect(await register.byCode('K04.4')).toBeNull();
  });

  it('takes the first of two rows about one agency, so that the next sync has nothing to do', async () => {
    const agency = agencyWith('K05.1', { channel: 'upward', name: 'Cục Một' });
    const codes = [...agency.codes, { code: 'K05.01', scheme: 'local', validFrom: '2000-01-01' } as const];
    await register.add([{ ...agency, codes }], 'test');
    const rows = () => listed(['K05.1', 'Cục Một'], ['K05.01', 'Cục Một tên khác']);
    const report = await sync(rows());
    expect(report).toMatchObject({ unchanged: 1, renamed: 0, changes: [], skipped: { 'same-agency': 1 } });
    expect(await sync(rows())).toEqual(report);
  });

  it('refuses a second change of code on one day and goes on with the rest, which the next day can do', async () => {
    await sync(listed(['K06.1', 'Cục Một']));
    await sync(listed(withOld('K06.2', 'Cục Một', 'K06.1')));
    const rows = () => listed(withOld('K06.3', 'Cục Một', 'K06.2'), ['K06.9', 'Cục Chín', false, { key: '9' }]);
    const tried = await sync(rows(), { dryRun: true });
    const report = await sync(rows());
    expect(report).toEqual(tried);
    expect(report).toMatchObject({ recoded: 0, added: 1, unmapped: { 'recode-refused': 1 } });
    expect(report.leftOut).toEqual([{ code: 'K06.3', name: 'Cục Một', why: 'recode-refused', about: 'K06.2: SUCCESSION_OVERLAP' }]);
    expect(await register.byCode('K06.3')).toBeNull();
  });

  it('opens an agency again that changed its code after it was closed', async () => {
    await sync(listed(['K07.1', 'Cục Một']));
    await sync(listed(['K07.1', 'Cục Một', true]));
    const rows = () => listed(withOld('K07.2', 'Cục Một', 'K07.1'), ['K07.1', 'Cục Một', true]);
    const tried = await sync(rows(), { dryRun: true });
    const report = await sync(rows());
    expect(report).toEqual(tried);
    expect(report).toMatchObject({ reopened: 1, recoded: 1 });
    expect(await asked('K07.2')).toMatchObject({ kind: 'agency' });
  });

  const placed = (code: string, name: string, key: string, above?: string): Row => [
    code,
    name,
    false,
    above === undefined ? { key } : { key, above },
  ];
  const parentOf = async (code: string) => (await register.byCode(code))?.parent;

  it('puts agencies under those that the list names, whatever the order of its rows, and moves them', async () => {
    const report = await sync(listed(placed('L01.9', 'Đội', '3', '2'), placed('L02.5', 'Cục', '2', '1'), placed('L03', 'Bộ', '1')));
    expect(report).toMatchObject({ added: 3, unmapped: {} });
    expect([await parentOf('L01.9'), await parentOf('L02.5'), await parentOf('L03')]).toEqual(['L02.5', 'L03', undefined]);
    const moved = () =>
      listed(
        placed('L01.9', 'Đội', '3', '1'),
        placed('L02.5', 'Cục', '2', '4'),
        placed('L03', 'Bộ', '1'),
        placed('L04', 'Tổng cục', '4', '1'),
      );
    const tried = await sync(moved(), { dryRun: true });
    expect(await sync(moved())).toEqual(tried);
    expect(tried).toMatchObject({ added: 1, moved: 2, unchanged: 1 });
    expect([await parentOf('L01.9'), await parentOf('L02.5'), await parentOf('L04')]).toEqual(['L03', 'L04', 'L03']);
    expect(await sync(moved())).toMatchObject({ unchanged: 4, changes: [] });
  });

  it('leaves an agency where it stands when its parent is not listed, leads in a circle, or was set by a succession', async () => {
    await sync(
      listed(placed('M01', 'Bộ', '1'), placed('M01.1', 'Cục', '2', '1'), placed('M02', 'Bộ hai', '3'), placed('M01.3', 'Cục ba', '5', '1')),
    );
    const move = { line: 1, kind: 'move', from: 'M01.3', on: vietnamDay(now()), parent: 'M02' } as const;
    await createSuccessions(database.pool, now, newId).apply({ name: 'x', sha256: '00'.repeat(32), rows: [move] }, 'test', false);
    const report = await sync(
      listed(
        placed('M01', 'Bộ', '1', '2'),
        placed('M01.1', 'Cục', '2', '1'),
        placed('M02', 'Bộ hai', '3', '99'),
        placed('M01.3', 'Cục ba', '5', '2'),
      ),
    );
    expect(report.leftOut.map(({ code, why }) => `${code} ${why}`).sort()).toEqual([
      'M01 parent-circle',
      'M01.1 parent-circle',
      'M01.3 parent-ruled',
      'M02 parent-unlisted',
    ]);
    expect(report).toMatchObject({ unchanged: 4, moved: 0 });
    expect([await parentOf('M01'), await parentOf('M01.1'), await parentOf('M01.3')]).toEqual([undefined, 'M01', 'M02']);
  });

  it('finds a circle that runs through agencies which are not listed', async () => {
    const [top, middle] = [agencyWith('N01', { channel: 'upward', name: 'Bộ' }), agencyWith('N02', { channel: 'upward', name: 'Cục' })];
    await register.add(
      [top, { ...middle, parent: 'N01' }, { ...agencyWith('N03', { channel: 'upward', name: 'Đội' }), parent: 'N02' }],
      'test',
    );
    const report = await sync(listed(placed('N01', 'Bộ', '1', '3'), placed('N03', 'Đội', '3')));
    expect(report.leftOut).toEqual([{ code: 'N01', name: 'Bộ', why: 'parent-circle', about: 'N03' }]);
    expect(await parentOf('N01')).toBeUndefined();
  });
});
