import type { Command } from 'commander';
import { movedView, operatorDeliveryLine, operatorDeliveryView } from '../adapters/rest/views.ts';
import type { Desk } from '../routing/desk.ts';
import { reject } from '../routing/problem.ts';
import { type CommonOptions, command, group, type Words } from './command.ts';
import { deliveriesText, deliveryText, movedText } from './delivery-texts.ts';
import { type FilterOptions, filterOptions, readFilter } from './filter.ts';
import { checkId, wholeNumber } from './options.ts';
import { note, print } from './print.ts';
import { replayCommand } from './replay.ts';
import { actor, withStore } from './with-store.ts';

/** `lienthong deliveries …`. */
export function deliveryCommands(parent: Command): void {
  const deliveries = group(parent, 'deliveries', { vi: 'Các lần chuyển văn bản đến đơn vị nhận', en: 'Deliveries to recipients' });
  listCommand(deliveries);
  showCommand(deliveries);
  replayCommand(deliveries);
  moveCommand(deliveries, 'hold', { vi: 'Giữ lại các lần chuyển đang chờ', en: 'Hold waiting deliveries' });
  releaseCommand(deliveries);
  moveCommand(deliveries, 'cancel', {
    vi: 'Hủy các lần chuyển chưa đến nơi; đơn vị gửi được báo',
    en: 'Cancel deliveries that have not arrived; the sender is told',
  });
}

function listCommand(parent: Command): void {
  const list = command(parent, 'list', { vi: 'Liệt kê theo điều kiện lọc, mới nhất trước', en: 'List by filter, newest first' })
    .option('--before <id>', 'trước lần chuyển này / before this delivery')
    .option('--limit <n>', 'số dòng / rows', wholeNumber(1, 10_000), 50);
  filterOptions(list).action(async (options: CommonOptions & FilterOptions & { readonly before?: string; readonly limit: number }) => {
    const { before, limit } = options;
    const page = before === undefined ? { limit } : { limit, before: checkId(before) };
    const found = await withStore(({ records }) => records.deliveries(readFilter(options), page));
    print(options, found.map(operatorDeliveryLine), () => deliveriesText(found));
    const last = found.at(-1);
    if (last !== undefined && found.length === limit) note(`Còn nữa / more: --before ${last.id}`);
  });
}

function showCommand(parent: Command): void {
  command(parent, 'show <delivery>', { vi: 'Xem một lần chuyển với mọi lần thử', en: 'Show a delivery with every attempt' }).action(
    async (id: string, options: CommonOptions) => {
      const found = await withStore(({ records }) => records.delivery(checkId(id)));
      if (found === null) throw reject('DELIVERY_UNKNOWN', { params: { delivery: id } });
      print(options, operatorDeliveryView(found), () => deliveryText(found));
    },
  );
}

function releaseCommand(parent: Command): void {
  command(parent, 'release <deliveries...>', { vi: 'Cho các lần chuyển đang giữ đi tiếp', en: 'Let held deliveries go on' })
    .requiredOption('--reason <text>', 'lý do / reason')
    .option('--to <code>', 'mã đơn vị kế thừa sẽ nhận, khi đơn vị nhận đã chia tách / successor that receives it, after a split')
    .action(async (ids: readonly string[], options: CommonOptions & { readonly reason: string; readonly to?: string }) => {
      await moveEach(ids, options, (desk, id) => desk.release(id, actor(), options.reason, options.to));
    });
}

function moveCommand(parent: Command, move: 'hold' | 'cancel', words: Words): void {
  command(parent, `${move} <deliveries...>`, words)
    .requiredOption('--reason <text>', 'lý do / reason')
    .action(async (ids: readonly string[], options: CommonOptions & { readonly reason: string }) => {
      await moveEach(ids, options, (desk, id) => desk[move](id, actor(), options.reason));
    });
}

/** Moves deliveries one after the other, and prints what each has become; the first that can't be moved ends it. */
export async function moveEach(
  ids: readonly string[],
  options: CommonOptions,
  move: (desk: Desk, id: string) => ReturnType<Desk['hold']>,
): Promise<void> {
  const moved = await withStore(async ({ desk }) => {
    const done: Awaited<ReturnType<Desk['hold']>>[] = [];
    for (const id of ids.map(checkId)) done.push(await move(desk, id));
    return done;
  });
  print(options, moved.map(movedView), () => movedText(moved));
}
