import { readFile } from 'node:fs/promises';
import type { Command } from 'commander';
import type { CertificateBinding, Clients } from '../routing/clients.ts';
import { secretTable } from './client-texts.ts';
import { type CommonOptions, command } from './command.ts';
import { Negative, UsageFault } from './failure.ts';
import { checkId, oneOf } from './options.ts';
import { print } from './print.ts';
import { facts } from './table.ts';
import { actor, withStore } from './with-store.ts';

interface RevokeOptions extends CommonOptions {
  readonly secret?: string;
  readonly all?: boolean;
}

/** `lienthong credentials list|revoke|bind-cert|unbind-cert`. */
export function credentialChanges(credentials: Command): void {
  command(credentials, 'list <client>', {
    vi: 'Liệt kê mật khẩu của một tài khoản (không in mật khẩu)',
    en: 'List the secrets of a client (never what they are)',
  }).action(async (id: string, options: CommonOptions) => {
    const { secrets } = await withStore(({ clients }) => clientBy(clients, id));
    print(options, secrets, () => secretTable(secrets));
  });
  command(credentials, 'revoke <client>', {
    vi: 'Thu hồi một mật khẩu hoặc tất cả, cùng mọi mã truy cập đã cấp; có hiệu lực sau một giây',
    en: 'Revoke one secret or all, and every token issued so far; works after a second',
  })
    .option('--secret <id>', 'mã của mật khẩu ("credentials list") / id of the secret', checkId)
    .option('--all', 'mọi mật khẩu / every secret')
    .action(async (id: string, { secret, all, ...options }: RevokeOptions) => {
      if ((secret === undefined) === (all !== true)) throw new UsageFault('cần một trong hai / one of: --secret, --all');
      const revoked = await withStore(({ clients }) => clients.revokeSecrets(id, secret === undefined ? 'all' : { secret }, actor()));
      if (revoked === 0) throw new Negative(`không có mật khẩu nào còn hiệu lực / no live secret: ${secret ?? id}`);
      print(options, { client: id, revoked }, () => facts([['Đã thu hồi / revoked', String(revoked)]]));
    });
  bindingCommands(credentials);
}

function bindingCommands(credentials: Command): void {
  command(credentials, 'bind-cert <client> <file>', {
    vi: 'Gắn chứng thư số TLS (PEM hoặc DER) với tài khoản: đăng nhập bằng mutual TLS',
    en: 'Bind a TLS certificate (PEM or DER) to a client, which then logs in by mutual TLS',
  })
    .option(
      '--by <what>',
      'fingerprint: đúng chứng thư số này / this very certificate; subject: mọi chứng thư số cùng tên, cùng nơi cấp / every one of its subject and issuer',
      oneOf('fingerprint', 'subject'),
      'fingerprint',
    )
    .action(async (id: string, path: string, { by, ...options }: CommonOptions & { readonly by: 'fingerprint' | 'subject' }) => {
      const { readCertificate } = await import('../adapters/pki/certificate.ts');
      const { fingerprint, subject, issuer, notAfter } = readCertificate(await readFile(path));
      const binding: CertificateBinding = by === 'fingerprint' ? { fingerprint } : { subject, issuer };
      const bound = await withStore(async ({ clients, newId }) => {
        const made = newId();
        await clients.bindCertificate(id, { id: made, ...binding }, actor());
        return { client: id, binding: made, ...binding, notAfter };
      });
      print(options, bound, () =>
        facts([
          ['Tài khoản / client', id],
          ['Liên kết / binding', bound.binding],
          ['Chứng thư số / certificate', by === 'fingerprint' ? fingerprint : `${subject} ← ${issuer}`],
        ]),
      );
    });
  command(credentials, 'unbind-cert <client> <binding>', {
    vi: 'Gỡ một chứng thư số khỏi tài khoản',
    en: 'Take a certificate away from a client',
  }).action(async (id: string, binding: string, options: CommonOptions) => {
    const done = await withStore(({ clients }) => clients.unbindCertificate(id, checkId(binding), actor()));
    if (!done) throw new Negative(`không có liên kết này / no such binding: ${binding}`);
    print(options, { client: id, binding }, () => facts([['Đã gỡ / taken away', binding]]));
  });
}

/** A client with all that it can log in with. Throws Negative when there is none. */
export async function clientBy(clients: Clients, id: string) {
  const client = await clients.show(id);
  if (client === null) throw new Negative(`không có tài khoản này / no such client: ${id}`);
  return client;
}
