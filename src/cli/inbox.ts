import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Command } from 'commander';
import type { Client, InboxAnswer, Moved } from '../client/client.ts';
import { command, group } from './command.ts';
import { UsageFault } from './failure.ts';
import { type GatewayOptions, gatewayOptions, withClient } from './gateway.ts';
import { shownMoment } from './moment.ts';
import { wholeNumber } from './options.ts';
import { endProgress, note, print, showProgress } from './print.ts';
import { shownSize } from './sizes.ts';
import { facts, table } from './table.ts';
import { stateWord } from './words.ts';

/** `lienthong inbox …`. */
export function inboxCommands(parent: Command): void {
  const inbox = group(parent, 'inbox', { vi: 'Hộp văn bản đến của đơn vị bạn', en: 'The inbox of your agencies' });
  listCommand(inbox);
  fetchCommand(inbox);
  ackCommand(inbox);
  refuseCommand(inbox);
}

interface ListOptions extends GatewayOptions {
  readonly after?: string;
  readonly wait?: number;
  readonly limit?: number;
}

function listCommand(parent: Command): void {
  gatewayOptions(command(parent, 'list', { vi: 'Liệt kê văn bản đang chờ, cũ nhất trước', en: 'List what waits, oldest first' }))
    .option('--after <cursor>', 'sau con trỏ này / after this cursor')
    .option('--wait <seconds>', 'chờ văn bản mới, nhiều nhất 60 giây / wait for something new', wholeNumber(0, 60))
    .option('--limit <n>', 'số dòng / rows', wholeNumber(1, 500))
    .action(async (options: ListOptions) => {
      const { after, wait, limit } = options;
      const page = await withClient(options, (client) =>
        client.inbox({
          ...(after === undefined ? {} : { after }),
          ...(wait === undefined ? {} : { wait }),
          ...(limit === undefined ? {} : { limit }),
        }),
      );
      print(options, page, () => inboxText(page.entries));
      if (page.more && page.next !== null) note(`Còn nữa / more: --after ${page.next}`);
    });
}

function inboxText(entries: readonly InboxAnswer[]): string {
  return table(
    [
      { vi: 'Lần chuyển', en: 'Delivery' },
      { vi: 'Nhận lúc', en: 'Accepted' },
      { vi: 'Đơn vị gửi', en: 'Sender' },
      { vi: 'Đơn vị nhận', en: 'Recipient' },
      { vi: 'Số, ký hiệu', en: 'Reference' },
      { vi: 'Khẩn', en: 'Urgency', right: true },
      { vi: 'Dung lượng', en: 'Size', right: true },
      { vi: 'Trích yếu', en: 'Subject' },
    ],
    entries.map((one) => [
      one.delivery,
      shownMoment(one.acceptedAt),
      one.sender,
      one.recipient,
      one.reference ?? '',
      String(one.urgency),
      shownSize(one.size),
      one.subject ?? '',
    ]),
  );
}

interface FetchOptions extends GatewayOptions {
  readonly all?: boolean;
  readonly dir: string;
  readonly ack?: boolean;
}

interface Fetched {
  readonly delivery: string;
  readonly file: string;
  readonly sha256: string;
  readonly size: number;
  readonly acknowledged: boolean;
}

function fetchCommand(parent: Command): void {
  gatewayOptions(
    command(parent, 'fetch [deliveries...]', {
      vi: 'Tải gói tin nguyên từng byte vào <thư mục>/<lần chuyển>.edxml; tải dở thì tải tiếp',
      en: 'Fetch packages, byte for byte, to <dir>/<delivery>.edxml; goes on where an earlier try broke off',
    }),
  )
    .option('--all', 'mọi văn bản đang chờ / everything that waits')
    .option('--dir <dir>', 'thư mục / folder', '.')
    .option('--ack', 'xác nhận sau khi đã lưu / acknowledge what was stored')
    .action(async (ids: readonly string[], options: FetchOptions) => {
      if (ids.length > 0 === (options.all === true)) throw new UsageFault('nêu các lần chuyển hoặc --all / name deliveries, or --all');
      await mkdir(options.dir, { recursive: true });
      const fetched = await withClient(options, (client) => fetchEach(client, options, ids.length > 0 ? ids : waiting(client)));
      print(options, fetched, () => fetched.map((one) => `${one.sha256}  ${one.file}\n`).join(''));
    });
}

async function* waiting(client: Client): AsyncGenerator<string> {
  let after: string | undefined;
  for (;;) {
    const page = await client.inbox(after === undefined ? {} : { after });
    yield* page.entries.map((one) => one.delivery);
    if (!page.more || page.next === null) return;
    after = page.next;
  }
}

async function fetchEach(client: Client, { dir, ack }: FetchOptions, ids: Iterable<string> | AsyncIterable<string>): Promise<Fetched[]> {
  const done: Fetched[] = [];
  for await (const delivery of ids) {
    const file = join(dir, `${delivery}.edxml`);
    const progress = (received: number, size: number) => showProgress(`${delivery} ${shownSize(received)} / ${shownSize(size)}`);
    const { sha256, size } = await client.fetch(delivery, file, { progress }).finally(endProgress);
    if (ack === true) await client.ack(delivery, sha256);
    done.push({ delivery, file, sha256, size, acknowledged: ack === true });
  }
  return done;
}

function ackCommand(parent: Command): void {
  gatewayOptions(
    command(parent, 'ack <delivery>', { vi: 'Xác nhận đã tải và lưu văn bản', en: 'Confirm that the package was fetched and stored' }),
  )
    .option('--sha256 <hex>', 'SHA-256 của gói tin đã lưu / of the package that was stored')
    .action(async (id: string, options: GatewayOptions & { readonly sha256?: string }) => {
      const moved = await withClient(options, (client) => client.ack(id, options.sha256));
      print(options, moved, () => movedText(moved));
    });
}

function refuseCommand(parent: Command): void {
  gatewayOptions(command(parent, 'refuse <delivery>', { vi: 'Trả lại văn bản kèm lý do', en: 'Send it back with a reason' }))
    .requiredOption('--reason <text>', 'lý do / reason')
    .action(async (id: string, options: GatewayOptions & { readonly reason: string }) => {
      const moved = await withClient(options, (client) => client.refuse(id, options.reason));
      print(options, moved, () => movedText(moved));
    });
}

function movedText(moved: Moved): string {
  return facts([
    ['Lần chuyển / delivery', moved.delivery],
    ['Trạng thái / state', stateWord(moved.state)],
  ]);
}
