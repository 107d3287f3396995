import type { PlacedStatus } from '../../routing/business.ts';
import { problemText } from '../../routing/problem.ts';
import type { ActRecord, DeliveryLife, NoticeRecord } from '../../routing/records.ts';
import { vietnamTime } from '../../routing/time.ts';

/** An act as its sender and operators see it. */
export function actView(act: ActRecord) {
  const { packageId, targetId, createdAt, ...rest } = act;
  return { ...rest, package: packageId, document: targetId, createdAt: vietnamTime(createdAt) };
}

/** What was said and asked about a document at one recipient. */
export function lifeView(life: DeliveryLife) {
  const { current, answer, history } = life.business;
  return {
    standing: life.standing,
    after: life.after,
    current: current === undefined ? undefined : statusView(current),
    answer: answer === undefined ? undefined : statusView(answer),
    history: history.map(statusView),
    notices: life.notices.map(noticeView),
  };
}

/** A business status in its place in the history. */
export function statusView({ packageId, code, statedAt, receivedAt, description, staff, signature, regression }: PlacedStatus) {
  const stated = statedAt === undefined ? undefined : vietnamTime(statedAt);
  return { package: packageId, code, statedAt: stated, receivedAt: vietnamTime(receivedAt), description, staff, signature, regression };
}

function noticeView({ packageId, deliveryId, at, changedAt, problem, ...rest }: NoticeRecord) {
  const told = problem === undefined ? undefined : problemText(problem);
  return { ...rest, package: packageId, delivery: deliveryId, at: vietnamTime(at), changedAt: vietnamTime(changedAt), problem: told };
}
