import type { PlacedStatus } from './business.ts';
import type { DeliveryLife, NoticeRecord } from './records.ts';

/**
 * Both sides of the last recall of a document at one recipient (QĐ 28/2018 Đ8(2), Đ9(2)). `needless`: it came before the document was
 * delivered, so there is nothing to answer. `undelivered`: the recall itself did not arrive. `waiting`: asked, no answer yet. `agreed`
 * (15), `refused` (16): by `said`.
 */
export interface RecallState {
  readonly asked: NoticeRecord;
  readonly answer: 'needless' | 'undelivered' | 'waiting' | 'agreed' | 'refused';
  readonly said?: PlacedStatus;
}

/** How the recall stands; undefined when the recipient was never asked. A recall that only repeated an earlier one is not counted. */
export function recallState({ notices, business: { answer } }: Pick<DeliveryLife, 'notices' | 'business'>): RecallState | undefined {
  const asked = notices.findLast(({ act, problem }) => (act === 'recall' || act === 'status') && problem?.code !== 'ACT_REPEATED');
  if (asked === undefined) return undefined;
  if (asked.problem?.code === 'ACT_BEFORE_DELIVERY') return { asked, answer: 'needless' };
  if (answer !== undefined && answer.receivedAt >= asked.at) {
    return { asked, answer: answer.code === '15' ? 'agreed' : 'refused', said: answer };
  }
  return { asked, answer: asked.state === 'waiting' || asked.state === 'held' || asked.state === 'delivered' ? 'waiting' : 'undelivered' };
}
