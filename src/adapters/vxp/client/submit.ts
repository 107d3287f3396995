import type { OutgoingPackage } from '../../../routing/outbox.ts';
import type { Outcome } from '../../../routing/outcome.ts';
import { shortDetail } from '../../../routing/outcome.ts';
import type { Now } from '../../../routing/ports.ts';
import type { Submission, Submit, Submitted } from '../../../routing/upward.ts';
import type { Axis, Failure, Route } from './axis.ts';
import { AxisFailed, detailOf } from './axis.ts';
import { failuresIn, fateOf, findSent } from './sent.ts';

/** What submitting asks of the world. */
export interface SubmitPorts {
  readonly openAxis: (route: Route) => Promise<Axis>;
  /** The exact bytes of a package; throws before the last piece when they are not those that were accepted. */
  readonly readContent: (sent: OutgoingPackage) => AsyncIterable<Uint8Array>;
  /** Which of these ids of the axis are those of other packages that went over the route. */
  readonly knownDocIds: (route: string, packageId: string, docIds: readonly string[]) => Promise<ReadonlySet<string>>;
  /** What a failed connection means, in words that a sender may read. */
  readonly outcomeOfFailure: (error: Error) => Outcome;
  readonly now: Now;
}

/** Submits packages to an axis: one submission for all recipients on the route, and each recipient's own result. */
export function createSubmitToAxis(ports: SubmitPorts): Submit {
  return async function submit(submission) {
    const axis = await ports.openAxis(submission.route);
    const earlier = await foundEarlier(ports, axis, submission);
    if (earlier === null) return submitTo(ports, axis, submission, submission.recipients);
    const rest = submission.recipients.filter((code) => !earlier.recipients.includes(code));
    if (rest.length === 0) return earlier.submitted;
    // nothing but the doubt of those before is resolved: these became due since, and go by themselves
    return together([earlier, { recipients: rest, submitted: await submitTo(ports, axis, submission, rest) }]);
  };
}

/** What came of a submission for some of the recipients. */
interface Part {
  readonly recipients: readonly string[];
  readonly submitted: Submitted;
}

/**
 * Asks for an earlier submission that ended without an answer. Null: to be sent. A status is sent again unasked: nothing in the list tells
 * one from another, and the same status twice says no more than once.
 */
async function foundEarlier(ports: SubmitPorts, axis: Axis, submission: Submission): Promise<Part | null> {
  const { doubt, recipients, kind, package: sent, route } = submission;
  if (doubt === undefined || kind === 'status' || !doubt.recipients.some((code) => recipients.includes(code))) return null;
  try {
    const known = (ids: readonly string[]) => ports.knownDocIds(route.name, sent.id, ids);
    const found = await findSent(axis, submission, doubt, known, ports.now());
    if (found === null) return null;
    const submitted = await taken(axis, submission, found.docId, `DocId ${found.docId}, found in the sent list`);
    return { recipients: found.recipients, submitted };
  } catch (error) {
    if (!(error instanceof AxisFailed)) throw error;
    const detail = shortDetail(`asking for an earlier submission: ${detailOf(error.failure)}`);
    return { recipients, submitted: { outcome: { kind: 'unavailable', detail, ...httpStatusOf(error.failure) }, doubtful: true } };
  }
}

async function submitTo(ports: SubmitPorts, axis: Axis, submission: Submission, recipients: readonly string[]): Promise<Submitted> {
  const { package: sent, kind } = submission;
  const to = axis.settings.narrow && kind === 'document' ? recipients : undefined;
  const answer = await axis.send(sent, kind === 'status' ? 'status' : 'edoc', to, () => ports.readContent(sent));
  if (!('kind' in answer)) return accepted(axis, submission, answer.docId);
  if (answer.kind === 'recipient' && to !== undefined && to.length > 1) return apart(ports, axis, submission, to, answer.detail);
  const doubtful = answer.kind === 'later' || (answer.kind === 'silent' && answer.arrived);
  return { outcome: outcomeOf(ports, answer), ...(doubtful ? { doubtful } : {}) };
}

async function accepted(axis: Axis, submission: Submission, docId: string): Promise<Submitted> {
  if (docId !== '') return taken(axis, submission, docId, `DocId ${docId}`);
  return { outcome: { kind: 'unavailable', detail: 'the axis took the package and gave no DocId' }, doubtful: true };
}

/** Taken as a whole; the axis may know already that some of the recipients don't get it. */
async function taken(axis: Axis, { kind }: Submission, docId: string, detail: string): Promise<Submitted> {
  const rows = await fateOf(axis, kind, docId).catch((error: unknown) => {
    // the follower asks again
    if (error instanceof AxisFailed) return [];
    throw error;
  });
  return { outcome: { kind: 'delivered', detail }, each: failuresIn(rows), docIds: [docId] };
}

/** One of several recipients is why the submission was refused: those that the axis names go no further, the others by themselves. */
async function apart(
  ports: SubmitPorts,
  axis: Axis,
  submission: Submission,
  recipients: readonly string[],
  detail: string,
): Promise<Submitted> {
  const words = detail.split(/[^0-9A-Za-z.]+/).map((word) => word.replace(/^\.+|\.+$/g, ''));
  const named = recipients.filter((code) => words.includes(code));
  const groups =
    named.length > 0 && named.length < recipients.length
      ? [recipients.filter((code) => !named.includes(code))]
      : recipients.map((code) => [code]);
  const parts: Part[] = [];
  if (groups.length === 1) parts.push({ recipients: named, submitted: { outcome: { kind: 'refused', detail } } });
  for (const group of groups) parts.push({ recipients: group, submitted: await submitTo(ports, axis, submission, group) });
  return together(parts);
}

/** What came of all parts, each recipient with its own outcome. */
function together(parts: readonly Part[]): Submitted {
  const each = new Map(
    parts.flatMap(({ recipients, submitted }) => recipients.map((code) => [code, submitted.each?.get(code) ?? submitted.outcome] as const)),
  );
  const docIds = [...new Set(parts.flatMap(({ submitted }) => submitted.docIds ?? []))];
  const outcomes = parts.map(({ submitted }) => submitted.outcome);
  const outcome: Outcome =
    docIds.length > 0
      ? { kind: 'delivered', detail: `DocId ${docIds.join(', ')}` }
      : (outcomes.find(({ kind }) => kind === 'unavailable') ?? (outcomes[0] as Outcome));
  return { outcome, each, docIds, ...(parts.some(({ submitted }) => submitted.doubtful) ? { doubtful: true } : {}) };
}

function outcomeOf({ outcomeOfFailure }: SubmitPorts, failure: Failure): Outcome {
  switch (failure.kind) {
    case 'silent':
      return outcomeOfFailure(failure.reason);
    case 'refused':
    case 'recipient':
      return { kind: 'refused', detail: failure.detail, httpStatus: failure.httpStatus };
    case 'credentials':
      return { kind: 'unavailable', detail: shortDetail(`credentials of the route: ${failure.detail}`), httpStatus: failure.httpStatus };
    case 'later':
      return { kind: 'unavailable', detail: failure.detail, httpStatus: failure.httpStatus };
  }
}

function httpStatusOf(failure: Failure): { httpStatus?: number } {
  return failure.kind === 'silent' ? {} : { httpStatus: failure.httpStatus };
}
