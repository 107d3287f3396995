import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Command } from 'commander';
import { type ReceiptAnswer, readReceipt } from '../client/client.ts';
import { command, group } from './command.ts';
import { type GatewayOptions, gatewayOptions, withClient } from './gateway.ts';
import { shownMoment } from './moment.ts';
import { wholeNumber } from './options.ts';
import { note, print } from './print.ts';
import { receiptText } from './send.ts';
import { table } from './table.ts';
import { receiptWord } from './words.ts';

interface ListOptions extends GatewayOptions {
  readonly after?: string;
  readonly limit?: number;
  readonly dir?: string;
}

/** `lienthong receipts …`. */
export function receiptCommands(parent: Command): void {
  const receipts = group(parent, 'receipts', { vi: 'Biên nhận của trục cho đơn vị bạn', en: 'Receipts of the gateway for your agencies' });
  gatewayOptions(command(receipts, 'list', { vi: 'Liệt kê biên nhận, cũ nhất trước', en: 'List receipts, oldest first' }))
    .option('--after <cursor>', 'sau con trỏ này / after this cursor')
    .option('--limit <n>', 'số dòng / rows', wholeNumber(1, 500))
    .option('--dir <dir>', 'lưu từng biên nhận vào <thư mục>/<mã>.xml / save each to <dir>/<id>.xml')
    .action(async (options: ListOptions) => {
      const { after, limit, dir } = options;
      const page = await withClient(options, (client) =>
        client.receipts({ ...(after === undefined ? {} : { after }), ...(limit === undefined ? {} : { limit }) }),
      );
      if (dir !== undefined) await save(dir, page.receipts);
      print(options, page, () => receiptsText(page.receipts));
      if (page.next !== null) note(`Tiếp theo / next: --after ${page.next}`);
    });
  gatewayOptions(command(receipts, 'show <receipt>', { vi: 'Xem một biên nhận', en: 'Show one receipt' })).action(
    async (id: string, options: GatewayOptions) => {
      const xml = await withClient(options, (client) => client.receipt(id));
      print(options, { ...readReceipt(xml), xml }, () => receiptText(readReceipt(xml)));
    },
  );
}

async function save(dir: string, receipts: readonly ReceiptAnswer[]): Promise<void> {
  await mkdir(dir, { recursive: true });
  for (const { id, xml } of receipts) await writeFile(join(dir, `${id}.xml`), xml);
}

function receiptsText(receipts: readonly ReceiptAnswer[]): string {
  return table(
    [
      { vi: 'Biên nhận', en: 'Receipt' },
      { vi: 'Lúc', en: 'Issued' },
      { vi: 'Nội dung', en: 'States' },
      { vi: 'Gói tin', en: 'Package' },
      { vi: 'Lần chuyển', en: 'Delivery' },
    ],
    receipts.map((one) => [one.id, shownMoment(one.issuedAt), receiptWord(one.kind), one.package, one.delivery ?? '']),
  );
}
