import { readFile } from 'node:fs/promises';
import type { Command } from 'commander';
import type { SpecialDay } from '../routing/calendar.ts';
import { vietnamDay } from '../routing/time.ts';
import { type CommonOptions, command, group } from './command.ts';
import { UsageFault } from './failure.ts';
import { isDay, readHolidays } from './holiday-file.ts';
import { wholeNumber } from './options.ts';
import { note, print } from './print.ts';
import { table } from './table.ts';
import { actor, withStore } from './with-store.ts';

/** `lienthong holidays …`. */
export function holidayCommands(parent: Command): void {
  const holidays = group(parent, 'holidays', {
    vi: 'Ngày nghỉ lễ và ngày làm bù, dùng để tính thời hạn theo luật',
    en: 'Public holidays and the working days that make up for them, for deadlines by law',
  });
  command(holidays, 'import <file>', {
    vi: 'Nhập từ tệp: mỗi dòng ngày,loại,tên; loại là holiday hoặc working',
    en: 'Import from a file: day,kind,name on each line; kind is holiday or working',
  })
    .option('--dry-run', 'chỉ kiểm tra, không ghi / check only, store nothing')
    .action(async (path: string, options: CommonOptions & { readonly dryRun?: boolean }) => {
      const days = readHolidays(await readFile(path, 'utf8'));
      if (options.dryRun !== true) await withStore((store) => store.holidays.set(days, actor()));
      print(options, { dryRun: options.dryRun ?? false, days }, () => daysText(days));
      if (options.dryRun === true) note('chưa ghi gì / nothing was stored');
    });
  command(holidays, 'list', { vi: 'Liệt kê', en: 'List' })
    .option('--year <n>', 'năm / year', wholeNumber(2000, 2100))
    .action(async (options: CommonOptions & { readonly year?: number }) => {
      const year = options.year ?? Number(vietnamDay(new Date()).slice(0, 4));
      const days = await withStore((store) => store.holidays.list(`${year}-01-01`, `${year}-12-31`));
      print(options, days, () => daysText(days));
      if (days.length === 0) note(`Năm ${year} chưa có ngày nghỉ nào / no special day in ${year}: lienthong holidays import`);
    });
  command(holidays, 'remove <day>', { vi: 'Bỏ một ngày', en: 'Remove a day' }).action(async (day: string, options: CommonOptions) => {
    if (!isDay(day)) throw new UsageFault(`không phải ngày / not a day: ${day}`);
    await withStore((store) => store.holidays.remove(day, actor()));
    print(options, { removed: day }, () => `${day}\n`);
  });
}

function daysText(days: readonly SpecialDay[]): string {
  const kinds = { holiday: 'nghỉ (holiday)', working: 'làm bù (working)' };
  return table(
    [
      { vi: 'Ngày', en: 'Day' },
      { vi: 'Loại', en: 'Kind' },
      { vi: 'Tên', en: 'Name' },
    ],
    days.map((one) => [one.day, kinds[one.kind], one.name]),
  );
}
