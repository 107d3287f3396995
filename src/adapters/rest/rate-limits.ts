import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible';
import { reject } from '../../routing/problem.ts';
import { networkOf } from './login-limits.ts';

/** Requests a minute that one client, and one network, may make of this process; 0: as many as it likes. */
export interface Rates {
  readonly clientRate: number;
  readonly addressRate: number;
}

/** Counts a request. Throws Rejection RATE_LIMITED when there were too many in this minute. */
export interface RateLimits {
  ofAddress(address: string): Promise<void>;
  ofClient(id: string): Promise<void>;
}

const windowSeconds = 60;

/** Counts requests in the memory of this process. */
export function createRateLimits({ clientRate, addressRate }: Rates): RateLimits {
  const byAddress = limiter(addressRate, 'a');
  const byClient = limiter(clientRate, 'c');
  return {
    ofAddress: async (address) => count(byAddress, networkOf(address)),
    ofClient: async (id) => count(byClient, id),
  };
}

function limiter(points: number, keyPrefix: string): RateLimiterMemory | undefined {
  return points === 0 ? undefined : new RateLimiterMemory({ points, duration: windowSeconds, keyPrefix });
}

async function count(by: RateLimiterMemory | undefined, who: string): Promise<void> {
  try {
    await by?.consume(who);
  } catch (spent) {
    if (!(spent instanceof RateLimiterRes)) throw spent;
    const seconds = Math.max(1, Math.ceil(spent.msBeforeNext / 1000));
    throw reject('RATE_LIMITED', { params: { who, seconds } });
  }
}
