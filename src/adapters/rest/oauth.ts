import type { ClientLogin } from '../../routing/clients.ts';
import { reject } from '../../routing/problem.ts';
import type { Client } from '../../routing/verify.ts';
import type { Call, Handlers } from './call.ts';
import type { oauthRoutes } from './contract-public.ts';
import type { AddressOf, Login } from './login.ts';
import type { RestPorts, RestSettings } from './ports.ts';
import { readTokenRequest, type TokenRequest } from './token-request.ts';

const scopes = ['send', 'receive', 'operate', 'audit', 'admin'] as const;

/** What a client gets that may have a token (RFC 6749, 5.1). */
export interface TokenAnswer {
  readonly access_token: string;
  readonly token_type: 'Bearer';
  readonly expires_in: number;
  readonly scope: string;
}

/** Makes tokens for clients that were let in. */
export function createTokens(
  { issueToken, now }: Pick<RestPorts, 'issueToken' | 'now'>,
  { tokenSeconds }: Pick<RestSettings, 'tokenSeconds'>,
): (client: Client, granted: readonly string[]) => Promise<TokenAnswer> {
  return async function tokenFor({ id: clientId }, granted) {
    const issuedAt = now();
    const expiresAt = new Date(issuedAt.getTime() + tokenSeconds * 1000);
    const token = await issueToken({ clientId, scopes: granted, issuedAt, expiresAt });
    return { access_token: token, token_type: 'Bearer', expires_in: tokenSeconds, scope: granted.join(' ') };
  };
}

/** The token endpoint (RFC 6749, client credentials) and its metadata (RFC 8414). */
export function oauthHandlers(
  tokenFor: ReturnType<typeof createTokens>,
  { publicUrl }: Pick<RestSettings, 'publicUrl'>,
  login: Login,
  addressOf: AddressOf,
): Handlers<typeof oauthRoutes> {
  async function authenticate({ req }: Call, { credentials, clientId }: TokenRequest): Promise<ClientLogin> {
    const owner = await login.byCertificate(req);
    if (credentials === undefined) {
      if (owner === null || (clientId !== undefined && clientId !== owner.id)) throw reject('UNAUTHENTICATED');
      return owner;
    }
    const proof = `${credentials.id}:${credentials.secret}`;
    const client = await login.bySecret(proof, credentials, addressOf(req));
    if (client === null) throw reject('UNAUTHENTICATED');
    if (owner !== null && owner.id !== client.id) throw reject('CLIENT_CERTIFICATE_OF_ANOTHER');
    return client;
  }

  return {
    async issueToken(call) {
      await login.arrive(call.req);
      const request = await readTokenRequest(call.req, call.res);
      const client = await authenticate(call, request);
      const granted = request.scopes ?? client.scopes;
      const missing = granted.filter((scope) => !client.scopes.includes(scope));
      if (missing.length > 0) throw reject('SCOPE_NOT_GRANTED', { params: { scopes: missing.join(' ') } });
      return { json: await tokenFor(client, granted), headers: { 'Cache-Control': 'no-store', Pragma: 'no-cache' } };
    },

    async showOauth() {
      if (publicUrl === undefined) return null;
      const metadata = {
        issuer: publicUrl,
        token_endpoint: `${publicUrl}/oauth/token`,
        token_endpoint_auth_methods_supported: ['client_secret_basic', 'client_secret_post', 'tls_client_auth'],
        grant_types_supported: ['client_credentials'],
        response_types_supported: [],
        scopes_supported: [...scopes],
        jwks_uri: `${publicUrl}/.well-known/lienthong-keys`,
      };
      return { json: metadata, headers: { 'Cache-Control': 'public, max-age=300' } };
    },
  };
}
