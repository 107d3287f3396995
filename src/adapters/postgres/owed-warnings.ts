import type pg from 'pg';
import { acceptedBy } from '../../routing/calendar.ts';
import { laneOf } from '../../routing/delivery.ts';
import type { LawLevel, LawWarning, ReadCalendar } from '../../routing/law.ts';
import type { Urgency } from '../../routing/message.ts';
import type { Now } from '../../routing/ports.ts';
import { noteWarnings } from './law-warnings.ts';
import { bringsDocument } from './package-lists.ts';

const batch = 500;
/** What commits later than this after it was delivered is not found again. */
const lateCommit = 600_000;
/** How far back the first round looks. */
const firstLook = 31 * 86_400_000;

/** Looks for recipients that owe a report for longer than the law allows, or nearly so; notes each once and returns those it noted. */
export type WarnOfOwed = (urgencies: readonly Urgency[], level: LawLevel) => Promise<readonly LawWarning[]>;

/** Condition that the recipient of delivery `d` has reported its document. */
export const isReported = `exists (select 1 from statuses s where s.delivery_id = d.id and s.status_code <= '06')`;
/** Condition that its sender has not taken the document of delivery `d` back. */
export const isStanding = `coalesce(d.standing, 'replaced') = 'replaced'`;

/** On PostgreSQL. How far the rounds came is kept, so each looks only at what became due since; correct in several processes at once. */
export function createWarnOfOwed(pool: pg.Pool, readCalendar: ReadCalendar, now: Now): WarnOfOwed {
  return async (urgencies, level) => {
    const [first] = urgencies as [Urgency];
    const calendar = await readCalendar();
    const bound = acceptedBy(calendar, first, level === 'near' ? 'warnAt' : 'dueAt', now());
    const noted: LawWarning[] = [];
    let place = {
      at: await reached(pool, first, level, new Date(bound.getTime() - firstLook)),
      id: '00000000-0000-0000-0000-000000000000',
    };
    for (;;) {
      const found = await deliveredAfter(pool, place, bound);
      const owing = found.filter((one) => one.owes && urgencies.includes(one.urgency));
      const warnings = owing.map(({ reachedAt, owes: _, ...one }): LawWarning => {
        return { ...one, duty: 'owed', level, dueAt: calendar.timesOf(reachedAt, one.urgency).dueAt };
      });
      noted.push(...(await noteWarnings(pool, warnings, now())));
      const last = found.at(-1);
      if (last === undefined || found.length < batch) break;
      place = { at: last.reachedAt, id: last.deliveryId };
    }
    await keepReached(pool, first, level, new Date(bound.getTime() - lateCommit));
    return noted;
  };
}

interface Reached extends Omit<LawWarning, 'duty' | 'level' | 'dueAt'> {
  readonly reachedAt: Date;
  /** Its recipient owes a report. */
  readonly owes: boolean;
}

/** The next deliveries that reached their recipients, in the order in which they did; the page is taken first, so it walks one index. */
async function deliveredAfter(pool: pg.Pool, place: { readonly at: Date; readonly id: string }, bound: Date): Promise<Reached[]> {
  const { rows } = await pool.query<Reached>({
    name: 'law-owed',
    text: `select d.id as "deliveryId", d.package_id as "packageId", d.recipient, d.urgency, d.changed_at as "reachedAt",
        ${isStanding} and not ${isReported} and exists (select 1 from packages p where p.id = d.package_id and ${bringsDocument('p')}) as owes
      from (
        select * from deliveries x where x.state = 'delivered' and (x.changed_at, x.id) > ($1, $2::uuid) and x.changed_at < $3
        order by x.changed_at, x.id limit ${batch}
      ) as d order by d.changed_at, d.id`,
    values: [place.at, place.id, bound],
  });
  return rows;
}

async function reached(pool: pg.Pool, urgency: Urgency, level: LawLevel, otherwise: Date): Promise<Date> {
  const { rows } = await pool.query<{ reached: Date }>('select reached from law_progress where lane = $1 and level = $2', [
    laneOf(urgency),
    level,
  ]);
  return rows[0]?.reached ?? otherwise;
}

async function keepReached(pool: pg.Pool, urgency: Urgency, level: LawLevel, at: Date): Promise<void> {
  await pool.query(
    `insert into law_progress (lane, level, reached) values ($1, $2, $3)
     on conflict (lane, level) do update set reached = excluded.reached where law_progress.reached < excluded.reached`,
    [laneOf(urgency), level, at],
  );
}
