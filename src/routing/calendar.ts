import type { Urgency } from './message.ts';
import { vietnamDay } from './time.ts';

/** A day that differs from its weekday: a public holiday, or a working day that makes up for one. `day` is `yyyy-mm-dd`. */
export interface SpecialDay {
  readonly day: string;
  readonly kind: 'holiday' | 'working';
  readonly name: string;
}

/** Working hours of a day: spans in minutes from midnight (+07:00), in order; the first ends the morning. */
export type WorkingHours = readonly (readonly [from: number, to: number])[];

/** What decides about the deadlines of the law. */
export interface LawPolicy {
  readonly hours: WorkingHours;
  /** Minutes within which an urgent document is to arrive: "at once" (QĐ 28/2018 Đ6(2)). */
  readonly urgentMinutes: number;
  /** Percentage of the time after which a warning is given. */
  readonly warnPercent: number;
}

/** The deadline of a delivery by law, and when a warning of it is due. */
export interface LawTimes {
  readonly dueAt: Date;
  readonly warnAt: Date;
}

/** Working days and the deadlines that follow from them. All day logic is in +07:00. */
export interface WorkCalendar {
  isWorkingDay(day: string): boolean;
  nextWorkingDay(day: string): string;
  /**
   * The same day, at the latest the morning of the next working day (QĐ 28/2018 Đ6(2), the stricter of it and NĐ 30/2020 Đ18(1)); an urgent
   * one at once. The warning counts working time, so that it never comes on a Sunday for a deadline on Monday.
   */
  timesOf(acceptedAt: Date, urgency: Urgency): LawTimes;
}

const minuteMilliseconds = 60_000;
const dayMilliseconds = 1440 * minuteMilliseconds;

const midnight = (day: string) => Date.parse(`${day}T00:00:00+07:00`);
const dayAfter = (day: string) => vietnamDay(new Date(midnight(day) + dayMilliseconds));

/** A calendar from special days; without any, Saturdays and Sundays are free. */
export function createCalendar(special: readonly SpecialDay[], policy: LawPolicy): WorkCalendar {
  const kinds = new Map(special.map((one) => [one.day, one.kind]));

  function isWorkingDay(day: string): boolean {
    const weekday = new Date(`${day}T12:00:00Z`).getUTCDay();
    return (kinds.get(day) ?? (weekday === 0 || weekday === 6 ? 'holiday' : 'working')) === 'working';
  }

  function nextWorkingDay(day: string): string {
    let next = dayAfter(day);
    // a calendar that knows of no working day in a year is wrong, and must not stop the gateway
    for (let tries = 0; !isWorkingDay(next) && tries < 366; tries += 1) next = dayAfter(next);
    return next;
  }

  /** Spans of working time on a day, as instants. */
  function spansOf(day: string): (readonly [number, number])[] {
    const start = midnight(day);
    return isWorkingDay(day) ? policy.hours.map(([from, to]) => [start + from * minuteMilliseconds, start + to * minuteMilliseconds]) : [];
  }

  function ordinary(acceptedAt: Date): LawTimes {
    const day = vietnamDay(acceptedAt);
    const next = nextWorkingDay(day);
    const due = midnight(next) + (policy.hours[0]?.[1] ?? 1440) * minuteMilliseconds;
    const spans = [...spansOf(day), ...spansOf(next)].flatMap(([from, to]) => clipped(from, to, acceptedAt.getTime(), due));
    const total = spans.reduce((sum, [from, to]) => sum + to - from, 0);
    return { dueAt: new Date(due), warnAt: new Date(instantAfter(spans, (total * policy.warnPercent) / 100, due)) };
  }

  function urgent(acceptedAt: Date): LawTimes {
    const within = policy.urgentMinutes * minuteMilliseconds;
    const start = acceptedAt.getTime();
    return { dueAt: new Date(start + within), warnAt: new Date(start + (within * policy.warnPercent) / 100) };
  }

  return {
    isWorkingDay,
    nextWorkingDay,
    timesOf: (acceptedAt, urgency) => (urgency >= 1 ? urgent(acceptedAt) : ordinary(acceptedAt)),
  };
}

function clipped(from: number, to: number, least: number, most: number): (readonly [number, number])[] {
  const [start, end] = [Math.max(from, least), Math.min(to, most)];
  return start < end ? [[start, end]] : [];
}

/** The instant at which `milliseconds` of the spans are over. */
function instantAfter(spans: readonly (readonly [number, number])[], milliseconds: number, otherwise: number): number {
  let left = milliseconds;
  for (const [from, to] of spans) {
    if (left <= to - from) return from + left;
    left -= to - from;
  }
  return otherwise;
}

/**
 * The latest instant of acceptance whose `which` time has come by `now`: both times only grow with it, so everything accepted before has
 * reached it, too. Found to the second, not further back than `days`.
 */
export function acceptedBy(calendar: WorkCalendar, urgency: Urgency, which: keyof LawTimes, now: Date, days = 30): Date {
  let low = now.getTime() - days * dayMilliseconds;
  let high = now.getTime();
  while (high - low > 1000) {
    const middle = Math.floor((low + high) / 2);
    if (calendar.timesOf(new Date(middle), urgency)[which].getTime() <= now.getTime()) low = middle;
    else high = middle;
  }
  return new Date(low);
}
