import { end } from './act-moves.ts';
import type { Move } from './delivery.ts';
import type { Locked } from './desk.ts';
import { withdrawalCode } from './ruling.ts';

/** Cancels a delivery that its sender withdrew during an attempt, once that attempt has ended without success; null: not so any more. */
export function endWithdrawn({ delivery, leased, standing }: Locked, now: Date): Move | null {
  if (delivery.state !== 'waiting' || delivery.gate !== 'withdrawn' || leased) return null;
  return end(delivery, 'cancelled', { code: withdrawalCode(standing) }, now);
}

/** Cancels the delivery of a recall whose document never reached the recipient; null: not so any more. */
export function notNeeded({ delivery }: Locked, now: Date): Move | null {
  if (delivery.state !== 'waiting' || delivery.gate !== 'received') return null;
  return end(delivery, 'cancelled', { code: 'ACT_BEFORE_DELIVERY', params: { recipient: delivery.recipient } }, now);
}
