import type { Delivery, DeliveryState } from './delivery.ts';
import type { AgencyEntry } from './directory.ts';
import type { Message, Party } from './message.ts';
import type { NewId } from './ports.ts';
import type { Problem } from './problem.ts';
import { Rejection } from './problem.ts';
import type { RetrySchedules } from './retry.ts';
import { deadlineOf } from './retry.ts';

/** What routing knows of the world. `province`: the level-1 codes of our province, for example `H61`. */
export interface RoutePlan {
  readonly province: readonly string[];
  readonly schedules: RetrySchedules;
  readonly newId: NewId;
  readonly now: Date;
}

/**
 * One delivery for each recipient of the message. A recipient that can't be served gets its delivery too, `failed` or `held`
 * with the reason, and the others go on. Throws Rejection NO_RECIPIENT_DELIVERABLE with every reason when all have failed.
 */
export function route(message: Message, packageId: string, agencies: ReadonlyMap<string, AgencyEntry>, plan: RoutePlan): Delivery[] {
  const deliveries = message.recipients.map((to) => deliveryTo(to, message, packageId, agencies.get(to.code), plan));
  if (deliveries.every((d) => d.state === 'failed')) {
    throw new Rejection([{ code: 'NO_RECIPIENT_DELIVERABLE' }, ...deliveries.flatMap((d) => (d.problem === undefined ? [] : [d.problem]))]);
  }
  return deliveries;
}

function deliveryTo(to: Party, message: Message, packageId: string, agency: AgencyEntry | undefined, plan: RoutePlan): Delivery {
  const fate = fateOf(to.code, agency, plan.province);
  return {
    id: plan.newId(),
    packageId,
    recipient: to.code,
    urgency: message.urgency,
    turn: fate.state === 'waiting' ? 1 : 0,
    attempts: 0,
    tries: 0,
    faults: 0,
    dueAt: plan.now,
    deadlineAt: deadlineOf(plan.schedules[message.urgency], plan.now),
    ...(agency === undefined ? {} : { agencyId: agency.id, channel: agency.channel }),
    ...fate,
  };
}

function fateOf(code: string, agency: AgencyEntry | undefined, province: readonly string[]): { state: DeliveryState; problem?: Problem } {
  const because = (state: DeliveryState, reason: Problem['code']) => ({
    state,
    problem: { code: reason, params: { recipient: code } },
  });
  if (agency === undefined) {
    return isOfProvince(code, province) ? because('failed', 'RECIPIENT_UNKNOWN') : because('held', 'NO_ROUTE');
  }
  if (agency.status === 'closed' || !agency.codeValid) return because('failed', 'RECIPIENT_CLOSED');
  if (agency.status === 'suspended') return because('held', 'RECIPIENT_SUSPENDED');
  return { state: 'waiting' };
}

/** True when any group of the code is one of the province's level-1 codes; the position differs between the old and new form. */
export function isOfProvince(code: string, province: readonly string[]): boolean {
  return code.split('.').some((group) => province.includes(group));
}
