import type { Command } from 'commander';
import { type CommonOptions, command, group } from './command.ts';
import { shownMoment } from './moment.ts';
import { print } from './print.ts';
import { facts } from './table.ts';
import { withStore } from './with-store.ts';

/** `lienthong keys …`. */
export function keyCommands(parent: Command): void {
  const keys = group(parent, 'keys', { vi: 'Khóa ký biên nhận của trục', en: "The gateway's own signing key" });
  command(keys, 'show', {
    vi: 'In chứng thư số của trục (để kiểm tra biên nhận); khóa bí mật không bao giờ được in',
    en: "Print the gateway's certificate, which receipts are verified with; the private key is never printed",
  })
    .option('--pem', 'chỉ in chứng thư số dạng PEM / print the PEM only')
    .action(async (options: CommonOptions & { readonly pem?: boolean }) => {
      const { fingerprint, algorithm, notAfter, certificatePem } = await withStore(async (store) => store.key);
      print(options, { fingerprint, algorithm, notAfter, certificatePem }, () => {
        if (options.pem === true) return certificatePem;
        const rows = [
          ['SHA-256', fingerprint],
          ['Thuật toán / algorithm', algorithm],
          ['Hết hạn / not after', shownMoment(notAfter)],
        ] as const;
        return `${facts(rows)}${certificatePem}`;
      });
    });
}
