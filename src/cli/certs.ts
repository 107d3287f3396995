import { readFile } from 'node:fs/promises';
import type { Command } from 'commander';
import { warningDays } from '../routing/trust-register.ts';
import { agencyBy } from './agencies.ts';
import { certificatesText } from './agency-texts.ts';
import { expiringText } from './binding-texts.ts';
import { bindingCommands } from './bindings.ts';
import { type CommonOptions, command, group } from './command.ts';
import { UsageFault } from './failure.ts';
import { checkFingerprint, wholeNumber } from './options.ts';
import { print } from './print.ts';
import { revocationScanCommand } from './revocation-scan.ts';
import { actor, withStore } from './with-store.ts';

/** `lienthong certs …`. */
export function certificateCommands(parent: Command): void {
  const certs = group(parent, 'certs', { vi: 'Chứng thư số của đơn vị', en: 'Certificates of agencies' });
  command(certs, 'add <code> <file>', {
    vi: 'Đăng ký chứng thư số (PEM hoặc DER) cho một đơn vị',
    en: 'Register a certificate (PEM or DER) for an agency',
  }).action(async (code: string, path: string, options: CommonOptions) => {
    const { readCertificate } = await import('../adapters/pki/certificate.ts');
    const { der, keyType: _, keyBits: __, ...record } = readCertificate(await readFile(path));
    await withStore(async ({ register }) => {
      const { id } = await agencyBy(register, code);
      await register.addCertificate(id, { ...record, der }, actor());
    });
    print(options, record, () => certificatesText([record]));
  });
  command(certs, 'list [code]', {
    vi: 'Liệt kê chứng thư số của một đơn vị, hoặc mọi chứng thư số sắp hết hạn',
    en: 'List the certificates of an agency, or all that end soon',
  })
    .option('--expiring [days]', 'sắp hết hạn trong số ngày này / that end within so many days', wholeNumber(1, 3650))
    .action(async (code: string | undefined, options: CommonOptions & { readonly expiring?: number | true }) => {
      if (options.expiring !== undefined) return listExpiring(code, options.expiring === true ? warningDays[0] : options.expiring, options);
      if (code === undefined) throw new UsageFault('cần mã đơn vị hoặc --expiring / a code or --expiring is needed');
      const { certificates } = await withStore(({ register }) => agencyBy(register, code));
      print(options, certificates, () => certificatesText(certificates));
    });
  command(certs, 'withdraw <code> <fingerprint>', {
    vi: 'Bỏ một chứng thư số khỏi đơn vị: từ đó không văn bản nào ký bằng nó được nhận',
    en: 'Withdraw a certificate from an agency: nothing signed with it is accepted any more',
  })
    .requiredOption('--reason <text>', 'lý do / reason')
    .action(async (code: string, given: string, options: CommonOptions & { readonly reason: string }) => {
      const fingerprint = checkFingerprint(given);
      await withStore(async ({ register }) => {
        const { id } = await agencyBy(register, code);
        await register.withdrawCertificate(id, fingerprint, actor(), options.reason);
      });
      print(options, { agency: code, withdrawn: fingerprint }, () => `Đã bỏ / withdrawn: ${fingerprint}\n`);
    });
  bindingCommands(certs);
  revocationScanCommand(certs);
}

async function listExpiring(code: string | undefined, days: number, options: CommonOptions): Promise<void> {
  const found = await withStore(async ({ register, trust, now }) => {
    const id = code === undefined ? undefined : (await agencyBy(register, code)).id;
    return (await trust.expiring(now(), days)).filter((one) => id === undefined || one.agencyId === id);
  });
  print(options, found, () => expiringText(found));
}
