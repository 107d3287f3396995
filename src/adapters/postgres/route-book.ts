import type pg from 'pg';
import type { EventName } from '../../routing/event.ts';
import type { Now } from '../../routing/ports.ts';
import { reject } from '../../routing/problem.ts';
import type { RouteBoard, RouteRecord } from '../../routing/route-board.ts';
import type { ReadRouteBook, RouteBook } from '../../routing/route-book.ts';
import type { RuleText } from '../../routing/rule-text.ts';
import { readRules } from '../../routing/rule-text.ts';
import type { UpwardRoute } from '../../routing/rules.ts';
import { noteEvent } from './event-chain.ts';
import type { Queryable } from './pool.ts';
import { inTransaction, orUnavailable } from './pool.ts';
import { present } from './present.ts';

const freshFor = 1000;

/** Reads rules and open routes, at most once a second however often it is asked. */
export function createReadRouteBook(pool: pg.Pool, now: Now): ReadRouteBook {
  let kept: { readonly at: number; readonly book: Promise<RouteBook> } | undefined;
  return () => {
    const at = now().getTime();
    if (kept === undefined || at - kept.at > freshFor) {
      kept = { at, book: orUnavailable(() => readBook(pool)) };
      kept.book.catch(() => {
        kept = undefined;
      });
    }
    return kept.book;
  };
}

async function readBook(pool: pg.Pool): Promise<RouteBook> {
  const [texts, routes] = await Promise.all([
    ruleTexts(pool),
    pool.query<UpwardRoute>(
      `select u.name, u.agency_id as "agencyId", u.kind, a.signature_policy as "signaturePolicy"
       from upward_routes u join agencies a on a.id = u.agency_id where u.closed_at is null`,
    ),
  ]);
  return { rules: readRules(texts), routes: new Map(routes.rows.map((row) => [row.name, row])) };
}

async function ruleTexts(pool: Queryable): Promise<RuleText[]> {
  const { rows } = await pool.query<RuleText>('select name, place, condition, action from routing_rules order by place');
  return rows;
}

/** Rules and routes as operators change them, on PostgreSQL. */
export function createRouteBoard(pool: pg.Pool, now: Now): RouteBoard {
  const change = (actor: string, reason: string, work: (client: pg.PoolClient) => Promise<void>) =>
    inTransaction(pool, async (client) => {
      await work(client);
      await noteEvent(client, { name: 'routing.changed' satisfies EventName, at: now(), actor, reason });
    });
  return {
    rules: () => ruleTexts(pool),
    routes: () => listRoutes(pool),
    setRule: (rule, actor) =>
      change(actor, `rule ${rule.name}: ${rule.place} ${rule.condition} → ${rule.action}`, (client) => setRule(client, rule)),
    replaceRules: (rules, actor) =>
      change(actor, `rules: ${rules.map((rule) => rule.name).join(', ')}`, (client) => replace(client, rules)),
    removeRule: (name, actor) => change(actor, `rule ${name}: –`, (client) => removeRule(client, name)),
    openRoute: (route, actor) => change(actor, `route ${route.name}: ${route.kind}`, (client) => openRoute(client, route, now())),
    closeRoute: (name, actor) => change(actor, `route ${name}: closed`, (client) => closeRoute(client, name, now())),
  };
}

async function setRule(client: Queryable, rule: RuleText): Promise<void> {
  await client.query(
    `insert into routing_rules (name, place, condition, action) values ($1, $2, $3, $4)
     on conflict (name) do update set place = excluded.place, condition = excluded.condition, action = excluded.action`,
    [rule.name, rule.place, rule.condition, rule.action],
  );
  readRules(await ruleTexts(client));
}

async function replace(client: Queryable, rules: readonly RuleText[]): Promise<void> {
  readRules(rules);
  await client.query('delete from routing_rules');
  await client.query(
    `insert into routing_rules (name, place, condition, action)
     select name, place, condition, action from jsonb_to_recordset($1) as r(name text, place int, condition text, action text)`,
    [JSON.stringify(rules)],
  );
}

async function removeRule(client: Queryable, name: string): Promise<void> {
  const { rowCount } = await client.query('delete from routing_rules where name = $1', [name]);
  if (rowCount !== 1) throw reject('RULE_UNKNOWN', { params: { rule: name } });
}

async function listRoutes(pool: Queryable): Promise<RouteRecord[]> {
  const { rows } = await pool.query<RouteRecord>(
    `select u.name, u.agency_id as "agencyId", a.name as carrier, u.kind, u.settings, u.opened_at as "openedAt", u.closed_at as "closedAt"
     from upward_routes u join agencies a on a.id = u.agency_id order by u.name`,
  );
  return rows.map(present);
}

async function openRoute(client: Queryable, route: Parameters<RouteBoard['openRoute']>[0], at: Date): Promise<void> {
  const taken = await client.query('select 1 from upward_routes where agency_id = $1 and name <> $2', [route.agencyId, route.name]);
  if (taken.rowCount !== 0) throw reject('CARRIER_TAKEN', { params: { code: route.carrierCode } });
  await client.query(
    `insert into upward_routes (name, agency_id, kind, settings, opened_at) values ($1, $2, $3, $4, $5)
     on conflict (name) do update set agency_id = excluded.agency_id, kind = excluded.kind, settings = excluded.settings, closed_at = null`,
    [route.name, route.agencyId, route.kind, JSON.stringify(route.settings), at],
  );
}

async function closeRoute(client: Queryable, name: string, at: Date): Promise<void> {
  const { rows } = await client.query<{ agency_id: string }>(
    'update upward_routes set closed_at = $2 where name = $1 and closed_at is null returning agency_id',
    [name, at],
  );
  if (rows[0] === undefined) throw reject('ROUTE_UNKNOWN', { params: { route: name } });
  const waiting = await client.query<{ n: number }>(
    `select count(*) as n from deliveries where agency_id = $1 and state = 'waiting' and channel in ('push', 'upward')`,
    [rows[0].agency_id],
  );
  const count = waiting.rows[0]?.n ?? 0;
  if (count > 0) throw reject('ROUTE_IN_USE', { params: { route: name, count } });
}
