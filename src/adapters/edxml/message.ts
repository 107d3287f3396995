import type { Attachment, DocumentMessage, Message, Party, StatusMessage } from '../../routing/message.ts';
import { readDay, readTimestamp } from './calendar.ts';
import type { Field } from './path.ts';
import type { DocumentReading, PartyReading, Reading, StatusReading } from './reading.ts';
import { actionOf } from './rules/actions.ts';
import { urgencyOf } from './rules/values.ts';

/** The message that a reading without problems says. Throws an Error when a rule has let pass what it should not. */
export function messageOf(reading: Reading, attachments: readonly Attachment[]): Message {
  return reading.kind === 'document' ? documentOf(reading, attachments) : statusOf(reading);
}

function documentOf(reading: DocumentReading, attachments: readonly Attachment[]): DocumentMessage {
  const action = actionOf(reading.act);
  const urgency = urgencyOf(reading.priority);
  const promulgationDate = dayOf(reading.promulgationDate);
  if (action === undefined || urgency === undefined || promulgationDate === undefined)
    throw new Error('a rule let an unreadable value pass');
  const dueDate = dayOf(reading.dueDate);
  // A new document may carry the id of another one there, as the official sample does; it is not acted upon.
  const target = action === 'recall' || action === 'update' ? reading.act.targetId.value : '';
  const trace = reading.trace.map((one) => one.value).filter((code) => code !== '');
  return {
    kind: 'document',
    action,
    sender: partyOf(reading.sender),
    recipients: reading.recipients.map(partyOf),
    ...given('documentId', reading.documentId.value),
    number: reading.number.value,
    notation: reading.notation.value,
    promulgationDate,
    typeName: reading.typeName.value,
    subject: reading.subject.value,
    urgency,
    ...given('dueDate', dueDate ?? ''),
    ...given('targetDocumentId', target),
    ...(trace.length === 0 ? {} : { trace }),
    attachments,
  };
}

function statusOf(reading: StatusReading): StatusMessage {
  const { about, timestamp } = reading;
  const statedAt = readTimestamp(timestamp.value);
  return {
    kind: 'status',
    status: reading.status.value,
    sender: partyOf(reading.sender),
    recipients: [{ code: about.code.value, name: '' }],
    about: {
      ...given('documentId', about.documentId.value),
      ...given('code', about.numberAndNotation.value),
      ...given('promulgationDate', dayOf(about.date) ?? ''),
    },
    description: reading.description.value,
    urgency: 0,
    ...(statedAt === undefined ? {} : { statedAt }),
  };
}

function partyOf(party: PartyReading): Party {
  return { code: party.code.value, name: party.name.value };
}

function dayOf(field: Field): string | undefined {
  const read = readDay(field.value);
  return read.kind === 'day' ? read.day : undefined;
}

/** The property, or nothing when its value is empty: empty and absent mean the same in a package (domain 5). */
function given<K extends string>(name: K, value: string): { readonly [P in K]?: string } {
  return value === '' ? {} : ({ [name]: value } as { readonly [P in K]: string });
}
