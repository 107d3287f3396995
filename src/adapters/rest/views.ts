import type { Delivery } from '../../routing/delivery.ts';
import type { LawTimer } from '../../routing/law.ts';
import type { Problem } from '../../routing/problem.ts';
import { problemText } from '../../routing/problem.ts';
import type {
  AttemptRecord,
  DeliveryFilter,
  DeliveryRecord,
  EventRecord,
  PackageRecord,
  PackageSummary,
  ReplayPlan,
} from '../../routing/records.ts';
import { vietnamTime } from '../../routing/time.ts';
import { attachmentView } from './attachment-view.ts';
import { actView, lifeView } from './views-lifecycle.ts';

/** Who a view is made for: a sender is not shown what our own faults were. */
export type Viewer = 'sender' | 'operator';

type WithAttempts = DeliveryRecord & { readonly attemptList: readonly AttemptRecord[] };

const time = (at: Date | undefined) => (at === undefined ? undefined : vietnamTime(at));
const text = (problem: Problem | undefined) => (problem === undefined ? undefined : problemText(problem));

/** A deadline by law. */
export function timerView(timer: LawTimer | undefined) {
  return timer === undefined ? undefined : { dueAt: vietnamTime(timer.dueAt), state: timer.state };
}

/** A package as lists show it. */
export function packageLine(p: PackageSummary) {
  const { id, accepted, sender, transportId, sha256, size, receivedAt, kind, action, documentId, reference, subject, urgency, states } = p;
  const known = { id, accepted, sender, transportId, sha256, size, receivedAt: vietnamTime(receivedAt), kind, action, documentId };
  return { ...known, reference, subject, urgency, signature: p.signatureState, states };
}

/** A package as its sender sees it. */
export function packageView(p: PackageRecord) {
  return { ...packageLine(p), ...packageDetail(p), deliveries: p.deliveries.map((d) => ({ ...sentDelivery(d), ...lifeIn(p, d.id) })) };
}

/** A package as operators see it. */
export function operatorPackageView(p: PackageRecord) {
  const deliveries = p.deliveries.map((d) => ({ ...operatorDeliveryView(d), ...lifeIn(p, d.id) }));
  return { ...operatorPackageLine(p), ...packageDetail(p), deliveries, events: p.events.map(eventLine) };
}

/** A package as lists for operators show it. */
export function operatorPackageLine(p: PackageSummary) {
  return { ...packageLine(p), client: p.clientId };
}

function lifeIn({ lives }: PackageRecord, deliveryId: string) {
  const life = lives.get(deliveryId);
  return life === undefined ? {} : { life: lifeView(life) };
}

function packageDetail(p: PackageRecord) {
  return {
    problems: p.problems.map(problemText),
    acts: p.acts.map(actView),
    attachments: p.attachments.map(attachmentView),
    receipts: p.receipts.map(({ id, kind, deliveryId, issuedAt }) => ({ id, kind, delivery: deliveryId, issuedAt: vietnamTime(issuedAt) })),
  };
}

/** What senders and operators see of a delivery. */
export function deliveryLine(d: DeliveryRecord) {
  return {
    id: d.id,
    recipient: d.recipient,
    recipientName: d.agencyName,
    state: d.state,
    problem: text(d.problem),
    attempts: d.attempts,
    dueAt: d.state === 'waiting' ? vietnamTime(d.dueAt) : undefined,
    deadlineAt: vietnamTime(d.deadlineAt),
    createdAt: vietnamTime(d.createdAt),
    changedAt: vietnamTime(d.changedAt),
    fetchedAt: time(d.fetchedAt),
    law: timerView(d.law),
    owed: timerView(d.owed),
  };
}

function sentDelivery(d: WithAttempts) {
  return { ...deliveryLine(d), attemptList: d.attemptList.map((a) => attemptLine(a, 'sender')) };
}

function attemptLine(a: AttemptRecord, viewer: Viewer) {
  const { turn, result, detail, httpStatus } = a;
  const hidden = viewer === 'sender' && result === 'fault';
  const times = { startedAt: vietnamTime(a.startedAt), finishedAt: vietnamTime(a.finishedAt) };
  return { turn, result, detail: hidden ? undefined : detail, httpStatus, ...times };
}

/** A delivery as lists for operators show it. */
export function operatorDeliveryLine(d: DeliveryRecord) {
  const { packageId, sender, subject, urgency, channel, route, namedAs, turn, tries, faults, leased } = d;
  return { ...deliveryLine(d), package: packageId, sender, subject, urgency, channel, route, namedAs, turn, tries, faults, leased };
}

/** A delivery as operators see it. */
export function operatorDeliveryView(d: WithAttempts) {
  return { ...operatorDeliveryLine(d), attemptList: d.attemptList.map((a) => attemptLine(a, 'operator')) };
}

function eventLine(e: EventRecord) {
  return {
    seq: e.seq,
    name: e.name,
    at: vietnamTime(e.at),
    actor: e.actor,
    delivery: e.deliveryId,
    from: e.from,
    to: e.to,
    reason: e.reason,
  };
}

/** A delivery after somebody moved it. */
export function movedView(d: Delivery) {
  return { delivery: d.id, package: d.packageId, state: d.state, turn: d.turn, attempts: d.attempts, problem: text(d.problem) };
}

/** A bulk replay with its progress. */
export function planView(p: ReplayPlan) {
  const { id, actor, reason, total, replayed, skipped } = p;
  const times = { createdAt: vietnamTime(p.createdAt), finishedAt: time(p.finishedAt) };
  return { id, actor, reason, total, replayed, skipped, ...times, filter: filterView(p.filter) };
}

function filterView(filter: DeliveryFilter) {
  return { ...filter, since: time(filter.since), until: time(filter.until) };
}

/** A value without the fields that are undefined or null, at its first level. */
export function known<T extends object>(value: T): { [K in keyof T]: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(value).filter(([, v]) => v !== undefined)) as { [K in keyof T]: Exclude<T[K], undefined> };
}
