import type pg from 'pg';
import type { LawPolicy, SpecialDay, WorkCalendar } from '../../routing/calendar.ts';
import { createCalendar } from '../../routing/calendar.ts';
import type { Holidays, ReadCalendar } from '../../routing/law.ts';
import type { Now } from '../../routing/ports.ts';
import { reject } from '../../routing/problem.ts';
import { noteEvent } from './event-chain.ts';
import { inTransaction } from './pool.ts';

/** Special days on PostgreSQL. */
export function createHolidays(pool: pg.Pool, now: Now): Holidays {
  return {
    async list(from, to) {
      const { rows } = await pool.query<SpecialDay>('select day, kind, name from special_days where day between $1 and $2 order by day', [
        from,
        to,
      ]);
      return rows;
    },
    set: (days, actor) =>
      inTransaction(pool, async (client) => {
        await client.query(
          `insert into special_days (day, kind, name)
           select day, kind, name from jsonb_to_recordset($1) as d(day date, kind text, name text)
           on conflict (day) do update set kind = excluded.kind, name = excluded.name`,
          [JSON.stringify(days)],
        );
        const reason = days.map((one) => `${one.day} ${one.kind}`).join(', ');
        await noteEvent(client, { name: 'holidays.changed', at: now(), actor, reason: reason.slice(0, 1000) });
      }),
    remove: (day, actor) =>
      inTransaction(pool, async (client) => {
        const { rowCount } = await client.query('delete from special_days where day = $1', [day]);
        if (rowCount !== 1) throw reject('HOLIDAY_UNKNOWN', { params: { day } });
        await noteEvent(client, { name: 'holidays.changed', at: now(), actor, reason: `${day} –` });
      }),
  };
}

const freshFor = 60_000;

/** Reads the calendar of all special days, at most once a minute. */
export function createReadCalendar(pool: pg.Pool, policy: LawPolicy, now: Now): ReadCalendar {
  let kept: { readonly at: number; readonly calendar: Promise<WorkCalendar> } | undefined;
  return () => {
    const at = now().getTime();
    if (kept === undefined || at - kept.at > freshFor) {
      const read = pool.query<SpecialDay>('select day, kind, name from special_days');
      kept = { at, calendar: read.then(({ rows }) => createCalendar(rows, policy)) };
      kept.calendar.catch(() => {
        kept = undefined;
      });
    }
    return kept.calendar;
  };
}
