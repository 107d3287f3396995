import { axisCodes } from '../../../routing/axis-codes.ts';
import type { Code } from '../../../routing/codes/index.ts';
import type { AxisQuery, ReceivedEntry, SentEntry } from '../../../routing/facade.ts';
import type { Client } from '../../../routing/verify.ts';
import type { ReceivedItem, SentItem } from '../wire.ts';
import { shownDate } from '../wire-time.ts';
import type { AxisPorts } from './ports.ts';
import type { Values } from './values.ts';
import { dateIn, idIn, kindIn, messageTypeOf } from './values.ts';

/** Most entries of one list: the rest comes when these have been dealt with. */
const most = { received: 5000, sent: 500 };

/** How far a recipient is, as entries say it. */
const words = { initial: 'Cho nhan', processing: 'Dang xu ly', done: 'Da nhan', fail: 'Khong chuyen duoc' } as const;
type Word = keyof typeof words;

function query(client: Client, values: Values, limit: number): AxisQuery {
  const [kind, since, until] = [kindIn(values), dateIn(values, 'fromDate'), dateIn(values, 'toDate')];
  return {
    agencyIds: client.agencyIds,
    limit,
    ...(kind === undefined ? {} : { kind }),
    ...(since === undefined ? {} : { since }),
    ...(until === undefined ? {} : { until }),
  };
}

/** Everything that waits for the system's agencies. Values left over from earlier calls of the same object mean nothing here. */
export async function receivedList({ lists }: AxisPorts, client: Client, values: Values): Promise<ReceivedItem[]> {
  return (await lists.received(query(client, values, most.received))).map(receivedItem);
}

function receivedItem(entry: ReceivedEntry): ReceivedItem {
  const word: Word = entry.processingAt === undefined ? 'initial' : 'processing';
  return {
    docId: entry.deliveryId,
    serviceType: 'eDoc',
    messageType: messageTypeOf(entry.kind),
    created_time: shownDate(entry.acceptedAt),
    updated_time: shownDate(entry.processingAt ?? entry.fetchedAt ?? entry.acceptedAt),
    from: entry.sender,
    to: entry.recipient,
    status: word,
    status_desc: words[word],
  };
}

/**
 * What became of the system's messages, at each recipient. A `docId` narrows it to one; but that of an entry which the system
 * received is left over from an earlier call of the same object, and means nothing here.
 */
export async function sentList({ lists }: AxisPorts, client: Client, values: Values): Promise<SentItem[]> {
  const asked = values.has('docId') || values.has('docid');
  const id = idIn(values, 'docId', 'docid');
  const leftOver = asked && id !== null && (await lists.isReceived(id, client.agencyIds));
  if (!asked || leftOver) return (await lists.sent(query(client, values, most.sent))).map(sentItem);
  return id === null ? [] : (await lists.sentOf(id, client.agencyIds)).map(sentItem);
}

function sentItem(entry: SentEntry): SentItem {
  const there = wordOf(entry);
  // what no recipient ever saw failed in sending
  const sending: Word = there === 'fail' && entry.attempts === 0 ? 'fail' : 'done';
  const why = entry.problem === undefined ? '' : `: ${reasonOf(entry.problem)}`;
  return {
    serviceType: 'eDoc',
    messageType: messageTypeOf(entry.kind),
    senderDocId: entry.packageId,
    receiverDocId: entry.deliveryId,
    fromCode: entry.sender,
    toCode: entry.recipient,
    sendStatus: sending,
    sendStatusDesc: sending === 'fail' ? words.fail + why : 'Da gui',
    receiveStatus: there,
    receiveStatusDesc: (words[there] + (there === 'done' ? '' : why)).trimEnd(),
    ...(entry.subject === undefined ? {} : { title: entry.subject }),
    ...(entry.reference === undefined ? {} : { notation: entry.reference }),
    sentTime: shownDate(entry.acceptedAt),
    ...(there === 'done' ? { receivedTime: shownDate(entry.changedAt) } : {}),
  };
}

/** The axis' own number for it, where it has one, our code, and what the recipient said. */
function reasonOf({ code, params }: NonNullable<SentEntry['problem']>): string {
  const said = String(params?.['detail'] ?? params?.['reason'] ?? '');
  return [axisCodes[code as Code], code, said].filter((part) => part !== undefined && part !== '').join(' ');
}

function wordOf({ state, fetchedAt, processingAt }: SentEntry): Word {
  if (state === 'delivered') return 'done';
  if (state === 'failed' || state === 'expired' || state === 'cancelled') return 'fail';
  return fetchedAt === undefined && processingAt === undefined ? 'initial' : 'processing';
}
