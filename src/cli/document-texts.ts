import type { DocumentAnswer, DocumentLine, RecallAnswer, RecipientAnswer, StaffAnswer } from '../client/client.ts';
import { shownMoment } from './moment.ts';
import { facts, table } from './table.ts';
import { lawWord, stateCounts, stateWord } from './words.ts';

/** Documents as a table. */
export function documentsText(documents: readonly DocumentLine[]): string {
  return table(
    [
      { vi: 'Văn bản', en: 'Document' },
      { vi: 'Nhận lúc', en: 'Received' },
      { vi: 'Đơn vị gửi', en: 'Sender' },
      { vi: 'Số, ký hiệu', en: 'Reference' },
      { vi: 'Các lần chuyển', en: 'Deliveries' },
      { vi: 'Đã báo', en: 'Reported', right: true },
      { vi: 'Đã thu hồi, sửa', en: 'Changed' },
      { vi: 'Trích yếu', en: 'Subject' },
    ],
    documents.map((one) => [
      one.id,
      shownMoment(one.receivedAt),
      one.sender ?? '',
      one.reference ?? '',
      stateCounts(one.states),
      String(one.reported),
      Object.entries(one.done)
        .map(([act, count]) => `${act} ${count}`)
        .join(', '),
      one.subject ?? '',
    ]),
  );
}

/** A document: its facts, its packages, and its recipients with transport and business state side by side. */
export function documentText(one: DocumentAnswer): string {
  const about = facts([
    ['Văn bản / document', one.id],
    ['Đơn vị gửi / sender', one.sender],
    ['DocumentId', one.documentId],
    ['Số, ký hiệu / reference', one.reference],
    ['Trích yếu / subject', one.subject],
    ['Độ khẩn / urgency', String(one.urgency)],
    ['Chữ ký / signature', one.signature],
    ['Thay thế cho / replaces', one.replaces.length === 0 ? undefined : one.replaces.join(', ')],
  ]);
  return [about, packagesText(one), recipientsText(one.recipients), recallsText(one.recipients)].filter((part) => part !== '').join('\n');
}

function packagesText({ packages }: DocumentAnswer): string {
  return table(
    [
      { vi: 'Gói tin', en: 'Package' },
      { vi: 'Việc', en: 'Act' },
      { vi: 'Lúc', en: 'At' },
      { vi: 'Người thực hiện', en: 'Person' },
      { vi: 'Lý do', en: 'Reason' },
    ],
    packages.map((part) => [
      part.package,
      [part.act, part.status].filter((word) => word !== undefined).join(' '),
      shownMoment(part.at),
      personOf(part.staff),
      part.reason ?? '',
    ]),
  );
}

function recipientsText(recipients: readonly RecipientAnswer[]): string {
  return table(
    [
      { vi: 'Đơn vị nhận', en: 'Recipient' },
      { vi: 'Chuyển', en: 'Transport' },
      { vi: 'Lúc', en: 'At' },
      { vi: 'Thời hạn luật', en: 'By law' },
      { vi: 'Xử lý', en: 'Business' },
      { vi: 'Lúc', en: 'At' },
      { vi: 'Người thực hiện', en: 'Person' },
      { vi: 'Phải báo', en: 'Report owed' },
    ],
    recipients.map(({ recipient, transport, business: { current }, owed }) => [
      recipient,
      stateWord(transport.state),
      shownMoment(transport.at),
      lawWord(transport.law),
      current === undefined ? '' : `${current.code} ${current.description}`,
      shownMoment(current?.statedAt ?? current?.receivedAt),
      personOf(current?.staff),
      owed === undefined ? '' : `${lawWord(owed)} ${shownMoment(owed.dueAt)}`,
    ]),
  );
}

const answers: Readonly<Record<RecallAnswer['answer'], string>> = {
  needless: 'không cần: chưa đến nơi (needless)',
  undelivered: 'yêu cầu không đến nơi (undelivered)',
  waiting: 'chờ trả lời (waiting)',
  agreed: '15 đồng ý (agreed)',
  refused: '16 từ chối (refused)',
};

function recallsText(recipients: readonly RecipientAnswer[]): string {
  const rows = recipients.flatMap(({ recipient, recall }) => (recall === undefined ? [] : [{ recipient, ...recall }]));
  if (rows.length === 0) return '';
  return table(
    [
      { vi: 'Đơn vị nhận', en: 'Recipient' },
      { vi: 'Thu hồi lúc', en: 'Recalled' },
      { vi: 'Người thu hồi', en: 'By' },
      { vi: 'Yêu cầu', en: 'Request' },
      { vi: 'Trả lời', en: 'Answer' },
      { vi: 'Lúc', en: 'At' },
      { vi: 'Người trả lời', en: 'By' },
    ],
    rows.map(({ recipient, askedAt, askedBy, transport, answer, said }) => [
      recipient,
      shownMoment(askedAt),
      personOf(askedBy),
      `${stateWord(transport.state)} ${shownMoment(transport.at)}`,
      answers[answer],
      shownMoment(said?.statedAt ?? said?.receivedAt),
      personOf(said?.staff),
    ]),
  );
}

function personOf(staff: StaffAnswer | undefined): string {
  return [staff?.name, staff?.department].filter((part) => part !== undefined && part !== '').join(', ');
}
