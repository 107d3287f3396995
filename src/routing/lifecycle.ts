import type { Code } from './codes/index.ts';
import type { DeliveryState } from './delivery.ts';

/** What an act means for one recipient. */
export type Deed = 'recall' | 'amend' | 'add' | 'remove' | 'replace';

/** What the sender did last about a document, for one recipient. */
export type Standing = 'recalled' | 'removed' | 'replaced';

/** Whether a recipient has a document. `maybe`: an attempt reached it and ended without an answer. */
export type Reception = 'yes' | 'maybe' | 'no';

/** What one recipient has of a document: its delivery and those of its updates, seen as one. */
export interface Copy {
  readonly received: Reception;
  /** A worker is sending it right now: nobody knows yet. */
  readonly underWay: boolean;
  readonly standing?: Standing;
  /** What the recipient answered to the last recall or removal: 15 agreed, 16 refused. */
  readonly answer?: '15' | '16';
}

/** A recipient of an act, with what it has of the document; no copy: the document was never sent to it. */
export interface Situation {
  readonly copy?: Copy;
  /** The package names it as a recipient of its own, and not only in a list. */
  readonly addressed: boolean;
  /** The document was recalled from everybody. */
  readonly recalled: boolean;
}

/**
 * What happens to the delivery of the act itself.
 * `order`: it goes as soon as all before it is final or fetched. `received`: the same, and only if the recipient has, or may have,
 * the document. `cancelled`, `failed`: it ends at once, and its sender is told why.
 */
export type Notice =
  | { readonly gate: 'order' | 'received' }
  | { readonly end: 'cancelled' | 'failed'; readonly because: Extract<Code, `ACT_${string}` | `TARGET_${string}`> };

/**
 * What an act does for one recipient. `copy`: `keep` changes nothing, `withdraw` takes back what has not arrived, `send` brings the
 * document with its updates. `standing` is what is remembered; null forgets it.
 */
export interface Effect {
  readonly copy: 'keep' | 'withdraw' | 'send';
  readonly standing?: Standing | null;
  readonly notice: Notice;
}

const inOrder: Notice = { gate: 'order' };

/** Decides what an act does for one recipient: the table of docs/lifecycle.md. Total and pure. */
export function effectOf(deed: Deed, { copy, addressed, recalled }: Situation): Effect {
  if (deed === 'replace') return replaced(copy, addressed);
  if (deed === 'add') return added(copy, recalled);
  if (copy === undefined) return ending('failed', 'ACT_NOT_A_RECIPIENT');
  if (deed === 'amend') return amended(copy);
  return withdrawn(deed, copy);
}

function withdrawn(deed: 'recall' | 'remove', copy: Copy): Effect {
  const standing = deed === 'recall' ? 'recalled' : 'removed';
  const again = copy.standing === 'recalled' || copy.standing === standing;
  if (again && copy.answer !== '16') return ending('cancelled', 'ACT_REPEATED');
  if (copy.underWay) return { copy: 'withdraw', standing, notice: { gate: 'received' } };
  if (copy.received === 'no') return { copy: 'withdraw', standing, notice: { end: 'cancelled', because: 'ACT_BEFORE_DELIVERY' } };
  return { copy: 'withdraw', standing, notice: inOrder };
}

function amended(copy: Copy): Effect {
  if (copy.standing === 'replaced') return ending('failed', 'TARGET_REPLACED');
  const gone = copy.standing === 'recalled' || copy.standing === 'removed';
  if (gone && copy.answer !== '16') return ending('failed', 'TARGET_RECALLED');
  return { copy: 'keep', notice: inOrder };
}

function added(copy: Copy | undefined, recalled: boolean): Effect {
  if (recalled || copy?.standing === 'recalled') return ending('failed', 'TARGET_RECALLED');
  if (copy === undefined) return { copy: 'send', notice: inOrder };
  if (copy.standing !== 'removed') return amended(copy);
  return { copy: copy.received === 'no' ? 'send' : 'keep', standing: null, notice: inOrder };
}

function replaced(copy: Copy | undefined, addressed: boolean): Effect {
  if (copy === undefined) return addressed ? { copy: 'keep', notice: inOrder } : ending('failed', 'ACT_NOT_A_RECIPIENT');
  const standing = copy.standing === undefined ? { standing: 'replaced' as const } : {};
  return { copy: 'keep', ...standing, notice: inOrder };
}

function ending(end: 'cancelled' | 'failed', because: Extract<Notice, { end: string }>['because']): Effect {
  return { copy: 'keep', notice: { end, because } };
}

/** True when a delivery no longer holds up what refers to it: it is final, or its recipient has fetched it. */
export function isPast(state: DeliveryState, fetched: boolean): boolean {
  return fetched || (state !== 'waiting' && state !== 'held');
}
