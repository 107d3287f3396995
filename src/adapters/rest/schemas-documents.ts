import { z } from 'zod';
import { businessStatus, notice, staff, standing } from './schemas-lifecycle.ts';
import { problem } from './schemas-problem.ts';
import { lawTimer, packageFields } from './schemas-sender.ts';
import { action, count, cursor, name, state, time, uuid } from './shapes.ts';

const changes = z.enum(['recall', 'update', 'replace']);
const { accepted: _, transportId: __, kind: ___, ...fields } = packageFields;

const documentFields = {
  ...fields,
  reported: count.describe('Recipients of which a status 01 to 06 has come'),
  done: z.partialRecord(changes, count).describe('Recalls (13 among them), updates and replacements that were carried out'),
};
const transport = z.strictObject({
  state,
  at: time.describe('Since when'),
  fetchedAt: time.optional(),
  attempts: count,
  problem: problem.optional(),
  law: lawTimer.optional(),
});
const recall = z.strictObject({
  package: uuid.describe('The recall, or the status 13'),
  askedAt: time,
  askedBy: staff.optional(),
  reason: z.string().optional(),
  transport: z.strictObject({ state, at: time, problem: problem.optional() }),
  answer: z
    .enum(['needless', 'undelivered', 'waiting', 'agreed', 'refused'])
    .describe('needless: recalled before it was delivered; agreed: 15; refused: 16'),
  said: businessStatus.optional().describe('The 15 or 16'),
});
const recipient = z.strictObject({
  recipient: z.string(),
  recipientName: z.string().optional(),
  delivery: uuid,
  transport,
  business: z
    .strictObject({ current: businessStatus.optional(), answer: businessStatus.optional(), history: z.array(businessStatus) })
    .describe('What the recipient itself has said'),
  owed: lawTimer.optional().describe('Until when the recipient is to have reported the document, from its delivery on'),
  standing: standing.optional(),
  recall: recall.optional().describe('Both sides of the last recall'),
  notices: z.array(notice),
});
const part = z.strictObject({
  package: uuid,
  act: action,
  status: z.string().optional().describe('13 for a recall by status'),
  at: time,
  reason: z.string().optional(),
  staff: staff.optional(),
});

export const documentSummary = name('DocumentSummary', z.strictObject(documentFields));
export const documentList = name('DocumentList', z.strictObject({ documents: z.array(documentSummary), next: cursor.nullable() }));
export const documentView = name(
  'Document',
  z.strictObject({
    ...fields,
    packages: z.array(part).describe('The package that brought it first, then those that changed it'),
    replaces: z.array(uuid).describe('Documents that it replaces'),
    recipients: z.array(recipient),
  }),
);
