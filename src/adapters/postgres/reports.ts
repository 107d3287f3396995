import type pg from 'pg';
import type { WorkCalendar } from '../../routing/calendar.ts';
import { firstIdOf } from '../../routing/ids.ts';
import type { ReadCalendar } from '../../routing/law.ts';
import type { Now } from '../../routing/ports.ts';
import { reject } from '../../routing/problem.ts';
import type { PaperFigure, ReportAgency, ReportFigures, ReportGrouping, ReportQuery, Reports } from '../../routing/report.ts';
import { reportRows } from '../../routing/report.ts';
import { vietnamDay } from '../../routing/time.ts';
import { noteEvent } from './event-chain.ts';
import { isStanding } from './owed-warnings.ts';
import { bringsDocument } from './package-lists.ts';
import { inTransaction, orUnavailable } from './pool.ts';

const dayMilliseconds = 86_400_000;
const longestDays = 1100;
/** Documents older than this when they come are late whatever the calendar says. */
const promulgatedBefore = 60;
/** Documents of the period that are delivered later than so many days after it do not count as reported on time. */
const deliveredAfter = 60;

/** Reports on PostgreSQL. Every statement reads the ids of the period only, along primary keys. */
export function createReports(pool: pg.Pool, ports: { readonly readCalendar: ReadCalendar; readonly now: Now }): Reports {
  return {
    read: (query) => orUnavailable(() => read(pool, query, ports.readCalendar)),
    loadPaper: (figures, actor) => loadPaper(pool, figures, actor, ports.now()),
  };
}

async function read(pool: pg.Pool, query: ReportQuery, readCalendar: ReadCalendar) {
  const [from, to] = [dayStart(query.from), dayStart(query.to)];
  const days = (to - from) / dayMilliseconds;
  if (!(days >= 0 && days <= longestDays)) throw reject('PERIOD_INVALID', { params: { from: query.from, to: query.to } });
  const deadlines = deadlinesOf(await readCalendar(), from - promulgatedBefore * dayMilliseconds, to + deliveredAfter * dayMilliseconds);
  const span = [firstIdOf(new Date(from)), firstIdOf(new Date(to + dayMilliseconds))];
  const sources = await Promise.all([
    pool.query(sentSql, [...span, deadlines.json]),
    pool.query(outcomeSql('p.sender_agency_id', 'sent'), [...span, deadlines.json, deadlines.urgentSeconds]),
    pool.query(outcomeSql('d.agency_id', 'received'), [...span, deadlines.json, deadlines.urgentSeconds]),
    pool.query(owedSql, [...span, deadlines.json, deadlines.urgentSeconds]),
    pool.query(paperSql, [query.from, query.to]),
    pool.query(statusSql, span),
  ]);
  const figures = new Map<string, Partial<ReportFigures>>();
  for (const { agency, ...row } of sources.flatMap(({ rows }) => rows as (Partial<ReportFigures> & { agency: string })[])) {
    figures.set(agency, { ...figures.get(agency), ...row });
  }
  const lines = await linesOf(pool, [...figures.keys()], query.by, query.to);
  return { ...query, ...reportRows(figures, (id) => lines.get(id)) };
}

/** Midnight of the day in +07:00; NaN for what is no day, the 31st of February among them. */
function dayStart(day: string): number {
  const at = /^\d{4}-\d{2}-\d{2}$/.test(day) ? Date.parse(`${day}T00:00:00+07:00`) : Number.NaN;
  return !Number.isNaN(at) && vietnamDay(new Date(at)) === day ? at : Number.NaN;
}

/** The deadline of what was accepted, or promulgated, on each day; and that of urgent ones. */
function deadlinesOf(calendar: WorkCalendar, from: number, to: number) {
  const list: { day: string; due: Date }[] = [];
  for (let at = from; at <= to; at += dayMilliseconds) {
    list.push({ day: vietnamDay(new Date(at)), due: calendar.timesOf(new Date(at), 0).dueAt });
  }
  const urgentSeconds = (calendar.timesOf(new Date(from), 1).dueAt.getTime() - from) / 1000;
  return { json: JSON.stringify(list), urgentSeconds };
}

const due = (at: string) => `jsonb_to_recordset($3) as ${at}(day date, due timestamptz)`;

const sentSql = `
  select p.sender_agency_id as agency, count(*) filter (where p.accepted) as "packagesSent",
    count(*) filter (where p.accepted and p.action = 'new') as "documentsSent",
    count(*) filter (where p.accepted and p.action = 'new' and p.received_at <= t.due) as "sentOnTime",
    count(*) filter (where not p.accepted) as rejected,
    count(*) filter (where p.accepted and (p.action = 'recall' or p.status_code = '13')) as recalls
  from packages p left join ${due('t')} on t.day = p.promulgation_date
  where p.id >= $1 and p.id < $2 and p.sender_agency_id is not null group by 1`;

/** Deliveries created in the period, by an agency. */
function outcomeSql(agency: string, side: 'sent' | 'received'): string {
  const onTime = `d.state = 'delivered' and d.changed_at <= case when d.urgency > 0
    then d.created_at + make_interval(secs => $4) else t.due end`;
  const names =
    side === 'sent'
      ? { all: 'deliveriesSent', delivered: 'deliveredSent', onTime: 'deliveredOnTime', refused: 'refusedSent' }
      : { all: 'received', onTime: 'receivedOnTime', refused: 'refused' };
  return `
    select ${agency} as agency, count(*) as "${names.all}", count(*) filter (where ${onTime}) as "${names.onTime}",
      ${
        names.delivered === undefined
          ? ''
          : `count(*) filter (where d.state = 'delivered') as "${names.delivered}",
      count(*) filter (where d.problem->>'code' = 'RECALLED_BY_SENDER') as "recalledSent",`
      }
      count(*) filter (where d.problem->>'code' = 'REFUSED_BY_RECIPIENT') as "${names.refused}"
    from deliveries d ${side === 'sent' ? 'join packages p on p.id = d.package_id' : ''}
    left join ${due('t')} on t.day = (d.created_at at time zone 'Asia/Ho_Chi_Minh')::date
    where d.id >= $1 and d.id < $2 and ${agency} is not null group by 1`;
}

const owedSql = `
  select d.agency_id as agency, count(*) as owed, count(r.at) as reported,
    count(*) filter (where r.at <= case when d.urgency > 0 then d.changed_at + make_interval(secs => $4) else t.due end) as "reportedOnTime"
  from deliveries d join packages p on p.id = d.package_id and ${bringsDocument('p')}
  cross join lateral (select min(s.received_at) as at from statuses s where s.delivery_id = d.id and s.status_code <= '06') as r
  left join ${due('t')} on t.day = (d.changed_at at time zone 'Asia/Ho_Chi_Minh')::date
  where d.id >= $1 and d.id < $2 and d.state = 'delivered' and d.agency_id is not null and (r.at is not null or ${isStanding}) group by 1`;

const paperSql = `
  select agency_id as agency, sum(documents)::bigint as paper from paper_figures
  where month >= date_trunc('month', $1::date) and month <= $2::date group by 1`;

const statusColumns = ['01', '02', '03', '04', '05', '06'].map(
  (code) => `count(distinct s.delivery_id) filter (where s.status_code = '${code}') as "status${code}"`,
);
const statusSql = `
  select s.agency_id as agency, ${statusColumns.join(', ')} from deliveries d join statuses s on s.delivery_id = d.id
  where d.id >= $1 and d.id < $2 group by 1`;

/** The line of each agency: itself, or the nearest above it of that kind on the day; none when there is no such one. */
async function linesOf(pool: pg.Pool, ids: readonly string[], by: ReportGrouping, day: string): Promise<Map<string, ReportAgency>> {
  const { rows } = await pool.query<ReportAgency & { of: string }>(
    `with recursive up(of, id, depth) as (
       select id, id, 0 from unnest($1::uuid[]) as u(id)
       union all
       select up.of, parent_on(a, $3::date), up.depth + 1 from up join agencies a on a.id = up.id
       where up.depth < 16 and $2 <> 'agency' and a.kind <> $2 and parent_on(a, $3::date) is not null
     )
     select up.of, a.id, name_on(a, $3::date) as name, a.kind,
       coalesce((select c.code from agency_codes c where c.agency_id = a.id order by c.valid_to is not null, c.valid_from desc, c.code limit 1),
         a.id::text) as code
     from up join agencies a on a.id = up.id where $2 = 'agency' or a.kind = $2`,
    [ids, by, day],
  );
  return new Map(rows.map(({ of, ...line }) => [of, line]));
}

async function loadPaper(pool: pg.Pool, figures: readonly PaperFigure[], actor: string, at: Date): Promise<void> {
  await inTransaction(pool, async (client) => {
    const unknown = await client.query<{ code: string }>(
      `select f.code from jsonb_to_recordset($1) as f(code text)
       where not exists (select 1 from agency_codes c where c.code = f.code) limit 1`,
      [JSON.stringify(figures)],
    );
    if (unknown.rows[0] !== undefined) throw reject('AGENCY_UNKNOWN', { params: { code: unknown.rows[0].code } });
    await client.query(
      `insert into paper_figures (agency_id, month, documents)
       select (select agency_id from agency_codes c where c.code = f.code limit 1), (f.month || '-01')::date, sum(f.documents)
       from jsonb_to_recordset($1) as f(code text, month text, documents int) group by 1, 2
       on conflict (agency_id, month) do update set documents = excluded.documents`,
      [JSON.stringify(figures)],
    );
    await noteEvent(client, { name: 'paper.loaded', at, actor, reason: `${figures.length}` });
  });
}
