import type { ReceiptKind } from '../routing/receipt.ts';
import type { PackageRecord, PackageSummary } from '../routing/records.ts';
import { contentsText } from './contents-texts.ts';
import { deliveriesText, problemLine } from './delivery-texts.ts';
import { shownMoment } from './moment.ts';
import { shownSize } from './sizes.ts';
import { facts, oneLine, table } from './table.ts';
import { receiptWord, stateCounts, stateWord } from './words.ts';

/** Packages as a table. */
export function packagesText(packages: readonly PackageSummary[]): string {
  return table(
    [
      { vi: 'Gói tin', en: 'Package' },
      { vi: 'Nhận lúc', en: 'Received' },
      { vi: 'Kết quả', en: 'Result' },
      { vi: 'Đơn vị gửi', en: 'Sender' },
      { vi: 'Số, ký hiệu', en: 'Reference' },
      { vi: 'Dung lượng', en: 'Size', right: true },
      { vi: 'Các lần chuyển', en: 'Deliveries' },
      { vi: 'Trích yếu', en: 'Subject' },
    ],
    packages.map((one) => [
      one.id,
      shownMoment(one.receivedAt),
      receiptWord(one.accepted ? 'accepted' : 'rejected'),
      one.sender ?? '',
      one.reference ?? '',
      shownSize(one.size),
      stateCounts(one.states),
      one.subject ?? '',
    ]),
  );
}

/** A package with everything that happened to it. */
export function packageText(one: PackageRecord): string {
  const problems = one.problems.map((problem) => `  ${oneLine(problemLine(problem) ?? '')}\n`);
  const parts = [factsOf(one), problems.length === 0 ? '' : `Vấn đề / problems\n${problems.join('')}`];
  if (one.attachments.length > 0) parts.push(attachmentsText(one), contentsText(one.attachments));
  if (one.deliveries.length > 0) parts.push(deliveriesText(one.deliveries), lifeText(one));
  parts.push(historyText(one));
  return parts.filter((part) => part !== '').join('\n');
}

function factsOf(one: PackageRecord): string {
  return facts([
    ['Gói tin / package', one.id],
    ['Kết quả / result', receiptWord(one.accepted ? 'accepted' : 'rejected')],
    ['Nhận lúc / received', shownMoment(one.receivedAt)],
    ['Tài khoản / client', one.clientId],
    ['Mã gửi / transport id', one.transportId],
    ['Đơn vị gửi / sender', one.sender],
    ['Loại / kind', [one.kind, one.action].filter((part) => part !== undefined).join(', ')],
    ['DocumentId', one.documentId],
    ['Số, ký hiệu / reference', one.reference],
    ['Trích yếu / subject', one.subject],
    ['Độ khẩn / urgency', String(one.urgency)],
    ['Chữ ký / signature', one.signatureState],
    ['SHA-256', one.sha256],
    ['Dung lượng / size', `${one.size} B`],
  ]);
}

function attachmentsText(one: PackageRecord): string {
  return table(
    [
      { vi: 'Tệp đính kèm', en: 'Attachment' },
      { vi: 'Loại khai báo', en: 'Declared type' },
      { vi: 'Loại thật', en: 'Sniffed type' },
      { vi: 'Dung lượng', en: 'Size', right: true },
      { vi: 'SHA-256', en: 'SHA-256' },
    ],
    one.attachments.map((file) => [file.name, file.declaredType, file.sniffedType, shownSize(file.fileSize), file.fileSha256]),
  );
}

/** Transport and business state of each recipient side by side, with what was asked of it. */
function lifeText(one: PackageRecord): string {
  const rows = one.deliveries.flatMap((delivery) => {
    const life = one.lives.get(delivery.id);
    if (life === undefined) return [];
    const transport = `${stateWord(delivery.state)} ${shownMoment(delivery.changedAt)}`;
    const said = life.business.history.map((status) => [
      delivery.recipient,
      transport,
      `${status.code}${status.regression ? ' ↩' : ''} ${shownMoment(status.statedAt ?? status.receivedAt)}`,
      [status.staff.name, status.staff.department].filter((part) => part !== undefined).join(', '),
      status.description,
    ]);
    const asked = life.notices.map((notice) => [
      delivery.recipient,
      transport,
      `${notice.act} ${notice.status ?? ''} → ${stateWord(notice.state)} ${shownMoment(notice.changedAt)}`,
      notice.staff?.name ?? '',
      notice.reason ?? '',
    ]);
    return [...said, ...asked];
  });
  if (rows.length === 0) return '';
  return table(
    [
      { vi: 'Đơn vị nhận', en: 'Recipient' },
      { vi: 'Chuyển', en: 'Transport' },
      { vi: 'Xử lý', en: 'Business' },
      { vi: 'Người thực hiện', en: 'Person' },
      { vi: 'Nội dung', en: 'Said' },
    ],
    rows,
  );
}

function historyText(one: PackageRecord): string {
  const receipts = one.receipts.map((receipt) => [
    shownMoment(receipt.issuedAt),
    receiptWord(receipt.kind as ReceiptKind),
    receipt.id,
    receipt.deliveryId ?? '',
  ]);
  const events = one.events.map((event) => [
    shownMoment(event.at),
    event.name,
    event.actor,
    [event.deliveryId, event.reason].filter((part) => part !== undefined).join(' '),
  ]);
  const time = { vi: 'Lúc', en: 'At' };
  const receiptColumns = [time, { vi: 'Biên nhận', en: 'Receipt' }, { vi: 'Mã', en: 'Id' }, { vi: 'Lần chuyển', en: 'Delivery' }];
  const eventColumns = [time, { vi: 'Sự kiện', en: 'Event' }, { vi: 'Người thực hiện', en: 'Actor' }, { vi: 'Chi tiết', en: 'Detail' }];
  return `${table(receiptColumns, receipts)}\n${table(eventColumns, events)}`;
}
