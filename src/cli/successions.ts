import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import type { Command } from 'commander';
import { readSuccessionFile } from '../adapters/agency-file/succession-file.ts';
import type { SuccessionBatch, SuccessionReport } from '../routing/successions.ts';
import { type CommonOptions, command, group } from './command.ts';
import { shownMoment } from './moment.ts';
import { checkId, wholeNumber } from './options.ts';
import { print } from './print.ts';
import { table } from './table.ts';
import { actor, withStore } from './with-store.ts';

/** `lienthong successions …`. */
export function successionCommands(parent: Command): void {
  const successions = group(parent, 'successions', {
    vi: 'Thay đổi tổ chức: đóng, đổi tên, sáp nhập, chia tách, chuyển đơn vị',
    en: 'Successions: close, rename, merge, split and move agencies',
  });
  applyCommand(successions);
  listCommand(successions);
  undoCommand(successions);
}

function applyCommand(parent: Command): void {
  command(parent, 'apply <file>', {
    vi: 'Áp dụng một tệp thay đổi (CSV, TSV) trong một giao dịch: tất cả hoặc không gì cả',
    en: 'Apply a file of successions (CSV, TSV) in one transaction: all or nothing',
  })
    .option('--dry-run', 'kiểm tra và báo cáo, không ghi / check and report, store nothing')
    .action(async (path: string, options: CommonOptions & { readonly dryRun?: boolean }) => {
      const file = readSuccessionFile(basename(path), await readFile(path));
      const dryRun = options.dryRun ?? false;
      const report = await withStore(({ successions }) => successions.apply(file, actor(), dryRun));
      print(options, { dryRun, ...report }, () => reportText(report));
    });
}

const shownRows = 200;

function reportText({ batch, counts, successions, waiting, unitsLeft }: SuccessionReport): string {
  const rows = successions.slice(0, shownRows);
  const rest = successions.length - rows.length;
  const head = batch === undefined ? 'Chạy thử, chưa ghi gì / dry run, nothing stored' : `Đã áp dụng / applied: ${batch}`;
  return [
    table(
      [
        { vi: 'Dòng', en: 'Line', right: true },
        { vi: 'Loại', en: 'Kind' },
        { vi: 'Từ ngày', en: 'From day' },
        { vi: 'Đơn vị', en: 'Agency' },
        { vi: 'Tên', en: 'Name' },
        { vi: 'Thành', en: 'Becomes' },
      ],
      rows.map((one) => [String(one.line), one.kind, one.on, one.from, one.name, one.to.join(', ')]),
    ),
    rest > 0 ? `… và ${rest} dòng nữa (--json) / and ${rest} more\n` : '',
    `${head}\n`,
    `${Object.entries(counts)
      .filter(([, count]) => count > 0)
      .map(([kind, count]) => `${kind}: ${count}`)
      .join('; ')}\n`,
    `Văn bản đang chờ các đơn vị kết thúc / deliveries waiting for agencies that end: ${waiting}\n`,
    `Đơn vị trực thuộc chưa được chuyển / units left under agencies that end: ${unitsLeft}\n`,
  ].join('');
}

function listCommand(parent: Command): void {
  command(parent, 'list', { vi: 'Liệt kê các tệp đã áp dụng, mới nhất trước', en: 'List the files that were applied, newest first' })
    .option('--limit <n>', 'số dòng / rows', wholeNumber(1, 1000), 50)
    .action(async (options: CommonOptions & { readonly limit: number }) => {
      const batches = await withStore(({ successions }) => successions.list(options.limit));
      print(options, { batches }, () => batchesText(batches));
    });
}

function undoCommand(parent: Command): void {
  command(parent, 'undo <batch>', {
    vi: 'Hủy một lần áp dụng; văn bản đã chuyển không bị thay đổi',
    en: 'Take back a file that was applied; what was delivered stays as it is',
  })
    .requiredOption('--reason <text>', 'lý do / reason')
    .action(async (batch: string, options: CommonOptions & { readonly reason: string }) => {
      const undone = await withStore(({ successions }) => successions.undo(checkId(batch), actor(), options.reason));
      print(options, undone, () => batchesText([undone]));
    });
}

function batchesText(batches: readonly SuccessionBatch[]): string {
  return table(
    [
      { vi: 'Lần áp dụng', en: 'Batch' },
      { vi: 'Lúc', en: 'Applied' },
      { vi: 'Người', en: 'By' },
      { vi: 'Tệp', en: 'File' },
      { vi: 'Số thay đổi', en: 'Successions', right: true },
      { vi: 'Hiệu lực', en: 'In force' },
      { vi: 'Đã hủy', en: 'Undone' },
    ],
    batches.map((one) => [
      one.id,
      shownMoment(one.appliedAt),
      one.actor,
      one.fileName,
      String(one.successions),
      one.firstOn === one.lastOn ? one.firstOn : `${one.firstOn} – ${one.lastOn}`,
      one.undoneAt === undefined ? '' : `${shownMoment(one.undoneAt)} ${one.undoneBy ?? ''}: ${one.undoReason ?? ''}`,
    ]),
  );
}
