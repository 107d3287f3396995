import type { Command } from 'commander';
import { readConfig } from '../config.ts';
import type { DiskForecast, HoldConditions, LegalHold, RetentionRun } from '../routing/retention.ts';
import type { Store } from '../store.ts';
import { agencyBy } from './agencies.ts';
import { type CommonOptions, command, group } from './command.ts';
import { readMoment, shownMoment } from './moment.ts';
import { checkId } from './options.ts';
import { endProgress, print, showProgress } from './print.ts';
import { shownSize } from './sizes.ts';
import { facts, table } from './table.ts';
import { actor, withStore } from './with-store.ts';

/** `lienthong retention …` and `lienthong hold …`. */
export function retentionCommands(parent: Command): void {
  const retention = group(parent, 'retention', {
    vi: 'Thời hạn lưu và dung lượng đĩa',
    en: 'How long things are kept, and room on the disk',
  });
  command(retention, 'run', {
    vi: 'Xóa những gì đã hết thời hạn lưu; trục tự làm hằng ngày',
    en: 'Remove what is older than the policy; the gateway does it daily',
  })
    .option('--dry-run', 'chỉ cho biết sẽ xóa gì / only say what would go')
    .action(async (options: CommonOptions & { readonly dryRun?: boolean }) => {
      const done = await withStore((store) =>
        store.retention.run(options.dryRun ?? false, (packages) => showProgress(String(packages))).finally(endProgress),
      );
      print(options, done, () => runText(done));
    });
  command(retention, 'forecast', { vi: 'Dự báo dung lượng đĩa 12 tháng tới', en: 'Forecast of the disk for the next 12 months' }).action(
    async (options: CommonOptions) => {
      const { minFreeBytes } = readConfig();
      const found = await withStore(async ({ retention: kept, storage }) => kept.forecast(await storage.freeBytes(), minFreeBytes));
      print(options, found, () => forecastText(found));
    },
  );
  holdCommands(group(parent, 'hold', { vi: 'Lệnh giữ: không xóa dù hết thời hạn', en: 'Legal holds: what they fit is not removed' }));
}

interface AddOptions extends CommonOptions {
  readonly package?: string;
  readonly sender?: string;
  readonly recipient?: string;
  readonly documentId?: string;
  readonly since?: string;
  readonly until?: string;
  readonly reason: string;
}

function holdCommands(hold: Command): void {
  command(hold, 'add', { vi: 'Giữ một gói tin, hoặc mọi gói tin theo điều kiện', en: 'Hold one package, or all that conditions fit' })
    .option('--package <id>', 'gói tin / package')
    .option('--sender <code>', 'mã đơn vị gửi / sender')
    .option('--recipient <code>', 'mã đơn vị nhận / recipient')
    .option('--document-id <id>', 'DocumentId')
    .option('--since <moment>', 'nhận từ / received from')
    .option('--until <moment>', 'đến / until')
    .requiredOption('--reason <text>', 'lý do / reason')
    .action(async (options: AddOptions) => {
      const made = await withStore(async (store) => {
        const id = store.newId();
        await store.retention.addHold(id, await conditionsOf(store, options), actor(), options.reason);
        return id;
      });
      print({ ...(options.json === undefined ? {} : { json: options.json }) }, { hold: made }, () => `${made}\n`);
    });
  command(hold, 'list', { vi: 'Liệt kê', en: 'List' })
    .option('--all', 'kể cả đã bỏ / lifted ones, too')
    .action(async (options: CommonOptions & { readonly all?: boolean }) => {
      const found = await withStore((store) => store.retention.holds(options.all !== true));
      print(options, found, () => holdsText(found));
    });
  command(hold, 'lift <hold>', { vi: 'Bỏ một lệnh giữ', en: 'Lift a hold' })
    .requiredOption('--reason <text>', 'lý do / reason')
    .action(async (id: string, options: CommonOptions & { readonly reason: string }) => {
      await withStore((store) => store.retention.liftHold(checkId(id), actor(), options.reason));
      print({ ...(options.json === undefined ? {} : { json: options.json }) }, { lifted: id }, () => `${id}\n`);
    });
}

async function conditionsOf({ register }: Store, options: AddOptions): Promise<HoldConditions> {
  const { sender, recipient, documentId, since, until } = options;
  const now = new Date();
  return {
    ...(options.package === undefined ? {} : { packageId: checkId(options.package) }),
    ...(sender === undefined ? {} : { senderAgencyId: (await agencyBy(register, sender)).id }),
    ...(recipient === undefined ? {} : { recipientAgencyId: (await agencyBy(register, recipient)).id }),
    ...(documentId === undefined ? {} : { documentId }),
    ...(since === undefined ? {} : { since: readMoment(since, now, 'since') }),
    ...(until === undefined ? {} : { until: readMoment(until, now, 'until') }),
  };
}

function runText({ dryRun, parts, kept }: RetentionRun): string {
  const line = ({ packages, bytes, before }: RetentionRun['parts']['payload']) =>
    `${packages}, ${shownSize(bytes)} (< ${shownMoment(before)})`;
  return facts([
    [dryRun ? 'Chỉ thử / dry run' : 'Đã xóa / removed', ''],
    ['Nội dung gói tin / contents', line(parts.payload)],
    ['Toàn bộ hồ sơ / whole records', line(parts.records)],
    ['Giữ lại / kept', String(kept)],
  ]);
}

function forecastText(found: DiskForecast): string {
  const number = (vi: string, en: string) => ({ vi, en, right: true });
  const head = facts([
    ['Còn trống / free', shownSize(found.freeBytes)],
    ['Mỗi ngày / each day', shownSize(found.bytesPerDay)],
    ['Đầy sau / full in', found.daysLeft === null ? '> 12 tháng / months' : `${found.daysLeft} ngày / days`],
  ]);
  const rows = found.months.map((one) => [one.month, shownSize(one.added), shownSize(one.removed), shownSize(Math.max(0, one.freeAtEnd))]);
  return `${head}\n${table(
    [{ vi: 'Tháng', en: 'Month' }, number('Thêm', 'Added'), number('Xóa', 'Removed'), number('Còn trống', 'Free at the end')],
    rows,
  )}`;
}

function holdsText(holds: readonly LegalHold[]): string {
  return table(
    [
      { vi: 'Lệnh giữ', en: 'Hold' },
      { vi: 'Điều kiện', en: 'Conditions' },
      { vi: 'Lý do', en: 'Reason' },
      { vi: 'Người đặt', en: 'By' },
      { vi: 'Từ', en: 'Since' },
      { vi: 'Đã bỏ', en: 'Lifted' },
    ],
    holds.map((one) => [one.id, conditionsText(one), one.reason, one.actor, shownMoment(one.createdAt), shownMoment(one.liftedAt)]),
  );
}

function conditionsText({ packageId, senderAgencyId, recipientAgencyId, documentId, since, until }: LegalHold): string {
  const parts = { package: packageId, sender: senderAgencyId, recipient: recipientAgencyId, documentId };
  const named = Object.entries(parts).flatMap(([name, value]) => (value === undefined ? [] : [`${name}=${value}`]));
  const span = since === undefined && until === undefined ? [] : [`${shownMoment(since)} … ${shownMoment(until)}`];
  return [...named, ...span].join(' ');
}
