import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Command } from 'commander';
import { readLevelOneFile } from '../adapters/agency-file/level-one-file.ts';
import { productRoot } from '../paths.ts';
import type { AgencyGroup, GroupRule } from '../routing/directory-desk.ts';
import { agencyKinds } from '../routing/placement.ts';
import { type CommonOptions, command, group } from './command.ts';
import { dayOf, dayOption, listedText } from './directory.ts';
import { UsageFault } from './failure.ts';
import { listOf, oneOf } from './options.ts';
import { print } from './print.ts';
import { table } from './table.ts';
import { actor, withStore } from './with-store.ts';

/** `lienthong groups …`. */
export function groupCommands(parent: Command): void {
  const groups = group(parent, 'groups', {
    vi: 'Nhóm đơn vị: theo quy tắc hoặc chọn tay; khóa nhóm dùng được làm nơi nhận',
    en: 'Groups of agencies: by rule or by hand; a group can be named as recipient',
  });
  listCommand(groups);
  defineCommand(groups);
  membersCommand(groups);
  changeCommand(groups, 'add', 'Thêm đơn vị vào nhóm', 'Put agencies into a group');
  changeCommand(groups, 'remove', 'Bỏ đơn vị đã thêm tay khỏi nhóm', 'Take agencies that were put in by hand out of a group');
  command(groups, 'delete <key>', { vi: 'Xóa nhóm', en: 'Delete a group' }).action(async (key: string, options: CommonOptions) => {
    await withStore(({ directory }) => directory.removeGroup(key, actor()));
    print(options, { deleted: key }, () => `Đã xóa / deleted: ${key}\n`);
  });
}

function listCommand(parent: Command): void {
  command(parent, 'list', { vi: 'Liệt kê nhóm', en: 'List groups' }).action(async (options: CommonOptions) => {
    const groups = await withStore(({ directory }) => directory.groups());
    print(options, groups, () => groupsText(groups));
  });
}

interface RuleOptions extends CommonOptions {
  readonly name: string;
  readonly kinds?: GroupRule['kinds'];
  readonly under?: string;
  readonly words?: string;
}

function defineCommand(parent: Command): void {
  command(parent, 'define <key>', {
    vi: 'Tạo hoặc sửa một nhóm; không có quy tắc thì chỉ gồm đơn vị thêm tay',
    en: 'Make or change a group; without a rule it has only what is put in by hand',
  })
    .requiredOption('--name <name>', 'tên nhóm / name')
    .option('--kinds <kinds>', `loại đơn vị / kinds: ${agencyKinds.join(', ')}`, listOf(oneOf(...agencyKinds)))
    .option('--under <code>', 'trực thuộc đơn vị này, mọi cấp / under this agency, at any depth')
    .option('--words <words>', 'tên có các từ này / words of the name')
    .action(async (key: string, { json, name, kinds, under, words }: RuleOptions) => {
      if (!/^[0-9A-Za-z][0-9A-Za-z.]{0,34}$/.test(key))
        throw new UsageFault(`khóa nhóm gồm chữ, số và dấu chấm / letters, digits and dots: ${key}`);
      const rule = {
        ...(kinds === undefined ? {} : { kinds }),
        ...(under === undefined ? {} : { under }),
        ...(words === undefined ? {} : { words }),
      };
      const about = Object.keys(rule).length === 0 ? { key, name } : { key, name, rule };
      const made = await withStore(({ directory }) => directory.defineGroup(about, actor()));
      print({ ...(json === undefined ? {} : { json }) }, made, () => groupsText([made]));
    });
}

function membersCommand(parent: Command): void {
  const members = command(parent, 'members <key>', { vi: 'Các đơn vị trong nhóm vào một ngày', en: 'The members of a group on a day' });
  dayOption(members).action(async (key: string, options: CommonOptions & { readonly on?: string }) => {
    const found = await withStore(({ directory }) => directory.members(key, dayOf(options)));
    print(options, found, () => listedText(found));
  });
}

function changeCommand(parent: Command, change: 'add' | 'remove', vi: string, en: string): void {
  command(parent, `${change} <key> <codes...>`, { vi, en }).action(
    async (key: string, codes: readonly string[], options: CommonOptions) => {
      const changed = await withStore(({ directory }) => directory.changeMembers(key, { [change]: codes }, actor()));
      print(options, changed, () => groupsText([changed]));
    },
  );
}

function groupsText(groups: readonly AgencyGroup[]): string {
  return table(
    [
      { vi: 'Khóa', en: 'Key' },
      { vi: 'Tên', en: 'Name' },
      { vi: 'Quy tắc', en: 'Rule' },
      { vi: 'Thêm tay', en: 'By hand', right: true },
    ],
    groups.map((one) => [one.key, one.name, one.rule === undefined ? '' : JSON.stringify(one.rule), String(one.byHand)]),
  );
}

/** `lienthong level-one …`. */
export function levelOneCommands(parent: Command): void {
  const levelOne = group(parent, 'level-one', {
    vi: 'Mã cấp 1 (bộ, tỉnh) và các mã đã đóng',
    en: 'Level-1 codes (ministries, provinces), closed ones too',
  });
  command(levelOne, 'load [file]', {
    vi: 'Nạp mã cấp 1 từ tệp CSV, mặc định tệp kèm theo; đơn vị được xếp lại vào cây',
    en: 'Load level-1 codes from CSV, the shipped file if none is named; agencies find their place in the tree',
  }).action(async (path: string | undefined, options: CommonOptions) => {
    const units = readLevelOneFile(await readFile(path ?? join(productRoot, 'schemas', 'codes', 'level-one.csv')));
    await withStore(({ levelOne }) => levelOne.load(units, actor()));
    const count = {
      loaded: units.length,
      closed: units.filter((one) => one.closedOn !== undefined).length,
      unconfirmed: units.filter((one) => !one.confirmed).length,
    };
    print(
      options,
      count,
      () => `Đã nạp / loaded: ${count.loaded}; đã đóng / closed: ${count.closed}; chưa kiểm chứng / unconfirmed: ${count.unconfirmed}\n`,
    );
  });
  command(levelOne, 'list', { vi: 'Liệt kê mã cấp 1', en: 'List level-1 codes' }).action(async (options: CommonOptions) => {
    const units = await withStore(({ levelOne }) => levelOne.list());
    const columns = [
      { vi: 'Mã', en: 'Code' },
      { vi: 'Tên', en: 'Name' },
      { vi: 'Đóng từ', en: 'Closed from' },
      { vi: 'Kế thừa', en: 'Successor' },
      { vi: 'Kiểm chứng', en: 'Confirmed' },
      { vi: 'Nguồn', en: 'Source' },
    ];
    const rows = units.map((one) => [one.code, one.name, one.closedOn ?? '', one.successor ?? '', one.confirmed ? '✓' : '?', one.source]);
    print(options, units, () => table(columns, rows));
  });
}
