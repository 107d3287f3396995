import type { LawTimes, SpecialDay, WorkCalendar } from './calendar.ts';
import type { DeliveryState } from './delivery.ts';
import type { Standing } from './lifecycle.ts';
import type { Urgency } from './message.ts';
import type { Now } from './ports.ts';
import type { DeliveryRecord, Records } from './records.ts';

/** How near a delivery is to its deadline by law. */
export type LawLevel = 'near' | 'late';

/** Whose deadline it is: the gateway's, to deliver (`deadline`); the recipient's, to report a document that reached it (`owed`). */
export type Duty = 'deadline' | 'owed';

/** A delivery's deadline by law. `kept`: delivered before it; `open`: there is time; `near`: 80 % of it is over; `late`: it has passed. */
export interface LawTimer {
  readonly dueAt: Date;
  readonly state: 'kept' | 'open' | LawLevel;
}

/** What of a delivery its timer depends on. `changedAt`: when it came into its state. */
export interface Timed {
  readonly createdAt: Date;
  readonly changedAt: Date;
  readonly urgency: Urgency;
  readonly state: DeliveryState;
}

/** The timer of a delivery now; none for one that ended without being delivered. */
export function lawTimer(calendar: WorkCalendar, timed: Timed, now: Date): LawTimer | undefined {
  const { state, changedAt } = timed;
  if (state === 'failed' || state === 'cancelled' || state === 'expired') return undefined;
  const times = calendar.timesOf(timed.createdAt, timed.urgency);
  const at = state === 'delivered' ? changedAt : now;
  return { dueAt: times.dueAt, state: stateAt(times, at, state === 'delivered') };
}

/** What of a delivery the duty of its recipient depends on. */
export interface Owing extends Timed {
  /** It carries a document: new, or one that replaces another. */
  readonly carriesDocument: boolean;
  readonly standing?: Standing;
  /** When the first of the statuses 01 to 06 of its recipient came. */
  readonly reportedAt?: Date;
}

/**
 * The timer of what the recipient of a document owes: to tell its sender that it came (01), is refused (02) or accepted (03), on the same
 * day, at the latest in the morning of the next working day, an urgent one at once (NĐ 30/2020 Đ21(2)(c), QĐ 28/2018 Đ6(2)). It runs from
 * the delivery; nothing is owed before it, nor for a document that was taken back before it was reported.
 */
export function owedTimer(calendar: WorkCalendar, { state, changedAt, urgency, ...owing }: Owing, now: Date): LawTimer | undefined {
  const { carriesDocument, standing, reportedAt } = owing;
  if (!carriesDocument || state !== 'delivered') return undefined;
  if (reportedAt === undefined && (standing === 'recalled' || standing === 'removed')) return undefined;
  const times = calendar.timesOf(changedAt, urgency);
  return { dueAt: times.dueAt, state: stateAt(times, reportedAt ?? now, reportedAt !== undefined) };
}

function stateAt({ dueAt, warnAt }: LawTimes, at: Date, done: boolean): LawTimer['state'] {
  if (at.getTime() > dueAt.getTime()) return 'late';
  if (done) return 'kept';
  return at.getTime() >= warnAt.getTime() ? 'near' : 'open';
}

/** A warning that has been given, once for each delivery, duty and level. */
export interface LawWarning {
  readonly duty: Duty;
  readonly deliveryId: string;
  readonly packageId: string;
  readonly recipient: string;
  readonly urgency: Urgency;
  readonly level: LawLevel;
  readonly dueAt: Date;
}

/** Special days as operators change them; every change leaves the event `holidays.changed`. */
export interface Holidays {
  /** In the order of days, from `from` to `to` (both inclusive, `yyyy-mm-dd`). */
  list(from: string, to: string): Promise<readonly SpecialDay[]>;
  /** Adds the days, or replaces those that are there. */
  set(days: readonly SpecialDay[], actor: string): Promise<void>;
  /** Throws Rejection HOLIDAY_UNKNOWN. */
  remove(day: string, actor: string): Promise<void>;
}

/** Reads the calendar; what it gives may be a minute old. */
export type ReadCalendar = () => Promise<WorkCalendar>;

/** Records whose deliveries carry their timers. */
export function withLaw(records: Records, readCalendar: ReadCalendar, now: Now): Records {
  const timedBy = async () => {
    const calendar = await readCalendar();
    const at = now();
    return <T extends DeliveryRecord>(one: T): T => {
      const law = lawTimer(calendar, one, at);
      const owed = owedTimer(calendar, one, at);
      return { ...one, ...(law === undefined ? {} : { law }), ...(owed === undefined ? {} : { owed }) };
    };
  };
  return {
    ...records,
    async deliveries(filter, page) {
      return (await records.deliveries(filter, page)).map(await timedBy());
    },
    async delivery(id) {
      const found = await records.delivery(id);
      return found === null ? null : (await timedBy())(found);
    },
    async document(id, senders) {
      const found = await records.document(id, senders);
      return found === null ? null : { ...found, deliveries: found.deliveries.map(await timedBy()) };
    },
    async package(id, senders) {
      const found = await records.package(id, senders);
      return found === null ? null : { ...found, deliveries: found.deliveries.map(await timedBy()) };
    },
  };
}
