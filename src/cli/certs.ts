import { readFile } from 'node:fs/promises';
import type { Command } from 'commander';
import { agencyBy } from './agencies.ts';
import { certificatesText } from './agency-texts.ts';
import { type CommonOptions, command, group } from './command.ts';
import { print } from './print.ts';
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
  command(certs, 'list <code>', { vi: 'Liệt kê chứng thư số của một đơn vị', en: 'List the certificates of an agency' }).action(
    async (code: string, options: CommonOptions) => {
      const { certificates } = await withStore(({ register }) => agencyBy(register, code));
      print(options, certificates, () => certificatesText(certificates));
    },
  );
}
