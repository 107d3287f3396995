import { readDay, readTimestamp } from '../calendar.ts';
import type { Field } from '../path.ts';
import type { Reading } from '../reading.ts';
import { about } from './labels.ts';
import type { Rule } from './rule.ts';

/** Days are strict `yyyy/MM/dd` and real; promulgation lies at most a day ahead, for clocks that differ (domain 9, A20). */
export const dateRules: readonly Rule[] = [
  {
    code: 'DATE_FORMAT',
    weight: 'refuse',
    applies: 'both',
    check: (reading) =>
      datesOf(reading).flatMap((field) => {
        const read = readDay(field.value);
        return read.kind === 'malformed' ? [about(field, { value: field.value, suggested: read.suggested })] : [];
      }),
  },
  {
    code: 'DATE_IMPOSSIBLE',
    weight: 'refuse',
    applies: 'both',
    check: (reading) =>
      datesOf(reading)
        .filter((field) => readDay(field.value).kind === 'impossible')
        .map((field) => about(field, { value: field.value })),
  },
  {
    code: 'PROMULGATION_IN_FUTURE',
    weight: 'refuse',
    applies: 'document',
    check: ({ promulgationDate: date }, { today, tomorrow }) =>
      dayOf(date) > tomorrow ? [{ at: date.at, line: date.line, params: { value: date.value, today: packetDay(today) } }] : [],
  },
  {
    code: 'PROMULGATION_TOMORROW',
    weight: 'warn',
    applies: 'document',
    check: ({ promulgationDate: date }, { today, tomorrow }) =>
      dayOf(date) === tomorrow ? [{ at: date.at, line: date.line, params: { value: date.value, today: packetDay(today) } }] : [],
  },
  {
    code: 'DUE_DATE_PASSED',
    weight: 'warn',
    applies: 'document',
    check: ({ dueDate, promulgationDate }) => {
      const early = dayOf(dueDate) !== '' && dayOf(dueDate) < dayOf(promulgationDate);
      const params = { value: dueDate.value, promulgated: promulgationDate.value };
      return early ? [{ at: dueDate.at, line: dueDate.line, params }] : [];
    },
  },
  {
    code: 'TIMESTAMP_FORMAT',
    weight: 'warn',
    applies: 'status',
    check: ({ timestamp: { at, line, value } }) =>
      value !== '' && readTimestamp(value) === undefined ? [{ at, line, params: { value } }] : [],
  },
];

function datesOf(reading: Reading): Field[] {
  const abouts = reading.kind === 'document' ? reading.answers : reading.abouts;
  const own = reading.kind === 'document' ? [reading.promulgationDate, reading.dueDate] : [];
  return [...own, ...abouts.map((about) => about.date)].filter((field) => field.value !== '');
}

function dayOf(field: Field): string {
  const read = readDay(field.value);
  return read.kind === 'day' ? read.day : '';
}

function packetDay(day: string): string {
  return day.replaceAll('-', '/');
}
