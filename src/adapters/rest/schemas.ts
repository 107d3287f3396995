import { z } from 'zod';

/**
 * The shapes of all JSON answers. The component schemas of schemas/openapi.json are generated from them, and tests check real
 * answers with them. Clients must ignore fields they don't know.
 */
export const named = z.registry<{ id: string }>();

function name<T extends z.ZodType>(id: string, schema: T): T {
  named.add(schema, { id });
  return schema;
}

const time = z
  .string()
  .regex(/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}\+07:00$/)
  .describe('An instant in Viet Nam time, for example 2026-03-02T09:15:00.000+07:00');
const uuid = z.string().regex(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
const sha256 = z.string().regex(/^[0-9a-f]{64}$/).describe('SHA-256 in hex');
const count = z.int().min(0);
const cursor = z.string().describe('Opaque; give it back unchanged');
const state = z.enum(['waiting', 'held', 'delivered', 'failed', 'cancelled', 'expired']);
const kind = z.enum(['document', 'status']);
const action = z.enum(['new', 'recall', 'update', 'replace']);
const receiptKind = z.enum(['accepted', 'rejected', 'delivered', 'failed', 'expired', 'cancelled']);

/** One problem in both languages. */
export const problem = name(
  'Problem',
  z.strictObject({
    code: z.string().describe('Stable code, for example SIGNATURE_INVALID'),
    vi: z.string(),
    en: z.string(),
    fixVi: z.string().describe('What to do'),
    fixEn: z.string(),
    at: z.string().optional().describe('XPath into the package, or the name of a header, parameter or field'),
    line: z.int().optional(),
  }),
);

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

/** A receipt read out of its signed XML; the XML is what counts as evidence. */
export const receiptView = name(
  'Receipt',
  z.looseObject({ id: uuid, kind: receiptKind, package: z.looseObject({ id: uuid, sha256: sha256 }) }),
);

export const validation = name('Validation', z.strictObject({ valid: z.literal(true), warnings: z.array(problem) }));

const packageFields = {
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

const attempt = name(
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

const deliveryFields = {
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
};

const attachment = name(
  'Attachment',
  z.strictObject({
    contentId: z.string(),
    name: z.string(),
    declaredType: z.string(),
    sniffedType: z.string(),
    form: z.enum(['plain', 'zip']),
    size: count,
    sha256,
    fileSize: count,
    fileSha256: sha256,
  }),
);

const receiptLine = z.strictObject({ id: uuid, kind: receiptKind, delivery: uuid.optional(), issuedAt: time });
const packageDetail = { problems: z.array(problem), attachments: z.array(attachment), receipts: z.array(receiptLine) };

export const packageSummary = name('PackageSummary', z.strictObject(packageFields));
export const packageList = name('PackageList', z.strictObject({ packages: z.array(packageSummary), next: cursor.nullable() }));
export const packageDelivery = name('PackageDelivery', z.strictObject({ ...deliveryFields, attemptList: z.array(attempt) }));
export const packageView = name(
  'Package',
  z.strictObject({ ...packageFields, ...packageDetail, deliveries: z.array(packageDelivery) }),
);

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
export const inboxList = name(
  'InboxList',
  z.strictObject({ entries: z.array(inboxEntry), next: cursor.nullable(), more: z.boolean() }),
);

/** A delivery after somebody moved it. */
export const moved = name(
  'Moved',
  z.strictObject({ delivery: uuid, package: uuid, state, turn: count, attempts: count, problem: problem.optional() }),
);

const operatorFields = {
  ...deliveryFields,
  package: uuid,
  sender: z.string(),
  subject: z.string().optional(),
  urgency: z.int().min(0).max(4),
  channel: z.enum(['inbox', 'push']).optional(),
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
  z.strictObject({ ...operatorFields, attemptList: z.array(attempt) }),
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
  z.strictObject({ ready: z.boolean(), parts: z.record(z.string(), z.enum(['ok', 'failed'])) }),
);
