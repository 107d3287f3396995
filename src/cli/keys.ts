import type { Command } from 'commander';
import { readConfig } from '../config.ts';
import type { PublicKey } from '../routing/gateway-keys.ts';
import { type CommonOptions, command, group } from './command.ts';
import { UsageFault } from './failure.ts';
import { shownMoment } from './moment.ts';
import { oneOf } from './options.ts';
import { note, print } from './print.ts';
import { facts, table } from './table.ts';
import { actor, withStore } from './with-store.ts';

/** `lienthong keys …`. */
export function keyCommands(parent: Command): void {
  const keys = group(parent, 'keys', { vi: 'Khóa ký biên nhận của trục', en: "The gateway's own signing keys" });
  showCommand(keys);
  listCommand(keys);
  rotateCommand(keys);
}

function showCommand(keys: Command): void {
  command(keys, 'show', {
    vi: 'In chứng thư số của trục (để kiểm tra biên nhận); khóa bí mật không bao giờ được in',
    en: "Print the gateway's certificate, which receipts are verified with; the private key is never printed",
  })
    .option('--pem', 'chỉ in chứng thư số dạng PEM / print the PEM only')
    .action(async (options: CommonOptions & { readonly pem?: boolean }) => {
      const { fingerprint, algorithm, origin, notAfter, certificatePem } = await withStore(async (store) => store.keys.current());
      print(options, { fingerprint, algorithm, origin, notAfter, certificatePem }, () => {
        if (options.pem === true) return certificatePem;
        const rows = [
          ['SHA-256', fingerprint],
          ['Thuật toán / algorithm', algorithm],
          ['Nơi giữ / kept in', origin],
          ['Hết hạn / not after', shownMoment(notAfter)],
        ] as const;
        return `${facts(rows)}${certificatePem}`;
      });
    });
}

function listCommand(keys: Command): void {
  command(keys, 'list', {
    vi: 'Liệt kê mọi khóa trục đã ký, với thời gian sử dụng',
    en: 'List every key that the gateway has signed with, and when',
  }).action(async (options: CommonOptions) => {
    const found = await withStore((store) => store.keys.list());
    print(options, found, () => keyTable(found));
  });
}

function rotateCommand(keys: Command): void {
  command(keys, 'rotate', {
    vi: 'Tạo khóa mới và ký bằng khóa đó từ bây giờ; trục đang chạy tự nhận trong vài giây, biên nhận cũ vẫn kiểm tra được',
    en: 'Make a new key and sign with it from now on; running gateways pick it up within seconds, old receipts stay verifiable',
  })
    .option('--kind <kind>', 'loại khóa / kind of key: ec-p256, rsa-2048', oneOf('ec-p256', 'rsa-2048'), 'ec-p256')
    .action(async (options: CommonOptions & { readonly kind: 'ec-p256' | 'rsa-2048' }) => {
      refuseOwnKeys();
      const { fingerprint, algorithm, notAfter } = await withStore(async (store) => {
        const made = await store.newKey(options.kind);
        await store.keyRecord.activate(made.fingerprint, actor());
        return made;
      });
      print(options, { fingerprint, algorithm, notAfter }, () =>
        facts([
          ['SHA-256', fingerprint],
          ['Thuật toán / algorithm', algorithm],
          ['Hết hạn / not after', shownMoment(notAfter)],
        ]),
      );
      note('Trục đang chạy dùng khóa mới sau vài giây. / Running gateways sign with it within seconds.');
    });
}

/** Keys of the operator are changed where they are kept: their files are watched. */
function refuseOwnKeys(): void {
  const { keyFile, certFile, pkcs11Module } = readConfig();
  if (pkcs11Module !== undefined) {
    throw new UsageFault(
      `khóa nằm trong token PKCS#11: tạo khóa mới trong token rồi thay tệp chứng thư số ${certFile}; trục tự nhận sau vài giây / ` +
        `the key is in a PKCS#11 token: make a new one there and replace its certificate ${certFile}; gateways pick it up within seconds`,
    );
  }
  if (keyFile !== undefined) {
    throw new UsageFault(
      `khóa do bạn quản lý: thay tệp ${keyFile} và ${certFile}; trục tự nhận sau vài giây / ` +
        `the key is your own: replace ${keyFile} and ${certFile}; gateways pick it up within seconds`,
    );
  }
}

function keyTable(keys: readonly PublicKey[]): string {
  const columns = [
    { vi: 'Từ', en: 'Active from' },
    { vi: 'Đến', en: 'Retired at' },
    { vi: 'Thuật toán', en: 'Algorithm' },
    { vi: 'Nơi giữ', en: 'Kept in' },
    { vi: 'SHA-256', en: 'SHA-256' },
  ];
  const rows = keys.map((key) => [
    shownMoment(key.activeFrom),
    key.retiredAt === undefined ? 'đang dùng (active)' : shownMoment(key.retiredAt),
    key.algorithm,
    key.origin,
    key.fingerprint,
  ]);
  return table(columns, rows);
}
