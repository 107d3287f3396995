import { type Outcome, shortDetail } from '../../../routing/outcome.ts';
import type { Submission } from '../../../routing/upward.ts';
import { readShownDate, shownDate } from '../wire-time.ts';
import type { Around } from './answer.ts';
import type { Axis } from './axis.ts';
import { wordIn } from './verdict.ts';

/** What the axis says of one recipient of a message that we sent. */
export interface SentRow {
  readonly docId: string;
  readonly from: string;
  readonly to: string;
  readonly state: 'open' | 'done' | 'fail';
  readonly why: string;
  readonly title: string;
  readonly notation: string;
  readonly sentAt: Date | null;
}

/** Rows that are read of one list at most: what is meant stands among the newest. */
const mostRows = 20_000;
/** Clocks may differ by so many milliseconds. */
const tolerance = 15 * 60_000;

async function sentRows(axis: Axis, values: Readonly<Record<string, string>>): Promise<SentRow[]> {
  return axis.list('getSentEdocList', values, async (rows) => {
    const found: SentRow[] = [];
    for await (const row of rows) {
      if (found.length < mostRows) found.push(sentRow(row));
    }
    return found;
  });
}

function sentRow(row: Around): SentRow {
  const word = (name: string) => wordIn(row, name) ?? '';
  const [sending, receiving] = [word('sendStatus').toLowerCase(), word('receiveStatus').toLowerCase()];
  const fails = sending === 'fail' || receiving === 'fail';
  const why = [word('receiveStatusDesc'), word('sendStatusDesc')].find((one) => one !== '') ?? '';
  return {
    docId: word('senderDocId'),
    from: word('fromCode'),
    to: word('toCode'),
    state: fails ? 'fail' : receiving === 'done' ? 'done' : 'open',
    why: sending === 'fail' ? word('sendStatusDesc') || why : why,
    title: plain(word('title')),
    notation: plain(word('notation')),
    sentAt: readShownDate(word('sentTime')),
  };
}

const plain = (text: string) => text.normalize('NFC').replace(/\s+/g, ' ').trim();

/** What became of a message, recipient by recipient; nothing of those that the axis does not list. Throws AxisFailed. */
export async function fateOf(axis: Axis, kind: Submission['kind'], docId: string): Promise<readonly SentRow[]> {
  const rows = await sentRows(axis, { servicetype: 'eDoc', messagetype: kind === 'status' ? 'status' : 'edoc', docId });
  return rows.filter((row) => row.docId === docId);
}

/** The outcomes of recipients that the axis lists as failed. */
export function failuresIn(rows: readonly SentRow[]): Map<string, Outcome> {
  const failed = rows.filter((row) => row.state === 'fail');
  return new Map(
    failed.map((row) => [row.to, { kind: 'refused', detail: shortDetail(row.why === '' ? 'the axis reports fail' : row.why) }]),
  );
}

/** A submission that the axis has: its id, and for which of our recipients it lists it. */
export interface FoundSent {
  readonly docId: string;
  readonly recipients: readonly string[];
}

/**
 * Looks for a document among those that the axis has of us since the doubt began: by sender, number and notation, title and the recipients
 * of the submission in doubt. `known`: which ids are those of other packages of ours. Only a single one that fits is it; with none or several
 * the document is sent again, for a second copy can be told by its id and a lost one by nobody. Throws AxisFailed.
 */
export async function findSent(
  axis: Axis,
  { package: sent, subject, recipients }: Submission,
  doubt: NonNullable<Submission['doubt']>,
  known: (docIds: readonly string[]) => Promise<ReadonlySet<string>>,
  now: Date,
): Promise<FoundSent | null> {
  const since = new Date(doubt.since.getTime() - tolerance);
  const window = { fromDate: shownDate(since), toDate: shownDate(new Date(now.getTime() + tolerance)) };
  const rows = await sentRows(axis, { servicetype: 'eDoc', messagetype: 'edoc', ...window });
  const fitting = rows.filter(
    (row) =>
      row.docId !== '' &&
      row.from === sent.sender &&
      row.notation === plain(sent.reference ?? '') &&
      row.title === plain(subject ?? '') &&
      row.sentAt !== null &&
      row.sentAt >= since,
  );
  const ids = [...new Set(fitting.map((row) => row.docId))];
  const others = await known(ids);
  const isTo = (id: string, code: string) => fitting.some((row) => row.docId === id && row.to === code);
  const left = ids.filter((id) => !others.has(id) && doubt.recipients.every((code) => isTo(id, code)));
  const [docId] = left;
  return docId === undefined || left.length > 1 ? null : { docId, recipients: recipients.filter((code) => isTo(docId, code)) };
}
