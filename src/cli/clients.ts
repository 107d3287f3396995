import type { Command } from 'commander';
import type { Clients } from '../routing/clients.ts';
import { agencyBy } from './agencies.ts';
import { clientTable, clientText } from './client-texts.ts';
import { type CommonOptions, command, group } from './command.ts';
import { Negative, UsageFault } from './failure.ts';
import { listOf, oneOf, wholeNumber } from './options.ts';
import { print } from './print.ts';
import { actor, withStore } from './with-store.ts';

interface ListOptions extends CommonOptions {
  readonly after?: string;
  readonly limit: number;
}

interface ReasonOptions extends CommonOptions {
  readonly reason: string;
}

const scopes = ['send', 'receive', 'operate', 'audit', 'admin'] as const;

/** `lienthong clients …`. */
export function clientCommands(parent: Command): void {
  const clients = group(parent, 'clients', {
    vi: 'Hệ thống kết nối: quyền, đơn vị, tạm ngừng',
    en: 'Connected systems: scopes, agencies, suspension',
  });
  command(clients, 'list', { vi: 'Liệt kê các hệ thống', en: 'List the clients' })
    .option('--after <id>', 'sau mã này / after this id')
    .option('--limit <n>', 'nhiều nhất / at most', wholeNumber(1, 1000), 100)
    .action(async ({ after, limit, ...options }: ListOptions) => {
      const found = await withStore((store) => store.clients.list({ limit, ...(after === undefined ? {} : { after }) }));
      print(options, found, () => clientTable(found));
    });
  command(clients, 'show <id>', {
    vi: 'Xem một hệ thống, mật khẩu và chứng thư số của nó',
    en: 'Show a client with its secrets and certificates',
  }).action((id: string, options: CommonOptions) => shown(id, options, async () => undefined));
  changeCommands(clients);
}

function changeCommands(clients: Command): void {
  command(clients, 'set-scopes <id> <scopes>', { vi: 'Thay các quyền', en: `Replace its scopes: ${scopes.join(',')}` }).action(
    (id: string, list: string, options: CommonOptions) => {
      const wanted = listOf(oneOf(...scopes))(list);
      return shown(id, options, (store) => store.setScopes(id, wanted, actor()));
    },
  );
  command(clients, 'set-agencies <id> <codes>', {
    vi: 'Thay các đơn vị mà hệ thống được gửi, nhận thay (danh sách mã; "" là không đơn vị nào)',
    en: 'Replace the agencies it speaks for (list of codes; "" for none)',
  }).action(async (id: string, list: string, options: CommonOptions) => {
    const codes = listOf(String)(list);
    await withStore(async ({ register, clients: store }) => {
      const found = await Promise.all(codes.map((code) => agencyBy(register, code)));
      const agencyIds = [...new Set(found.map((agency) => agency.id))];
      await store.setAgencies(id, agencyIds, actor());
      await show(store, id, options);
    });
  });
  reasoned(
    clients,
    'suspend <id>',
    'Tạm ngừng: mọi cách đăng nhập bị từ chối sau một giây',
    'Suspend: every login is refused after a second',
  ).action((id: string, { reason, ...options }: ReasonOptions) =>
    shown(id, options, (store) => store.suspend(id, actor(), because(reason))),
  );
  reasoned(clients, 'resume <id>', 'Cho hoạt động lại', 'Let it work again').action((id: string, { reason, ...options }: ReasonOptions) =>
    shown(id, options, (store) => store.resume(id, actor(), because(reason))),
  );
}

function reasoned(clients: Command, usage: string, vi: string, en: string): Command {
  return command(clients, usage, { vi, en }).requiredOption('--reason <text>', 'lý do, ghi vào nhật ký / why, goes into the events');
}

function because(reason: string): string {
  if (reason.trim() === '' || reason.length > 1000) throw new UsageFault('--reason: 1–1000 ký tự / characters');
  return reason.trim();
}

async function shown(id: string, options: CommonOptions, change: (clients: Clients) => Promise<void>): Promise<void> {
  await withStore(async ({ clients }) => {
    await change(clients);
    await show(clients, id, options);
  });
}

async function show(clients: Clients, id: string, options: CommonOptions): Promise<void> {
  const client = await clients.show(id);
  if (client === null) throw new Negative(`không có hệ thống này / no such client: ${id}`);
  print(options, client, () => clientText(client));
}
