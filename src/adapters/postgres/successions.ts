import type pg from 'pg';
import { foldName } from '../../routing/fold.ts';
import type { NewId, Now } from '../../routing/ports.ts';
import { reject } from '../../routing/problem.ts';
import { type PlannedChange, type PlannedEnding, planSuccessions, type SuccessionPlan } from '../../routing/succession-plan.ts';
import type { ReportedSuccession, SuccessionBatch, SuccessionFile, SuccessionReport, Successions } from '../../routing/successions.ts';
import { inTransaction, orUnavailable, type Queryable } from './pool.ts';
import { present } from './present.ts';
import { readFacts } from './succession-facts.ts';

/** Successions on PostgreSQL. */
export function createSuccessions(pool: pg.Pool, now: Now, newId: NewId): Successions {
  return {
    apply: (file, actor, dryRun) => orUnavailable(() => apply(pool, { file, actor, dryRun, at: now(), newId })),
    list: (limit) => orUnavailable(() => readBatches(pool, null, limit)),
    undo: (batch, actor, reason) => orUnavailable(() => undo(pool, batch, { actor, reason, at: now() })),
  };
}

interface Application {
  readonly file: SuccessionFile;
  readonly actor: string;
  readonly dryRun: boolean;
  readonly at: Date;
  readonly newId: NewId;
}

/** Thrown to take a dry run back. */
class DryRun extends Error {
  readonly report: SuccessionReport;

  constructor(report: SuccessionReport) {
    super('dry run');
    this.report = report;
  }
}

async function apply(pool: pg.Pool, application: Application): Promise<SuccessionReport> {
  const { file, actor, dryRun, at, newId } = application;
  const work = inTransaction(pool, async (client) => {
    await alone(client);
    const plan = planSuccessions(file.rows, await readFacts(client, file.rows));
    const batch = newId();
    await client.query(
      `insert into succession_batches (id, applied_at, actor, file_name, sha256) values ($1, $2, $3, $4, decode($5, 'hex'))`,
      [batch, at, actor, file.name.slice(0, 200), file.sha256],
    );
    await writePlan(client, batch, plan, newId);
    const report = await reportOn(client, plan);
    if (dryRun) throw new DryRun(report);
    await note(client, at, actor, `successions applied, batch ${batch}: ${file.rows.length} rows of ${file.name.slice(0, 200)}`);
    return { batch, ...report };
  });
  return work.catch((error: unknown) => {
    if (error instanceof DryRun) return error.report;
    throw error;
  });
}

/** One at a time: what is checked must still hold when it is written. Look-ups go on. Mergers may take longer than a request. */
async function alone(client: Queryable): Promise<void> {
  await client.query('set local statement_timeout = 0');
  await client.query('lock table succession_batches in share row exclusive mode');
}

async function writePlan(client: Queryable, batch: string, { endings, changes }: SuccessionPlan, newId: NewId): Promise<void> {
  const ended = endings.map((one) => ({ ...one, id: newId() }));
  const changed = changes.map((one) => ({ ...one, id: newId() }));
  await client.query(
    `insert into successions (id, batch_id, line, kind, effective_on, agency_id, name, name_folded, parent_id, code, scheme, basis)
     select s.id, $1, s.line, s.kind, s."on", s.agency, s.name, s.folded, s.parent, s.code, s.scheme, s.basis
     from jsonb_to_recordset($2) as s(id uuid, line int, kind text, "on" date, agency uuid, name text, folded text, parent uuid, code text,
       scheme text, basis text)`,
    [batch, JSON.stringify([...ended.map(endingRow), ...changed.map(changeRow)])],
  );
  const shares = ended.flatMap(({ id, shares }) =>
    shares.map(({ agency, rule }, ordinal) => ({ id, ordinal, to: agency.id, rule: rule ?? null })),
  );
  await client.query(
    `insert into succession_shares (succession_id, ordinal, successor_id, rule)
     select s.id, s.ordinal, s."to", nullif(s.rule, 'null') from jsonb_to_recordset($1) as s(id uuid, ordinal int, "to" uuid, rule jsonb)`,
    [JSON.stringify(shares)],
  );
  await client.query(
    `update agencies a set ended_on = e."on" from jsonb_to_recordset($1) as e(agency uuid, "on" date) where a.id = e.agency`,
    [JSON.stringify(ended.map(({ agency, on }) => ({ agency: agency.id, on })))],
  );
  await writeCodes(client, changed);
}

type WithId<T> = T & { readonly id: string };

const endingRow = ({ id, line, kind, on, agency, basis }: WithId<PlannedEnding>) => ({ id, line, kind, on, agency: agency.id, basis });

const changeRow = ({ id, line, kind, on, agency, name, parent, code, basis }: WithId<PlannedChange>) => ({
  ...{ id, line, kind, on, agency: agency.id, name, parent: parent?.agency.id, basis },
  ...(name === undefined ? {} : { folded: foldName(name) }),
  ...code,
});

/** New codes, and the day before as the end of those that they replace, which may be new themselves. */
async function writeCodes(client: Queryable, changes: readonly WithId<PlannedChange>[]): Promise<void> {
  const added = changes.flatMap(({ on, agency, code }) => (code === undefined ? [] : [{ ...code, on, agency: agency.id }]));
  await client.query(
    `insert into agency_codes (code, scheme, agency_id, valid_from)
     select n.code, n.scheme, n.agency, n."on" from jsonb_to_recordset($1) as n(code text, scheme text, agency uuid, "on" date)`,
    [JSON.stringify(added)],
  );
  const replaced = changes.flatMap(({ id, on, replaces }) => replaces.map(({ code, scheme }) => ({ id, on, code, scheme })));
  await client.query(
    `with gone as (select * from jsonb_to_recordset($1) as g(id uuid, "on" date, code text, scheme text)),
      kept as (insert into succession_codes (succession_id, code, scheme, valid_to_before)
        select g.id, c.code, c.scheme, c.valid_to from gone g join agency_codes c on c.code = g.code and c.scheme = g.scheme)
     update agency_codes c set valid_to = g."on" - 1 from gone g where c.code = g.code and c.scheme = g.scheme`,
    [JSON.stringify(replaced)],
  );
}

async function reportOn(client: Queryable, { endings, changes }: SuccessionPlan): Promise<Omit<SuccessionReport, 'batch'>> {
  const ids = endings.map((one) => one.agency.id);
  const { rows } = await client.query<{ waiting: number; left: number }>(
    `select (select count(*) from deliveries where agency_id = any($1) and state = 'waiting') as waiting,
      (select count(*) from agencies a where a.ended_on is null and a.status <> 'closed'
        and a.id in (select id from agencies where parent_id = any($1) union select agency_id from successions where parent_id = any($1))
        and parent_on(a, 'infinity') = any($1)) as left`,
    [ids],
  );
  const successions = [...endings.map(reportedEnding), ...changes.map(reportedChange)].toSorted((a, b) => a.line - b.line);
  const counts = { close: 0, rename: 0, merge: 0, split: 0, move: 0 };
  for (const { kind } of successions) counts[kind] += 1;
  return { counts, successions, waiting: rows[0]?.waiting ?? 0, unitsLeft: rows[0]?.left ?? 0 };
}

function reportedEnding({ line, kind, on, from, agency, shares }: PlannedEnding): ReportedSuccession {
  return { line, kind, on, from, name: agency.name, to: shares.map((share) => share.to) };
}

function reportedChange({ line, kind, on, from, agency, name, parent, code }: PlannedChange): ReportedSuccession {
  return { line, kind, on, from, name: agency.name, to: [name, parent?.code, code?.code].filter((one) => one !== undefined) };
}

async function undo(pool: pg.Pool, id: string, by: { actor: string; reason: string; at: Date }): Promise<SuccessionBatch> {
  return inTransaction(pool, async (client) => {
    await alone(client);
    const [batch] = await readBatches(client, id, 1);
    if (batch === undefined) throw reject('BATCH_UNKNOWN', { params: { batch: id } });
    if (batch.undoneAt !== undefined) throw reject('BATCH_UNDONE', { params: { batch: id } });
    const later = await laterBatch(client, id);
    if (later !== null) throw reject('BATCH_BUILT_UPON', { params: { batch: id, later } });
    await takeBack(client, id, by);
    await note(client, by.at, by.actor, `successions undone, batch ${id}: ${by.reason}`);
    const [after] = await readBatches(client, id, 1);
    return after as SuccessionBatch;
  });
}

/** A later batch, not undone, that has an agency in common with this one. */
async function laterBatch(client: Queryable, id: string): Promise<string | null> {
  const { rows } = await client.query<{ id: string }>(
    `with touched as (
        select s.batch_id, u.agency from successions s left join succession_shares sh on sh.succession_id = s.id
        cross join lateral (values (s.agency_id), (s.parent_id), (sh.successor_id)) as u(agency)
        where not s.undone and u.agency is not null
      )
      select t.batch_id as id from touched t
      where t.batch_id > $1 and t.agency in (select agency from touched where batch_id = $1) limit 1`,
    [id],
  );
  return rows[0]?.id ?? null;
}

async function takeBack(client: Queryable, id: string, { actor, reason, at }: { actor: string; reason: string; at: Date }): Promise<void> {
  await client.query('update succession_batches set undone_at = $2, undone_by = $3, undo_reason = $4 where id = $1', [
    id,
    at,
    actor,
    reason,
  ]);
  await client.query(
    `delete from agency_codes c using successions s where s.batch_id = $1 and c.code = s.code and c.scheme = s.scheme and c.agency_id = s.agency_id`,
    [id],
  );
  await client.query(
    `update agency_codes c set valid_to = k.valid_to_before from succession_codes k join successions s on s.id = k.succession_id
     where s.batch_id = $1 and c.code = k.code and c.scheme = k.scheme`,
    [id],
  );
  await client.query(
    `update agencies a set ended_on = null from successions s
     where s.batch_id = $1 and a.id = s.agency_id and s.kind in ('close', 'merge', 'split')`,
    [id],
  );
  await client.query('update successions set undone = true where batch_id = $1', [id]);
}

async function readBatches(queryable: Queryable, id: string | null, limit: number): Promise<SuccessionBatch[]> {
  const { rows } = await queryable.query<SuccessionBatch>(
    `select b.id, b.applied_at as "appliedAt", b.actor, b.file_name as "fileName", encode(b.sha256, 'hex') as sha256, s.*,
       b.undone_at as "undoneAt", b.undone_by as "undoneBy", b.undo_reason as "undoReason"
     from succession_batches b cross join lateral (
       select count(*) as successions, min(effective_on) as "firstOn", max(effective_on) as "lastOn" from successions where batch_id = b.id
     ) as s
     where $1::uuid is null or b.id = $1 order by b.id desc limit $2`,
    [id, limit],
  );
  return rows.map(present);
}

async function note(client: Queryable, at: Date, actor: string, reason: string): Promise<void> {
  await client.query('select pg_advisory_xact_lock_shared(1, 0)');
  await client.query(`insert into events (name, at, actor, reason) values ('agency.changed', $1, $2, $3)`, [
    at,
    actor,
    reason.slice(0, 2000),
  ]);
}
