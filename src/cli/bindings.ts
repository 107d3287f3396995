import { readFile } from 'node:fs/promises';
import type { Command } from 'commander';
import type { CertificateBinding } from '../routing/trust.ts';
import type { Store } from '../store.ts';
import { agencyBy } from './agencies.ts';
import { bindingsText } from './binding-texts.ts';
import { type CommonOptions, command } from './command.ts';
import { checkId } from './options.ts';
import { print } from './print.ts';
import { actor, withStore } from './with-store.ts';

interface BindOptions extends CommonOptions {
  readonly anchor: string;
  readonly subject: string;
  readonly issuer?: string;
}

/** `lienthong certs bind|unbind|bindings`. */
export function bindingCommands(parent: Command): void {
  bindCommand(parent);
  command(parent, 'unbind <binding>', { vi: 'Bỏ một quy tắc chứng thư', en: 'Withdraw a certificate binding' })
    .requiredOption('--reason <text>', 'lý do / reason')
    .action(async (id: string, options: CommonOptions & { readonly reason: string }) => {
      await withStore(({ trust }) => trust.unbind(checkId(id), actor(), options.reason));
      print(options, { withdrawn: id }, () => `Đã bỏ / withdrawn: ${id}\n`);
    });
  command(parent, 'bindings [code]', {
    vi: 'Liệt kê quy tắc chứng thư của một đơn vị hoặc của tất cả',
    en: 'List the certificate bindings of an agency or of all',
  }).action(async (code: string | undefined, options: CommonOptions) => {
    const found = await withStore(async (store) => store.trust.bindings(code === undefined ? undefined : await idOf(store, code)));
    print(options, found, () => bindingsText(found));
  });
}

function bindCommand(parent: Command): void {
  command(parent, 'bind <code>', {
    vi: 'Cho đơn vị dùng mọi chứng thư số của một bên cấp có chủ thể khớp mẫu',
    en: 'Let an agency use any certificate of an issuer whose subject fits a pattern',
  })
    .requiredOption('--anchor <id>', 'chứng thư gốc / trust anchor')
    .requiredOption('--subject <rules>', 'mẫu chủ thể / subject: "CN=Sở Nội vụ*;O=UBND tỉnh"')
    .option('--issuer <file>', 'chứng thư của bên cấp trực tiếp / certificate of the direct issuer')
    .action(async (code: string, options: BindOptions) => {
      const binding = await withStore(async (store) => {
        const made = await bindingOf(store, code, options);
        await store.trust.bind(made, actor());
        return made;
      });
      print(options, binding, () => bindingsText([binding]));
    });
}

async function bindingOf(store: Store, code: string, { anchor, subject, issuer }: BindOptions): Promise<CertificateBinding> {
  const { readSubjectRules } = await import('../adapters/pki/path/subject-rule.ts');
  const made = { id: store.newId(), agencyId: await idOf(store, code), anchorId: anchor, subject: readSubjectRules(subject) };
  return issuer === undefined ? made : { ...made, issuer: await nameIn(issuer) };
}

/** DER of the subject's Name, hex. Throws Rejection CERTIFICATE_UNREADABLE. */
async function nameIn(path: string): Promise<string> {
  const { readCertificate } = await import('../adapters/pki/certificate.ts');
  const { readPathCertificate } = await import('../adapters/pki/path/certificate.ts');
  return readPathCertificate(readCertificate(await readFile(path)).der).subjectDer;
}

async function idOf({ register }: Store, code: string): Promise<string> {
  return (await agencyBy(register, code)).id;
}
