import { writeFile } from 'node:fs/promises';
import type { Command } from 'commander';
import { readConfig } from '../config.ts';
import type { EntryState } from '../routing/entries.ts';
import { entryStates } from '../routing/entries.ts';
import { reject } from '../routing/problem.ts';
import type { RouteRecord } from '../routing/route-board.ts';
import type { Store } from '../store.ts';
import { entriesText, entryText, linksText, syncText } from './axis-texts.ts';
import { type CommonOptions, command, group, type Words } from './command.ts';
import { Negative } from './failure.ts';
import { listOf, oneOf, wholeNumber } from './options.ts';
import { note, print } from './print.ts';
import { actor, withStore } from './with-store.ts';

interface ListOptions extends CommonOptions {
  readonly route?: string;
  readonly state?: readonly EntryState[];
  readonly limit: number;
}

/** `lienthong axis …`. */
export function axisCommands(parent: Command): void {
  const axis = group(parent, 'axis', { vi: 'Kết nối với trục cấp trên', en: 'The link to the system above' });
  command(axis, 'status', { vi: 'Tình hình trao đổi trên từng đường', en: 'How the exchange over each route goes' }).action(
    async (options: CommonOptions) => {
      const found = await withStore(({ polls }) => polls.list());
      print(options, found, () => linksText(found));
    },
  );
  command(axis, 'entries', {
    vi: 'Các mục mà trục cấp trên có cho ta, mới nhất trước',
    en: 'What the system above lists for us, newest first',
  })
    .option('--route <name>', 'chỉ đường này / of this route only')
    .option('--state <states>', `trạng thái / states: ${entryStates.join(', ')}`, listOf(oneOf(...entryStates)))
    .option('--limit <n>', 'số dòng / rows', wholeNumber(1, 10_000), 50)
    .action(async ({ route, state, limit, ...options }: ListOptions) => {
      const filter = { limit, ...(route === undefined ? {} : { route }), ...(state === undefined ? {} : { states: state }) };
      const found = await withStore(({ entries }) => entries.list(filter));
      print(options, found, () => entriesText(found));
    });
  showCommand(axis);
  decideCommand(axis, 'retry', 'new', {
    vi: 'Thử nhận lại một mục đang cách ly',
    en: 'Try once more to take an entry in that is in quarantine',
  });
  decideCommand(axis, 'refuse', 'refusing', {
    vi: 'Từ chối một mục đang cách ly: trục cấp trên được báo «fail» kèm lý do',
    en: 'Refuse an entry in quarantine: the system above is told "fail" with the reason',
  });
  syncCommand(axis);
}

function showCommand(parent: Command): void {
  command(parent, 'show <route> <entry>', { vi: 'Xem một mục và lý do cách ly', en: 'Show an entry and why it is in quarantine' })
    .option('--evidence <file>', 'ghi phần đầu của gói tin (tối đa 64 KiB) vào tệp mới / write the beginning of what came to this new file')
    .action(async (route: string, id: string, options: CommonOptions & { readonly evidence?: string }) => {
      const found = await withStore(({ entries }) => entries.show(route, id));
      if (found === null) throw reject('ENTRY_UNKNOWN', { params: { entry: id, route } });
      if (options.evidence !== undefined) {
        if (found.evidence === undefined) throw new Negative('mục này không có bằng chứng / no evidence is kept of this entry');
        await writeFile(options.evidence, found.evidence, { flag: 'wx' });
      }
      print(options, found, () => entryText(found));
    });
}

function decideCommand(parent: Command, name: string, state: 'new' | 'refusing', words: Words): void {
  command(parent, `${name} <route> <entry>`, words)
    .requiredOption('--reason <text>', 'lý do / reason')
    .action(async (route: string, id: string, options: CommonOptions & { readonly reason: string }) => {
      const found = await withStore(({ entries }) => entries.decide({ route, id }, state, options.reason, actor()));
      print(options, found, () => entryText(found));
    });
}

interface SyncOptions extends CommonOptions {
  readonly dryRun?: boolean;
  readonly all?: boolean;
}

function syncCommand(parent: Command): void {
  command(parent, 'sync <route>', { vi: 'Đồng bộ danh bạ đơn vị ngoài tỉnh', en: 'Sync the directory of the agencies elsewhere' })
    .option('--dry-run', 'chỉ cho biết sẽ thay đổi gì / only say what would change')
    .option('--all', 'liệt kê mọi thay đổi và mọi dòng bỏ qua / list every change and every row left out')
    .action(async (name: string, { dryRun = false, all = false, ...options }: SyncOptions) => {
      const [{ createOpenAxis }, { syncNow }] = await Promise.all([import('../upward.ts'), import('../directory-sync.ts')]);
      const config = readConfig();
      const report = await withStore(async (store) => {
        const parts = { config, store, openAxis: await createOpenAxis(config, store) };
        const order = { actor: actor(), dryRun, ...(all ? { mostShown: Number.POSITIVE_INFINITY } : {}) };
        return syncNow(parts, await routeBy(store, name), order);
      });
      print(options, { dryRun, ...report }, () => syncText(report));
      if (dryRun) note('chưa ghi gì / nothing was stored');
    });
}

async function routeBy({ board }: Store, name: string): Promise<RouteRecord> {
  const route = (await board.routes()).find((one) => one.name === name && one.closedAt === undefined);
  if (route === undefined) throw reject('ROUTE_UNKNOWN', { params: { route: name } });
  return route;
}
