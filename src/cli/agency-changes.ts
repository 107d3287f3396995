import type { Command } from 'commander';
import { checkEntry, isPushUrl } from '../adapters/agency-file/check.ts';
import { readConfig } from '../config.ts';
import type { AgencyStatus, Channel } from '../routing/directory.ts';
import type { SignaturePolicy } from '../routing/package.ts';
import { profiles } from '../routing/profile.ts';
import type { Store } from '../store.ts';
import { agencyBy } from './agencies.ts';
import { agencyText, dirtText } from './agency-texts.ts';
import { type CommonOptions, command, type Words } from './command.ts';
import { Negative, UsageFault } from './failure.ts';
import { oneOf, wholeNumber } from './options.ts';
import { note, print } from './print.ts';
import { actor, withStore } from './with-store.ts';

/** `lienthong agencies add|suspend|resume|close|channel|policy`. */
export function agencyChangeCommands(parent: Command): void {
  addCommand(parent);
  statusCommand(parent, 'suspend', 'suspended', {
    vi: 'Tạm ngừng một đơn vị: không gửi, không nhận',
    en: 'Suspend an agency: it neither sends nor receives',
  });
  statusCommand(parent, 'resume', 'active', { vi: 'Cho đơn vị hoạt động trở lại', en: 'Make an agency active again' });
  statusCommand(parent, 'close', 'closed', { vi: 'Đóng một đơn vị không còn tồn tại', en: 'Close an agency that no longer exists' });
  channelCommand(parent);
  policyCommand(parent);
}

interface AddOptions extends CommonOptions {
  readonly name: string;
  readonly scheme?: string;
  readonly validFrom?: string;
  readonly validTo?: string;
  readonly policy?: string;
  readonly channel?: string;
  readonly pushUrl?: string;
  readonly pushConcurrency?: string;
}

function addCommand(parent: Command): void {
  command(parent, 'add <code>', { vi: 'Thêm một đơn vị', en: 'Add one agency' })
    .requiredOption('--name <name>', 'tên đơn vị / name')
    .option('--scheme <scheme>', 'lược đồ mã / scheme: qcvn102, qd20, axis, local')
    .option('--valid-from <day>', 'mã có hiệu lực từ / valid from, yyyy-mm-dd')
    .option('--valid-to <day>', 'mã hết hiệu lực / valid to, yyyy-mm-dd')
    .option('--policy <policy>', 'chính sách ký / signatures: required, legacy, optional')
    .option('--channel <channel>', 'kênh / channel: inbox, push, upward')
    .option('--push-url <url>', 'địa chỉ nhận văn bản được đẩy / where packages are pushed to')
    .option('--push-concurrency <n>', 'số lượt đẩy song song / pushes at once')
    .action(async (code: string, { json, name, scheme, validFrom, validTo, ...values }: AddOptions) => {
      const written = Object.entries({ code, scheme, validFrom, validTo }).filter(([, value]) => value !== undefined);
      const entry = { line: 1, values: { name, ...values }, codes: [Object.fromEntries(written)] };
      const { agency, dirt } = checkEntry(entry, profiles[readConfig().profile].signaturePolicy);
      if (dirt.length > 0) note(dirtText(dirt));
      if (agency === undefined) throw new Negative('đơn vị không được thêm / the agency was not added');
      const added = await withStore(async ({ register, newId }) => {
        await register.add([{ id: newId(), ...agency }], actor());
        return agencyBy(register, agency.codes[0]?.code ?? code);
      });
      print({ ...(json === undefined ? {} : { json }) }, added, () => agencyText(added));
    });
}

function statusCommand(parent: Command, name: string, status: AgencyStatus, words: Words): void {
  command(parent, `${name} <code>`, words)
    .requiredOption('--reason <text>', 'lý do / reason')
    .action((code: string, options: CommonOptions & { readonly reason: string }) =>
      change(code, options, ({ register }, id) => register.setStatus(id, status, actor(), options.reason)),
    );
}

function channelCommand(parent: Command): void {
  command(parent, 'channel <code>', {
    vi: 'Đổi kênh nhận: inbox (đơn vị tự lấy) hoặc push (trục đẩy đến địa chỉ)',
    en: 'Change how it receives: inbox (it fetches) or push (to its URL)',
  })
    .argument('<channel>', 'inbox, push, upward', oneOf('inbox', 'push', 'upward'))
    .option('--push-url <url>', 'địa chỉ nhận / URL')
    .option('--push-concurrency <n>', 'số lượt đẩy song song / pushes at once', wholeNumber(1, 999))
    .action(
      async (code: string, channel: Channel, options: CommonOptions & { readonly pushUrl?: string; readonly pushConcurrency?: number }) => {
        const { pushUrl, pushConcurrency } = options;
        if (channel === 'push' && (pushUrl === undefined || !isPushUrl(pushUrl))) {
          throw new UsageFault('kênh push cần --push-url hợp lệ (http, https) / the channel push needs a good --push-url (http, https)');
        }
        await change(code, options, ({ register }, id) =>
          register.setChannel(
            id,
            {
              channel,
              ...(pushUrl === undefined ? {} : { pushUrl }),
              ...(pushConcurrency === undefined ? {} : { pushConcurrency }),
            },
            actor(),
          ),
        );
      },
    );
}

function policyCommand(parent: Command): void {
  command(parent, 'policy <code>', {
    vi: 'Đổi chính sách ký: required, legacy (nhận cả SHA-1), optional (nhận cả gói tin không ký)',
    en: 'Change the signature policy: required, legacy (SHA-1 too), optional (unsigned too)',
  })
    .argument('<policy>', 'required, legacy, optional', oneOf('required', 'legacy', 'optional'))
    .action((code: string, policy: SignaturePolicy, options: CommonOptions) =>
      change(code, options, ({ register }, id) => register.setPolicy(id, policy, actor())),
    );
}

async function change(code: string, options: CommonOptions, work: (store: Store, id: string) => Promise<void>): Promise<void> {
  const agency = await withStore(async (store) => {
    const { id } = await agencyBy(store.register, code);
    await work(store, id);
    return agencyBy(store.register, code);
  });
  print(options, agency, () => agencyText(agency));
}
