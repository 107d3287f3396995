import type { Now } from '../../routing/ports.ts';
import { reject } from '../../routing/problem.ts';
import type { Security } from './security.ts';

/** How far the clock of a client may be from ours, and how long a mark is remembered. */
const freshSeconds = 300;
const mostMarks = 100_000;
const instant = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d{1,9})?(Z|[+-]\d{2}:\d{2})$/;

/** Refuses what is old, and what was used before. */
export interface ReplayGuard {
  /** Throws Rejection WSS_MALFORMED, WSS_EXPIRED. */
  checkTimes(security: Pick<Security, 'created' | 'expires'>): void;
  /** Uses a mark up; what it returns gives it back. Throws Rejection WSS_REPLAYED. */
  use(mark: string): () => void;
}

/**
 * Makes one. Marks are remembered in the memory of this process; what `Created` says makes a message worthless after five minutes
 * everywhere.
 */
export function createReplayGuard(now: Now): ReplayGuard {
  const used = new Map<string, number>();

  function forgetOld(before: number): void {
    for (const [mark, at] of used) {
      if (at >= before && used.size < mostMarks) return;
      used.delete(mark);
    }
  }

  return {
    checkTimes({ created, expires }) {
      const at = now().getTime();
      if (expires !== undefined && at > timeOf(expires, 'Expires') + freshSeconds * 1000) throw expired(expires);
      if (created !== undefined && Math.abs(at - timeOf(created, 'Created')) > freshSeconds * 1000) throw expired(created);
    },
    use(mark) {
      const at = now().getTime();
      // what was made five minutes ahead of our clock may come once more ten minutes from now
      forgetOld(at - 2 * freshSeconds * 1000);
      if (used.has(mark)) throw reject('WSS_REPLAYED');
      used.set(mark, at);
      return () => used.delete(mark);
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
