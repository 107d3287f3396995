import type pg from 'pg';
import { acceptedBy } from '../../routing/calendar.ts';
import { firstIdOf } from '../../routing/ids.ts';
import type { LawLevel, LawWarning, ReadCalendar } from '../../routing/law.ts';
import type { Urgency } from '../../routing/message.ts';
import type { Now } from '../../routing/ports.ts';
import { takeLocks } from './feeds.ts';
import { createWarnOfOwed } from './owed-warnings.ts';

/** Looks for deliveries that have come near a deadline by law or past it, the gateway's own or their recipient's, and notes each once; returns those it noted. */
export type WarnOfDeadlines = () => Promise<readonly LawWarning[]>;

const batch = 500;
/** Ids are drawn before their transaction commits; what commits later than this after is found when the process starts anew. */
const lateCommit = 600_000;

/** On PostgreSQL. Each round looks only at what was accepted since the last one's bound; correct in several processes at once. */
export function createWarnOfDeadlines(pool: pg.Pool, readCalendar: ReadCalendar, now: Now): WarnOfDeadlines {
  const from = new Map<string, string>();
  const warnOfOwed = createWarnOfOwed(pool, readCalendar, now);

  async function round(urgencies: readonly Urgency[], level: LawLevel): Promise<LawWarning[]> {
    const [first] = urgencies as [Urgency];
    const calendar = await readCalendar();
    const bound = acceptedBy(calendar, first, level === 'near' ? 'warnAt' : 'dueAt', now());
    const key = `${first} ${level}`;
    const noted: LawWarning[] = [];
    for (let after = from.get(key) ?? firstIdOf(new Date(0)); ; ) {
      const found = await open(pool, urgencies, after, firstIdOf(bound));
      const due = found.map(({ createdAt, ...one }): LawWarning => {
        return { ...one, duty: 'deadline', level, dueAt: calendar.timesOf(createdAt, one.urgency).dueAt };
      });
      noted.push(...(await noteWarnings(pool, due, now())));
      if (found.length < batch) break;
      after = found.at(-1)?.deliveryId ?? after;
    }
    from.set(key, firstIdOf(new Date(bound.getTime() - lateCommit)));
    return noted;
  }

  return async () => {
    const found: LawWarning[] = [];
    for (const level of ['near', 'late'] as const) {
      for (const urgencies of [[1, 2, 3, 4], [0]] as const) {
        found.push(...(await round(urgencies, level)), ...(await warnOfOwed(urgencies, level)));
      }
    }
    return found;
  };
}

type OpenDelivery = Omit<LawWarning, 'duty' | 'level' | 'dueAt'> & { readonly createdAt: Date };

async function open(pool: pg.Pool, urgencies: readonly Urgency[], after: string, before: string): Promise<OpenDelivery[]> {
  const { rows } = await pool.query<OpenDelivery>({
    name: 'law-open',
    text: `select x.* from unnest(array['waiting', 'held']) as s(state) cross join lateral (
        select d.id as "deliveryId", d.package_id as "packageId", d.recipient, d.urgency, d.created_at as "createdAt" from deliveries d
        where d.state = s.state and d.id > $1 and d.id < $2 and d.urgency = any($3) order by d.id limit ${batch}
      ) as x order by x."deliveryId" limit ${batch}`,
    values: [after, before, urgencies],
  });
  return rows;
}

/** Notes those that were not noted before, each with its event, and returns them. */
export async function noteWarnings(pool: pg.Pool, warnings: readonly LawWarning[], at: Date): Promise<LawWarning[]> {
  if (warnings.length === 0) return [];
  const { rows } = await pool.query<{ id: string }>(
    `with ${takeLocks},
     due as (
       select w.* from locks, jsonb_to_recordset($3) as w("deliveryId" uuid, "packageId" uuid, duty text, level text, "dueAt" timestamptz)
     ), noted as (
       insert into law_warnings (delivery_id, duty, level, at) select "deliveryId", duty, level, $4 from due on conflict do nothing
       returning delivery_id
     ), told as (
       insert into events (name, at, actor, package_id, delivery_id, reason)
       select 'delivery.' || duty || '_' || level, $4, 'gateway', "packageId", "deliveryId", to_char("dueAt" at time zone 'Asia/Ho_Chi_Minh',
         'YYYY-MM-DD"T"HH24:MI:SS"+07:00"') from due join noted on noted.delivery_id = due."deliveryId"
     )
     select delivery_id as id from noted`,
    [[1], [0], JSON.stringify(warnings), at],
  );
  const noted = new Set(rows.map((row) => row.id));
  return warnings.filter((one) => noted.has(one.deliveryId));
}
