import type { LawTimes, SpecialDay, WorkCalendar } from './calendar.ts';
import type { DeliveryState } from './delivery.ts';
import type { Urgency } from './message.ts';
import type { Now } from './ports.ts';
import type { DeliveryRecord, Records } from './records.ts';

/** How near a delivery is to its deadline by law. */
export type LawLevel = 'near' | 'late';

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

function stateAt({ dueAt, warnAt }: LawTimes, at: Date, delivered: boolean): LawTimer['state'] {
  if (at.getTime() > dueAt.getTime()) return 'late';
  if (delivered) return 'kept';
  return at.getTime() >= warnAt.getTime() ? 'near' : 'open';
}

/** A warning that has been given, once for each delivery and level. */
export interface LawWarning {
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
      return law === undefined ? one : { ...one, law };
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
    async package(id, senders) {
      const found = await records.package(id, senders);
      return found === null ? null : { ...found, deliveries: found.deliveries.map(await timedBy()) };
    },
  };
}
