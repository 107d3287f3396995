import type { DeliveryState } from '../routing/delivery.ts';
import type { AgencyStatus, Channel } from '../routing/directory.ts';
import type { LawTimer } from '../routing/law.ts';
import type { ReceiptKind } from '../routing/receipt.ts';

const states: Readonly<Record<DeliveryState, string>> = {
  waiting: 'đang chờ',
  held: 'đang giữ',
  delivered: 'đã chuyển',
  failed: 'thất bại',
  cancelled: 'đã hủy',
  expired: 'hết hạn',
};

const statuses: Readonly<Record<AgencyStatus, string>> = {
  active: 'hoạt động',
  suspended: 'tạm ngừng',
  closed: 'đã đóng',
};

const channels: Readonly<Record<Channel, string>> = { inbox: 'tự lấy', push: 'đẩy', upward: 'chuyển lên' };

const receipts: Readonly<Record<ReceiptKind, string>> = {
  accepted: 'đã tiếp nhận',
  rejected: 'bị từ chối',
  delivered: 'đã chuyển',
  failed: 'thất bại',
  expired: 'hết hạn',
  cancelled: 'đã hủy',
  revoked: 'chứng thư số bị thu hồi',
};

/** The state of a delivery in both languages; the English word is what `--state` takes. */
export const stateWord = (state: DeliveryState): string => `${states[state]} (${state})`;

/** The status of an agency in both languages. */
export const statusWord = (status: AgencyStatus): string => `${statuses[status]} (${status})`;

/** How an agency takes its packages, in both languages. */
export const channelWord = (channel: Channel | undefined): string => (channel === undefined ? '' : `${channels[channel]} (${channel})`);

const lawStates: Readonly<Record<LawTimer['state'], string>> = { kept: 'đúng hạn', open: 'còn hạn', near: 'sắp quá hạn', late: 'quá hạn' };

/** How a delivery stands to its deadline by law, in both languages. */
export const lawWord = (law: Pick<LawTimer, 'state'> | undefined): string =>
  law === undefined ? '' : `${lawStates[law.state]} (${law.state})`;

/** What a receipt states, in both languages. */
export const receiptWord = (kind: ReceiptKind): string => `${receipts[kind]} (${kind})`;

/** How many deliveries are in each state. */
export function stateCounts(counts: Readonly<Partial<Record<DeliveryState, number | undefined>>>): string {
  const known = Object.entries(counts) as [DeliveryState, number | undefined][];
  return known.flatMap(([state, count]) => (count === undefined || count === 0 ? [] : [`${states[state]} ${count}`])).join(', ');
}
