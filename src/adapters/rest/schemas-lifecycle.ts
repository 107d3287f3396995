import { z } from 'zod';
import { problem } from './schemas-problem.ts';
import { cursor, name, state, time, uuid } from './shapes.ts';

export const staff = name(
  'Staff',
  z.strictObject({
    name: z.string().optional(),
    department: z.string().optional(),
    mobile: z.string().optional(),
    email: z.string().optional(),
  }),
);
const actName = z.enum(['recall', 'update', 'replace', 'status']);
const actState = z.enum(['open', 'unmatched', 'ambiguous', 'refused', 'applied', 'dismissed']);

/** What a package does to a document. */
export const act = name(
  'Act',
  z.strictObject({
    id: uuid,
    package: uuid.describe('The package that asks for it'),
    act: actName,
    status: z.string().optional(),
    state: actState,
    document: uuid.optional().describe('Package of the document that it is about'),
    candidates: z.array(uuid).describe('Documents that fit, when there are several'),
    documentIds: z.array(z.string()),
    reference: z.string().optional(),
    date: z.string().optional(),
    reason: z.string().optional(),
    staff: staff.optional(),
    createdAt: time,
    decidedBy: z.string().optional(),
  }),
);
export const actList = name('ActList', z.strictObject({ acts: z.array(act), next: cursor.nullable() }));

/** The act that a person decided about. */
export const decided = name('DecidedAct', z.strictObject({ act: uuid }));

export const businessStatus = name(
  'BusinessStatus',
  z.strictObject({
    package: uuid,
    code: z.string(),
    statedAt: time.optional().describe("The packet's own time"),
    receivedAt: time,
    description: z.string(),
    staff,
    signature: z.enum(['valid', 'weak', 'absent']),
    regression: z.boolean().describe('It says less than what was said before'),
  }),
);
export const standing = z.enum(['recalled', 'removed', 'replaced']).describe('What its sender did last');
export const notice = z.strictObject({
  package: uuid,
  delivery: uuid,
  act: actName,
  status: z.string().optional(),
  at: time,
  state,
  changedAt: time,
  problem: problem.optional(),
  reason: z.string().optional(),
  staff: staff.optional(),
});

/** What was said and asked about a document at one recipient, beside the transport state of its delivery. */
export const life = name(
  'DeliveryLife',
  z.strictObject({
    standing: standing.optional(),
    after: z.array(uuid).describe('Deliveries that this one waits for'),
    current: businessStatus.optional().describe('The furthest status 01 to 06'),
    answer: businessStatus.optional().describe('The last 15 or 16'),
    history: z.array(businessStatus),
    notices: z.array(notice).describe('Recalls, updates and replacements for this recipient'),
  }),
);
