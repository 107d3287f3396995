import { readFile } from 'node:fs/promises';
import { type Command, Option } from 'commander';
import { readFolderRoute } from '../adapters/folder/settings.ts';
import { readAxisRoute } from '../adapters/vxp/client/settings.ts';
import { reject } from '../routing/problem.ts';
import type { RouteRecord } from '../routing/route-board.ts';
import { RouteSettingFault, type RouteSettings } from '../routing/route-settings.ts';
import type { RuleText } from '../routing/rule-text.ts';
import { readRule, readRules } from '../routing/rule-text.ts';
import { agencyBy } from './agencies.ts';
import { type CommonOptions, command, group } from './command.ts';
import { UsageFault } from './failure.ts';
import { shownMoment } from './moment.ts';
import { wholeNumber } from './options.ts';
import { note, print } from './print.ts';
import { table } from './table.ts';
import { actor, withStore } from './with-store.ts';

interface ChangeOptions extends CommonOptions {
  readonly dryRun?: boolean;
}

const dryRunText = 'chỉ kiểm tra, không ghi / check only, store nothing';

/** `lienthong routes …`. */
export function routesCommands(parent: Command): void {
  const routes = group(parent, 'routes', { vi: 'Quy tắc định tuyến và đường chuyển lên trên', en: 'Routing rules and upward routes' });
  command(routes, 'list', {
    vi: 'Liệt kê quy tắc theo thứ tự xét, và các đường',
    en: 'List rules in the order they are tried, and routes',
  }).action(async (options: CommonOptions) => {
    const found = await withStore(async ({ board }) => ({ rules: await board.rules(), routes: await board.routes() }));
    print(options, found, () => `${rulesText(found.rules)}\n${routesText(found.routes)}`);
  });
  setCommand(routes);
  applyCommand(routes);
  removeCommand(routes);
  openCommand(routes);
  command(routes, 'close <name>', { vi: 'Đóng một đường không còn gì chờ', en: 'Close a route on which nothing waits' }).action(
    async (name: string, options: CommonOptions) => {
      const found = await withStore(async ({ board }) => {
        await board.closeRoute(name, actor());
        return board.routes();
      });
      print(options, found, () => routesText(found));
    },
  );
}

function setCommand(parent: Command): void {
  command(parent, 'set <name>', { vi: 'Thêm hoặc thay một quy tắc', en: 'Add a rule, or replace the one with its name' })
    .requiredOption('--place <n>', 'thứ tự xét, nhỏ trước / tried in this order', wholeNumber(1, 9999))
    .requiredOption(
      '--when <condition>',
      'điều kiện / condition: own, group, own-level-one, other-level-one, any, level-one:G01,G02, codes:H57.*,*.G22',
    )
    .requiredOption('--then <action>', 'hành động / action: channel, members, upward:<route>, hold, refuse')
    .option('--dry-run', dryRunText)
    .action(async (name: string, options: ChangeOptions & { readonly place: number; readonly when: string; readonly then: string }) => {
      const rule: RuleText = { name, place: options.place, condition: options.when, action: options.then };
      readRule(rule);
      await changeRules(options, (rules) => [...rules.filter((one) => one.name !== name), rule]);
    });
}

function applyCommand(parent: Command): void {
  command(parent, 'apply <file>', {
    vi: 'Thay toàn bộ quy tắc bằng tệp JSON (thử trước bằng «route what-if»)',
    en: 'Replace all rules by a JSON file (try it first with "route what-if")',
  })
    .option('--dry-run', dryRunText)
    .action(async (path: string, options: ChangeOptions) => {
      const rules = await rulesIn(path);
      await changeRules(options, () => rules);
    });
}

function removeCommand(parent: Command): void {
  command(parent, 'remove <name>', { vi: 'Bỏ một quy tắc', en: 'Remove a rule' })
    .option('--dry-run', dryRunText)
    .action(async (name: string, options: ChangeOptions) => {
      await changeRules(options, (rules) => {
        if (!rules.some((one) => one.name === name)) throw reject('RULE_UNKNOWN', { params: { rule: name } });
        return rules.filter((one) => one.name !== name);
      });
    });
}

async function changeRules(options: ChangeOptions, change: (rules: readonly RuleText[]) => readonly RuleText[]): Promise<void> {
  const { before, after } = await withStore(async ({ board }) => {
    const current = await board.rules();
    const wanted = [...change(current)].sort((a, b) => a.place - b.place);
    readRules(wanted);
    if (options.dryRun !== true) await board.replaceRules(wanted, actor());
    return { before: current, after: wanted };
  });
  const shown = { ...(options.json === undefined ? {} : { json: options.json }) };
  print(shown, { dryRun: options.dryRun ?? false, before, after }, () => rulesText(after));
  if (options.dryRun === true) note('chưa ghi gì / nothing was stored');
}

function openCommand(parent: Command): void {
  command(parent, 'open <name>', { vi: 'Mở một đường chuyển lên trên, hoặc đổi thiết lập', en: 'Open an upward route, or change one' })
    .requiredOption('--agency <code>', 'mã của bên chuyển (đã có trong danh bạ) / the registered agency that carries')
    .requiredOption('--kind <kind>', 'loại kết nối / connector')
    .addOption(new Option('--settings <json>', 'thiết lập của kết nối / settings of the connector').default('{}'))
    .action(
      async (name: string, options: CommonOptions & { readonly agency: string; readonly kind: string; readonly settings: string }) => {
        if (!/^[a-z][a-z0-9-]{0,31}$/.test(name) || !/^[a-z][a-z0-9-]{0,31}$/.test(options.kind)) {
          throw new UsageFault('tên và loại: a-z, 0-9, - / name and kind: a-z, 0-9, -');
        }
        const settings = settingsIn(options.settings);
        checkSettings(options.kind, settings);
        const found = await withStore(async ({ board, register }) => {
          const { id } = await agencyBy(register, options.agency);
          await board.openRoute({ name, kind: options.kind, agencyId: id, carrierCode: options.agency, settings }, actor());
          return board.routes();
        });
        print(options, found, () => routesText(found));
      },
    );
}

function settingsIn(text: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  } catch {
    // said below
  }
  throw new UsageFault('--settings: cần một đối tượng JSON / a JSON object is needed');
}

function checkSettings(kind: string, settings: RouteSettings): void {
  try {
    if (kind === 'vxp') readAxisRoute(settings);
    if (kind === 'folder') readFolderRoute(settings);
  } catch (error) {
    throw error instanceof RouteSettingFault ? new UsageFault(`--settings: ${error.message}`) : error;
  }
}

const ruleKeys = ['name', 'place', 'condition', 'action'] as const;

/** The rules in a JSON file: [{"name", "place", "condition", "action"}]. Throws RULE_MALFORMED with the number of the rule. */
export async function rulesIn(path: string): Promise<RuleText[]> {
  const malformed = (line: number, what: string) => reject('RULE_MALFORMED', { line, params: { rule: path, what } });
  let value: unknown;
  try {
    value = JSON.parse(await readFile(path, 'utf8'));
  } catch (error) {
    if (error instanceof SyntaxError) throw malformed(1, error.message);
    throw error;
  }
  if (!Array.isArray(value)) throw malformed(1, '[{"name", "place", "condition", "action"}, …]');
  const rules = value.map((one: unknown, at): RuleText => {
    const row = (typeof one === 'object' && one !== null ? one : {}) as Record<string, unknown>;
    const [name, place, condition, action] = ruleKeys.map((key) => row[key]);
    if (typeof name !== 'string' || typeof place !== 'number' || typeof condition !== 'string' || typeof action !== 'string') {
      throw malformed(at + 1, ruleKeys.join(', '));
    }
    return { name, place, condition, action };
  });
  readRules(rules);
  return rules;
}

/** Rules as a table. */
export function rulesText(rules: readonly RuleText[]): string {
  return table(
    [
      { vi: 'Thứ tự', en: 'Place', right: true },
      { vi: 'Quy tắc', en: 'Rule' },
      { vi: 'Điều kiện', en: 'Condition' },
      { vi: 'Hành động', en: 'Action' },
    ],
    rules.map((one) => [String(one.place), one.name, one.condition, one.action]),
  );
}

function routesText(routes: readonly RouteRecord[]): string {
  return table(
    [
      { vi: 'Đường', en: 'Route' },
      { vi: 'Kết nối', en: 'Connector' },
      { vi: 'Bên chuyển', en: 'Carrier' },
      { vi: 'Mở từ', en: 'Open since' },
      { vi: 'Đóng', en: 'Closed' },
    ],
    routes.map((one) => [one.name, one.kind, one.carrier, shownMoment(one.openedAt), shownMoment(one.closedAt)]),
  );
}
