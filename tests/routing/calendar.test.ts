import { acceptedBy, createCalendar } from '../../src/routing/calendar.ts';
import { lawTimer } from '../../src/routing/law.ts';

const policy = {
  hours: [
    [450, 690],
    [780, 1020],
  ] as const,
  urgentMinutes: 30,
  warnPercent: 80,
};
const calendar = createCalendar(
  [
    { day: '2026-03-09', kind: 'holiday', name: 'nghỉ' },
    { day: '2026-03-14', kind: 'working', name: 'làm bù' },
  ],
  policy,
);
const at = (text: string) => new Date(`${text}:00+07:00`);
const shown = (date: Date) => new Date(date.getTime() + 7 * 3_600_000).toISOString().slice(0, 16).replace('T', ' ');

describe('the working calendar', () => {
  it('knows weekends, holidays and the working days that make up for them', () => {
    const days = ['2026-03-06', '2026-03-07', '2026-03-08', '2026-03-09', '2026-03-14'];
    expect(days.map((day) => calendar.isWorkingDay(day))).toEqual([true, false, false, false, true]);
    expect(calendar.nextWorkingDay('2026-03-06')).toBe('2026-03-10');
    expect(calendar.nextWorkingDay('2026-03-13')).toBe('2026-03-14');
    expect(calendar.nextWorkingDay('2026-12-31')).toBe('2027-01-01');
  });

  it.each([
    ['on a working morning', '2026-03-03T09:00', '2026-03-04 11:30', '2026-03-04 09:24'],
    ['at 23:30', '2026-03-03T23:30', '2026-03-04 11:30', '2026-03-04 10:42'],
    ['at 00:30', '2026-03-04T00:30', '2026-03-05 11:30', '2026-03-05 09:06'],
    ['on Friday at 17:30, before a holiday', '2026-03-06T17:30', '2026-03-10 11:30', '2026-03-10 10:42'],
    ['on a Sunday', '2026-03-08T10:00', '2026-03-10 11:30', '2026-03-10 10:42'],
    ['before a Saturday that is worked', '2026-03-13T16:00', '2026-03-14 11:30', '2026-03-14 10:30'],
  ])('gives until the morning of the next working day, and warns in working time: %s', (_, accepted, due, warn) => {
    const times = calendar.timesOf(at(accepted), 0);
    expect([shown(times.dueAt), shown(times.warnAt)]).toEqual([due, warn]);
  });

  it('gives minutes to urgent documents, at any hour', () => {
    const times = calendar.timesOf(at('2026-03-07T23:50'), 1);
    expect([shown(times.dueAt), shown(times.warnAt)]).toEqual(['2026-03-08 00:20', '2026-03-08 00:14']);
  });

  it.each(['dueAt', 'warnAt'] as const)('finds until when deliveries were accepted whose %s has come', (which) => {
    for (let hour = 0; hour < 24 * 9; hour += 1) {
      const now = new Date(at('2026-03-04T00:00').getTime() + hour * 3_600_000);
      for (const urgency of [0, 1] as const) {
        const bound = acceptedBy(calendar, urgency, which, now).getTime();
        expect(calendar.timesOf(new Date(bound), urgency)[which].getTime()).toBeLessThanOrEqual(now.getTime());
        expect(calendar.timesOf(new Date(bound + 2000), urgency)[which].getTime()).toBeGreaterThan(now.getTime());
      }
    }
  });

  it('still answers when every day is free', () => {
    const days = Array.from({ length: 800 }, (_, i) => new Date(Date.UTC(2026, 0, 1 + i)).toISOString().slice(0, 10));
    const free = createCalendar(
      days.map((day) => ({ day, kind: 'holiday', name: '' })),
      policy,
    );
    expect(free.timesOf(at('2026-03-03T09:00'), 0).dueAt.getTime()).toBeGreaterThan(at('2026-03-03T09:00').getTime());
  });
});

describe('the timer of a delivery', () => {
  const base = { createdAt: at('2026-03-03T09:00'), changedAt: at('2026-03-04T11:00'), urgency: 0 } as const;

  it.each([
    ['waiting', '2026-03-04T09:00', 'open'],
    ['waiting', '2026-03-04T10:00', 'near'],
    ['held', '2026-03-04T11:31', 'late'],
    ['delivered', '2026-03-09T00:00', 'kept'],
    ['failed', '2026-03-09T00:00', undefined],
  ] as const)('of a %s one at %s is %s', (state, now, expected) => {
    expect(lawTimer(calendar, { ...base, state }, at(now))?.state).toBe(expected);
  });

  it('stays late for what arrived after the deadline', () => {
    expect(lawTimer(calendar, { ...base, state: 'delivered', changedAt: at('2026-03-04T12:00') }, at('2026-03-20T00:00'))?.state).toBe(
      'late',
    );
  });
});
