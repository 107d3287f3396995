import { setMaxListeners } from 'node:events';
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import type { ErrorRequestHandler, Express } from 'express';
import express from 'express';
import helmet from 'helmet';
import { reject } from '../../routing/problem.ts';
import { actHandlers } from './acts.ts';
import { adminHandlers } from './admin.ts';
import { answerError, nameRequest } from './answer.ts';
import type { Operation } from './call.ts';
import { operations } from './call.ts';
import { createCertificateOf } from './client-certificate.ts';
import { createSendContent } from './content.ts';
import { deliveryRoutes, inboxRoutes, senderRoutes } from './contract.ts';
import { actRoutes } from './contract-acts.ts';
import { adminRoutes } from './contract-admin.ts';
import { directoryRoutes } from './contract-directory.ts';
import { documentRoutes } from './contract-documents.ts';
import { deskRoutes, healthRoutes } from './contract-operator.ts';
import { keyRoutes, oauthRoutes } from './contract-public.ts';
import { directoryHandlers } from './directory.ts';
import type { Dispatch } from './dispatch.ts';
import { createDispatch } from './dispatch.ts';
import { documentHandlers } from './documents.ts';
import type { Door, Mount } from './door.ts';
import { createDoor } from './door.ts';
import { healthHandlers } from './health.ts';
import { inboxHandlers } from './inbox.ts';
import { createIngest } from './ingest.ts';
import { keyHandlers } from './keys.ts';
import type { AddressOf, Login } from './login.ts';
import { createLogin } from './login.ts';
import { createTokens, oauthHandlers } from './oauth.ts';
import { deliveryHandlers, deskHandlers } from './operator.ts';
import { packageHandlers } from './packages.ts';
import type { Log, RestPorts, RestSettings } from './ports.ts';
import { receiptHandlers } from './receipts.ts';
import type { Share } from './share.ts';
import { createUploadShare } from './share.ts';

/**
 * The REST API. Packages are posted past express and helmet, which together cost more than all else on that way but the package
 * itself; the same operation, reached through express, does the same.
 */
export function createRestApp(ports: RestPorts, settings: RestSettings): RequestListener {
  setMaxListeners(0, ports.stopping);
  const app = createExpress(settings);
  const addressOf = addressBy(app);
  const trusts = app.get('trust proxy fn') as (address: string, hop: number) => boolean;
  const certificateOf = createCertificateOf({ ...settings, isProxy: (address) => trusts(address, 0), now: ports.now });
  const login = createLogin(ports, { addressOf, certificateOf }, settings);
  const dispatch = createDispatch(login, ports.log);
  const share = createUploadShare(settings.uploads);
  const all = allOperations(ports, settings, addressOf, login, share);
  const send = all.find(({ route }) => route === senderRoutes.sendPackage) as Operation;
  const door = createDoor(login, all, share, settings, createTokens(ports, settings));
  const mounts = ports.mounts ?? [];
  for (const { path, answer } of mounts.filter((one) => one.below !== true)) app.all(path, (req, res) => answer(req, res, door));
  mount(app, all, dispatch, ports.log);

  return function answer(req, res) {
    nameRequest(res, ports.newId());
    if (req.method === 'POST' && req.url === send.route.path) void dispatch(send, req, res, '');
    else if (!answeredBelow(mounts, req, res, door)) app(req, res);
  };
}

/** Has a service that wants everything below its path answer what is there. */
function answeredBelow(mounts: readonly Mount[], req: IncomingMessage, res: ServerResponse, door: Door): boolean {
  const path = req.url?.replace(/^\/+/, '/') ?? '';
  const found = mounts.find((one) => one.below === true && (path === one.path || path.startsWith(`${one.path}/`)));
  void found?.answer(req, res, door);
  return found !== undefined;
}

function allOperations(ports: RestPorts, settings: RestSettings, addressOf: AddressOf, login: Login, share: Share): Operation[] {
  const sendContent = createSendContent(ports.openContent, ports.log);
  const sender = { ...packageHandlers(ports, createIngest(ports, settings, share)), ...receiptHandlers(ports) };
  return [
    ...operations(senderRoutes, sender),
    ...operations(documentRoutes, documentHandlers(ports)),
    ...operations(inboxRoutes, inboxHandlers(ports, sendContent)),
    ...operations(deliveryRoutes, deliveryHandlers(ports)),
    ...operations(directoryRoutes, directoryHandlers(ports)),
    ...operations(deskRoutes, deskHandlers(ports, sendContent)),
    ...operations(actRoutes, actHandlers(ports)),
    ...operations(healthRoutes, healthHandlers(ports, settings, addressOf)),
    ...operations(oauthRoutes, oauthHandlers(createTokens(ports, settings), settings, login, addressOf)),
    ...operations(keyRoutes, keyHandlers(ports)),
    ...operations(adminRoutes, adminHandlers(ports)),
  ];
}

function createExpress(settings: RestSettings): Express {
  const app = express();
  app.disable('x-powered-by');
  app.disable('etag');
  app.set('query parser', false);
  app.set('strict routing', true);
  app.set('case sensitive routing', true);
  app.set('trust proxy', settings.trustedProxies.length === 0 ? false : [...settings.trustedProxies]);
  const nothing = ["'none'"];
  const directives = { defaultSrc: nothing, baseUri: nothing, formAction: nothing, frameAncestors: nothing, sandbox: [] };
  app.use(helmet({ contentSecurityPolicy: { useDefaults: false, directives }, referrerPolicy: { policy: 'no-referrer' } }));
  return app;
}

/** The client's address, taken from X-Forwarded-For only behind proxies that are trusted. */
function addressBy(app: Express): AddressOf {
  const trusts = app.get('trust proxy fn') as (address: string, hop: number) => boolean;
  return function addressOf(req) {
    const direct = req.socket.remoteAddress ?? '';
    const forwarded = String(req.headers['x-forwarded-for'] ?? '')
      .split(',')
      .map((hop) => hop.trim())
      .filter((hop) => hop !== '');
    const hops = [direct, ...forwarded.reverse()];
    const client = hops.findIndex((address, hop) => !trusts(address, hop));
    return hops[client < 0 ? hops.length - 1 : client] ?? direct;
  };
}

/** Every path with its methods; all other methods get 405, all other paths 404. */
function mount(app: Express, all: readonly Operation[], dispatch: Dispatch, log: Log): void {
  for (const [path, sharing] of groupByPath(all)) {
    const byMethod = new Map(sharing.flatMap((operation) => methodsOf(operation).map((method) => [method, operation] as const)));
    const allow = [...byMethod.keys()].join(', ');
    app.all(path.replace(/\{(\w+)\}/g, ':$1'), (req, res) => {
      const operation = byMethod.get(req.method);
      if (operation !== undefined) return dispatch(operation, req, res, String(Object.values(req.params)[0] ?? ''));
      return answerError(req, res, reject('METHOD_NOT_ALLOWED', { params: { method: req.method, allow } }), log);
    });
  }
  app.use((req: IncomingMessage, res: ServerResponse) => answerError(req, res, reject('PATH_UNKNOWN'), log));
  // four parameters are how express knows an error handler
  const onError: ErrorRequestHandler = (error, req, res, _next) => answerError(req, res, error, log);
  app.use(onError);
}

function methodsOf({ route }: Operation): string[] {
  if (route.method === 'post') return ['POST'];
  return route.noHead === true ? ['GET'] : ['GET', 'HEAD'];
}

function groupByPath(all: readonly Operation[]): Map<string, Operation[]> {
  const groups = new Map<string, Operation[]>();
  for (const operation of all) groups.set(operation.route.path, [...(groups.get(operation.route.path) ?? []), operation]);
  return groups;
}
