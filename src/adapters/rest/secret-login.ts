import type { ClientLogin } from '../../routing/clients.ts';
import { createBelieved } from './believed.ts';
import type { Credentials } from './credentials.ts';
import type { Fresh } from './fresh.ts';
import type { LoginLimits } from './login-limits.ts';
import type { RestPorts } from './ports.ts';

/** Lets a client in by id and secret; null when they are wrong. Throws Rejection TOO_MANY_FAILURES. `proof` is what they came in. */
export type SecretLogin = (proof: string, credentials: Credentials, address: string) => Promise<ClientLogin | null>;

interface Checked {
  /** The secrets of the client when one of them was found to be right. */
  readonly hashes: readonly string[];
}

/**
 * Checks secrets, slowly once and then from memory, as long as the client's secrets are the same ones: a secret that was withdrawn
 * or has ended stops to work as soon as the client is read anew. Failures are not kept. Requests with the same new credentials wait
 * for one check.
 */
export function createSecretLogin(
  ports: Pick<RestPorts, 'checkSecret' | 'decoyHash'>,
  directory: Fresh<string, ClientLogin>,
  limits: LoginLimits,
): SecretLogin {
  const believed = createBelieved<Checked>();
  const running = new Map<string, Promise<ClientLogin | null>>();

  async function check({ id, secret }: Credentials): Promise<ClientLogin | null> {
    const found = await directory.read(id);
    const hashes = found === null || found.hashes.length === 0 ? [ports.decoyHash] : found.hashes;
    const right = await ports.checkSecret(secret, hashes);
    return right && found !== null && found.hashes.length > 0 ? found : null;
  }

  async function checkOnce(mark: string, credentials: Credentials, address: string): Promise<ClientLogin | null> {
    const same = running.get(mark);
    if (same !== undefined) return same;
    const checking = limits(credentials.id, address, () => check(credentials));
    running.set(mark, checking);
    try {
      const client = await checking;
      if (client !== null) believed.set(mark, { hashes: client.hashes });
      return client;
    } finally {
      running.delete(mark);
    }
  }

  return async function login(proof, credentials, address) {
    const mark = believed.markOf(proof);
    const known = believed.get(mark);
    const client = known === undefined ? null : await directory.get(credentials.id);
    if (known !== undefined && client !== null && same(known.hashes, client.hashes)) return client;
    return checkOnce(mark, credentials, address);
  };
}

function same(a: readonly string[], b: readonly string[]): boolean {
  return a === b || (a.length === b.length && a.every((hash, i) => hash === b[i]));
}
