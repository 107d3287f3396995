import { verify, X509Certificate } from 'node:crypto';
import type { AccessToken, IssueToken, ReadToken } from '../../routing/access-token.ts';
import type { PublicKey } from '../../routing/gateway-keys.ts';
import type { NewId } from '../../routing/ports.ts';
import { reject } from '../../routing/problem.ts';
import type { GatewayKey } from './gateway-key.ts';

/** What tokens are made and checked with. */
export interface TokenKeys {
  /** Identifier of the gateway: issuer and audience of every token. */
  readonly gateway: string;
  readonly current: () => GatewayKey;
  /** A key that this gateway signs or has signed with. */
  readonly byFingerprint: (fingerprint: string) => Promise<PublicKey | undefined>;
  readonly newId: NewId;
}

const algorithms = { 'ecdsa-sha256': 'ES256', 'rsa-sha256': 'RS256' } as const;

/** Makes access tokens: JWT as RFC 9068 profiles it, signed with the gateway's key. `iat` and `exp` are exact to the millisecond. */
export function createIssueToken({ gateway, current, newId }: TokenKeys): IssueToken {
  return async ({ clientId, scopes, issuedAt, expiresAt }) => {
    const key = current();
    const header = { alg: algorithms[key.algorithm], typ: 'at+jwt', kid: key.fingerprint };
    const claims = {
      iss: gateway,
      aud: gateway,
      sub: clientId,
      client_id: clientId,
      scope: scopes.join(' '),
      iat: issuedAt.getTime() / 1000,
      exp: expiresAt.getTime() / 1000,
      jti: newId(),
    };
    const signed = `${encode(header)}.${encode(claims)}`;
    return `${signed}.${(await key.sign(Buffer.from(signed))).toString('base64url')}`;
  };
}

/** Reads tokens that this gateway made, also with a key that has been retired since. The algorithm is that of the key, never the token's. */
export function createReadToken({ gateway, byFingerprint }: Omit<TokenKeys, 'current' | 'newId'>): ReadToken {
  return async (text) => {
    const [head = '', body = '', signature = ''] = text.split('.');
    const header = decode(head);
    const key = typeof header['kid'] === 'string' && /^[0-9a-f]{64}$/.test(header['kid']) ? await byFingerprint(header['kid']) : undefined;
    if (key === undefined) throw invalid('signed with a key that is none of this gateway');
    if (header['typ'] !== 'at+jwt' || header['alg'] !== algorithms[key.algorithm]) throw invalid('type or algorithm');
    const { publicKey } = new X509Certificate(key.der);
    const value = Buffer.from(signature, 'base64url');
    if (!verify('sha256', Buffer.from(`${head}.${body}`), { key: publicKey, dsaEncoding: 'ieee-p1363' }, value)) throw invalid('signature');
    return tokenOf(decode(body), gateway);
  };
}

function tokenOf(claims: Readonly<Record<string, unknown>>, gateway: string): AccessToken {
  const { iss, aud, client_id: clientId, scope, iat, exp } = claims;
  if (iss !== gateway || aud !== gateway) throw invalid('issued for another gateway');
  if (typeof clientId !== 'string' || typeof scope !== 'string' || typeof iat !== 'number' || typeof exp !== 'number') {
    throw invalid('claims are missing');
  }
  return { clientId, scopes: scope.split(' '), issuedAt: new Date(iat * 1000), expiresAt: new Date(exp * 1000) };
}

const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');

function decode(part: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(Buffer.from(part, 'base64url').toString('utf8'));
    if (typeof value === 'object' && value !== null) return value as Readonly<Record<string, unknown>>;
  } catch {
    // answered below: not JSON is no token either
  }
  throw invalid('not a token');
}

function invalid(detail: string) {
  return reject('TOKEN_INVALID', { params: { detail } });
}
