import type { IncomingMessage, ServerResponse } from 'node:http';
import { Rejection, reject } from '../../../routing/problem.ts';
import type { ClientScope } from '../../../routing/register.ts';
import { type OperationName, operations, success } from '../wire.ts';
import { agencyPages } from './agencies.ts';
import { sendAnswer, sendBase64, sendBytes, sendList } from './answers.ts';
import type { Door } from './door.ts';
import { receivedList, sentList } from './lists.ts';
import type { AxisLogin, KnownCall } from './login.ts';
import { createAxisLogin } from './login.ts';
import type { AxisCall } from './packages.ts';
import { openEntry, sendEdoc, updateStatus } from './packages.ts';
import type { AxisPorts, AxisSettings } from './ports.ts';
import { refusalAnswer } from './refusal.ts';
import { deleteAgency, registerAgency } from './units.ts';
import { wrong } from './values.ts';

/** Answers one request at or below the path of the protocol. Never throws. */
export type AxisService = (req: IncomingMessage, res: ServerResponse, door: Door) => Promise<void>;

type Handle = (call: AxisCall, door: Door) => Promise<object | undefined>;

/** The protocol of the national axis, for systems that were written for its client library. */
export function createAxisService(ports: AxisPorts, settings: AxisSettings): AxisService {
  const login = createAxisLogin(ports, settings);
  const handlers = handlersOf(ports, settings, login);

  return async function answer(req, res, door) {
    const path = req.url?.split('?', 1)[0] ?? '';
    const name = operationIn(path);
    let known: KnownCall | undefined;
    try {
      await door.arrive(req);
      if (name === null) throw reject('AXIS_OPERATION_UNKNOWN', { params: { operation: path } });
      const { method } = operations[name];
      if (req.method !== method) throw reject('METHOD_NOT_ALLOWED', { params: { method: req.method ?? '', allow: method } });
      known = await login.call(req.rawHeaders);
      await door.countClient(known.client.id);
      needScope(name, known);
      if (!hasBody.has(name)) ignoreBody(req, res, door);
      const reply = await handlers[name]({ ...known, req, res }, door);
      if (reply !== undefined) sendAnswer(res, 200, { ...success, ...reply });
    } catch (error) {
      fail(ports, { req, res, name, systemId: known?.systemId }, error);
    }
  };
}

function handlersOf(ports: AxisPorts, settings: AxisSettings, login: AxisLogin): Record<OperationName, Handle> {
  const count =
    (kind: 'document' | 'status'): Handle =>
    async ({ client }) => ({ count: await ports.lists.count(client.agencyIds, kind) });
  const agencies =
    (name: OperationName): Handle =>
    async ({ res, values }) =>
      void (await sendList(res, agencyPages(ports, name, name === 'getAgenciesListQD20' ? levelIn(values) : undefined)));
  return {
    sendEdoc: async (call, door) => ({ DocId: await sendEdoc(ports, call, door, settings) }),
    getReceivedEdocList: async ({ client, values }) => ({ data: await receivedList(ports, client, values) }),
    getSentEdocList: async ({ client, values }) => ({ data: await sentList(ports, client, values) }),
    async getEdoc(call) {
      const found = await openEntry(ports, call);
      await sendBase64(call.res, found.size, ports.readContent(found));
      return undefined;
    },
    async downloadEdoc(call) {
      const found = await openEntry(ports, call);
      await sendBytes(call.res, found.size, ports.readContent(found));
      return undefined;
    },
    async updateStatus(call) {
      await updateStatus(ports, call);
      return {};
    },
    countReceiveEdoc: count('document'),
    countReceiveStatus: count('status'),
    getAgenciesList: agencies('getAgenciesList'),
    getAgenciesListQD20: agencies('getAgenciesListQD20'),
    getSynchronizeUnit: agencies('getSynchronizeUnit'),
    async registerAgency(call, door) {
      await registerAgency(ports, call, door);
      // it may speak for it with its very next call
      login.forget(call.systemId);
      return {};
    },
    async deleteAgency(call) {
      await deleteAgency(ports, call);
      return {};
    },
  };
}

/** The operation that a path asks for, or null. An endpoint that ends in `/` makes the library ask for `//sendEdoc`. */
export function operationIn(path: string): OperationName | null {
  const name = /^\/*[^/]+\/+([^/]+)\/*$/.exec(path)?.[1] ?? '';
  return Object.hasOwn(operations, name) ? (name as OperationName) : null;
}

/** What these say stands in their bodies; all that other calls say, in their headers. */
const hasBody: ReadonlySet<OperationName> = new Set(['sendEdoc', 'registerAgency']);

function needScope(name: OperationName, { client }: KnownCall): void {
  if (name === 'registerAgency' || name === 'deleteAgency') {
    // a whole document system, not one that only sends or only fetches
    if (client.scopes.includes('send') && client.scopes.includes('receive')) return;
    throw reject('SCOPE_MISSING', { params: { scopes: 'send + receive' } });
  }
  const sending = name === 'sendEdoc' || name === 'getSentEdocList';
  const agencies = name.startsWith('getAgencies') || name === 'getSynchronizeUnit';
  const wanted: readonly ClientScope[] = agencies ? ['send', 'receive'] : [sending ? 'send' : 'receive'];
  if (wanted.some((scope) => client.scopes.includes(scope))) return;
  throw reject('SCOPE_MISSING', { params: { scopes: wanted.join(', ') } });
}

function ignoreBody(req: IncomingMessage, res: ServerResponse, door: Door): void {
  door.letBodyCome(req, res);
  req.resume();
}

function levelIn(values: KnownCall['values']): number | undefined {
  const text = values.get('level')?.trim() ?? '';
  if (text !== '' && !/^[1-9]$/.test(text)) throw wrong('level', text);
  return text === '' ? undefined : Number(text);
}

interface Failing {
  readonly req: IncomingMessage;
  readonly res: ServerResponse;
  readonly name: OperationName | null;
  readonly systemId: string | undefined;
}

function fail(ports: AxisPorts, { req, res, name, systemId }: Failing, error: unknown): void {
  const request = String(res.getHeader('Lienthong-Request') ?? '');
  const about = { request, operation: name, system: systemId };
  const rejection = error instanceof Rejection ? error : reject('INTERNAL', { params: { request } });
  if (rejection.status < 500)
    ports.log.info({ ...about, codes: rejection.problems.map(({ code }) => code).slice(0, 50) }, 'axis call refused');
  else ports.log.error({ ...about, err: error }, 'axis call failed');
  if (res.headersSent || res.destroyed) {
    res.destroy();
    return;
  }
  if (rejection.status === 429 || rejection.status === 503)
    res.setHeader('Retry-After', String(rejection.problems[0]?.params?.['seconds'] ?? 10));
  // the library stores whatever a download answers as the document, unless it is empty
  if (name === 'downloadEdoc') {
    res.removeHeader('Content-Type');
    res.writeHead(rejection.status, { 'Content-Length': 0 }).end();
    return;
  }
  sendAnswer(res, rejection.status, refusalAnswer(rejection, name, systemId));
  req.resume();
}
