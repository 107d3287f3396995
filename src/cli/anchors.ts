import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Command } from 'commander';
import { reject } from '../routing/problem.ts';
import type { AnchorPolicy, RevocationPolicy, TrustPurpose } from '../routing/trust.ts';
import { defaultAnchorPolicy } from '../routing/trust.ts';
import type { AnchorRecord, TrustRegister } from '../routing/trust-register.ts';
import { anchorsText, anchorText, importText } from './anchor-texts.ts';
import { type CommonOptions, command, group } from './command.ts';
import { UsageFault } from './failure.ts';
import { listOf, oneOf, wholeNumber } from './options.ts';
import { print } from './print.ts';
import { actor, withStore } from './with-store.ts';

interface PolicyOptions extends CommonOptions {
  readonly purpose?: readonly TrustPurpose[];
  readonly revocation?: RevocationPolicy;
  readonly eku?: readonly string[];
  readonly rsaBits?: number;
  readonly ecBits?: number;
}

/** `lienthong anchors …`. */
export function anchorCommands(parent: Command): void {
  const anchors = group(parent, 'anchors', { vi: 'Chứng thư gốc được tin cậy', en: 'Trust anchors' });
  importCommand(anchors);
  command(anchors, 'list', { vi: 'Liệt kê chứng thư gốc, kể cả đã ngừng tin cậy', en: 'List trust anchors, retired ones too' }).action(
    async (options: CommonOptions) => {
      const found = await withStore(({ trust }) => trust.anchors());
      print(options, found, () => anchorsText(found));
    },
  );
  command(anchors, 'show <anchor>', { vi: 'Xem một chứng thư gốc', en: 'Show one trust anchor' }).action(
    async (id: string, options: CommonOptions) => {
      const found = await withStore(({ trust }) => anchorBy(trust, id));
      const pem = pemOf(found.certificate);
      print(options, { ...found, pem }, () => anchorText(found, pem));
    },
  );
  changeCommands(anchors);
}

interface ImportOptions extends PolicyOptions {
  readonly dryRun?: boolean;
  readonly asAnchors?: boolean;
  readonly id?: string;
}

function importCommand(parent: Command): void {
  const made = command(parent, 'import <path>', {
    vi: 'Nhập chứng thư của các bên cấp từ tệp hoặc thư mục (PEM, DER): tự ký thành chứng thư gốc, còn lại thành trung gian',
    en: 'Import certificates of authorities from a file or folder (PEM, DER): self-signed ones become anchors, others intermediates',
  })
    .option('--dry-run', 'chỉ kiểm tra, không ghi / check only, store nothing')
    .option('--as-anchors', 'tin cậy cả bên cấp cấp dưới / make anchors of subordinate authorities too')
    .option('--id <id>', 'tên của chứng thư gốc duy nhất / name of the only anchor');
  policyOptions(made).action(async (path: string, options: ImportOptions) => {
    const { readAnchorFiles } = await import('../adapters/pki/anchor-file.ts');
    const { dryRun = false, asAnchors = false, id } = options;
    if (id !== undefined && !/^[a-z0-9][a-z0-9-]{0,62}$/.test(id)) throw new UsageFault(`không phải là tên / not a name: ${id}`);
    const terms = { policy: policyFrom(defaultAnchorPolicy, options), at: new Date(), asAnchors, ...(id === undefined ? {} : { id }) };
    const file = readAnchorFiles(await filesOf(path), terms);
    if (id !== undefined && file.anchors.length !== 1)
      throw new UsageFault('--id: cần đúng một chứng thư gốc / exactly one anchor is needed');
    const added = await withStore(async ({ trust }) => {
      if (!dryRun && file.anchors.length + file.intermediates.length > 0) return trust.add(file.anchors, file.intermediates, actor());
      return { anchors: [], intermediates: 0 };
    });
    print(options, { dryRun, added, ...file }, () => importText(file, added, dryRun));
  });
}

async function filesOf(path: string): Promise<{ name: string; bytes: Uint8Array }[]> {
  if (!(await stat(path)).isDirectory()) return [{ name: path, bytes: await readFile(path) }];
  const names = (await readdir(path, { withFileTypes: true })).filter((entry) => entry.isFile()).map((entry) => entry.name);
  return Promise.all(names.toSorted().map(async (name) => ({ name, bytes: await readFile(join(path, name)) })));
}

function changeCommands(parent: Command): void {
  const changed = command(parent, 'policy <anchor>', {
    vi: 'Đổi chính sách của một chứng thư gốc; chỉ những gì nêu ra mới đổi',
    en: 'Change the policy of an anchor; only what is named changes',
  }).requiredOption('--reason <text>', 'lý do / reason');
  policyOptions(changed).action(async (id: string, options: PolicyOptions & { readonly reason: string }) => {
    const found = await withStore(async ({ trust }) => {
      const { policy } = await anchorBy(trust, id);
      await trust.setPolicy(id, policyFrom(policy, options), actor(), options.reason);
      return anchorBy(trust, id);
    });
    print(options, found, () => anchorText(found));
  });
  command(parent, 'retire <anchor>', {
    vi: 'Ngừng tin cậy một chứng thư gốc; bằng chứng cũ vẫn còn',
    en: 'Trust an anchor no longer; old evidence stays',
  })
    .requiredOption('--reason <text>', 'lý do / reason')
    .action(async (id: string, options: CommonOptions & { readonly reason: string }) => {
      const found = await withStore(async ({ trust }) => {
        await trust.retire(id, actor(), options.reason);
        return anchorBy(trust, id);
      });
      print(options, found, () => anchorText(found));
    });
}

function policyOptions(made: Command): Command {
  return made
    .option(
      '--purpose <list>',
      'mục đích / trusted for: package, document, timestamp, client',
      listOf(oneOf('package', 'document', 'timestamp', 'client')),
    )
    .option('--revocation <policy>', 'kiểm tra thu hồi / revocation: hard-fail, quarantine, off', oneOf('hard-fail', 'quarantine', 'off'))
    .option('--eku <oids>', 'mục đích mở rộng phải có một trong / one of these extended key usages is needed', listOf(objectId))
    .option('--rsa-bits <n>', 'khóa RSA ít nhất / least RSA key', wholeNumber(2048, 16_384))
    .option('--ec-bits <n>', 'khóa EC ít nhất / least EC key', wholeNumber(256, 521));
}

function policyFrom(base: AnchorPolicy, { purpose, revocation, eku, rsaBits, ecBits }: PolicyOptions): AnchorPolicy {
  return {
    purposes: purpose ?? base.purposes,
    revocation: revocation ?? base.revocation,
    extendedKeyUsages: eku ?? base.extendedKeyUsages,
    rsaBits: rsaBits ?? base.rsaBits,
    ecBits: ecBits ?? base.ecBits,
  };
}

function objectId(text: string): string {
  if (/^[0-2](\.\d{1,10}){1,20}$/.test(text)) return text;
  throw new UsageFault(`không phải là OID / not an object identifier: ${text}`);
}

/** The anchor of this name, retired or not. Throws Rejection ANCHOR_UNKNOWN. */
async function anchorBy(trust: TrustRegister, id: string): Promise<AnchorRecord> {
  const found = (await trust.anchors()).find((anchor) => anchor.id === id);
  if (found === undefined) throw reject('ANCHOR_UNKNOWN', { params: { anchor: id } });
  return found;
}

function pemOf(der: Uint8Array): string {
  const lines =
    Buffer.from(der)
      .toString('base64')
      .match(/.{1,64}/g) ?? [];
  return `-----BEGIN CERTIFICATE-----\n${lines.join('\n')}\n-----END CERTIFICATE-----\n`;
}
