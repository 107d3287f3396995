import type { Staff } from './message.ts';

/** One business status as its recipient's software said it (domain 4.8). Append-only. */
export interface StatusEvent {
  readonly packageId: string;
  /** 01 to 06, 13, 15, 16. */
  readonly code: string;
  /** The time in the packet, if it had a readable one. */
  readonly statedAt?: Date;
  readonly receivedAt: Date;
  readonly description: string;
  readonly staff: Staff;
  readonly signature: 'valid' | 'weak' | 'absent';
}

/** A status in its place in the history. `regression`: it says less than what was said before it. */
export interface PlacedStatus extends StatusEvent {
  readonly regression: boolean;
}

/** Where a document stands at one recipient, by what that recipient has said. */
export interface BusinessState {
  /** The furthest status 01 to 06; absent until there is one. */
  readonly current?: PlacedStatus;
  /** The last 15 or 16: the answer to a recall or an update. */
  readonly answer?: PlacedStatus;
  /** Everything said, in the order in which it was stated. */
  readonly history: readonly PlacedStatus[];
}

const refused = '02';
/** How far each status is; 02 ends what 01 began. */
const rank: Readonly<Record<string, number>> = { '01': 1, '02': 2, '03': 3, '04': 4, '05': 5, '06': 6 };

/**
 * Derives the state from all statuses, in whatever order they came (domain A9). They are ordered by their own time, else by arrival;
 * of the same second the further one counts as later. A step back is flagged and does not undo what was reached, except that a
 * refusal (02) after acceptance stands, and so does an acceptance after a refusal.
 */
export function businessState(events: readonly StatusEvent[]): BusinessState {
  const history: PlacedStatus[] = [];
  let current: PlacedStatus | undefined;
  for (const event of [...events].sort(asStated)) {
    const placed: PlacedStatus = { ...event, regression: isBack(current?.code, event.code) };
    history.push(placed);
    if (advances(current?.code, event.code)) current = placed;
  }
  const answer = history.findLast(({ code }) => code === '15' || code === '16');
  return { history, ...(current === undefined ? {} : { current }), ...(answer === undefined ? {} : { answer }) };
}

function asStated(a: StatusEvent, b: StatusEvent): number {
  const at = (event: StatusEvent) => Math.floor((event.statedAt ?? event.receivedAt).getTime() / 1000);
  return at(a) - at(b) || (rank[a.code] ?? 9) - (rank[b.code] ?? 9) || a.receivedAt.getTime() - b.receivedAt.getTime();
}

function isBack(from: string | undefined, to: string): boolean {
  if (from === undefined || rank[to] === undefined || from === to) return false;
  return from === refused || to === refused ? !(from === '01' && to === refused) : (rank[to] ?? 0) < (rank[from] ?? 0);
}

function advances(from: string | undefined, to: string): boolean {
  const step = rank[to];
  if (step === undefined || from === to) return false;
  return from === undefined || to === refused || step > (rank[from] ?? 0);
}
