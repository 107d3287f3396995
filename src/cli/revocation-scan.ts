import type { Command } from 'commander';
import { readConfig } from '../config.ts';
import type { Concerned } from '../routing/quarantine.ts';
import { writeNotices } from '../routing/quarantine.ts';
import { vietnamTime } from '../routing/time.ts';
import type { RevocationVerdict } from '../routing/trust.ts';
import type { Store } from '../store.ts';
import { type CommonOptions, command } from './command.ts';
import { Negative } from './failure.ts';
import { readMoment } from './moment.ts';
import { checkFingerprint } from './options.ts';
import { note, print } from './print.ts';
import { table } from './table.ts';
import { withStore } from './with-store.ts';

type Revoked = Extract<RevocationVerdict, { status: 'revoked' }>;

interface ScanOptions extends CommonOptions {
  readonly since?: string;
  readonly dryRun?: boolean;
}

/** One package that was accepted under a revoked certificate. */
interface Found extends Concerned {
  readonly certificate: string;
  readonly since: Date;
  readonly reason: string;
  /** Notices that were written now; absent in a dry run. */
  readonly notices?: number;
}

/** `lienthong certs revocation-scan`. */
export function revocationScanCommand(parent: Command): void {
  command(parent, 'revocation-scan [certificate]', {
    vi: 'Sau khi thu hồi: tìm mọi gói tin đã nhận theo chứng thư số đó (SHA-256), ai đã nhận, và ghi thông báo cho họ',
    en: 'After a revocation: find every package accepted under the certificate (SHA-256; all revoked ones without), who got it, and write the notices',
  })
    .option('--since <moment>', 'từ thời điểm, thay cho ngày mất hiệu lực / from this moment instead of the invalidity date')
    .option('--dry-run', 'chỉ liệt kê, không ghi thông báo / list only, write no notices')
    .action(async (certificate: string | undefined, options: ScanOptions) => {
      const found = await withStore((store) => scan(store, certificate === undefined ? undefined : checkFingerprint(certificate), options));
      print(options, found, () => foundText(found));
      if (options.json !== true && options.dryRun !== true) {
        note(`Thông báo mới / new notices: ${found.reduce((sum, one) => sum + (one.notices ?? 0), 0)}`);
      }
    });
}

async function scan(store: Store, wanted: string | undefined, options: ScanOptions): Promise<Found[]> {
  const { createRevocationSearch } = await import('../revocation-search.ts');
  const config = readConfig();
  const since = options.since === undefined ? undefined : readMoment(options.since, store.now(), 'since');
  const revoked = await createRevocationSearch(config, store)(wanted);
  if (wanted !== undefined && revoked.length === 0 && since === undefined) {
    throw new Negative(
      'chứng thư số này không bị thu hồi theo các CRL/OCSP đang có; thêm --since nếu vẫn muốn tìm / it is not revoked by what is known; give --since to search all the same',
    );
  }
  const asked: Revoked[] =
    wanted !== undefined && revoked.length === 0 && since !== undefined
      ? [{ status: 'revoked', fingerprint: wanted, since, reason: 'unspecified' }]
      : [...revoked];
  const found: Found[] = [];
  for (const one of asked) {
    for await (const id of packagesUnder(store, one, since))
      found.push(await look(store, config.gateway, one, id, options.dryRun === true));
  }
  return found;
}

async function* packagesUnder(
  store: Store,
  { fingerprint, since, invalidityDate }: Revoked,
  given: Date | undefined,
): AsyncGenerator<string> {
  const from = given ?? (invalidityDate !== undefined && invalidityDate < since ? invalidityDate : since);
  for (let after: string | undefined; ; ) {
    const ids = await store.quarantines.accepted(fingerprint, from, after, 500);
    yield* ids;
    after = ids.at(-1);
    if (ids.length < 500) return;
  }
}

async function look(store: Store, gateway: string, revoked: Revoked, id: string, dryRun: boolean): Promise<Found> {
  const concerned = await store.quarantines.concerned(id);
  if (concerned === null) throw new Error(`package ${id} is gone`);
  const about = { ...concerned, certificate: revoked.fingerprint, since: revoked.invalidityDate ?? revoked.since, reason: revoked.reason };
  if (dryRun) return about;
  return { ...about, notices: await writeNotices(store.quarantines, store, gateway, id, revoked) };
}

function foundText(found: readonly Found[]): string {
  return table(
    [
      { vi: 'Gói tin', en: 'Package' },
      { vi: 'Số, ký hiệu', en: 'Reference' },
      { vi: 'Tiếp nhận', en: 'Received' },
      { vi: 'Đơn vị gửi', en: 'Sender' },
      { vi: 'Ai đã nhận', en: 'Who got it' },
      { vi: 'Thu hồi từ', en: 'Revoked from' },
    ],
    found.map((one) => [
      one.package.id,
      one.package.reference ?? '',
      vietnamTime(one.package.receivedAt),
      one.package.sender ?? '',
      one.recipients.map(({ code, state }) => `${code} (${state})`).join(', '),
      `${vietnamTime(one.since)} (${one.reason})`,
    ]),
  );
}
