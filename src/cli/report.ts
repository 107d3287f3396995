import { readFile, writeFile } from 'node:fs/promises';
import type { Command } from 'commander';
import type { PaperFigure, Report, ReportGrouping } from '../routing/report.ts';
import { vietnamDay } from '../routing/time.ts';
import { type CommonOptions, command, group } from './command.ts';
import { UsageFault } from './failure.ts';
import { isDay } from './holiday-file.ts';
import { oneOf } from './options.ts';
import { note, print } from './print.ts';
import { reportCsv, reportXlsx } from './report-file.ts';
import { reportTable } from './report-table.ts';
import { table } from './table.ts';
import { actor, withStore } from './with-store.ts';

interface ReportOptions extends CommonOptions {
  readonly from: string;
  readonly to?: string;
  readonly by: ReportGrouping;
  readonly format?: 'json' | 'csv' | 'xlsx';
  readonly output?: string;
}

/** `lienthong report` and `lienthong paper import`. */
export function reportCommands(parent: Command): void {
  command(parent, 'report', {
    vi: 'Số liệu gửi, nhận theo kỳ cho sở, huyện, xã hoặc từng đơn vị (QĐ 28/2018 Điều 11)',
    en: 'Figures of a period by department, district, commune or agency (Decision 28/2018, Article 11)',
  })
    .requiredOption('--from <day>', 'từ ngày / first day, yyyy-mm-dd')
    .option('--to <day>', 'đến hết ngày / last day; hôm nay / today')
    .option(
      '--by <grouping>',
      'theo / by: agency, department, district, commune',
      oneOf('agency', 'department', 'district', 'commune'),
      'agency' as const,
    )
    .option('--format <format>', 'dạng / format: json, csv, xlsx', oneOf('json', 'csv', 'xlsx'))
    .option('-o, --output <file>', 'tệp kết quả / file')
    .action(async (options: ReportOptions) => {
      const { from, to = vietnamDay(new Date()), by, output } = options;
      for (const day of [from, to]) if (!isDay(day)) throw new UsageFault(`không phải ngày / not a day: ${day}`);
      const format = options.format ?? (options.json === true ? 'json' : undefined);
      if (format === 'xlsx' && output === undefined) throw new UsageFault('--format xlsx cần -o / needs -o');
      const report = await withStore((store) => store.reports.read({ from, to, by }));
      if (format === undefined && output === undefined) return print({}, report, () => textOf(report));
      await deliver(report, format ?? 'json', output);
    });
  command(
    group(parent, 'paper', { vi: 'Số văn bản giấy, để tính tỷ lệ văn bản điện tử', en: 'Paper documents, for the electronic share' }),
    'import <file>',
    {
      vi: 'Nhập số văn bản giấy đã gửi: mỗi dòng mã,tháng (yyyy-mm),số văn bản',
      en: 'Import paper documents sent: code,month (yyyy-mm),documents on each line',
    },
  ).action(async (path: string, options: CommonOptions) => {
    const figures = readPaper(await readFile(path, 'utf8'));
    await withStore((store) => store.reports.loadPaper(figures, actor()));
    print(options, { loaded: figures.length }, () => `${figures.length}\n`);
  });
}

async function deliver(report: Report, format: 'json' | 'csv' | 'xlsx', output: string | undefined): Promise<void> {
  const bytes = format === 'xlsx' ? await reportXlsx(report) : Buffer.from(format === 'csv' ? reportCsv(report) : json(report));
  if (output === undefined) process.stdout.write(bytes);
  else {
    await writeFile(output, bytes);
    note(`${output}: ${report.rows.length}`);
  }
}

const json = (report: Report) => `${JSON.stringify(report, null, 2)}\n`;

/** Reads lines of code, month and number; throws UsageFault with the first line that is wrong. */
function readPaper(text: string): PaperFigure[] {
  const lines = text.replace(/^\ufeff/, '').split(/\r\n|\n|\r/);
  return lines.flatMap((line, at) => {
    if (line.trim() === '' || line.startsWith('#') || /^code\b/i.test(line)) return [];
    const [, code, month, documents] = /^"?([0-9A-Za-z.]{1,35})"?[,;\t]\s*(\d{4}-(?:0[1-9]|1[0-2]))[,;\t]\s*(\d{1,8})\s*$/.exec(line) ?? [];
    if (code === undefined || month === undefined) throw new UsageFault(`dòng ${at + 1} / line ${at + 1}: ${line.slice(0, 100)}`);
    return [{ code, month, documents: Number(documents) }];
  });
}

function textOf(report: Report): string {
  const { columns, rows } = reportTable(report);
  return table(
    columns.map(({ vi, en, isNumber }) => ({ vi, en, right: isNumber })),
    rows.map((row) => row.map((cell) => (cell === null ? '' : String(cell)))),
  );
}
