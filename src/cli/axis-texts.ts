import type { Entry, EntryState, PollRecord } from '../routing/entries.ts';
import type { OutsideChange, SyncReport } from '../routing/outside-change.ts';
import { problemLine } from './delivery-texts.ts';
import { shownMoment } from './moment.ts';
import { facts, oneLine, table } from './table.ts';

const states: Readonly<Record<EntryState, string>> = {
  new: 'chưa nhận',
  taken: 'đã nhận, chưa báo',
  done: 'đã báo xong',
  quarantined: 'cách ly',
  refusing: 'từ chối, chưa báo',
  refused: 'đã báo từ chối',
};

const stateWord = (state: EntryState) => `${states[state]} (${state})`;

/** How the exchange over each route goes, as a table. */
export function linksText(links: readonly PollRecord[]): string {
  return table(
    [
      { vi: 'Đường', en: 'Route' },
      { vi: 'Hỏi lần cuối', en: 'Polled' },
      { vi: 'Thành công lần cuối', en: 'Succeeded' },
      { vi: 'Số lần hỏng', en: 'Failures', right: true },
      { vi: 'Chưa nhận', en: 'Pending', right: true },
      { vi: 'Cách ly', en: 'Quarantined', right: true },
      { vi: 'Đang theo dõi', en: 'Followed', right: true },
      { vi: 'Theo dõi hỏng', en: 'Follow failures', right: true },
      { vi: 'Danh bạ', en: 'Directory' },
      { vi: 'Lỗi', en: 'Error' },
    ],
    links.map((one) => [
      one.route,
      shownMoment(one.polledAt),
      shownMoment(one.succeededAt),
      String(one.failures),
      String((one.entries.new ?? 0) + (one.entries.taken ?? 0) + (one.entries.refusing ?? 0)),
      String(one.entries.quarantined ?? 0),
      String(one.outstanding),
      String(one.followFailures),
      shownMoment(one.syncedAt),
      oneLine([one.error, one.followError, one.syncError].filter((text) => text !== undefined).join('; ')),
    ]),
  );
}

/** Entries as a table. */
export function entriesText(entries: readonly Entry[]): string {
  return table(
    [
      { vi: 'Mục', en: 'Entry' },
      { vi: 'Đường', en: 'Route' },
      { vi: 'Trạng thái', en: 'State' },
      { vi: 'Loại', en: 'Kind' },
      { vi: 'Đơn vị gửi', en: 'Sender' },
      { vi: 'Đơn vị nhận', en: 'Recipient' },
      { vi: 'Thấy lúc', en: 'Seen' },
      { vi: 'Lý do', en: 'Reason' },
    ],
    entries.map((one) => [
      one.id,
      one.route,
      stateWord(one.state),
      one.kind,
      one.sender ?? '',
      one.recipient ?? '',
      shownMoment(one.firstSeenAt),
      one.problems.map(({ code }) => code).join(' ') || oneLine(one.detail),
    ]),
  );
}

/** One entry with why it is where it is. */
export function entryText(one: Entry): string {
  const problems = one.problems.map((problem) => `  ${oneLine(problemLine(problem) ?? '')}\n`);
  const about = facts([
    ['Mục / entry', one.id],
    ['Đường / route', one.route],
    ['Trạng thái / state', stateWord(one.state)],
    ['Loại / kind', one.kind],
    ['Đơn vị gửi / sender', one.sender],
    ['Đơn vị nhận / recipient', one.recipient],
    ['Gói tin / package', one.packageId],
    ['Chi tiết / detail', oneLine(one.detail)],
    ['Số lần hỏng / failed attempts', String(one.attempts)],
    ['Thấy lúc / seen', shownMoment(one.firstSeenAt)],
    ['Thay đổi lúc / changed', shownMoment(one.changedAt)],
    ['Người quyết định / decided by', one.decidedBy],
  ]);
  return problems.length === 0 ? about : `${about}\nVấn đề / problems\n${problems.join('')}`;
}

/** What a sync changed, or would change. */
export function syncText(report: SyncReport): string {
  const counted = (counts: Readonly<Record<string, number>>) => Object.entries(counts).map(([why, count]) => `${why} ${count}`);
  const counts = facts([
    ['Số dòng / listed', String(report.listed)],
    ['Không đổi / unchanged', String(report.unchanged)],
    ['Thêm / added', String(report.added)],
    ['Đổi tên / renamed', String(report.renamed)],
    ['Đóng / closed', String(report.closed)],
    ['Mở lại / reopened', String(report.reopened)],
    ['Đổi đơn vị cấp trên / moved', String(report.moved)],
    ['Đổi mã / code changed', String(report.recoded)],
    ['Thêm mã / further codes', String(report.codesAdded)],
    ['Bỏ qua / skipped', counted(report.skipped).join(', ')],
    ['Không ghép được / unmapped', counted(report.unmapped).join(', ')],
    ['Không đọc được / unread', oneLine(Object.values(report.unread).join('; '))],
  ]);
  const columns = [
    { vi: 'Việc', en: 'Change' },
    { vi: 'Mã', en: 'Code' },
    { vi: 'Tên', en: 'Name' },
    { vi: 'Chi tiết', en: 'Detail' },
  ];
  const changes = report.changes.map((one) => [one.kind, one.code, oneLine(one.name), oneLine(detailOf(one))]);
  const leftOut = report.leftOut.map((one) => [
    one.why in report.unmapped ? `không ghép / unmapped: ${one.why}` : `bỏ qua / skipped: ${one.why}`,
    oneLine(one.code),
    oneLine(one.name),
    oneLine(one.about ?? ''),
  ]);
  return changes.length + leftOut.length === 0 ? counts : `${counts}\n${table(columns, [...changes, ...leftOut])}`;
}

function detailOf(one: OutsideChange): string {
  if (one.kind === 'rename' || one.kind === 'recode') return `← ${one.before}`;
  if (one.kind === 'move') return `→ ${one.parent}`;
  if (one.kind === 'code') return `+ ${one.added.code} (${one.added.scheme})`;
  return '';
}
