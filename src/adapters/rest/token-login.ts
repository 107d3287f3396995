import type { AccessToken } from '../../routing/access-token.ts';
import type { ClientLogin } from '../../routing/clients.ts';
import { reject } from '../../routing/problem.ts';
import type { Client } from '../../routing/verify.ts';
import { createBelieved } from './believed.ts';
import type { Fresh } from './fresh.ts';
import type { RestPorts } from './ports.ts';

/** An access token of ours: a signed JWT (RFC 9068). A client id has no capital letter, so `<client id>.<secret>` never looks so. */
const tokenForm = /^bearer +(eyJ[\w-]+\.[\w-]+\.[\w-]+) *$/i;
const longestToken = 4096;

/** The token of an Authorization header, or null when it holds none. */
export function readToken(authorization: string): string | null {
  const token = tokenForm.exec(authorization)?.[1];
  return token === undefined || token.length > longestToken ? null : token;
}

/** Lets a client in by an access token. Throws Rejection TOKEN_INVALID, TOKEN_EXPIRED, TOKEN_WITHDRAWN. */
export type TokenLogin = (token: string) => Promise<Client>;

/**
 * Checks tokens. The client is read anew each second: its scopes are those of the token that it still has, and when it is suspended
 * its tokens are worth nothing.
 */
export function createTokenLogin(
  { readToken: read, now }: Pick<RestPorts, 'readToken' | 'now'>,
  directory: Fresh<string, ClientLogin>,
): TokenLogin {
  const believed = createBelieved<AccessToken>();

  async function verified(text: string): Promise<AccessToken> {
    const mark = believed.markOf(text);
    const known = believed.get(mark);
    if (known !== undefined) return known;
    const token = await read(text);
    believed.set(mark, token);
    return token;
  }

  return async function login(text) {
    const token = await verified(text);
    if (token.expiresAt <= now()) throw reject('TOKEN_EXPIRED');
    const client = await directory.get(token.clientId);
    if (client === null || (client.tokensFrom !== undefined && token.issuedAt < client.tokensFrom)) throw reject('TOKEN_WITHDRAWN');
    return { ...client, scopes: client.scopes.filter((scope) => token.scopes.includes(scope)) };
  };
}
