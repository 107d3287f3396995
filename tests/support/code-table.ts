import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  canonicalizationMethods,
  canonicalTransforms,
  digestMethods,
  signatureMethods,
} from '../../src/adapters/edxml/signature-algorithms.ts';
import { productRoot } from '../../src/paths.ts';
import { boundsCodes } from '../../src/routing/codes/bounds.ts';
import { clientCodes } from '../../src/routing/codes/client.ts';
import { contentCodes } from '../../src/routing/codes/content.ts';
import { contentsCodes } from '../../src/routing/codes/contents.ts';
import { deliveryCodes } from '../../src/routing/codes/delivery.ts';
import type { CodeEntry } from '../../src/routing/codes/entry.ts';
import { formCodes } from '../../src/routing/codes/form.ts';
import { lifecycleCodes } from '../../src/routing/codes/lifecycle.ts';
import { noticeCodes } from '../../src/routing/codes/notice.ts';
import { packageCodes } from '../../src/routing/codes/package.ts';
import { requestCodes } from '../../src/routing/codes/request.ts';
import { signatureCodes } from '../../src/routing/codes/signature.ts';
import { soapCodes } from '../../src/routing/codes/soap.ts';
import { structureCodes } from '../../src/routing/codes/structure.ts';
import { defaultSchedules } from '../../src/routing/retry.ts';
import { limitTable, settingTable } from './limit-tables.ts';
import { pkitsTable } from './pkits.ts';

const groups: readonly (readonly [vi: string, en: string, codes: Readonly<Record<string, CodeEntry>>])[] = [
  ['Byte và XML', 'Bytes and XML', formCodes],
  ['Cấu trúc', 'Structure', structureCodes],
  ['Giới hạn của XML', 'Bounds of the XML', boundsCodes],
  ['Nội dung', 'Content', contentCodes],
  ['Tệp đính kèm và gói tin', 'Attachments and package', packageCodes],
  ['Bên trong tài liệu', 'Inside documents', contentsCodes],
  ['Chữ ký và chứng thư số', 'Signatures and certificates', signatureCodes],
  ['Chuyển đến nơi nhận', 'Delivery', deliveryCodes],
  ['Thu hồi, cập nhật, thay thế, trạng thái', 'Recalls, updates, replacements, statuses', lifecycleCodes],
  ['Yêu cầu HTTP', 'Requests', requestCodes],
  ['Đăng nhập và giới hạn', 'Logging in and limits', clientCodes],
  ['Cảnh báo: gói tin vẫn được nhận', 'Warnings: the package is taken all the same', noticeCodes],
];

/** Parts of the documentation that are made from the source, by the name of their markers. */
const sections: Readonly<Record<string, () => string>> = {
  codes: codeTables,
  soapcodes: () => codeTable(soapCodes),
  schedules: scheduleTable,
  algorithms: algorithmTable,
  limits: limitTable,
  settings: settingTable,
  pkits: pkitsTable,
};

/** The text with everything between `<!-- name -->` and `<!-- /name -->` made anew. */
export function regenerated(text: string): string {
  return text.replace(/(<!-- (\w+) -->\n).*?(<!-- \/\2 -->)/gs, (whole, start: string, name: string, end: string) => {
    const make = sections[name];
    return make === undefined ? whole : `${start}${make()}${end}`;
  });
}

/** The contents of the fenced blocks of a document. */
export function codeBlocks(path: string): string[] {
  const text = readFileSync(join(productRoot, path), 'utf8');
  return [...text.matchAll(/^```\w*\n(.*?)^```$/gms)].map(([, block = '']) => block);
}

function codeTables(): string {
  return groups.map(([vi, en, codes]) => `\n### ${vi} / ${en}\n\n${codeTable(codes)}`).join('');
}

function codeTable(codes: Readonly<Record<string, CodeEntry>>): string {
  const rows = Object.entries(codes).map(([code, { status, vi, en, fixVi, fixEn }]) => [
    `\`${code}\``,
    codes === noticeCodes ? '–' : String(status),
    `${vi}. → ${fixVi}.`,
    `${en}. → ${fixEn}.`,
  ]);
  return table(['Mã / Code', 'HTTP', 'Tiếng Việt', 'English'], rows);
}

const urgencies = [
  '0 thường / ordinary',
  '1 khẩn / urgent',
  '2 thượng khẩn / very urgent',
  '3 hỏa tốc / express',
  '4 hỏa tốc hẹn giờ / timed express',
];

function scheduleTable(): string {
  const rows = Object.values(defaultSchedules).map(({ delays, afterwards, deadlineHours }, urgency) => [
    urgencies[urgency] ?? '',
    delays.map(span).join(', '),
    span(afterwards),
    `${deadlineHours / 24} ngày / days`,
  ]);
  return table(
    ['Độ khẩn / Urgency', 'Chờ trước lần 2, 3, … / Wait before attempt 2, 3, …', 'Sau đó cứ / Then every', 'Thời hạn / Deadline'],
    rows,
  );
}

function span(seconds: number): string {
  if (seconds % 3600 === 0) return `${seconds / 3600} h`;
  return seconds % 60 === 0 ? `${seconds / 60} min` : `${seconds} s`;
}

function algorithmTable(): string {
  const of = (methods: Readonly<Record<string, string>>, refused: readonly string[] = []) =>
    Object.entries(methods)
      .filter(([name]) => !refused.includes(name))
      .map(([, identifier]) => `\`${identifier}\``)
      .join('<br>');
  return table(
    ['Phần tử / Element', '`Algorithm`'],
    [
      ['CanonicalizationMethod', of(canonicalizationMethods)],
      ['SignatureMethod', of(signatureMethods, ['rsa-sha1'])],
      ['Transform 1', '`http://www.w3.org/2000/09/xmldsig#enveloped-signature`'],
      ['Transform 2 (không bắt buộc / optional)', of(canonicalTransforms)],
      ['DigestMethod', of(digestMethods, ['sha1'])],
    ],
  );
}

function table(titles: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |\n`;
  const cell = (text: string) => (text.includes('<br>') ? text : text.replaceAll('|', '\\|').replaceAll('<', '&lt;'));
  return line(titles) + line(titles.map(() => '---')) + rows.map((row) => line(row.map(cell))).join('');
}
