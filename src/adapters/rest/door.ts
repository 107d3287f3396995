import type { IncomingMessage, ServerResponse } from 'node:http';
import type { PresentedCertificate } from '../../routing/clients.ts';
import type { Client } from '../../routing/verify.ts';
import { checkLength, letBodyCome, readBody } from './body.ts';
import type { Operation } from './call.ts';
import type { Route } from './contract.ts';
import { inboxRoutes, senderRoutes } from './contract.ts';
import type { Credentials } from './credentials.ts';
import { check, missing, needScope, readId, refuseRepeatedHeaders } from './dispatch.ts';
import type { Login } from './login.ts';
import type { createTokens, TokenAnswer } from './oauth.ts';
import type { RestSettings } from './ports.ts';
import type { Share } from './share.ts';

const routes = { ...senderRoutes, ...inboxRoutes };

/** Operations of the REST API that other services offer in words of their own. */
export type DoorOperation = keyof typeof routes;

/** An operation asked for in other words: what REST has in path, query and body. */
export interface DoorCall {
  readonly req: IncomingMessage;
  readonly res: ServerResponse;
  readonly client: Client;
  readonly id?: string;
  readonly query?: Readonly<Record<string, string>>;
  readonly body?: object;
}

/** What another service at the same server has of this one: the same logins, limits and operations. */
export interface Door {
  /** Counts a request of somebody who is not known yet. Throws Rejection RATE_LIMITED. */
  arrive(req: IncomingMessage): Promise<void>;
  /** Counts a request of a client that the service itself let in. Throws Rejection RATE_LIMITED. */
  countClient(id: string): Promise<void>;
  /** Tells a client that waits for `100 Continue` to send its body. */
  letBodyCome(req: IncomingMessage, res: ServerResponse): void;
  /** The client that asks. Throws as logging in does, and Rejection HEADER_REPEATED. */
  login(req: IncomingMessage): Promise<Client>;
  /** True when the request brings what HTTP logs in with: an Authorization header, or the certificate of a client. */
  hasLogin(req: IncomingMessage): Promise<boolean>;
  /** The client of an id and a secret that came in the body. Throws as `login`. */
  loginWith(req: IncomingMessage, credentials: Credentials): Promise<Client>;
  /** The client of a certificate that it has proven to own in the body. Counts the request. Throws Rejection CLIENT_CERTIFICATE_UNKNOWN. */
  loginWithCertificate(certificate: PresentedCertificate): Promise<Client>;
  /** A token for a client that was let in by its secret, with all its scopes. */
  tokenFor(client: Client): Promise<TokenAnswer>;
  /** Throws Rejection SCOPE_MISSING unless the client may do it. */
  need(operation: DoorOperation, client: Client): void;
  /** The JSON answer of an operation that answers so. Throws what REST would answer as an error. */
  ask(operation: DoorOperation, call: DoorCall): Promise<object>;
  /** The body, streamed. Throws Rejection PACKAGE_TOO_LARGE, naming the limit of packages, over `bytes`; BODY_INCOMPLETE. */
  body(req: IncomingMessage, res: ServerResponse, bytes: number): AsyncIterable<Uint8Array>;
  /** Runs what takes a package in; its room is shared with REST. Throws Rejection GATEWAY_BUSY. */
  readonly share: Share;
}

/** Another service under a path of its own. It answers its own errors. */
export interface Mount {
  readonly path: string;
  /** Everything below the path too, slashes doubled or not, at once: past express and its headers for browsers. */
  readonly below?: true;
  answer(req: IncomingMessage, res: ServerResponse, door: Door): Promise<void>;
}

/** Makes the door for other services. */
export function createDoor(
  login: Login,
  all: readonly Operation[],
  share: Share,
  settings: Pick<RestSettings, 'packageLimit' | 'bodyIdleSeconds'>,
  tokens: ReturnType<typeof createTokens>,
): Door {
  return {
    share,
    arrive: login.arrive,
    countClient: login.countClient,
    letBodyCome,
    async login(req) {
      refuseRepeatedHeaders(req);
      return login.client(req);
    },
    hasLogin: async (req) => req.headers.authorization !== undefined || (await login.byCertificate(req)) !== null,
    loginWith: (req, credentials) => login.byPassword(req, credentials),
    tokenFor: (client) => tokens(client, client.scopes),
    loginWithCertificate: login.byProvenCertificate,
    need: (operation, client) => needScope(routes[operation], client),
    async ask(operation, { req, res, client, id: given = '', query = {}, body = {} }) {
      const route: Route = routes[operation];
      needScope(route, client);
      const { handle } = all.find((one) => one.route === route) as Operation;
      const id = readId(route, given);
      const read = { query: check(route.query, query, 'QUERY_INVALID'), body: route.body && check(route.body, body, 'JSON_INVALID') };
      const reply = await handle({ req, res, client, id, ...read });
      if (reply?.json === undefined) throw missing(route, given);
      return reply.json;
    },
    body(req, res, bytes) {
      const { packageLimit: named, bodyIdleSeconds: idleSeconds } = settings;
      const limits = { bytes, named, idleSeconds, tooLarge: 'PACKAGE_TOO_LARGE' } as const;
      checkLength(req, limits);
      letBodyCome(req, res);
      return readBody(req, limits);
    },
  };
}
