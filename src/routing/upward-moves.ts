import type { Delivery, Move } from './delivery.ts';
import { allow, settled } from './delivery.ts';

/**
 * The system above, which had taken a package for a recipient, says later that the recipient does not get it: what was delivered to that
 * system has failed after all, and the sender is told. Throws MOVE_NOT_ALLOWED unless it was delivered upward.
 */
export function fallThrough(delivery: Delivery, detail: string, now: Date): Move {
  allow('fail', delivery, delivery.channel === 'upward' ? ['delivered'] : []);
  const problem = { code: 'REFUSED_BY_RECIPIENT', params: { reason: detail } } as const;
  return {
    delivery: { ...settled(delivery, 'failed', now), problem },
    receipt: 'failed',
    event: 'delivery.fell_through',
    reason: detail,
  };
}
