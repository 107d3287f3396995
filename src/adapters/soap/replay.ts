import { createHash } from 'node:crypto';
import type { Now } from '../../routing/ports.ts';
import { reject } from '../../routing/problem.ts';
import type { Security } from './security.ts';

/** How far the clock of a client may be from ours, and how long a nonce is remembered. */
const freshSeconds = 300;
const mostNonces = 100_000;
const instant = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d{1,9})?(Z|[+-]\d{2}:\d{2})$/;

/**
 * Refuses tokens that are old or were used before. Nonces are remembered in the memory of this process; what `Created` says makes a
 * token worthless after five minutes everywhere. Throws Rejection WSS_MALFORMED, WSS_EXPIRED, WSS_REPLAYED.
 */
export function createReplayGuard(now: Now): (security: Security) => void {
  const used = new Map<string, number>();

  function forgetOld(before: number): void {
    for (const [mark, at] of used) {
      if (at >= before && used.size < mostNonces) return;
      used.delete(mark);
    }
  }

  return function refuseReplay({ username, nonce, created, expires }) {
    const at = now().getTime();
    if (expires !== undefined && at > timeOf(expires, 'Expires') + freshSeconds * 1000) throw expired(expires);
    if (created !== undefined && Math.abs(at - timeOf(created, 'Created')) > freshSeconds * 1000) throw expired(created);
    if (nonce === undefined) return;
    if (created === undefined) throw reject('WSS_MALFORMED', { params: { detail: 'a Nonce without Created' } });
    const mark = createHash('sha256').update(`${username}\n${nonce}`).digest('base64');
    forgetOld(at - 2 * freshSeconds * 1000);
    if (used.has(mark)) throw reject('WSS_REPLAYED');
    used.set(mark, at);
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
