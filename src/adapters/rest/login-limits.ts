import { isIPv6 } from 'node:net';
import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible';
import type { LoginFailures } from '../../routing/clients.ts';
import type { Now } from '../../routing/ports.ts';
import { reject } from '../../routing/problem.ts';

/** Failed logins that are let pass in a time: for one client id from one network, and for all ids from one network. */
export interface FailureLimits {
  readonly loginFailures: number;
  readonly addressLoginFailures: number;
  readonly loginLockSeconds: number;
}

/** Runs a check of a secret if it may run. Throws Rejection TOO_MANY_FAILURES. */
export type LoginLimits = <T>(id: string, address: string, check: () => Promise<T | null>) => Promise<T | null>;

/** Checks of secrets that run at the same time, and that may wait: they are slow on purpose and would take the machine over. */
const checks = { running: 2, waiting: 64 };

/** What counting asks of the world; without `loginFailures` this process counts alone. */
export interface LimitPorts {
  readonly loginFailures?: Omit<LoginFailures, 'forget'>;
  readonly now: Now;
}

/**
 * Guards the slow check of secrets. Failures count in the memory of this process, which answers whoever is locked out, and for all
 * processes together in the database, which is asked and told only around a slow check: a login that is known costs neither. A database
 * that is away leaves the memory. `run` throws Rejection TOO_MANY_FAILURES when this client id from this network, or the network,
 * failed too often; it counts what `check` says no to. Somebody else's failures never lock a client out.
 */
export function createLoginLimits(
  { loginFailures, addressLoginFailures, loginLockSeconds: duration }: FailureLimits,
  { loginFailures: shared, now }: LimitPorts,
): LoginLimits {
  const ofClient = new RateLimiterMemory({ points: loginFailures, duration, keyPrefix: 'c' });
  const ofNetwork = new RateLimiterMemory({ points: addressLoginFailures, duration, keyPrefix: 'n' });
  const gate = createGate();

  /** What other processes counted works here from now on, too. */
  async function heed(network: string, pair: string): Promise<void> {
    const found = await shared?.read([`n ${network}`, `c ${pair}`]).catch(() => undefined);
    const heedOne = async (key: string, limiter: RateLimiterMemory, who: string, points: number) => {
      const one = found?.get(key);
      const left = ((one?.endsAt.getTime() ?? 0) - now().getTime()) / 1000;
      if (one !== undefined && one.failures >= points && left > 0) await limiter.block(who, left);
    };
    await heedOne(`n ${network}`, ofNetwork, network, addressLoginFailures);
    await heedOne(`c ${pair}`, ofClient, pair, loginFailures);
  }

  async function count(network: string, pair: string): Promise<void> {
    await Promise.all([spend(ofNetwork, network), spend(ofClient, pair)]);
    await shared?.add([`n ${network}`, `c ${pair}`], duration).catch(() => undefined);
  }

  return async function run<T>(id: string, address: string, check: () => Promise<T | null>): Promise<T | null> {
    const network = networkOf(address);
    const pair = `${id} ${network}`;
    const refuseIfSpent = async () => {
      refuse(await ofNetwork.get(network), addressLoginFailures);
      refuse(await ofClient.get(pair), loginFailures);
    };
    await refuseIfSpent();
    return gate(async () => {
      await heed(network, pair);
      // those that waited here may all be over the limit by now
      await refuseIfSpent();
      const found = await check();
      if (found === null) await count(network, pair);
      return found;
    });
  };
}

/** Whoever has an IPv6 address has 2^64 of them: the network stands for all. */
export function networkOf(address: string): string {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address);
  if (mapped?.[1] !== undefined) return mapped[1];
  if (!isIPv6(address)) return address;
  const [head = '', tail] = address.split('%')[0]?.split('::') ?? [];
  const groups = head === '' ? [] : head.split(':');
  const rest = tail === undefined || tail === '' ? [] : tail.split(':');
  const filled = [...groups, ...Array<string>(Math.max(0, 8 - groups.length - rest.length)).fill('0'), ...rest];
  return `${filled
    .slice(0, 4)
    .map((group) => Number.parseInt(group, 16).toString(16))
    .join(':')}::/64`;
}

function refuse(spent: RateLimiterRes | null, points: number): void {
  if (spent !== null && spent.consumedPoints >= points) throw tooMany(spent.msBeforeNext);
}

function tooMany(milliseconds: number) {
  return reject('TOO_MANY_FAILURES', { params: { seconds: Math.max(1, Math.ceil(milliseconds / 1000)) } });
}

async function spend(limiter: RateLimiterMemory, key: string): Promise<void> {
  try {
    await limiter.consume(key);
  } catch (spent) {
    // the one that used up the last point is still answered as a failed login
    if (!(spent instanceof RateLimiterRes)) throw spent;
  }
}

function createGate() {
  let running = 0;
  const queue: (() => void)[] = [];
  return async function gate<T>(work: () => Promise<T>): Promise<T> {
    if (running >= checks.running) {
      if (queue.length >= checks.waiting) throw tooMany(1000);
      await new Promise<void>((resolve) => queue.push(resolve));
    } else {
      running += 1;
    }
    try {
      return await work();
    } finally {
      const next = queue.shift();
      if (next === undefined) running -= 1;
      else next();
    }
  };
}
