import { readFile } from 'node:fs/promises';
import type { Command } from 'commander';
import { type AgencyFile, readAgencyFile } from '../adapters/agency-file/read.ts';
import { readConfig } from '../config.ts';
import { reject } from '../routing/problem.ts';
import { profiles } from '../routing/profile.ts';
import type { Agency, Register } from '../routing/register.ts';
import { agencyChangeCommands } from './agency-changes.ts';
import { agencyText, dirtText } from './agency-texts.ts';
import { type CommonOptions, command, group } from './command.ts';
import { directoryCommands } from './directory.ts';
import { wholeNumber } from './options.ts';
import { note, print } from './print.ts';
import { table } from './table.ts';
import { actor, withStore } from './with-store.ts';
import { channelWord, statusWord } from './words.ts';

/** `lienthong agencies …`. */
export function agencyCommands(parent: Command): void {
  const agencies = group(parent, 'agencies', { vi: 'Danh bạ đơn vị', en: 'The register of agencies' });
  importCommand(agencies);
  listCommand(agencies);
  showCommand(agencies);
  directoryCommands(agencies);
  agencyChangeCommands(agencies);
}

function importCommand(parent: Command): void {
  command(parent, 'import <file>', {
    vi: 'Nhập danh sách đơn vị từ tệp CSV, TSV hoặc JSON; liệt kê mọi dòng bẩn',
    en: 'Import agencies from a CSV, TSV or JSON file; lists every dirty row',
  })
    .option('--dry-run', 'chỉ kiểm tra, không ghi / check only, store nothing')
    .action(async (path: string, options: CommonOptions & { readonly dryRun?: boolean }) => {
      const bytes = await readFile(path);
      const dryRun = options.dryRun ?? false;
      const policy = profiles[readConfig().profile].signaturePolicy;
      const file = await withStore(async ({ register, newId }) => {
        const read = await readAgencyFile(bytes, { newId, registered: (codes) => register.codesAmong(codes) }, policy);
        if (!dryRun && read.agencies.length > 0) await register.add(read.agencies, actor());
        return read;
      });
      print(
        options,
        {
          dryRun,
          rows: file.rows,
          imported: dryRun ? 0 : file.agencies.length,
          importable: file.agencies.length,
          ignored: file.ignored,
          dirty: file.dirty,
        },
        () => importText(file, dryRun),
      );
    });
}

function importText(file: AgencyFile, dryRun: boolean): string {
  const dropped = new Set(file.dirty.filter((one) => one.dropped).map((one) => one.line)).size;
  const cleaned = new Set(file.dirty.filter((one) => !one.dropped).map((one) => one.line)).size;
  const ignored = file.ignored.length === 0 ? '' : `Cột không dùng / columns ignored: ${file.ignored.join(', ')}\n`;
  const verb = dryRun ? 'Sẽ nhập / would import' : 'Đã nhập / imported';
  const counts = [
    `${verb}: ${file.agencies.length}/${file.rows}`,
    `dòng phải làm sạch / rows with something to clean: ${cleaned}`,
    `dòng bị bỏ / rows left out: ${dropped}`,
  ];
  return `${file.dirty.length === 0 ? '' : `${dirtText(file.dirty)}\n`}${ignored}${counts.join('; ')}\n`;
}

function listCommand(parent: Command): void {
  command(parent, 'list', { vi: 'Liệt kê đơn vị', en: 'List agencies' })
    .option('--search <text>', "tìm trong tên, không cần dấu / anywhere in the name, accents don't matter")
    .option('--after <id>', 'sau đơn vị có id này / after the agency with this id')
    .option('--limit <n>', 'số dòng / rows', wholeNumber(1, 10_000), 100)
    .action(async ({ json, ...page }: CommonOptions & { readonly search?: string; readonly after?: string; readonly limit: number }) => {
      const found = await withStore(({ register }) => register.list(page));
      print({ ...(json === undefined ? {} : { json }) }, found, () => listText(found));
      const last = found.at(-1);
      if (last !== undefined && found.length === page.limit) note(`Còn nữa / more: --after ${last.id}`);
    });
}

function listText(agencies: readonly Agency[]): string {
  return table(
    [
      { vi: 'Mã định danh', en: 'Codes' },
      { vi: 'Tên đơn vị', en: 'Name' },
      { vi: 'Tình trạng', en: 'Status' },
      { vi: 'Kênh', en: 'Channel' },
      { vi: 'Chính sách ký', en: 'Signatures' },
    ],
    agencies.map((agency) => [
      agency.codes.map((one) => one.code).join(', '),
      agency.name,
      statusWord(agency.status),
      channelWord(agency.channel),
      agency.signaturePolicy,
    ]),
  );
}

function showCommand(parent: Command): void {
  command(parent, 'show <code>', { vi: 'Xem một đơn vị', en: 'Show one agency' }).action(async (code: string, options: CommonOptions) => {
    const agency = await withStore(({ register }) => agencyBy(register, code));
    print(options, agency, () => agencyText(agency));
  });
}

/** The agency that has a code. Throws Rejection AGENCY_UNKNOWN. */
export async function agencyBy(register: Register, code: string) {
  const agency = await register.byCode(code);
  if (agency === null) throw reject('AGENCY_UNKNOWN', { params: { code } });
  return agency;
}
