import { writeFile } from 'node:fs/promises';
import type { Command } from 'commander';
import { readConfig } from '../config.ts';
import type { ClientScope, Register } from '../routing/register.ts';
import type { Store } from '../store.ts';
import { agencyBy } from './agencies.ts';
import { type CommonOptions, command, group } from './command.ts';
import { clientBy, credentialChanges } from './credential-changes.ts';
import { UsageFault } from './failure.ts';
import { readSpan, shownMoment } from './moment.ts';
import { listOf, oneOf } from './options.ts';
import { note, print } from './print.ts';
import { facts } from './table.ts';
import { actor, withStore } from './with-store.ts';

interface RotateOptions extends CommonOptions {
  readonly overlap: number;
  readonly secretFile?: string;
}

interface IssueOptions extends RotateOptions {
  readonly client: string;
  readonly name?: string;
  readonly agencies?: readonly string[];
  readonly scopes?: readonly ClientScope[];
  readonly kind: 'rest' | 'vxp';
  readonly systemId?: string;
  readonly maxAge?: number;
  readonly undeclaredPrefixes?: 'refuse' | 'repair';
}

/** `lienthong credentials …`. */
export function credentialCommands(parent: Command): void {
  const credentials = group(parent, 'credentials', { vi: 'Tài khoản của hệ thống kết nối', en: 'Credentials of connected systems' });
  command(credentials, 'issue', {
    vi: 'Cấp tài khoản mới, hoặc mật khẩu mới cho tài khoản đã có; mật khẩu chỉ in ra một lần',
    en: 'Issue a new client, or a new secret for one that exists; the secret is printed once',
  })
    .requiredOption('--client <id>', 'mã tài khoản / client id (a-z 0-9 . _ -)', clientId)
    .option('--name <name>', 'tên hệ thống / name of the system')
    .option('--agencies <codes>', 'các mã đơn vị được gửi, nhận thay / agencies it speaks for: CODE,…', listOf(String))
    .option('--scopes <scopes>', 'quyền / scopes: send, receive, operate, audit, admin', listOf(oneOf(...scopes)))
    .option('--overlap <span>', 'mật khẩu cũ còn dùng được bao lâu / how long older secrets go on: 12h, 7d', readSpan, 0)
    .option('--secret-file <file>', 'ghi mật khẩu vào tệp mới này thay vì in / write the secret to this new file instead')
    .option(
      '--kind <kind>',
      'rest: REST và SOAP / REST and SOAP; vxp: thư viện của trục quốc gia / the client library of the axis',
      oneOf('rest', 'vxp'),
      'rest',
    )
    .option(
      '--system-id <id>',
      'vxp: systemid mà hệ thống khai báo; không có thì là mã tài khoản / the systemid it names, the client id if absent',
      systemId,
    )
    .option('--max-age <span>', 'vxp: thời gian ký được cũ tối đa / how old its timestamps may be: 30d', readSpan)
    .option(
      '--undeclared-prefixes <mode>',
      'vxp: gói tin dùng edXML:, xlink: mà không khai báo / packages that use edXML: or xlink: undeclared: refuse, repair',
      oneOf('refuse', 'repair'),
    )
    .action((options: IssueOptions) =>
      options.kind === 'vxp' ? giveAxisSecret(options) : giveSecret(options, (store, fresh) => issue(store, options, fresh)),
    );
  command(credentials, 'rotate <client>', {
    vi: 'Đổi mật khẩu: cấp mật khẩu mới, mật khẩu cũ còn dùng được một thời gian',
    en: 'Rotate the secret: a new one is issued, older ones go on for a while',
  })
    .option('--overlap <span>', 'mật khẩu cũ còn dùng được bao lâu / how long older secrets go on: 12h, 7d', readSpan, 7 * 86_400_000)
    .option('--secret-file <file>', 'ghi mật khẩu vào tệp mới này thay vì in / write the secret to this new file instead')
    .action((client: string, options: RotateOptions) =>
      giveSecret(options, async (store, fresh) => {
        await clientBy(store.clients, client);
        return addSecret(store, { ...options, client }, fresh, false);
      }),
    );
  credentialChanges(credentials);
}

interface Fresh {
  readonly hash: string;
  readonly secret: string;
}

interface Issued {
  readonly client: string;
  readonly created: boolean;
  readonly olderSecretsEndAt?: Date;
}

/** Makes a secret, has it stored as a hash, and shows it the one time. */
async function giveSecret(options: RotateOptions, give: (store: Store, fresh: Fresh) => Promise<Issued>): Promise<void> {
  const { newSecret, hashSecret } = await import('../adapters/pki/secrets.ts');
  const secret = newSecret();
  const hash = await hashSecret(secret);
  const issued = await withStore((store) => give(store, { hash, secret }));
  const shown = { ...issued, ...(options.secretFile === undefined ? { secret } : { secretFile: options.secretFile }) };
  print(options, shown, () =>
    facts([
      ['Tài khoản / client', issued.client],
      ['Mới / new', issued.created ? 'có / yes' : 'không / no'],
      ['Mật khẩu cũ hết hiệu lực / older secrets end', issued.olderSecretsEndAt && shownMoment(issued.olderSecretsEndAt)],
      ['Mật khẩu / secret', options.secretFile === undefined ? secret : `→ ${options.secretFile}`],
    ]),
  );
  if (options.secretFile === undefined)
    note('Hãy cất mật khẩu ngay, nó không được in lại. / Keep the secret now, it is not printed again.');
}

const scopes = ['send', 'receive', 'operate', 'audit', 'admin'] as const satisfies readonly ClientScope[];

function clientId(text: string): string {
  if (/^[a-z0-9][a-z0-9._-]{0,62}$/.test(text)) return text;
  throw new UsageFault('mã tài khoản gồm 1–63 ký tự a-z 0-9 . _ - / a client id has 1 to 63 of a-z 0-9 . _ -');
}

/** Makes a secret for the axis protocol, has it stored encrypted, and shows it the one time. */
async function giveAxisSecret(options: IssueOptions): Promise<void> {
  const { newSecret } = await import('../adapters/pki/secrets.ts');
  const { openSecretsVault } = await import('../facade.ts');
  const secret = newSecret();
  const system = options.systemId ?? options.client;
  const vault = await openSecretsVault(readConfig());
  const endOlderAt = await withStore(async (store) => {
    await makeClient(store, options);
    const ends = new Date(store.now().getTime() + options.overlap);
    const limit = options.maxAge === undefined ? {} : { maxAgeSeconds: Math.max(1, Math.ceil(options.maxAge / 1000)) };
    const given = {
      systemId: system,
      clientId: options.client,
      secret: { id: store.newId(), sealed: vault.seal(secret, system) },
      endOlderAt: ends,
    };
    const prefixes = options.undeclaredPrefixes;
    const mode = prefixes === undefined ? {} : { repairsPrefixes: prefixes === 'repair' };
    await store.facade.addSecret({ ...given, ...limit, ...mode }, actor());
    return ends;
  });
  if (options.secretFile !== undefined) await writeFile(options.secretFile, `${secret}\n`, { mode: 0o600, flag: 'wx' });
  const file = options.secretFile;
  const shown = {
    client: options.client,
    systemId: system,
    olderSecretsEndAt: endOlderAt,
    ...(file === undefined ? { secret } : { secretFile: file }),
  };
  print(options, shown, () =>
    facts([
      ['Tài khoản / client', options.client],
      ['systemid', system],
      ['Mật khẩu cũ hết hiệu lực / older secrets end', shownMoment(endOlderAt)],
      ['secret', file === undefined ? secret : `→ ${file}`],
    ]),
  );
  if (file === undefined) note('Hãy cất mật khẩu ngay, nó không được in lại. / Keep the secret now, it is not printed again.');
}

function systemId(text: string): string {
  if (/^[!-~]{1,100}$/.test(text)) return text;
  throw new UsageFault('systemid gồm 1–100 ký tự ASCII, không có dấu cách / a systemid has 1 to 100 ASCII characters, no blanks');
}

async function issue(store: Store, options: IssueOptions, fresh: Fresh): Promise<Issued> {
  const created = await makeClient(store, options);
  return addSecret(store, options, fresh, created);
}

/** Registers the client if there is none; true when it did. */
async function makeClient(store: Store, options: IssueOptions): Promise<boolean> {
  const existing = await store.clients.show(options.client);
  if (existing === null) await addClient(store.register, options);
  else if (options.agencies !== undefined || options.scopes !== undefined || options.name !== undefined) {
    throw new UsageFault(
      'tài khoản đã có: chỉ cấp được mật khẩu mới; đổi quyền bằng "clients" / the client exists: only a new secret can be issued; "clients" changes its rights',
    );
  }
  return existing === null;
}

type Asked = Pick<IssueOptions, 'client' | 'overlap' | 'secretFile'>;

async function addSecret({ register, newId, now }: Store, asked: Asked, { hash, secret }: Fresh, created: boolean): Promise<Issued> {
  if (asked.secretFile !== undefined) await writeFile(asked.secretFile, `${secret}\n`, { mode: 0o600, flag: 'wx' });
  const endOlderAt = new Date(now().getTime() + asked.overlap);
  await register.addSecret(asked.client, { id: newId(), hash }, endOlderAt, actor());
  return { client: asked.client, created, ...(created ? {} : { olderSecretsEndAt: endOlderAt }) };
}

async function addClient(register: Register, { client, name, agencies = [], scopes: wanted = [] }: IssueOptions): Promise<void> {
  if (name === undefined || wanted.length === 0) {
    throw new UsageFault('tài khoản mới cần --name và --scopes / a new client needs --name and --scopes');
  }
  if (agencies.length === 0 && wanted.some((scope) => scope === 'send' || scope === 'receive')) {
    throw new UsageFault('quyền send, receive cần --agencies / the scopes send and receive need --agencies');
  }
  const found = await Promise.all(agencies.map((code) => agencyBy(register, code)));
  const agencyIds = [...new Set(found.map((agency) => agency.id))];
  await register.addClient({ id: client, name, scopes: [...new Set(wanted)], agencyIds }, actor());
}
