import { recallState } from '../../routing/document.ts';
import { problemText } from '../../routing/problem.ts';
import type { ActRecord, DeliveryLife, DeliveryRecord, DocumentRecord, DocumentSummary } from '../../routing/records.ts';
import { vietnamTime } from '../../routing/time.ts';
import { deliveryLine, packageLine, timerView } from './views.ts';
import { lifeView, statusView } from './views-lifecycle.ts';

/** A document as lists show it. */
export function documentLine(one: DocumentSummary) {
  return { ...documentFields(one), reported: one.reported, done: one.done };
}

/** A document with its packages and, for each recipient, transport and business state side by side. */
export function documentView(one: DocumentRecord) {
  const first = { package: one.id, act: one.action ?? 'new', at: vietnamTime(one.receivedAt) };
  return {
    ...documentFields(one),
    packages: [first, ...one.followers.map(followerView)],
    replaces: one.acts.flatMap(({ act, targetId }) => (act === 'replace' && targetId !== undefined ? [targetId] : [])),
    recipients: one.deliveries.map((delivery) => recipientView(delivery, one.lives.get(delivery.id))),
  };
}

function documentFields(one: DocumentSummary | DocumentRecord) {
  const { accepted: _, transportId: __, kind: ___, ...line } = packageLine(one);
  return line;
}

function followerView({ packageId, act, status, createdAt, reason, staff }: ActRecord) {
  return { package: packageId, act: act === 'status' ? ('recall' as const) : act, status, at: vietnamTime(createdAt), reason, staff };
}

function recipientView(delivery: DeliveryRecord, life: DeliveryLife | undefined) {
  const { id, recipient, recipientName, state, changedAt, fetchedAt, attempts, problem, law } = deliveryLine(delivery);
  const { standing, current, answer, history = [], notices = [] } = life === undefined ? {} : lifeView(life);
  return {
    recipient,
    recipientName,
    delivery: id,
    transport: { state, at: changedAt, fetchedAt, attempts, problem, law },
    business: { current, answer, history },
    owed: timerView(delivery.owed),
    standing,
    recall: life === undefined ? undefined : recallView(life),
    notices,
  };
}

function recallView(life: DeliveryLife) {
  const found = recallState(life);
  if (found === undefined) return undefined;
  const { asked, answer, said } = found;
  const problem = asked.problem === undefined ? undefined : problemText(asked.problem);
  return {
    package: asked.packageId,
    askedAt: vietnamTime(asked.at),
    askedBy: asked.staff,
    reason: asked.reason,
    transport: { state: asked.state, at: vietnamTime(asked.changedAt), problem },
    answer,
    said: said === undefined ? undefined : statusView(said),
  };
}
