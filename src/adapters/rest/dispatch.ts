import type { IncomingMessage, ServerResponse } from 'node:http';
import type { z } from 'zod';
import type { Problem } from '../../routing/problem.ts';
import { Rejection, reject } from '../../routing/problem.ts';
import type { Client } from '../../routing/verify.ts';
import { answerError, sendReply } from './answer.ts';
import { readJson } from './body.ts';
import type { Operation } from './call.ts';
import type { Route } from './contract.ts';
import type { Login } from './login.ts';
import type { Log } from './ports.ts';

const nobody: Client = { id: '', scopes: [], agencyIds: new Set() };
const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

/** Headers of which node silently drops the second: whoever else reads the request might take the other one. */
const once = new Set([
  'host',
  'content-type',
  'content-length',
  'authorization',
  'transfer-encoding',
  'range',
  'expect',
  'idempotency-key',
]);

/** Runs an operation for a request: login, scope, query, body, handler, answer. `pathId` is the id in the path as it came in. */
export type Dispatch = (operation: Operation, req: IncomingMessage, res: ServerResponse, pathId: string) => Promise<void>;

/** The one way through which every request reaches its handler. */
export function createDispatch(login: Login, log: Log): Dispatch {
  return async function dispatch({ route, handle }, req, res, pathId) {
    try {
      refuseRepeatedHeaders(req);
      const client = route.scopes.length === 0 ? nobody : await login.client(req);
      needScope(route, client);
      const id = readId(route, pathId);
      const query = readQuery(route, req.url ?? '');
      const body = route.body === undefined ? undefined : check(route.body, await readJson(req, res), 'JSON_INVALID');
      const reply = await handle({ req, res, client, id, query, body });
      if (reply === null) throw missing(route, id);
      if (reply !== undefined) sendReply(res, reply);
    } catch (error) {
      answerError(req, res, error, log, route.errors);
    }
  };
}

/** Throws Rejection HEADER_REPEATED. */
export function refuseRepeatedHeaders({ rawHeaders }: IncomingMessage): void {
  const seen = new Set<string>();
  for (let i = 0; i < rawHeaders.length; i += 2) {
    const name = (rawHeaders[i] as string).toLowerCase();
    if (!once.has(name)) continue;
    if (seen.has(name)) throw reject('HEADER_REPEATED', { at: name, params: { header: name } });
    seen.add(name);
  }
}

/** Throws Rejection SCOPE_MISSING. */
export function needScope(route: Route, client: Client): void {
  if (route.scopes.length === 0 || route.scopes.some((scope) => client.scopes.includes(scope))) return;
  throw reject('SCOPE_MISSING', { params: { scopes: route.scopes.join(', ') } });
}

/** The id in a path, in lower case. Throws Rejection with the code of the route when it can be none of ours. */
export function readId(route: Route, pathId: string): string {
  const id = pathId.toLowerCase();
  if (route.missing !== undefined && !uuid.test(id)) throw missing(route, pathId);
  return id;
}

/** What is said when an id names nothing that the caller may see. */
export function missing(route: Route, id: string): Rejection {
  const name = /\{(\w+)\}/.exec(route.path)?.[1] ?? 'id';
  return reject(route.missing ?? 'PATH_UNKNOWN', { params: { [name]: id } });
}

function readQuery(route: Route, url: string): unknown {
  const start = url.indexOf('?');
  const values: Record<string, string> = Object.create(null);
  if (start >= 0) {
    for (const [name, value] of new URLSearchParams(url.slice(start + 1))) {
      if (name in values) throw reject('QUERY_INVALID', { at: name, params: { name, detail: 'given twice' } });
      values[name] = value;
    }
  }
  return check(route.query, { ...values }, 'QUERY_INVALID');
}

/** What a shape makes of a value. Throws Rejection QUERY_INVALID, JSON_INVALID. */
export function check(shape: z.ZodType, value: unknown, code: 'QUERY_INVALID' | 'JSON_INVALID'): unknown {
  const result = shape.safeParse(value);
  if (result.success) return result.data;
  throw new Rejection(result.error.issues.flatMap((issue) => problemsOf(issue, code)));
}

function problemsOf(issue: z.core.$ZodIssue, code: 'QUERY_INVALID' | 'JSON_INVALID'): Problem[] {
  const names = issue.code === 'unrecognized_keys' ? issue.keys.map((key) => [...issue.path, key]) : [issue.path];
  const detail = issue.code === 'unrecognized_keys' ? 'unknown name' : issue.message;
  return names.map((path) => {
    const name = path.join('.').slice(0, 200);
    return { code, at: name, params: { name, detail: code === 'JSON_INVALID' && name !== '' ? `${name}: ${detail}` : detail } };
  });
}
