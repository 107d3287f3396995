/** Client id and secret as a request gives them. */
export interface Credentials {
  readonly id: string;
  readonly secret: string;
}

const clientId = /^[a-z0-9][a-z0-9._-]{0,62}$/;
const longestSecret = 200;

/** Reads `Authorization: Basic …` and `Authorization: Bearer <client id>.<secret>`; null for anything that can't be a login of ours. */
export function readCredentials(authorization: string | undefined): Credentials | null {
  const [, scheme, token] = /^(basic|bearer) +([A-Za-z0-9._~+/=-]+) *$/i.exec(authorization ?? '') ?? [];
  if (scheme === undefined || token === undefined) return null;
  const text = scheme.toLowerCase() === 'basic' ? Buffer.from(token, 'base64').toString('utf8') : token;
  // a secret has no dot, a client id may have some
  const at = scheme.toLowerCase() === 'basic' ? text.indexOf(':') : text.lastIndexOf('.');
  if (at < 0) return null;
  const id = text.slice(0, at);
  const secret = text.slice(at + 1);
  return isCredentials({ id, secret }) ? { id, secret } : null;
}

/** False for what can't be a login of ours. */
export function isCredentials({ id, secret }: Credentials): boolean {
  return clientId.test(id) && secret.length > 0 && secret.length <= longestSecret;
}
