import type { Command } from 'commander';
import type { DeliveryState } from '../routing/delivery.ts';
import { type Ledger, unaccountedIn } from '../routing/ledger.ts';
import { type CommonOptions, command } from './command.ts';
import { Negative } from './failure.ts';
import { readMoment } from './moment.ts';
import { endProgress, print, showProgress } from './print.ts';
import { shownSize } from './sizes.ts';
import { facts, table } from './table.ts';
import { withStore } from './with-store.ts';

const states: readonly DeliveryState[] = ['delivered', 'waiting', 'held', 'failed', 'expired', 'cancelled'];

/** `lienthong ledger`. */
export function ledgerCommand(parent: Command): void {
  command(parent, 'ledger', {
    vi: 'Sổ cái văn bản: mỗi lần chuyển đã hứa phải ở đúng một trạng thái, nội dung lưu phải khớp SHA-256',
    en: 'The conservation ledger: every promised delivery is in one state, every stored content matches its SHA-256',
  })
    .option('--since <moment>', 'từ thời điểm / from: 30d, 2026-03-02, …', '1970-01-01')
    .action(async (options: CommonOptions & { readonly since: string }) => {
      const since = readMoment(options.since, new Date(), 'since');
      const ledger = await withStore((store) =>
        store.ledger(since, (packages) => showProgress(`đã kiểm tra / checked: ${packages}`)).finally(endProgress),
      );
      print(options, ledger, () => textOf(ledger));
      const sound = ledger.unaccounted === 0 && ledger.faults.length === 0 && ledger.chain.brokenAt === undefined;
      if (!sound) throw new Negative('sổ cái không khớp / the ledger does not add up');
    });
}

function textOf(ledger: Ledger): string {
  const { chain } = ledger;
  const link = chain.brokenAt === undefined ? `${chain.links} ✓ ${chain.head}` : `${chain.links}, đứt tại / broken at ${chain.brokenAt}`;
  const faults = ledger.faults.map((fault) => `${fault.packageId}  ${fault.deliveryId ?? ''}  ${fault.what}\n`);
  return [
    rowsOf(ledger),
    '\n',
    facts([
      ['Gói tin đã kiểm tra / packages checked', `${ledger.checkedPackages}, ${shownSize(ledger.checkedBytes)}`],
      ['Chuỗi sự kiện / event chain', link],
      ['Lỗi / faults', String(ledger.faults.length)],
      ['Không rõ / unaccounted', String(ledger.unaccounted)],
    ]),
    ...faults,
  ].join('');
}

function rowsOf(ledger: Ledger): string {
  const number = (vi: string, en: string) => ({ vi, en, right: true });
  return table(
    [
      { vi: 'Ngày', en: 'Day' },
      { vi: 'Đơn vị gửi', en: 'Sender' },
      number('Gói tin', 'Packages'),
      number('Đã hứa', 'Promised'),
      number('Đã chuyển', 'Delivered'),
      number('Đang chờ', 'Waiting'),
      number('Đang giữ', 'Held'),
      number('Thất bại', 'Failed'),
      number('Hết hạn', 'Expired'),
      number('Đã hủy', 'Cancelled'),
      number('Đã xóa theo hạn', 'Purged'),
      number('Không rõ', 'Unaccounted'),
    ],
    ledger.rows.map((row) => [
      row.day,
      row.sender,
      ...[row.packages, row.promised, ...states.map((state) => row.states[state]), row.purged, unaccountedIn(row)].map(String),
    ]),
  );
}
