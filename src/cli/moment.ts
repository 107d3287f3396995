import { vietnamTime } from '../routing/time.ts';
import { UsageFault } from './failure.ts';

const unitSeconds: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: 86_400, w: 604_800 };
const dayMilliseconds = 86_400_000;

/**
 * A moment as an operator writes it: `2h` ago (s, m, h, d, w), a day `yyyy-mm-dd` of Viet Nam, or an instant with its offset. As the
 * end of a span a day means its end. Throws UsageFault for anything else.
 */
export function readMoment(text: string, now: Date, end: 'since' | 'until'): Date {
  const [, amount, unit] = /^(\d{1,6})([smhdw])$/.exec(text) ?? [];
  if (unit !== undefined) return new Date(now.getTime() - Number(amount) * (unitSeconds[unit] ?? 0) * 1000);
  const isDay = /^\d{4}-\d{2}-\d{2}$/.test(text);
  const isInstant = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:\d{2})$/.test(text);
  const moment = new Date(isDay ? `${text}T00:00:00+07:00` : isInstant ? text : Number.NaN);
  if (Number.isNaN(moment.getTime())) {
    throw new UsageFault(`thời điểm không hợp lệ / not a moment: ${text} (2h, 2026-03-02, 2026-03-02T09:15:00+07:00)`);
  }
  return isDay && end === 'until' ? new Date(moment.getTime() + dayMilliseconds) : moment;
}

/** A span as an operator writes it, `7d` (s, m, h, d, w), in milliseconds; a bare number is hours. Throws UsageFault for anything else. */
export function readSpan(text: string): number {
  const [, amount, unit = 'h'] = /^(\d{1,6})([smhdw])?$/.exec(text) ?? [];
  const milliseconds = Number(amount) * (unitSeconds[unit] ?? Number.NaN) * 1000;
  if (milliseconds <= 366 * dayMilliseconds) return milliseconds;
  throw new UsageFault(`khoảng thời gian không hợp lệ / not a span: ${text} (12h, 7d, 2w)`);
}

/** A moment for a table: in Viet Nam time, to the second. */
export function shownMoment(at: Date | string | undefined): string {
  if (at === undefined) return '';
  const text = typeof at === 'string' ? at : vietnamTime(at);
  return text.slice(0, 19).replace('T', ' ');
}
