import type {
  ActDetail,
  Attachment,
  DocumentAction,
  DocumentMessage,
  Message,
  Party,
  Staff,
  StatusMessage,
} from '../../routing/message.ts';
import { readDay, readTimestamp } from './calendar.ts';
import type { Field } from './path.ts';
import type { ActReading, DocumentReading, PartyReading, Reading, StaffReading, StatusReading } from './reading.ts';
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
    ...(action === 'new' ? {} : { act: detailOf(action, reading.act) }),
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
    ...staffOf(reading.staff),
    urgency: 0,
    ...(statedAt === undefined ? {} : { statedAt }),
  };
}

function detailOf(action: DocumentAction, act: ActReading): ActDetail {
  const changes = action === 'update' ? act.changes : [];
  const receivers = changes
    .filter((change) => change.documentReceiver.value === '1')
    .flatMap((change) => change.receivers)
    .filter(({ code }) => code.value !== '')
    .map(({ code, type }) => ({ code: code.value, type: type.value === '1' ? ('1' as const) : ('0' as const) }));
  return {
    ...given('reason', cut(act.reason.value, reasonLength)),
    ...staffOf(act.staff),
    ...(changes.some((change) => change.documentInfo.value === '1') ? { documentInfo: true as const } : {}),
    ...(receivers.length === 0 ? {} : { receivers }),
    ...(action === 'replace' ? { replaces: replacementsOf(act) } : {}),
  };
}

/** Without a list the document named in Bussiness is replaced, for all of its recipients. */
function replacementsOf(act: ActReading) {
  if (act.replacements.length === 0) return [{ documentId: act.targetId.value, agencies: [] }];
  return act.replacements.map(({ documentId, agencies }) => ({
    documentId: documentId.value,
    agencies: agencies.map((agency) => agency.value).filter((code) => code !== ''),
  }));
}

const reasonLength = 1000;
const staffLength = 200;

/** So many characters of a text, none of them cut in two. */
function cut(text: string, length: number): string {
  return text.length <= length ? text : [...text].slice(0, length).join('');
}

function staffOf([first]: readonly StaffReading[]): { readonly staff?: Staff } {
  if (first === undefined) return {};
  const shown = (name: keyof StaffReading) => given(name, cut(first[name].value, staffLength));
  const staff: Staff = { ...shown('name'), ...shown('department'), ...shown('mobile'), ...shown('email') };
  return Object.keys(staff).length === 0 ? {} : { staff };
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
