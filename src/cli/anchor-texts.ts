import type { AnchorFile, Rubbish } from '../adapters/pki/anchor-file.ts';
import type { AnchorPolicy } from '../routing/trust.ts';
import type { AnchorRecord } from '../routing/trust-register.ts';
import { shownMoment } from './moment.ts';
import { facts, table } from './table.ts';

const rubbishTexts: Readonly<Record<Rubbish, string>> = {
  unreadable: 'không đọc được / unreadable',
  'private-key': 'khóa bí mật, không được để ở đây / a private key, which must not be here',
  'no-authority': 'không phải của bên cấp chứng thư / not that of an authority',
  'weak-key': 'khóa quá yếu / weak key',
  expired: 'đã hết hạn / expired',
  twice: 'đã có trong các tệp này / stands twice in these files',
};

/** What an import found and did. */
export function importText(file: AnchorFile, added: { anchors: readonly string[]; intermediates: number }, dryRun: boolean): string {
  const rubbish =
    file.rubbish.length === 0
      ? ''
      : `${table(
          [
            { vi: 'Tệp', en: 'File' },
            { vi: 'Vị trí', en: 'Place', right: true },
            { vi: 'Bị bỏ vì', en: 'Left out, for it is' },
            { vi: 'Nội dung', en: 'Content' },
          ],
          file.rubbish.map((row) => [row.file, String(row.place), rubbishTexts[row.kind], row.what]),
        )}\n`;
  const found = table(
    [
      { vi: 'Chứng thư gốc', en: 'Anchor' },
      { vi: 'Tên', en: 'Name' },
      { vi: 'Hết hiệu lực', en: 'Not after' },
      { vi: 'Kết quả', en: 'Result' },
    ],
    file.anchors.map((one) => [one.id, one.name, shownMoment(one.notAfter), dryRun ? 'sẽ nhập / would be added' : outcome(one.id, added)]),
  );
  const counted = dryRun ? 'sẽ nhập / would be added' : `mới / new: ${added.intermediates}`;
  return `${rubbish}${found}Trung gian / intermediates: ${file.intermediates.length}, ${counted}\n`;
}

function outcome(id: string, added: { anchors: readonly string[] }): string {
  return added.anchors.includes(id) ? 'đã nhập / added' : 'đã có / known';
}

/** All anchors. */
export function anchorsText(anchors: readonly AnchorRecord[]): string {
  return table(
    [
      { vi: 'Chứng thư gốc', en: 'Anchor' },
      { vi: 'Tên', en: 'Name' },
      { vi: 'Tin cậy cho', en: 'Trusted for' },
      { vi: 'Thu hồi', en: 'Revocation' },
      { vi: 'Ngừng tin cậy', en: 'Retired' },
      { vi: 'SHA-256', en: 'SHA-256' },
    ],
    anchors.map((one) => [
      one.id,
      one.name,
      one.policy.purposes.join(', '),
      one.policy.revocation,
      one.retiredAt === undefined ? '' : shownMoment(one.retiredAt),
      one.fingerprint,
    ]),
  );
}

/** One anchor with its policy. */
export function anchorText(anchor: AnchorRecord, pem = ''): string {
  return `${facts([
    ['Chứng thư gốc / anchor', anchor.id],
    ['Tên / name', anchor.name],
    ['SHA-256', anchor.fingerprint],
    ['Nhập lúc / added', shownMoment(anchor.addedAt)],
    ['Ngừng tin cậy / retired', anchor.retiredAt === undefined ? undefined : shownMoment(anchor.retiredAt)],
    ...policyFacts(anchor.policy),
  ])}${pem}`;
}

function policyFacts(policy: AnchorPolicy): [string, string][] {
  return [
    ['Tin cậy cho / trusted for', policy.purposes.join(', ')],
    ['Thu hồi / revocation', policy.revocation],
    ['Mục đích mở rộng / extended key usage', policy.extendedKeyUsages.join(', ') || '–'],
    ['Khóa ít nhất / least key', `RSA ${policy.rsaBits}, EC ${policy.ecBits}`],
  ];
}
