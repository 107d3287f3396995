import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { readLevelOneFile } from '../../../src/adapters/agency-file/level-one-file.ts';
import { readSuccessionFile } from '../../../src/adapters/agency-file/succession-file.ts';
import { createFindGroups } from '../../../src/adapters/postgres/agency-groups.ts';
import { createDirectoryDesk } from '../../../src/adapters/postgres/directory-desk.ts';
import { createLevelOneCodes } from '../../../src/adapters/postgres/level-one.ts';
import { createPool } from '../../../src/adapters/postgres/pool.ts';
import { createRegister } from '../../../src/adapters/postgres/register.ts';
import { createSuccessions } from '../../../src/adapters/postgres/successions.ts';
import { productRoot } from '../../../src/paths.ts';
import type { ListedAgency, TreeNode } from '../../../src/routing/directory-desk.ts';
import { levelOneOn } from '../../../src/routing/level-one.ts';
import { agencyWith, newId } from '../../support/acceptance.ts';
import type { TestDatabase } from '../../support/database.ts';
import { testDatabase } from '../../support/database.ts';

const now = () => new Date();
const today = '2026-03-02';
const shipped = readLevelOneFile(readFileSync(join(productRoot, 'schemas', 'codes', 'level-one.csv')));

let database: TestDatabase;
let desk: ReturnType<typeof createDirectoryDesk>;
let register: ReturnType<typeof createRegister>;
let successions: ReturnType<typeof createSuccessions>;

const listed: readonly (readonly [code: string, name: string])[] = [
  ['000.00.00.H61', 'Ủy ban nhân dân tỉnh Vĩnh Long'],
  ['000.00.01.H61', 'Sở Y tế'],
  ['000.00.02.H61', 'Sở Giáo dục và Đào tạo'],
  ['000.01.01.H61', 'Trung tâm Kiểm soát bệnh tật'],
  ['000.00.30.H61', 'UBND xã Đông\u200b Thạnh'],
  ['000.00.31.H61', 'Ủy ban nhân dân phường Long Đức'],
  ['H61.32', 'Ủy ban nhân dân xã Ðông Hải'],
  ['000.00.00.H59', 'Ủy ban nhân dân tỉnh Trà Vinh'],
  ['000.00.30.H59', 'Ủy ban nhân dân huyện Càng Long'],
];

beforeAll(async () => {
  const made = await testDatabase();
  const pool = createPool({ url: made.url }, 4, { warn: () => undefined });
  database = { ...made, pool, drop: () => pool.end().then(() => made.drop()) };
  desk = createDirectoryDesk(pool, now);
  register = createRegister(pool, now);
  successions = createSuccessions(pool, now, newId);
  // half of them before the level-1 codes are known, half after
  const agencies = listed.map(([code, name]) => agencyWith(code, { name }));
  await register.add(agencies.slice(3), 'test');
  await createLevelOneCodes(pool, now).load(shipped, 'test');
  await register.add(agencies.slice(0, 3), 'test');
  await createLevelOneCodes(pool, now).load(shipped, 'test');
});
afterAll(() => database.drop());

const codesOf = (agencies: readonly Pick<ListedAgency, 'code'>[]) => agencies.map((one) => one.code);

describe('the search', () => {
  it.each([
    ['so y te', ['000.00.01.H61']],
    ['SỞ Y TẾ', ['000.00.01.H61']],
    ['đông', ['H61.32', '000.00.30.H61']],
    ['Ðông', ['H61.32', '000.00.30.H61']],
    ['dong thanh', ['000.00.30.H61']],
    ['thạnh đông', ['000.00.30.H61']],
    ['giao duc dao tao', ['000.00.02.H61']],
    ['kiem soat', ['000.01.01.H61']],
    ['000.00.3', ['000.00.30.H59', '000.00.30.H61', '000.00.31.H61']],
    ['khong co', []],
    ["' & !", []],
    ['  ', []],
  ])('%s', async (words, expected) => {
    expect(codesOf(await desk.search(words, today, 20)).toSorted()).toEqual([...expected].toSorted());
  });

  it('puts what begins with the words first, and what has ended last', async () => {
    const { batch = '' } = await apply('kind,from,to,on\nmerge,000.00.01.H61,000.00.02.H61,2026-01-01');
    const found = await desk.search('so', today, 20);
    expect(found.map((one) => [one.code, one.status])).toEqual([
      ['000.00.02.H61', 'active'],
      ['000.01.01.H61', 'active'],
      ['000.00.01.H61', 'closed'],
    ]);
    await successions.undo(batch, 'test', 'x');
  });

  it('finds an agency by its old and its new name', async () => {
    const { batch = '' } = await apply('kind,from,on,name\nrename,000.00.02.H61,2026-01-01,Sở Nhân lực');
    for (const words of ['nhan luc', 'giao duc']) {
      expect(await desk.search(words, today, 5)).toMatchObject([{ code: '000.00.02.H61', name: 'Sở Nhân lực' }]);
    }
    expect(await desk.search('nhan luc', '2025-12-31', 5)).toMatchObject([{ name: 'Sở Giáo dục và Đào tạo' }]);
    await successions.undo(batch, 'test', 'x');
  });
});

function apply(text: string) {
  return successions.apply(readSuccessionFile('x.csv', Buffer.from(text)), 'test', false);
}

const outline = (nodes: readonly TreeNode[]): unknown[] =>
  nodes.map((node) => (node.children.length === 0 ? node.code : [node.code, ...outline(node.children)]));

describe('the tree', () => {
  it('is made from the codes, level 1 found wherever it stands', async () => {
    expect(outline(await desk.tree(undefined, today, 3))).toEqual([
      ['000.00.00.H59', '000.00.30.H59'],
      ['000.00.00.H61', ['000.00.01.H61', '000.01.01.H61'], '000.00.02.H61', '000.00.30.H61', '000.00.31.H61', 'H61.32'],
    ]);
    const [vinhLong] = await desk.tree('000.00.00.H61', today, 1);
    expect(vinhLong).toMatchObject({ kind: 'province', size: 5 });
    expect(vinhLong?.children.map((one) => one.kind)).toEqual(['department', 'department', 'commune', 'commune', 'commune']);
    await expect(desk.tree('000.98.98.H61', today, 1)).rejects.toThrow('AGENCY_UNKNOWN');
  });

  it('is that of the day: moved and ended agencies stand where they stood', async () => {
    const { batch = '' } = await apply(
      'kind,from,to,on,parent\nmove,000.01.01.H61,,2026-01-01,000.00.02.H61\nmerge,000.00.30.H59,000.00.30.H61,2026-01-01,\nmerge,000.00.00.H59,000.00.00.H61,2026-01-01,',
    );
    expect(outline(await desk.tree('000.00.02.H61', today, 1))).toEqual([['000.00.02.H61', '000.01.01.H61']]);
    expect(outline(await desk.tree('000.00.01.H61', today, 1))).toEqual(['000.00.01.H61']);
    expect(outline(await desk.tree('000.00.01.H61', '2025-12-31', 1))).toEqual([['000.00.01.H61', '000.01.01.H61']]);
    expect(codesOf(await desk.tree(undefined, today, 0))).toEqual(['000.00.00.H61']);
    await successions.undo(batch, 'test', 'x');
  });

  it('takes the parent that is named, and refuses one that does not exist or that leads back', async () => {
    const a = agencyWith('100.00.70.H61', { parent: '000.00.01.H61' });
    await register.add([a], 'test');
    expect(await register.byCode('100.00.70.H61')).toMatchObject({ parent: '000.00.01.H61', kind: 'unit' });
    await expect(register.add([agencyWith('100.00.71.H61', { parent: 'X.1' })], 'test')).rejects.toThrow('AGENCY_UNKNOWN');
    const circle = [agencyWith('100.00.72.H61', { parent: '100.00.73.H61' }), agencyWith('100.00.73.H61', { parent: '100.00.72.H61' })];
    await expect(register.add(circle, 'test')).rejects.toThrow('SUCCESSION_CYCLE');
  });
});

describe('a group', () => {
  it('by rule has those that exist on the day', async () => {
    await desk.defineGroup({ key: 'XA.H61', name: 'Các xã', rule: { kinds: ['commune'], under: '000.00.00.H61' } }, 'test');
    await desk.defineGroup({ key: 'SO', name: 'Các sở', rule: { kinds: ['department'], words: 'so' } }, 'test');
    expect(codesOf(await desk.members('XA.H61', today))).toEqual(['000.00.30.H61', '000.00.31.H61', 'H61.32']);
    expect(codesOf(await desk.members('SO', today))).toEqual(['000.00.01.H61', '000.00.02.H61']);
    const { batch = '' } = await apply('kind,from,to,on\nmerge,000.00.31.H61,000.00.30.H61,2026-01-01');
    expect(codesOf(await desk.members('XA.H61', today))).toEqual(['000.00.30.H61', 'H61.32']);
    expect(codesOf(await desk.members('XA.H61', '2025-12-31'))).toHaveLength(3);
    expect(await createFindGroups(database.pool)(['XA.H61', 'none'], today)).toEqual(new Map([['XA.H61', ['000.00.30.H61', 'H61.32']]]));
    await successions.undo(batch, 'test', 'x');
  });

  it('by hand has what was put in, each once, beside its rule', async () => {
    expect(await desk.defineGroup({ key: 'HOP', name: 'Họp' }, 'test')).toEqual({ key: 'HOP', name: 'Họp', byHand: 0 });
    expect(await desk.changeMembers('HOP', { add: ['000.00.01.H61', 'H61.32', '000.00.01.H61'] }, 'test')).toMatchObject({ byHand: 2 });
    expect(codesOf(await desk.members('HOP', today))).toEqual(['000.00.01.H61', 'H61.32']);
    await desk.changeMembers('HOP', { remove: ['H61.32'] }, 'test');
    expect(codesOf(await desk.members('HOP', today))).toEqual(['000.00.01.H61']);
    await desk.defineGroup({ key: 'HOP', name: 'Họp', rule: { kinds: ['department'] } }, 'test');
    expect(codesOf(await desk.members('HOP', today))).toEqual(['000.00.01.H61', '000.00.02.H61']);
    await desk.removeGroup('HOP', 'test');
    await expect(desk.members('HOP', today)).rejects.toThrow('GROUP_UNKNOWN');
  });

  it('is never confused with an agency, and has only agencies that exist', async () => {
    await expect(desk.defineGroup({ key: 'H61.32', name: 'x' }, 'test')).rejects.toThrow('GROUP_KEY_TAKEN');
    await desk.defineGroup({ key: 'G', name: 'x' }, 'test');
    await expect(desk.changeMembers('G', { add: ['X.1'] }, 'test')).rejects.toThrow('AGENCY_UNKNOWN');
    await expect(desk.defineGroup({ key: 'G2', name: 'x', rule: { under: 'X.1' } }, 'test')).rejects.toThrow('AGENCY_UNKNOWN');
  });
});

describe('the shipped level-1 codes', () => {
  it('are 28 ministries and 63 provinces, of which 29 are closed into the 34 of July 2025', async () => {
    const units = await createLevelOneCodes(database.pool, now).list();
    expect(units).toEqual(shipped.toSorted((a, b) => (a.code < b.code ? -1 : 1)));
    const provinces = units.filter((one) => one.code.startsWith('H'));
    expect([units.length, provinces.length, provinces.filter((one) => one.closedOn === '2025-07-01').length]).toEqual([91, 63, 29]);
    const byCode = new Map(units.map((one) => [one.code, one]));
    expect(new Set(provinces.map((one) => levelOneOn(one.code, '2025-07-01', byCode)?.code)).size).toBe(34);
    expect(levelOneOn('H59', '2025-07-01', byCode)?.name).toBe('Vĩnh Long');
    expect(byCode.get('H59')).toMatchObject({ confirmed: false });
    expect(byCode.get('H53')).toMatchObject({ confirmed: true });
  });

  it.each([
    ['code,name,closedOn,successor,confirmed\nH1,A,2025-07-01,H2,yes', 'a successor that is not in the file'],
    ['code,name,closedOn,successor,confirmed\nH1,A,2025-07-01,H2,yes\nH2,B,2025-07-01,H1,yes', 'a circle'],
    ['code,name,closedOn,successor,confirmed\nH1,A,,,yes\nH1,B,,,yes', 'a code twice'],
    ['code,name,closedOn,successor,confirmed\nH1,A,1/7/2025,,yes', 'a day written first'],
    ['code,name,closedOn,successor,confirmed\nH1,A,,,perhaps', 'another word than yes and no'],
    ['name\nA', 'no codes'],
  ])('are refused as a whole: %s', (text) => {
    expect(() => readLevelOneFile(Buffer.from(text))).toThrow('LEVEL_ONE_FILE_MALFORMED');
  });
});
