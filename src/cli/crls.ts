import { readFile, stat } from 'node:fs/promises';
import { basename } from 'node:path';
import type { Command } from 'commander';
import { readConfig } from '../config.ts';
import { reject } from '../routing/problem.ts';
import type { CrlRecord, CrlSource } from '../routing/revocation.ts';
import { type CommonOptions, command, group } from './command.ts';
import { shownMoment } from './moment.ts';
import { print } from './print.ts';
import { table } from './table.ts';
import { actor, withStore } from './with-store.ts';

/** `lienthong crls …`. */
export function crlCommands(parent: Command): void {
  const crls = group(parent, 'crls', { vi: 'Danh sách thu hồi chứng thư số (CRL)', en: 'Certificate revocation lists (CRL)' });
  importCommand(crls);
  command(crls, 'list', {
    vi: 'Liệt kê các danh sách đang dùng và nơi chúng được lấy về',
    en: 'List the revocation lists in force, and where they are fetched from',
  }).action(async (options: CommonOptions) => {
    const found = await withStore(async ({ revocation }) => ({ crls: await revocation.crls(), sources: await revocation.sources() }));
    print(options, found, () => `${crlsText(found.crls)}\n${sourcesText(found.sources)}`);
  });
  command(crls, 'fetch', {
    vi: 'Lấy ngay các danh sách đến hạn từ địa chỉ ghi trong chứng thư số và trong cấu hình',
    en: 'Fetch the lists that are due now, from where certificates and settings name them',
  }).action(async (options: CommonOptions) => {
    const { createRevocation } = await import('../revocation.ts');
    const done = await withStore((store) => createRevocation(readConfig(), store).refresh());
    const lines = done.map(({ url, result, problem }) => `${result}  ${url}${problem === undefined ? '' : `  ${problem.code}`}\n`);
    print(options, done, () => lines.join('') || 'Không có danh sách nào đến hạn / nothing is due\n');
  });
}

function importCommand(parent: Command): void {
  command(parent, 'import <file...>', {
    vi: 'Nhập danh sách thu hồi (DER hoặc PEM) từ tệp, cho nơi không có Internet',
    en: 'Import revocation lists (DER or PEM) from files, for sites without Internet',
  })
    .option('--dry-run', 'chỉ kiểm tra, không lưu / check only')
    .action(async (paths: readonly string[], options: CommonOptions & { readonly dryRun?: boolean }) => {
      const config = readConfig();
      const { createRevocation } = await import('../revocation.ts');
      const done = await withStore(async (store) => {
        const { shelf } = createRevocation(config, store);
        const dryRun = options.dryRun === true;
        const taken = [];
        for (const path of paths) {
          const { crl, result } = await shelf.take(await bytesOf(path, config.crlMaxBytes), `file:${basename(path)}`, { dryRun });
          if (result === 'kept') await store.note({ name: 'crl.imported', at: store.now(), actor: actor(), reason: describe(crl) });
          taken.push({ ...crl, result: result ?? 'not stored (dry run)' });
        }
        return taken;
      });
      print(options, done, () => crlsText(done));
    });
}

/** Looks at the size first: a file of any size must not come into memory. */
async function bytesOf(path: string, limit: number): Promise<Uint8Array> {
  if ((await stat(path)).size > limit * 1.4) throw reject('CRL_TOO_LARGE', { params: { limit } });
  return readFile(path);
}

const describe = ({ issuer, number, entries, sha256 }: CrlRecord) => `${issuer}; ${number ?? '–'}; ${entries}; ${sha256}`.slice(0, 1000);

function crlsText(crls: readonly (CrlRecord & { readonly result?: string })[]): string {
  return table(
    [
      { vi: 'Bên cấp', en: 'Issuer' },
      { vi: 'Loại', en: 'Kind' },
      { vi: 'Số', en: 'Number', right: true },
      { vi: 'Bị thu hồi', en: 'Entries', right: true },
      { vi: 'Từ', en: 'This update' },
      { vi: 'Đến', en: 'Next update' },
      { vi: 'Nguồn', en: 'Source' },
      { vi: 'Kết quả', en: 'Result' },
    ],
    crls.map((one) => [
      one.issuer,
      one.base === undefined ? 'đầy đủ / full' : `bổ sung / delta (${one.base})`,
      one.number ?? '–',
      String(one.entries),
      shownMoment(one.thisUpdate),
      shownMoment(one.nextUpdate),
      one.source,
      one.result ?? '',
    ]),
  );
}

function sourcesText(sources: readonly CrlSource[]): string {
  return table(
    [
      { vi: 'Địa chỉ', en: 'URL' },
      { vi: 'Lần xem trước', en: 'Looked at' },
      { vi: 'Lần xem sau', en: 'Next look' },
      { vi: 'Vấn đề', en: 'Problem' },
    ],
    sources.map((one) => [
      one.url,
      shownMoment(one.checkedAt),
      shownMoment(one.nextCheckAt),
      one.problem === undefined ? '' : `${one.problem.code} (${one.failures})`,
    ]),
  );
}
