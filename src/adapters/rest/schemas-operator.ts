import { z } from 'zod';
import { life } from './schemas-lifecycle.ts';
import { attempt, deliveryFields, packageDetail, packageFields } from './schemas-sender.ts';
import { count, cursor, name, state, time, uuid } from './shapes.ts';

/** What operators are answered. */
const operatorFields = {
  ...deliveryFields,
  package: uuid,
  sender: z.string(),
  subject: z.string().optional(),
  urgency: z.int().min(0).max(4),
  channel: z.enum(['inbox', 'push', 'upward']).optional(),
  route: z.string().optional().describe('The upward route, for the channel upward'),
  namedAs: z.string().optional().describe('The group that the package named'),
  turn: count,
  tries: count,
  faults: count,
  leased: z.boolean().describe('A worker is at it right now'),
};
export const operatorDelivery = name('OperatorDelivery', z.strictObject(operatorFields));
export const operatorDeliveryList = name(
  'OperatorDeliveryList',
  z.strictObject({ deliveries: z.array(operatorDelivery), next: cursor.nullable() }),
);
export const operatorDeliveryView = name(
  'OperatorDeliveryDetail',
  z.strictObject({ ...operatorFields, attemptList: z.array(attempt), life: life.optional() }),
);

const operatorPackageFields = { ...packageFields, client: z.string() };
const event = name(
  'Event',
  z.strictObject({
    seq: z.string(),
    name: z.string(),
    at: time,
    actor: z.string(),
    delivery: uuid.optional(),
    from: state.optional(),
    to: state.optional(),
    reason: z.string().optional(),
  }),
);
export const operatorPackageList = name(
  'OperatorPackageList',
  z.strictObject({ packages: z.array(z.strictObject(operatorPackageFields)), next: cursor.nullable() }),
);
export const operatorPackageView = name(
  'OperatorPackage',
  z.strictObject({ ...operatorPackageFields, ...packageDetail, deliveries: z.array(operatorDeliveryView), events: z.array(event) }),
);

const filterShown = z.strictObject({
  state: state.optional(),
  recipient: z.string().optional(),
  sender: z.string().optional(),
  code: z.string().optional(),
  law: z.enum(['near', 'late']).optional(),
  owed: z.enum(['near', 'late']).optional(),
  since: time.optional(),
  until: time.optional(),
});
export const forecast = name(
  'ReplayForecast',
  z.strictObject({
    total: count,
    byState: z.record(z.string(), count),
    byRecipient: z.record(z.string(), count),
    notReplayable: count,
  }),
);
export const plan = name(
  'ReplayPlan',
  z.strictObject({
    id: uuid,
    createdAt: time,
    actor: z.string(),
    reason: z.string(),
    filter: filterShown,
    total: count,
    replayed: count,
    skipped: count,
    finishedAt: time.optional(),
  }),
);

export const alive = name('Alive', z.strictObject({ status: z.literal('ok') }));
export const readiness = name(
  'Readiness',
  z.strictObject({
    ready: z.boolean(),
    parts: z.record(z.string(), z.enum(['ok', 'failed'])),
    /** For monitoring networks alone. They never make the gateway unready. */
    routes: z
      .array(
        z.strictObject({
          route: z.string(),
          lastSuccess: time.optional(),
          failures: count,
          followFailures: count,
          parked: z.boolean(),
        }),
      )
      .optional(),
  }),
);
