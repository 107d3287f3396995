import { addresseeOf } from './addressee.ts';
import type { Delivery, DeliveryState } from './delivery.ts';
import type { AgencyEntry } from './directory.ts';
import type { Message } from './message.ts';
import type { NewId } from './ports.ts';
import { Rejection } from './problem.ts';
import type { RetrySchedules } from './retry.ts';
import { deadlineOf } from './retry.ts';
import type { Service } from './serve.ts';
import { matterOf, serviceFor } from './serve.ts';
import type { Matter } from './succession.ts';

/** What routing knows of the world. `province`: the level-1 codes of our province, for example `H61`. */
export interface RoutePlan {
  readonly province: readonly string[];
  readonly schedules: RetrySchedules;
  readonly newId: NewId;
  readonly now: Date;
}

/**
 * One delivery for each recipient of the message, to the agency that answers for its code on the day. A recipient that can't be served
 * gets its delivery too, `failed` or `held` with the reason, and the others go on; of two codes that one agency answers for, the second
 * is `cancelled`: nobody receives a package twice. Throws Rejection NO_RECIPIENT_DELIVERABLE with every reason when all have failed.
 */
export function route(message: Message, packageId: string, agencies: ReadonlyMap<string, AgencyEntry>, plan: RoutePlan): Delivery[] {
  const matter = matterOf(message);
  const served = new Map<string, string>();
  const deliveries = message.recipients.map(({ code }) => {
    const service = once(code, serviceOf(code, agencies.get(code), matter, plan.province), served);
    return deliveryTo(code, service, message, packageId, plan);
  });
  if (deliveries.every((d) => d.state === 'failed')) {
    throw new Rejection([{ code: 'NO_RECIPIENT_DELIVERABLE' }, ...deliveries.flatMap((d) => (d.problem === undefined ? [] : [d.problem]))]);
  }
  return deliveries;
}

type Fate = Omit<Service, 'state'> & { readonly state: DeliveryState };

function deliveryTo(code: string, { agency, ...fate }: Fate, message: Message, packageId: string, plan: RoutePlan): Delivery {
  return {
    id: plan.newId(),
    packageId,
    recipient: code,
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

function serviceOf(code: string, entry: AgencyEntry | undefined, matter: Matter, province: readonly string[]): Service {
  const addressee = addresseeOf(code, entry, matter);
  if (addressee.kind !== 'unknown') return serviceFor(code, addressee);
  const because = { params: { recipient: code } };
  if (isOfProvince(code, province)) return { state: 'failed', problem: { code: 'RECIPIENT_UNKNOWN', ...because } };
  return { state: 'held', problem: { code: 'NO_ROUTE', ...because } };
}

/** The same service, unless an earlier recipient of the message (`served`: codes by agency) is the same agency. */
function once(code: string, service: Service, served: Map<string, string>): Fate {
  const { agency, state } = service;
  if (agency === undefined || state === 'failed') return service;
  const other = served.get(agency.id);
  if (other !== undefined)
    return { ...service, state: 'cancelled', problem: { code: 'RECIPIENT_SAME', params: { recipient: code, other } } };
  served.set(agency.id, code);
  return service;
}

/** True when any group of the code is one of the province's level-1 codes; the position differs between the old and new form. */
export function isOfProvince(code: string, province: readonly string[]): boolean {
  return code.split('.').some((group) => province.includes(group));
}
