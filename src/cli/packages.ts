import { open, rm, writeFile } from 'node:fs/promises';
import type { Command } from 'commander';
import { operatorPackageLine, operatorPackageView } from '../adapters/rest/views.ts';
import { reject } from '../routing/problem.ts';
import type { PackageFilter } from '../routing/records.ts';
import type { Store } from '../store.ts';
import { agencyBy } from './agencies.ts';
import { type CommonOptions, command, group } from './command.ts';
import { evidenceFile, evidenceView } from './evidence-file.ts';
import { evidenceText } from './evidence-texts.ts';
import { Negative } from './failure.ts';
import { readMoment } from './moment.ts';
import { checkId, oneOf, wholeNumber } from './options.ts';
import { packagesText, packageText } from './package-texts.ts';
import { note, print } from './print.ts';
import { actor, withStore } from './with-store.ts';

interface ListOptions extends CommonOptions {
  readonly sender?: string;
  readonly documentId?: string;
  readonly accepted?: 'true' | 'false';
  readonly since?: string;
  readonly until?: string;
  readonly before?: string;
  readonly limit: number;
}

/** `lienthong packages …`. */
export function packageCommands(parent: Command): void {
  const packages = group(parent, 'packages', { vi: 'Gói tin đã nhận và đã từ chối', en: 'Packages, accepted and rejected' });
  command(packages, 'list', { vi: 'Liệt kê, mới nhất trước', en: 'List, newest first' })
    .option('--sender <code>', 'mã đơn vị gửi / sender')
    .option('--document-id <id>', 'DocumentId')
    .option('--accepted <bool>', 'true: đã nhận / accepted; false: bị từ chối / rejected', oneOf('true', 'false'))
    .option('--since <moment>', 'từ / from: 2h, 3d, 2026-03-02, …')
    .option('--until <moment>', 'đến / until')
    .option('--before <id>', 'trước gói tin này / before this package')
    .option('--limit <n>', 'số dòng / rows', wholeNumber(1, 10_000), 50)
    .action(async (options: ListOptions) => {
      const found = await withStore(async (store) => store.records.packages(await filterOf(store, options)));
      print(options, found.map(operatorPackageLine), () => packagesText(found));
      const last = found.at(-1);
      if (last !== undefined && found.length === options.limit) note(`Còn nữa / more: --before ${last.id}`);
    });
  command(packages, 'show <package>', {
    vi: 'Xem một gói tin với mọi việc đã xảy ra',
    en: 'Show a package with everything that happened to it',
  }).action(async (id: string, options: CommonOptions) => {
    const [found, trust] = await withStore(async ({ records, evidence }) => [
      await records.package(checkId(id), 'any'),
      await evidence(id),
    ]);
    if (found === null) throw reject('PACKAGE_UNKNOWN', { params: { package: id } });
    const view = { ...operatorPackageView(found), ...(trust === null ? {} : { trust: evidenceView(trust) }) };
    print(options, view, () => `${packageText(found)}${trust === null ? '' : `\n${evidenceText(trust)}`}`);
  });
  command(packages, 'export <package> <file>', {
    vi: 'Xuất gói tin nguyên từng byte ra tệp mới; việc này được ghi vào nhật ký',
    en: 'Export a package, byte for byte, to a new file; leaves an event',
  })
    .option('--evidence <file>', 'xuất cả bằng chứng tin cậy / what it was accepted on, too')
    .action(async (id: string, path: string, options: CommonOptions & { readonly evidence?: string }) => {
      const written = await withStore(async (store) => {
        if (options.evidence !== undefined) await exportEvidence(store, checkId(id), options.evidence);
        return exportTo(store, checkId(id), path);
      });
      print(options, { package: id, file: path, ...written }, () => `${written.sha256}  ${path}\n`);
    });
}

async function filterOf({ register }: Store, options: ListOptions): Promise<PackageFilter> {
  const { sender, documentId, accepted, since, until, before, limit } = options;
  const now = new Date();
  return {
    limit,
    ...(sender === undefined ? {} : { senders: new Set([(await agencyBy(register, sender)).id]) }),
    ...(documentId === undefined ? {} : { documentId }),
    ...(accepted === undefined ? {} : { accepted: accepted === 'true' }),
    ...(since === undefined ? {} : { since: readMoment(since, now, 'since') }),
    ...(until === undefined ? {} : { until: readMoment(until, now, 'until') }),
    ...(before === undefined ? {} : { before: checkId(before) }),
  };
}

async function exportEvidence(store: Store, id: string, path: string): Promise<void> {
  const found = await store.evidence(id);
  if (found === null) throw new Negative('không có bằng chứng cho gói tin này / no evidence is kept for this package');
  await writeFile(path, evidenceFile(found), { flag: 'wx' });
}

async function exportTo(store: Store, id: string, path: string): Promise<{ readonly sha256: string; readonly size: number }> {
  // Opened first: an export that can't be written must not leave an event that says it happened.
  const file = await open(path, 'wx');
  try {
    const found = await store.exportPackage(id, actor());
    if (found === null) throw reject('PACKAGE_UNKNOWN', { params: { package: id } });
    const { text, runs, sha256, size } = found;
    for await (const chunk of store.storage.openPackage(text, runs, undefined, sha256)) await file.appendFile(chunk);
    await file.sync();
    return { sha256, size };
  } catch (error) {
    await rm(path);
    throw error;
  } finally {
    await file.close();
  }
}
