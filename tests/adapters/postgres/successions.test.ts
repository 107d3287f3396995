import { readSuccessionFile } from '../../../src/adapters/agency-file/succession-file.ts';
import { createFindGroups } from '../../../src/adapters/postgres/agency-groups.ts';
import { createLookUp } from '../../../src/adapters/postgres/directory.ts';
import { createIntake } from '../../../src/adapters/postgres/intake.ts';
import { createDeliveryLocks } from '../../../src/adapters/postgres/locks.ts';
import { createPool } from '../../../src/adapters/postgres/pool.ts';
import { createRecords } from '../../../src/adapters/postgres/records.ts';
import { createRegister } from '../../../src/adapters/postgres/register.ts';
import { createReadRouteBook } from '../../../src/adapters/postgres/route-book.ts';
import { strandedDeliveries } from '../../../src/adapters/postgres/stranded.ts';
import { createSuccessions } from '../../../src/adapters/postgres/successions.ts';
import { addresseeOf } from '../../../src/routing/addressee.ts';
import { createDesk } from '../../../src/routing/desk.ts';
import { Rejection } from '../../../src/routing/problem.ts';
import type { Agency } from '../../../src/routing/register.ts';
import { defaultSchedules } from '../../../src/routing/retry.ts';
import type { Matter } from '../../../src/routing/succession.ts';
import { acceptanceOf, agencyWith, newId } from '../../support/acceptance.ts';
import type { TestDatabase } from '../../support/database.ts';
import { testDatabase } from '../../support/database.ts';

const now = () => new Date();

let database: TestDatabase;
let successions: ReturnType<typeof createSuccessions>;
let register: ReturnType<typeof createRegister>;
let next = 10;

beforeAll(async () => {
  const made = await testDatabase();
  const pool = createPool({ url: made.url }, 4, { warn: () => undefined });
  database = { ...made, pool, drop: () => pool.end().then(() => made.drop()) };
  successions = createSuccessions(database.pool, now, newId);
  register = createRegister(database.pool, now);
});
afterAll(() => database.drop());

/** Agencies of their own for one test, named by letters: `{a}` in a file stands for the code of `a`. */
async function agencies<N extends string>(...names: N[]): Promise<Record<N, Agency>> {
  const group = String(next++).padStart(2, '0');
  const made = names.map((name, i) => [name, agencyWith(`000.${String(i + 1).padStart(2, '0')}.${group}.H61`)] as const);
  await register.add(
    made.map(([, agency]) => agency),
    'test',
  );
  return Object.fromEntries(made) as Record<N, Agency>;
}

const codeOf = (agency: Agency | undefined) => agency?.codes[0]?.code ?? '';

function fileOf(text: string, by: Readonly<Record<string, Agency>>) {
  const filled = text
    .trim()
    .replace(/^ +/gm, '')
    .replace(/\{(\w+)\}/g, (_, name: string) => codeOf(by[name]));
  return readSuccessionFile('test.csv', Buffer.from(filled));
}

async function applied(text: string, by: Readonly<Record<string, Agency>>, dryRun = false) {
  return successions.apply(fileOf(text, by), 'test', dryRun);
}

/** Code and line of every problem. */
async function refusalOf(work: () => Promise<unknown>): Promise<string[]> {
  const error = await work().then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!(error instanceof Rejection)) throw error ?? new Error('not refused');
  return error.problems.map((one) => `${one.line ?? ''} ${one.code}`);
}

async function routed(agency: Agency | string, on: string, matter: Matter = {}) {
  const code = typeof agency === 'string' ? agency : codeOf(agency);
  const entries = await createLookUp(database.pool, now)([code], on);
  return addresseeOf(code, entries.get(code), matter);
}

describe('a merger', () => {
  it('holds from its day on, in the future too, and tells the steps', async () => {
    const by = await agencies('a', 'b', 'c');
    const report = await applied('kind,from,to,on,basis\nmerge,{a},{c},2031-07-01,NQ 202/2025/QH15\nmerge,{b},{c},2031-07-01,', by);
    expect(report).toMatchObject({ counts: { merge: 2 }, waiting: 0, unitsLeft: 0 });
    expect(await routed(by.a, '2031-06-30')).toMatchObject({ kind: 'agency', agency: { id: by.a.id, status: 'active' } });
    expect(await routed(by.a, '2031-07-01')).toMatchObject({
      kind: 'successor',
      agency: { id: by.c.id },
      steps: [{ kind: 'merge', on: '2031-07-01', from: codeOf(by.a), to: codeOf(by.c), basis: 'NQ 202/2025/QH15' }],
    });
    const [entry] = (await createLookUp(database.pool, now)([codeOf(by.a)], '2031-07-01')).values();
    expect(entry?.status).toBe('closed');
  });

  it('of mergers is followed to the end', async () => {
    const by = await agencies('a', 'b', 'c');
    await applied('kind,from,to,on\nmerge,{a},{b},2025-07-01', by);
    await applied('kind,from,to,on\nmerge,{b},{c},2026-01-01', by);
    expect(await routed(by.a, '2025-12-31')).toMatchObject({ agency: { id: by.b.id } });
    expect(await routed(by.a, '2026-01-01')).toMatchObject({ agency: { id: by.c.id }, steps: [{ kind: 'merge' }, { kind: 'merge' }] });
  });
});

describe('a split', () => {
  it('by hand is held for a person, by rule goes where the rule says', async () => {
    const by = await agencies('a', 'b', 'x', 'y');
    await applied('kind,from,to,on,rule\nsplit,{a},{x},2025-07-01,\nsplit,{a},{y},2025-07-01,', by);
    await applied('kind,from,to,on,rule\nsplit,{b},{x},2025-07-01,subject=giáo dục|y tế\nsplit,{b},{y},2025-07-01,*', by);
    expect(await routed(by.a, '2025-07-01')).toMatchObject({ kind: 'held', candidates: [{ id: by.x.id }, { id: by.y.id }] });
    expect(await routed(by.b, '2025-07-01', { subject: 'V/v Y TẾ' })).toMatchObject({ kind: 'successor', agency: { id: by.x.id } });
    expect(await routed(by.b, '2025-07-01', { subject: 'V/v đất đai' })).toMatchObject({ kind: 'successor', agency: { id: by.y.id } });
  });
});

describe('a rename or a move', () => {
  it('changes name, parent and code on the day, and the old code still reaches the agency', async () => {
    const by = await agencies('a', 'p', 'q');
    await applied('kind,from,on,parent,name,code\nmove,{a},2025-07-01,{p},,001.99.99.H61\nrename,{a},2026-01-01,,Sở Mới,', by);
    expect(await routed(by.a, '2025-06-30')).toMatchObject({ kind: 'agency', agency: { name: by.a.name } });
    expect(await routed(by.a, '2025-07-01')).toMatchObject({
      kind: 'successor',
      agency: { id: by.a.id },
      steps: [{ kind: 'recode', from: codeOf(by.a), to: '001.99.99.H61' }],
    });
    expect(await routed('001.99.99.H61', '2026-01-01')).toMatchObject({ kind: 'agency', agency: { id: by.a.id, name: 'Sở Mới' } });
    expect(await routed('001.99.99.H61', '2025-06-30')).toMatchObject({ kind: 'not-yet', beginsOn: '2025-07-01' });
  });
});

describe('a closure', () => {
  it('leaves nobody to answer', async () => {
    const by = await agencies('a');
    await applied('kind,from,on\nclose,{a},2025-07-01', by);
    expect(await routed(by.a, '2025-06-30')).toMatchObject({ kind: 'agency' });
    expect(await routed(by.a, '2025-07-01')).toMatchObject({ kind: 'closed' });
  });
});

describe('what can not be', () => {
  it.each([
    ['a source that does not exist', 'merge,000.98.98.H61,{b},2025-07-01', ['2 SUCCESSION_SOURCE_UNKNOWN']],
    ['a successor that does not exist', 'merge,{a},000.98.98.H61,2025-07-01', ['2 SUCCESSOR_UNKNOWN']],
    ['an agency that follows itself', 'merge,{a},{a},2025-07-01', ['2 SUCCESSION_CYCLE']],
    [
      'a circle',
      'merge,{a},{b},2025-07-01\nmerge,{b},{c},2026-07-01\nmerge,{c},{a},2027-07-01',
      ['2 ', '3 ', '4 '].map((n) => `${n}SUCCESSION_CYCLE`),
    ],
    ['two ends of one agency', 'merge,{a},{b},2025-07-01\nclose,{a},,2025-08-01', ['3 SUCCESSION_OVERLAP']],
    ['a successor that has ended by then', 'merge,{a},{b},2025-07-01\nclose,{b},,2025-06-01', ['2 SUCCESSOR_NOT_IN_FORCE']],
    ['a split into one', 'split,{a},{b},2025-07-01', ['2 SUCCESSION_ROW_INVALID']],
    ['a split that names one twice', 'split,{a},{b},2025-07-01\nsplit,{a},{b},2025-07-01', ['2 SUCCESSION_ROW_INVALID']],
    ['an end before the beginning', 'close,{a},,1999-01-01', ['2 SUCCESSION_OVERLAP']],
  ])('%s: refused with line and reason, nothing stored', async (_, rows, expected) => {
    const by = await agencies('a', 'b', 'c');
    const good = await agencies('d', 'e');
    const text = `kind,from,to,on\n${rows}\nmerge,{d},{e},2025-07-01`;
    expect(await refusalOf(() => applied(text, { ...by, ...good }))).toEqual(expected);
    expect(await routed(good.d, '2025-07-01')).toMatchObject({ kind: 'agency' });
  });

  it.each([
    ['a code of another agency', 'rename,{a},2025-07-01,,X,{b}', ['2 CODE_TAKEN']],
    ['one new code for two agencies', 'rename,{a},2025-07-01,,X,000.97.97.H61\nrename,{b},2025-07-01,,Y,000.97.97.H61', ['3 CODE_TAKEN']],
    ['a parent that does not exist', 'move,{a},2025-07-01,000.96.96.H61,,', ['2 SUCCESSOR_UNKNOWN']],
    ['an agency under itself', 'move,{a},2025-07-01,{b},,\nmove,{b},2025-07-01,{a},,', ['2 SUCCESSION_CYCLE', '3 SUCCESSION_CYCLE']],
    ['two names on one day', 'rename,{a},2025-07-01,,X,\nrename,{a},2025-07-01,,Y,', ['3 SUCCESSION_OVERLAP']],
  ])('%s: refused with line and reason', async (_, rows, expected) => {
    const by = await agencies('a', 'b');
    expect(await refusalOf(() => applied(`kind,from,on,parent,name,code\n${rows}`, by))).toEqual(expected);
  });

  it('an overlap with what was applied before, and a circle through it', async () => {
    const by = await agencies('a', 'b', 'c');
    await applied('kind,from,to,on\nmerge,{a},{b},2026-07-01', by);
    expect(await refusalOf(() => applied('kind,from,to,on\nmerge,{a},{c},2027-07-01', by))).toEqual(['2 SUCCESSION_OVERLAP']);
    expect(await refusalOf(() => applied('kind,from,to,on\nmerge,{b},{a},2027-07-01', by))).toEqual(['2 SUCCESSION_CYCLE']);
    expect(await refusalOf(() => applied('kind,from,on,name\nrename,{a},2026-07-01,X', by))).toEqual(['2 SUCCESSION_OVERLAP']);
    expect(await refusalOf(() => applied('kind,from,to,on\nmerge,{c},{a},2026-07-01', by))).toEqual(['2 SUCCESSOR_NOT_IN_FORCE']);
  });

  it('a code given to another agency, whatever the scheme: the database itself refuses', async () => {
    const { a, b } = await agencies('a', 'b');
    const insert = `insert into agency_codes (code, scheme, agency_id) values ($1, 'local', $2)`;
    await expect(database.pool.query(insert, [codeOf(a), b.id])).rejects.toThrow('belongs to another agency');
    await database.pool.query('delete from agency_codes where agency_id = $1', [a.id]);
    await expect(database.pool.query(insert, [codeOf(a), b.id])).rejects.toThrow('belongs to another agency');
    await expect(database.pool.query('update agency_codes set agency_id = $1 where agency_id = $2', [a.id, b.id])).rejects.toThrow('owner');
    await expect(database.pool.query('delete from code_owners where code = $1', [codeOf(a)])).rejects.toThrow('append-only');
    await expect(register.add([agencyWith(codeOf(a))], 'test')).rejects.toThrow('CODE_TAKEN');
  });
});

describe('looking up many codes', () => {
  it('gives each the name of the day, as looking it up alone does', async () => {
    const by = await agencies('a', 'b');
    await applied('kind,from,on,name\nrename,{a},2026-07-01,Tên mới', by);
    const others = Array.from({ length: 5200 }, (_, i) => `X${i}`);
    const named = async (codes: readonly string[], on: string) => {
      const found = await createLookUp(database.pool, now)(codes, on);
      return [by.a, by.b].map((one) => found.get(codeOf(one))?.name);
    };
    for (const on of ['2026-06-30', '2026-07-01']) {
      const alone = await named([codeOf(by.a), codeOf(by.b)], on);
      expect(alone).toEqual([on === '2026-07-01' ? 'Tên mới' : by.a.name, by.b.name]);
      expect(await named([codeOf(by.a), ...others, codeOf(by.b)], on)).toEqual(alone);
    }
  });
});

describe('an agency that gets two new codes in one file', () => {
  it('has each until the day before the next, whatever the order of the rows; taken back it has its own again', async () => {
    const by = await agencies('a');
    const rows = 'rename,{a},2030-07-01,000.92.92.H61\nrename,{a},2028-07-01,000.91.91.H61';
    const { batch = '' } = await applied(`kind,from,on,code\n${rows}`, by);
    const codesOf = async () =>
      (
        await database.pool.query('select code, valid_to::text as until from agency_codes where agency_id = $1 order by valid_from', [
          by.a.id,
        ])
      ).rows;
    expect(await codesOf()).toEqual([
      { code: codeOf(by.a), until: '2028-06-30' },
      { code: '000.91.91.H61', until: '2030-06-30' },
      { code: '000.92.92.H61', until: null },
    ]);
    expect(await routed('000.91.91.H61', '2029-01-01')).toMatchObject({ kind: 'agency' });
    expect(await routed('000.91.91.H61', '2030-07-01')).toMatchObject({
      kind: 'successor',
      agency: { id: by.a.id, code: '000.92.92.H61' },
    });
    await successions.undo(batch, 'test', 'nhầm');
    expect(await codesOf()).toEqual([{ code: codeOf(by.a), until: null }]);
  });
});

describe('a file as a whole', () => {
  it('is only looked at in a dry run', async () => {
    const by = await agencies('a', 'b', 'u');
    await database.pool.query('update agencies set parent_id = $1 where id = $2', [by.a.id, by.u.id]);
    const report = await applied('kind,from,to,on\nmerge,{a},{b},2025-07-01', by, true);
    expect(report).toMatchObject({ successions: [{ line: 2, from: codeOf(by.a), to: [codeOf(by.b)] }], unitsLeft: 1 });
    expect(report.batch).toBeUndefined();
    expect(await routed(by.a, '2025-07-01')).toMatchObject({ kind: 'agency' });
  });

  it('is taken back as a whole: ends, names, codes', async () => {
    const by = await agencies('a', 'b', 'c');
    const { batch = '' } = await applied(
      'kind,from,to,on,name,code\nmerge,{a},{b},2025-07-01,,\nrename,{c},,2025-07-01,Mới,000.95.95.H61',
      by,
    );
    const undone = await successions.undo(batch, 'test', 'nhầm tệp');
    expect(undone).toMatchObject({ id: batch, successions: 2, undoReason: 'nhầm tệp', undoneBy: 'test' });
    expect(await routed(by.a, '2025-07-01')).toMatchObject({ kind: 'agency', agency: { status: 'active' } });
    expect(await routed(by.c, '2025-07-01')).toMatchObject({ kind: 'agency', agency: { name: by.c.name } });
    expect(await routed('000.95.95.H61', '2025-07-01')).toEqual({ kind: 'unknown' });
    await expect(register.add([agencyWith('000.95.95.H61')], 'test')).rejects.toThrow('CODE_TAKEN');
    expect(await refusalOf(() => successions.undo(batch, 'test', 'x'))).toEqual([' BATCH_UNDONE']);
    expect(await refusalOf(() => successions.undo(newId(), 'test', 'x'))).toEqual([' BATCH_UNKNOWN']);
    await applied('kind,from,on,code\nrename,{c},2025-07-01,000.95.95.H61', by);
    expect(await routed('000.95.95.H61', '2025-07-01')).toMatchObject({ kind: 'agency', agency: { id: by.c.id } });
  });

  it('is not taken back while a later one builds upon it', async () => {
    const by = await agencies('a', 'b', 'c');
    const first = await applied('kind,from,to,on\nmerge,{a},{b},2025-07-01', by);
    const second = await applied('kind,from,to,on\nmerge,{b},{c},2026-07-01', by);
    expect(await refusalOf(() => successions.undo(first.batch ?? '', 'test', 'x'))).toEqual([' BATCH_BUILT_UPON']);
    await successions.undo(second.batch ?? '', 'test', 'x');
    await successions.undo(first.batch ?? '', 'test', 'x');
    expect((await successions.list(2)).map((one) => one.id)).toEqual([second.batch, first.batch]);
  });
});

describe('what belonged to an agency that was merged', () => {
  it('goes on with its successor: waiting deliveries, inbox, receipts', async () => {
    const by = await agencies('a', 'b', 's', 'x', 'y');
    await register.addClient({ id: 'client-b', name: 'b', scopes: ['receive'], agencyIds: [by.b.id] }, 'test');
    const intake = createIntake(database.pool, () => undefined);
    const package1 = acceptanceOf(by.s, [{ agency: by.a }, { agency: by.x }]);
    await intake.accept(package1);
    expect((await register.clientForLogin('client-b', now()))?.agencyIds).toEqual(new Set([by.b.id]));
    const rows = 'merge,{a},{b},2026-01-01\nsplit,{x},{b},2026-01-01\nsplit,{x},{y},2026-01-01';
    expect(await applied(`kind,from,to,on\n${rows}`, by)).toMatchObject({ waiting: 2 });
    expect((await register.clientForLogin('client-b', now()))?.agencyIds).toEqual(new Set([by.b.id, by.a.id]));
    const desk = deskOf(database.pool);
    for (const id of await strandedDeliveries(database.pool, '2026-03-02', 10)) await desk.handOver(id);
    const [toA, toX] = await Promise.all(package1.deliveries.map((d) => createRecords(database.pool).delivery(d.id)));
    expect(toA).toMatchObject({ state: 'waiting', agencyId: by.b.id, recipient: codeOf(by.a), turn: 2 });
    expect(toX).toMatchObject({ state: 'held', problem: { code: 'RECIPIENT_SPLIT' } });
    expect(await strandedDeliveries(database.pool, '2026-03-02', 10)).toEqual([]);
    expect(await desk.release(toX?.id ?? '', 'test', 'chọn', codeOf(by.y))).toMatchObject({ state: 'waiting', agencyId: by.y.id });
  });
});

function deskOf(pool: TestDatabase['pool']) {
  const ports = {
    locks: createDeliveryLocks(pool, () => undefined),
    lookUp: createLookUp(pool, now),
    readBook: createReadRouteBook(pool, now),
    findGroups: createFindGroups(pool),
    signReceipt: async () => '<receipt/>',
    ring: () => undefined,
    newId,
    now,
  };
  return createDesk(ports, { gateway: 'test', schedules: defaultSchedules, province: ['H61'] });
}
