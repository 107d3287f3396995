import { end, park, resume } from './act-moves.ts';
import type { Act } from './acts.ts';
import type { Code } from './codes/index.ts';
import type { Delivery, DeliveryState, Gate, Move } from './delivery.ts';
import type { Copy, Deed, Effect, Reception, Standing } from './lifecycle.ts';
import { effectOf, isPast } from './lifecycle.ts';
import type { NewId } from './ports.ts';
import type { Problem } from './problem.ts';
import type { RetrySchedules } from './retry.ts';
import { deadlineOf } from './retry.ts';

/** A delivery of a document, of one of its updates or recalls, or of the act itself, under lock. */
export interface Leaf {
  readonly delivery: Delivery;
  readonly role: 'document' | 'update' | 'recall' | 'act';
  readonly standing?: Standing;
  readonly fetched: boolean;
  /** A worker holds a live lease on it. */
  readonly leased: boolean;
  /** An attempt may have reached the recipient although it did not say so. */
  readonly doubtful: boolean;
  /** Role document: the last 15 or 16 since the last recall or update. */
  readonly answer?: '15' | '16';
}

/** A document with everything of it that goes to its recipients. */
export interface Family {
  readonly packageId: string;
  readonly leaves: readonly Leaf[];
  /** Packages of its updates that changed its data, in their order. */
  readonly updates: readonly string[];
}

/** The acts of one package, each with the one document that it is about. */
export interface Matched {
  readonly acts: readonly { readonly act: Act; readonly family: Family }[];
  /** The deliveries of the package itself. */
  readonly leaves: readonly Leaf[];
  /** Ids of the agencies that an agency answers for, itself among them. */
  readonly answersFor: (agencyId: string) => readonly string[];
}

/** A change of one delivery. `gate` and `standing`: null takes them away, absent leaves them. */
export interface LeafChange {
  readonly delivery: Delivery;
  readonly move?: Move;
  readonly gate?: Gate | null;
  readonly after?: readonly string[];
  readonly standing?: Standing | null;
}

/** A delivery that an act adds, and what it waits for. */
export interface LeafAdded {
  readonly delivery: Delivery;
  readonly after: readonly string[];
}

/** Everything that the acts of a package do to deliveries. */
export interface Ruling {
  readonly changes: readonly LeafChange[];
  readonly added: readonly LeafAdded[];
}

/** What a ruling needs beside its matter. */
export interface RulingBasis {
  readonly schedules: RetrySchedules;
  readonly newId: NewId;
  readonly now: Date;
}

/** What the acts of one package do, all their documents being known. Pure but for new ids. */
export function ruleOn(matched: Matched, basis: RulingBasis): Ruling {
  const changes = new Map<string, LeafChange>();
  const added: LeafAdded[] = [];
  for (const leaf of matched.leaves) {
    const parts = matched.acts.flatMap((one) => {
      const deed = deedFor(one.act, leaf.delivery.recipient);
      return deed === undefined ? [] : [ruleFor(leaf, deed, one, matched.answersFor, basis)];
    });
    for (const part of parts) {
      for (const change of part.changes) changes.set(change.delivery.id, change);
      added.push(...part.added);
    }
    const notice = noticeOf(leaf, parts, basis);
    if (notice !== undefined) changes.set(leaf.delivery.id, notice);
  }
  return { changes: [...changes.values()], added };
}

/** What the act means for this recipient; nothing when a replacement does not concern it. */
function deedFor({ act, details }: Act, code: string): Deed | undefined {
  if (act === 'update') {
    if (details.removed?.includes(code)) return 'remove';
    return details.added?.includes(code) ? 'add' : 'amend';
  }
  if (act !== 'replace') return 'recall';
  const { agencies = [] } = details;
  return agencies.length === 0 || agencies.includes(code) ? 'replace' : undefined;
}

interface Part {
  readonly effect: Effect;
  readonly changes: readonly LeafChange[];
  readonly added: readonly LeafAdded[];
  /** Deliveries that the act's own must not overtake. */
  readonly after: readonly string[];
}

function ruleFor(
  leaf: Leaf,
  deed: Deed,
  { act, family }: Matched['acts'][number],
  answersFor: Matched['answersFor'],
  basis: RulingBasis,
): Part {
  const { recipient } = leaf.delivery;
  const own = family.leaves.filter((one) => isSameRecipient(one.delivery, leaf.delivery, answersFor));
  const contents = own.filter(({ role }) => role !== 'recall');
  const copy = contents.some(({ role }) => role === 'document') ? copyOf(contents) : undefined;
  const addressed = act.details.listedOnly?.includes(recipient) !== true;
  const effect = effectOf(deed, { ...(copy === undefined ? {} : { copy }), addressed, recalled: isRecalled(family) });
  if (effect.copy === 'send') return { effect, ...sendTo(leaf, family, contents, basis) };
  const changes = contents.flatMap((one) => changeOf(one, effect, basis.now));
  const ended = new Set(changes.filter(({ move }) => move !== undefined).map(({ delivery }) => delivery.id));
  const after = own
    .filter((one) => !ended.has(one.delivery.id) && !isPast(one.delivery.state, one.fetched))
    .map(({ delivery }) => delivery.id);
  return { effect, changes, added: [], after };
}

/** Upward the agency of a delivery is only its carrier, so there it is the code that tells. */
function isSameRecipient(of: Delivery, act: Delivery, answersFor: Matched['answersFor']): boolean {
  if (of.recipient === act.recipient) return true;
  if (of.channel === 'upward' || act.channel === 'upward' || of.agencyId === undefined || act.agencyId === undefined) return false;
  return answersFor(act.agencyId).includes(of.agencyId);
}

function isRecalled({ leaves }: Family): boolean {
  const documents = leaves.filter(({ role }) => role === 'document');
  return documents.length > 0 && documents.every(({ standing }) => standing === 'recalled');
}

function copyOf(contents: readonly Leaf[]): Copy {
  const document = contents.find(({ role }) => role === 'document');
  const receptions = contents.map(receptionOf);
  const received = receptions.find((one) => one === 'yes') ?? receptions.find((one) => one === 'maybe') ?? 'no';
  return {
    received,
    underWay: contents.some(({ leased }) => leased),
    ...(document?.standing === undefined ? {} : { standing: document.standing }),
    ...(document?.answer === undefined ? {} : { answer: document.answer }),
  };
}

/** Fetching counts: what was fetched can be read, acknowledged or not. */
function receptionOf({ delivery, fetched, doubtful }: Leaf): Reception {
  if (delivery.state === 'delivered' || fetched) return 'yes';
  return doubtful ? 'maybe' : 'no';
}

function changeOf(leaf: Leaf, { copy, standing }: Effect, now: Date): LeafChange[] {
  const { delivery, leased, fetched } = leaf;
  const remembered = standing === undefined ? {} : { standing };
  const pending = delivery.state === 'waiting' || delivery.state === 'held';
  if (copy !== 'withdraw' || !pending || fetched) return standing === undefined ? [] : [{ delivery, ...remembered }];
  if (leased) return [{ delivery, ...remembered, gate: 'withdrawn' }];
  return [{ delivery, ...remembered, move: end(delivery, 'cancelled', { code: withdrawalCode(standing) }, now) }];
}

/** Why a delivery was cancelled that its sender withdrew. */
export function withdrawalCode(standing: Standing | null | undefined): Extract<Code, 'REMOVED_BY_SENDER' | 'RECALLED_BY_SENDER'> {
  return standing === 'removed' ? 'REMOVED_BY_SENDER' : 'RECALLED_BY_SENDER';
}

/** Brings the document and then its updates to a recipient; those that were cancelled for it go on, others are made. */
function sendTo(leaf: Leaf, family: Family, contents: readonly Leaf[], basis: RulingBasis) {
  const { delivery } = leaf;
  const changes: LeafChange[] = [];
  const added: LeafAdded[] = [];
  // there the act goes first: it names the recipient, which the document does not, and whoever is above puts them into their order
  const upward = delivery.channel === 'upward';
  let after: readonly string[] = upward ? [delivery.id] : [];
  if (delivery.state === 'failed') return { changes, added, after: [] };
  for (const packageId of [family.packageId, ...family.updates]) {
    const before = contents.find((one) => one.delivery.packageId === packageId)?.delivery;
    const next = before === undefined ? copiedTo(delivery, packageId, basis) : before;
    const gate = after.length === 0 ? null : ('order' as const);
    if (before === undefined) added.push({ delivery: gate === null ? next : { ...next, gate }, after });
    else if (before.state === 'cancelled') {
      const move = resume(before, basis.schedules[before.urgency], basis.now, 'added again by its sender');
      changes.push({ delivery: before, move, standing: null, gate, after });
    }
    after = [next.id];
  }
  return { changes, added, after: upward ? [] : after };
}

/** A delivery of another package to the same recipient, with the same prospects. */
function copiedTo(delivery: Delivery, packageId: string, { newId, schedules, now }: RulingBasis): Delivery {
  const { gate: _, problem, ...rest } = delivery;
  const seeks = problem?.code === 'TARGET_UNKNOWN' || problem?.code === 'TARGET_AMBIGUOUS';
  const held = delivery.state === 'held' && !seeks;
  return {
    ...rest,
    id: newId(),
    packageId,
    state: held ? 'held' : 'waiting',
    ...(held && problem !== undefined ? { problem } : {}),
    turn: held ? 0 : 1,
    attempts: 0,
    tries: 0,
    faults: 0,
    dueAt: now,
    deadlineAt: deadlineOf(schedules[delivery.urgency], now),
  };
}

/** What becomes of the act's own delivery. One that can't go for another reason stays as it is, behind its gate. */
function noticeOf({ delivery }: Leaf, parts: readonly Part[], { schedules, now }: RulingBasis): LeafChange | undefined {
  if (delivery.state !== 'waiting' && delivery.state !== 'held') return undefined;
  const notices = parts.map(({ effect }) => effect.notice);
  const ends = notices.flatMap((notice) => ('end' in notice ? [notice] : []));
  const [ending] = ends;
  if (ending !== undefined && ends.length === notices.length) {
    const problem: Problem = { code: ending.because, params: { recipient: delivery.recipient } };
    return { delivery, move: end(delivery, ending.end, problem, now) };
  }
  const after = parts.flatMap((part) => part.after);
  const gate = notices.some((notice) => 'gate' in notice && notice.gate === 'received') ? 'received' : 'order';
  const seeking = delivery.problem?.code === 'TARGET_UNKNOWN' || delivery.problem?.code === 'TARGET_AMBIGUOUS';
  const move = seeking ? { move: resume(delivery, schedules[delivery.urgency], now, 'its document was found') } : {};
  return { delivery, ...move, gate: after.length === 0 ? null : gate, after };
}

/** Holds the deliveries of a package whose document is not known: those that wait, or were held for the same. */
export function holdAll(leaves: readonly Leaf[], problem: Problem): LeafChange[] {
  return leaves.filter(({ delivery }) => delivery.state === 'waiting').map(({ delivery }) => ({ delivery, move: park(delivery, problem) }));
}

/** Ends the deliveries of a package whose act is not carried out. */
export function endAll(
  leaves: readonly Leaf[],
  state: Extract<DeliveryState, 'cancelled' | 'failed'>,
  problem: Problem,
  now: Date,
): LeafChange[] {
  const open = leaves.filter(({ delivery }) => delivery.state === 'waiting' || delivery.state === 'held');
  return open.map(({ delivery }) => ({ delivery, move: end(delivery, state, problem, now) }));
}
