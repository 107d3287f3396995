import type { UsedMarks } from '../../routing/clients.ts';
import type { Now } from '../../routing/ports.ts';
import { reject } from '../../routing/problem.ts';
import type { Security } from './security.ts';

/** How far the clock of a client may be from ours. */
const freshSeconds = 300;
/** What was made five minutes ahead of our clock may come once more ten minutes from now. */
const rememberedSeconds = 2 * freshSeconds;
const instant = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d{1,9})?(Z|[+-]\d{2}:\d{2})$/;

/** Refuses what is old, and what was used before. */
export interface ReplayGuard {
  /** Throws Rejection WSS_MALFORMED, WSS_EXPIRED. */
  checkTimes(security: Pick<Security, 'created' | 'expires'>): void;
  /** Uses a mark up, in all processes of the gateway; what it returns gives it back. Throws Rejection WSS_REPLAYED, STORE_UNAVAILABLE. */
  use(mark: string): Promise<() => Promise<void>>;
}

/** Makes one. */
export function createReplayGuard(marks: Pick<UsedMarks, 'use' | 'giveBack'>, now: Now): ReplayGuard {
  return {
    checkTimes({ created, expires }) {
      const at = now().getTime();
      if (expires !== undefined && at > timeOf(expires, 'Expires') + freshSeconds * 1000) throw expired(expires);
      if (created !== undefined && Math.abs(at - timeOf(created, 'Created')) > freshSeconds * 1000) throw expired(created);
    },
    async use(mark) {
      if (!(await marks.use(mark, rememberedSeconds))) throw reject('WSS_REPLAYED');
      // one that can't be given back stays used up: its sender signs anew
      return () => marks.giveBack(mark).catch(() => undefined);
    },
  };
}

function timeOf(text: string, name: string): number {
  const time = instant.test(text) ? Date.parse(text) : Number.NaN;
  if (Number.isNaN(time)) throw reject('WSS_MALFORMED', { params: { detail: `${name} is no instant with its offset` } });
  return time;
}

function expired(time: string) {
  return reject('WSS_EXPIRED', { params: { time, seconds: freshSeconds } });
}
