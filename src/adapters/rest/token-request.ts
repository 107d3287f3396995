import type { IncomingMessage, ServerResponse } from 'node:http';
import { reject } from '../../routing/problem.ts';
import type { BodyLimits } from './body.ts';
import { checkLength, letBodyCome, readBody } from './body.ts';
import type { Credentials } from './credentials.ts';
import { readCredentials } from './credentials.ts';

/** A request for a token (RFC 6749, 4.4.2), well-formed; nothing in it is trusted yet. */
export interface TokenRequest {
  /** As the client authenticates; absent when only its certificate speaks. */
  readonly credentials?: Credentials;
  /** The client that the body names, with or without a secret. */
  readonly clientId?: string;
  /** Scopes asked for; all of the client when absent. */
  readonly scopes?: readonly string[];
}

const limits: BodyLimits = { bytes: 8192, idleSeconds: 10, tooLarge: 'FORM_TOO_LARGE' };
const formType = /^application\/x-www-form-urlencoded\s*(;\s*charset="?utf-8"?\s*)?$/i;
/** RFC 6749, appendix A.4, as far as our scopes go. */
const scopeForm = /^[a-z]{1,20}( [a-z]{1,20}){0,9}$/;

/** Reads it. Throws Rejection TOKEN_REQUEST_INVALID, GRANT_UNSUPPORTED, UNAUTHENTICATED, FORM_TOO_LARGE, BODY_INCOMPLETE. */
export async function readTokenRequest(req: IncomingMessage, res: ServerResponse): Promise<TokenRequest> {
  if (!formType.test(req.headers['content-type'] ?? '')) throw malformed('Content-Type is not application/x-www-form-urlencoded');
  const form = readForm(await wholeBody(req, res));
  const grant = form.get('grant_type');
  if (grant === undefined) throw malformed('grant_type is missing');
  if (grant !== 'client_credentials') throw reject('GRANT_UNSUPPORTED');
  const scope = form.get('scope');
  if (scope !== undefined && !scopeForm.test(scope)) throw malformed('scope is not a list of names separated by one space');
  const credentials = credentialsOf(req, form);
  const clientId = form.get('client_id');
  return {
    ...(credentials === undefined ? {} : { credentials }),
    ...(clientId === undefined ? {} : { clientId }),
    ...(scope === undefined ? {} : { scopes: scope.split(' ') }),
  };
}

/** client_secret_basic or client_secret_post; both at once are refused (RFC 6749, 2.3). */
function credentialsOf(req: IncomingMessage, form: ReadonlyMap<string, string>): Credentials | undefined {
  const { authorization } = req.headers;
  const secret = form.get('client_secret');
  const id = form.get('client_id');
  if (form.has('client_assertion') || form.has('client_assertion_type')) throw malformed('client assertions are not supported');
  if (authorization === undefined) {
    if (secret === undefined) return undefined;
    if (id === undefined) throw malformed('client_id is missing');
    return known(readCredentials(basic(id, secret)));
  }
  if (secret !== undefined) throw malformed('the client authenticates in two ways at once');
  if (!/^basic /i.test(authorization)) throw reject('UNAUTHENTICATED');
  const given = known(readCredentials(authorization));
  if (id !== undefined && id !== given.id) throw malformed('client_id is not the client that authenticates');
  return given;
}

const basic = (id: string, secret: string) => `Basic ${Buffer.from(`${id}:${secret}`).toString('base64')}`;

function known(credentials: Credentials | null): Credentials {
  if (credentials === null) throw reject('UNAUTHENTICATED');
  return credentials;
}

async function wholeBody(req: IncomingMessage, res: ServerResponse): Promise<string> {
  checkLength(req, limits);
  letBodyCome(req, res);
  const chunks: Uint8Array[] = [];
  for await (const chunk of readBody(req, limits)) chunks.push(chunk);
  return Buffer.concat(chunks).toString('latin1');
}

/** Parameters without a value count as left out; one that is there twice is refused (RFC 6749, 3.2). */
function readForm(text: string): ReadonlyMap<string, string> {
  const form = new Map<string, string>();
  for (const [name, value] of new URLSearchParams(text)) {
    if (form.has(name)) throw malformed(`${name.slice(0, 40)} is there twice`);
    if (value !== '') form.set(name, value);
  }
  return form;
}

function malformed(detail: string) {
  return reject('TOKEN_REQUEST_INVALID', { params: { detail } });
}
