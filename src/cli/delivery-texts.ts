import type { Delivery } from '../routing/delivery.ts';
import { type Problem, problemText } from '../routing/problem.ts';
import type { AttemptRecord, DeliveryRecord } from '../routing/records.ts';
import { shownMoment } from './moment.ts';
import { facts, table } from './table.ts';
import { channelWord, lawWord, stateWord } from './words.ts';

/** Deliveries as a table. */
export function deliveriesText(deliveries: readonly DeliveryRecord[]): string {
  return table(
    [
      { vi: 'Lần chuyển', en: 'Delivery' },
      { vi: 'Trạng thái', en: 'State' },
      { vi: 'Đơn vị nhận', en: 'Recipient' },
      { vi: 'Đơn vị gửi', en: 'Sender' },
      { vi: 'Số lần thử', en: 'Attempts', right: true },
      { vi: 'Tạo lúc', en: 'Created' },
      { vi: 'Lần tới', en: 'Next' },
      { vi: 'Thời hạn luật', en: 'By law' },
      { vi: 'Đơn vị nhận báo', en: 'Report owed' },
      { vi: 'Lý do', en: 'Reason' },
    ],
    deliveries.map((one) => [
      one.id,
      stateWord(one.state),
      one.recipient,
      one.sender,
      String(one.attempts),
      shownMoment(one.createdAt),
      one.state === 'waiting' ? shownMoment(one.dueAt) : '',
      lawWord(one.law),
      lawWord(one.owed),
      one.problem?.code ?? '',
    ]),
  );
}

/** One delivery with its attempts. */
export function deliveryText(one: DeliveryRecord & { readonly attemptList: readonly AttemptRecord[] }): string {
  return `${factsOf(one)}\n${attemptsText(one.attemptList)}`;
}

function factsOf(one: DeliveryRecord): string {
  return facts([
    ['Lần chuyển / delivery', one.id],
    ['Gói tin / package', one.packageId],
    ['Trạng thái / state', `${stateWord(one.state)}${one.leased ? ', đang thực hiện / under way' : ''}`],
    ['Lý do / reason', problemLine(one.problem)],
    ['Đơn vị nhận / recipient', `${one.recipient} ${one.agencyName ?? ''}`],
    ['Đơn vị gửi / sender', one.sender],
    ['Trích yếu / subject', one.subject],
    ['Độ khẩn / urgency', String(one.urgency)],
    ['Kênh / channel', channelWord(one.channel)],
    ['Lượt, số lần thử / turn, attempts', `${one.turn}, ${one.attempts}`],
    ['Tạo lúc / created', shownMoment(one.createdAt)],
    ['Thay đổi lúc / changed', shownMoment(one.changedAt)],
    ['Đã tải lúc / fetched', one.fetchedAt === undefined ? undefined : shownMoment(one.fetchedAt)],
    ['Lần tới / next', one.state === 'waiting' ? shownMoment(one.dueAt) : undefined],
    ['Thời hạn / deadline', shownMoment(one.deadlineAt)],
    ['Thời hạn theo luật / by law', one.law === undefined ? undefined : `${shownMoment(one.law.dueAt)} ${lawWord(one.law)}`],
    ['Đơn vị nhận phải báo / report owed', one.owed === undefined ? undefined : `${shownMoment(one.owed.dueAt)} ${lawWord(one.owed)}`],
  ]);
}

/** A problem on one line, in both languages. */
export function problemLine(problem: Problem | undefined): string | undefined {
  if (problem === undefined) return undefined;
  const { code, vi, en } = problemText(problem);
  return `${code}: ${vi} / ${en}`;
}

/** Attempts as a table. */
export function attemptsText(attempts: readonly AttemptRecord[]): string {
  return table(
    [
      { vi: 'Bắt đầu', en: 'Started' },
      { vi: 'Lượt', en: 'Turn', right: true },
      { vi: 'Kết quả', en: 'Result' },
      { vi: 'HTTP', en: 'HTTP', right: true },
      { vi: 'Thời gian (ms)', en: 'Took (ms)', right: true },
      { vi: 'Chi tiết', en: 'Detail' },
    ],
    attempts.map((one) => [
      shownMoment(one.startedAt),
      String(one.turn),
      one.result,
      one.httpStatus?.toString() ?? '',
      String(one.finishedAt.getTime() - one.startedAt.getTime()),
      one.detail,
    ]),
  );
}

/** What deliveries have become. */
export function movedText(moved: readonly Delivery[]): string {
  return table(
    [
      { vi: 'Lần chuyển', en: 'Delivery' },
      { vi: 'Trạng thái', en: 'State' },
      { vi: 'Đơn vị nhận', en: 'Recipient' },
      { vi: 'Lượt', en: 'Turn', right: true },
      { vi: 'Lần tới', en: 'Next' },
    ],
    moved.map((one) => [
      one.id,
      stateWord(one.state),
      one.recipient,
      String(one.turn),
      one.state === 'waiting' ? shownMoment(one.dueAt) : '',
    ]),
  );
}
