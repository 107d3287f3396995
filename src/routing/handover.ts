import type { Delivery, Move } from './delivery.ts';
import { Rejection } from './problem.ts';

/**
 * What becomes of a delivery that waits for an agency which has ended: it goes on to the one that follows, by `readdress`, or is held
 * when a person must choose. Null when it goes where it went before, or nobody follows: then its deadline decides.
 */
export async function handedOver(delivery: Delivery, readdress: () => Promise<Delivery>, now: Date): Promise<Move | null> {
  try {
    const after = await readdress();
    if (after.agencyId === delivery.agencyId && after.channel === delivery.channel) return null;
    const turn = delivery.turn + 1;
    return { delivery: { ...after, turn, dueAt: now }, event: 'delivery.released', reason: 'handed over to the successor' };
  } catch (error) {
    const problem = error instanceof Rejection ? error.problems[0] : undefined;
    if (problem === undefined) throw error;
    if (problem.code !== 'RECIPIENT_SPLIT') return null;
    return { delivery: { ...delivery, state: 'held', dueAt: now, problem }, event: 'delivery.held', reason: problem.code };
  }
}
