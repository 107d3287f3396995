import { z } from 'zod';
import { attachment } from './schemas-contents.ts';
import { act, life } from './schemas-lifecycle.ts';
import { problem } from './schemas-problem.ts';
import { action, count, cursor, kind, name, receiptKind, sha256, state, time, uuid } from './shapes.ts';

/** RFC 9457; every violation is in `problems`. */
export const problemAnswer = name(
  'ProblemAnswer',
  z.strictObject({
    type: z.string().regex(/^urn:lienthong:problem:[A-Z_0-9]+$/),
    title: z.string().describe('Vietnamese'),
    detail: z.string().describe('English'),
    status: z.int(),
    instance: z.string().describe('Id of the request, as in the header Lienthong-Request'),
    problems: z.array(problem).min(1),
  }),
);

const forwarding = z
  .strictObject({
    to: z.string(),
    name: z.string(),
    steps: z.array(
      z.strictObject({
        kind: z.enum(['close', 'merge', 'split', 'rename', 'move', 'recode']),
        on: z.string().optional().describe('The first day on which it holds, yyyy-mm-dd'),
        from: z.string(),
        to: z.string(),
        basis: z.string().optional().describe('The decision it rests on'),
      }),
    ),
  })
  .describe('The agency that answers for the code today, and the successions that lead there');

/** A receipt read out of its signed XML; the XML is what counts as evidence. */
export const receiptView = name(
  'Receipt',
  z.strictObject({
    id: uuid,
    kind: receiptKind,
    issuedAt: time,
    gateway: z.string(),
    package: z.strictObject({
      id: uuid,
      sha256,
      size: count,
      receivedAt: time,
      sender: z.string().optional(),
      documentId: z.string().optional(),
      reference: z.string().optional(),
    }),
    signature: z
      .strictObject({ state: z.enum(['valid', 'weak', 'absent']), algorithm: z.string().optional(), fingerprint: sha256.optional() })
      .optional()
      .describe('Accepted only: what is known about the origin'),
    recipients: z
      .array(
        z.strictObject({
          code: z.string(),
          deliveryId: uuid,
          state,
          forwarded: forwarding.optional(),
          problem: problem.optional(),
        }),
      )
      .optional(),
    delivery: z.strictObject({ id: uuid, recipient: z.string(), attempts: count, settledAt: time }).optional(),
    problems: z.array(problem).optional(),
  }),
);

export const validation = name('Validation', z.strictObject({ valid: z.literal(true), warnings: z.array(problem) }));

/** Fields of a package that everybody who may see it sees. */
export const packageFields = {
  id: uuid,
  accepted: z.boolean(),
  sender: z.string().optional().describe('Code of the sender; of a rejected package as claimed'),
  transportId: z.string().optional(),
  sha256,
  size: count,
  receivedAt: time,
  kind: kind.optional(),
  action: action.optional(),
  documentId: z.string().optional(),
  reference: z.string().optional().describe('number/notation of a document, or the status code'),
  subject: z.string().optional(),
  urgency: z.int().min(0).max(4),
  signature: z.enum(['valid', 'weak', 'absent']).optional(),
  states: z.partialRecord(state, count).describe('How many deliveries are in each state'),
};

export const attempt = name(
  'Attempt',
  z.strictObject({
    turn: count,
    result: z.enum(['delivered', 'unavailable', 'refused', 'fault']),
    detail: z.string().optional().describe("Text of the recipient's system; of a fault of the gateway only for operators"),
    httpStatus: z.int().optional(),
    startedAt: time,
    finishedAt: time,
  }),
);

/** A deadline by law and how near it is. */
export const lawTimer = z.strictObject({ dueAt: time, state: z.enum(['kept', 'open', 'near', 'late']) });

/** Fields of a delivery that its sender and operators see. */
export const deliveryFields = {
  id: uuid,
  recipient: z.string(),
  recipientName: z.string().optional(),
  state,
  problem: problem.optional(),
  attempts: count,
  dueAt: time.optional().describe('When the next attempt is due, while waiting'),
  deadlineAt: time,
  createdAt: time,
  changedAt: time,
  fetchedAt: time.optional(),
  law: lawTimer.optional().describe('Deadline by law (QĐ 28/2018 Đ6): kept, open, near (a warning is given), late'),
  owed: lawTimer.optional().describe('Until when its recipient is to have reported the document (NĐ 30/2020 Đ21(2)(c)), once delivered'),
};

const receiptLine = z.strictObject({ id: uuid, kind: receiptKind, delivery: uuid.optional(), issuedAt: time });
/** What a single package shows beyond its line in a list. */
export const packageDetail = {
  problems: z.array(problem),
  attachments: z.array(attachment),
  receipts: z.array(receiptLine),
  acts: z.array(act),
};

export const packageSummary = name('PackageSummary', z.strictObject(packageFields));
export const packageList = name('PackageList', z.strictObject({ packages: z.array(packageSummary), next: cursor.nullable() }));
export const packageDelivery = name(
  'PackageDelivery',
  z.strictObject({ ...deliveryFields, attemptList: z.array(attempt), life: life.optional() }),
);
export const packageView = name('Package', z.strictObject({ ...packageFields, ...packageDetail, deliveries: z.array(packageDelivery) }));

export const feedReceipt = name(
  'FeedReceipt',
  z.strictObject({
    id: uuid,
    kind: receiptKind,
    package: uuid,
    delivery: uuid.optional(),
    issuedAt: time,
    cursor,
    xml: z.string().describe('The signed receipt'),
  }),
);
export const receiptList = name(
  'ReceiptList',
  z.strictObject({ receipts: z.array(feedReceipt), next: cursor.nullable(), more: z.boolean() }),
);

export const inboxEntry = name(
  'InboxEntry',
  z.strictObject({
    delivery: uuid,
    package: uuid,
    recipient: z.string(),
    sender: z.string(),
    kind,
    action: action.optional(),
    documentId: z.string().optional(),
    reference: z.string().optional(),
    subject: z.string().optional(),
    urgency: z.int().min(0).max(4),
    sha256,
    size: count,
    acceptedAt: time,
    deadlineAt: time,
    fetchedAt: time.optional(),
    cursor,
  }),
);
export const inboxList = name('InboxList', z.strictObject({ entries: z.array(inboxEntry), next: cursor.nullable(), more: z.boolean() }));

/** A delivery after somebody moved it. */
export const moved = name(
  'Moved',
  z.strictObject({ delivery: uuid, package: uuid, state, turn: count, attempts: count, problem: problem.optional() }),
);
