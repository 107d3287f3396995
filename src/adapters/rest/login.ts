import { createHmac, randomBytes } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { reject } from '../../routing/problem.ts';
import type { Client } from '../../routing/verify.ts';
import type { Credentials } from './credentials.ts';
import { readCredentials } from './credentials.ts';
import { createLoginLimits } from './login-limits.ts';
import type { RestPorts } from './ports.ts';

/** How long a login that was checked is believed: also how long a withdrawn secret may still work. */
const believedMilliseconds = 60_000;
const mostBelieved = 5000;

/** What logging in asks of the world. */
export type LoginPorts = Pick<RestPorts, 'clientForLogin' | 'checkSecret' | 'decoyHash' | 'now'>;

/** Lets a client in by its credentials, or throws Rejection UNAUTHENTICATED or TOO_MANY_FAILURES. */
export type Login = (req: IncomingMessage) => Promise<Client>;

/** Where a request comes from, proxies taken into account. */
export type AddressOf = (req: IncomingMessage) => string;

/**
 * Checks credentials, slowly once and then from memory. What is kept is an HMAC under a key of this process, never a secret,
 * and failures are not kept. Requests with the same new credentials wait for one check.
 */
export function createLogin(ports: LoginPorts, addressOf: AddressOf): Login {
  const key = randomBytes(32);
  const limits = createLoginLimits();
  const believed = new Map<string, { readonly client: Client; readonly until: number }>();
  const running = new Map<string, Promise<Client | null>>();

  async function check({ id, secret }: Credentials): Promise<Client | null> {
    const found = await ports.clientForLogin(id, ports.now());
    const right = await ports.checkSecret(secret, found === null || found.hashes.length === 0 ? [ports.decoyHash] : found.hashes);
    return right && found !== null && found.hashes.length > 0 ? { id: found.id, scopes: found.scopes, agencyIds: found.agencyIds } : null;
  }

  function believe(mark: string, client: Client): void {
    const oldest = believed.size >= mostBelieved ? believed.keys().next().value : undefined;
    if (oldest !== undefined) believed.delete(oldest);
    // deleted first, so that it moves to the young end
    believed.delete(mark);
    believed.set(mark, { client, until: performance.now() + believedMilliseconds });
  }

  async function checkOnce(mark: string, credentials: Credentials, address: string): Promise<Client | null> {
    const same = running.get(mark);
    if (same !== undefined) return same;
    const checking = limits(credentials.id, address, () => check(credentials));
    running.set(mark, checking);
    try {
      const client = await checking;
      if (client !== null) believe(mark, client);
      return client;
    } finally {
      running.delete(mark);
    }
  }

  return async function login(req) {
    const { authorization } = req.headers;
    if (authorization === undefined) throw reject('UNAUTHENTICATED');
    const mark = createHmac('sha256', key).update(authorization).digest('binary');
    const known = believed.get(mark);
    if (known !== undefined && known.until > performance.now()) return known.client;
    const credentials = readCredentials(authorization);
    if (credentials === null) throw reject('UNAUTHENTICATED');
    const client = await checkOnce(mark, credentials, addressOf(req));
    if (client === null) throw reject('UNAUTHENTICATED');
    return client;
  };
}
