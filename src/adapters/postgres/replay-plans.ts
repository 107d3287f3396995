import type pg from 'pg';
import type { DeliveryFilter, ReplayForecast, ReplayPlan, ReplayPlans } from '../../routing/records.ts';
import { filterSql } from './delivery-filter.ts';
import { inTransaction, orUnavailable } from './pool.ts';
import { present } from './present.ts';

/** Bulk replays as stored plans on PostgreSQL. */
export function createReplayPlans(pool: pg.Pool): ReplayPlans {
  return {
    forecast: (filter) => orUnavailable(() => forecast(pool, filter)),
    create: (plan) => orUnavailable(() => create(pool, plan)),
    get: (id) => orUnavailable(() => get(pool, id)),
    next: (limit) => next(pool, limit),
    async done(planId, deliveryId, result) {
      await pool.query('update replay_items set result = $3 where plan_id = $1 and delivery_id = $2 and result is null', [
        planId,
        deliveryId,
        result,
      ]);
    },
    async finish(planId, at) {
      await pool.query(
        `with locks as materialized (select pg_advisory_xact_lock_shared(1, 0)),
         ended as (update replay_plans set finished_at = $2 from locks where id = $1 and finished_at is null returning id, actor)
         insert into events (name, at, actor, reason) select 'replay.finished', $2, actor, id::text from ended`,
        [planId, at],
      );
    },
  };
}

const replayable = `d.state in ('held', 'failed', 'expired', 'delivered') and (d.agency_id is not null or exists (select 1 from agency_codes c where c.code = d.recipient))`;

async function forecast(pool: pg.Pool, filter: DeliveryFilter): Promise<ReplayForecast> {
  const where = filterSql(filter, 1);
  const { rows } = await pool.query<{ state: string; recipient: string; n: number; able: number }>(
    `select d.state, d.recipient, count(*) as n, count(*) filter (where ${replayable}) as able
     from deliveries d where true ${where.sql} group by d.state, d.recipient order by n desc`,
    where.values,
  );
  const sum = (key: 'state' | 'recipient') => {
    const totals: Record<string, number> = {};
    for (const row of rows) totals[row[key]] = (totals[row[key]] ?? 0) + row.able;
    return totals;
  };
  const total = rows.reduce((n, row) => n + row.able, 0);
  return { total, byState: sum('state'), byRecipient: sum('recipient'), notReplayable: rows.reduce((n, row) => n + row.n, 0) - total };
}

async function create(pool: pg.Pool, plan: Parameters<ReplayPlans['create']>[0]): Promise<ReplayPlan> {
  await inTransaction(pool, async (client) => {
    await client.query('select pg_advisory_xact_lock_shared(1, 0)');
    await client.query(`insert into replay_plans (id, created_at, actor, reason, filter, total) values ($1, $2, $3, $4, $5, 0)`, [
      plan.id,
      plan.createdAt,
      plan.actor,
      plan.reason,
      JSON.stringify(plan.filter),
    ]);
    const where = filterSql(plan.filter, 2);
    const { rowCount } = await client.query(
      `insert into replay_items (plan_id, delivery_id) select $1, d.id from deliveries d where ${replayable} ${where.sql}`,
      [plan.id, ...where.values],
    );
    await client.query('update replay_plans set total = $2 where id = $1', [plan.id, rowCount]);
    await client.query(`insert into events (name, at, actor, reason) values ('replay.planned', $1, $2, $3)`, [
      plan.createdAt,
      plan.actor,
      `${plan.id}: ${plan.reason}`,
    ]);
  });
  return (await get(pool, plan.id)) as ReplayPlan;
}

const planColumns = `p.id, p.created_at as "createdAt", p.actor, p.reason, p.filter, p.total, p.finished_at as "finishedAt",
  (select count(*) from replay_items i where i.plan_id = p.id and i.result = 'replayed') as replayed,
  (select count(*) from replay_items i where i.plan_id = p.id and i.result = 'skipped') as skipped`;

function planFrom(row: ReplayPlan): ReplayPlan {
  const filter = row.filter as Record<string, string>;
  const times = Object.fromEntries(
    (['since', 'until'] as const).flatMap((key) => (filter[key] === undefined ? [] : [[key, new Date(filter[key])]])),
  );
  return { ...present(row), filter: { ...row.filter, ...times } };
}

async function get(pool: pg.Pool, id: string): Promise<ReplayPlan | null> {
  const { rows } = await pool.query<ReplayPlan>(`select ${planColumns} from replay_plans p where p.id = $1`, [id]);
  return rows[0] === undefined ? null : planFrom(rows[0]);
}

async function next(pool: pg.Pool, limit: number) {
  const { rows } = await pool.query<ReplayPlan>(
    `select ${planColumns} from replay_plans p where p.finished_at is null order by p.id limit 1`,
  );
  if (rows[0] === undefined) return null;
  const plan = planFrom(rows[0]);
  const items = await pool.query<{ delivery_id: string }>(
    'select delivery_id from replay_items where plan_id = $1 and result is null order by delivery_id limit $2',
    [plan.id, limit],
  );
  return { plan, deliveryIds: items.rows.map((row) => row.delivery_id) };
}
