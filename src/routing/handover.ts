import type { Delivery, Move } from './delivery.ts';
import { withdraw } from './delivery.ts';
import type { Problem } from './problem.ts';
import { Rejection } from './problem.ts';

/**
 * What becomes of a delivery that waits for an agency which has ended: it goes on to the one that follows, by `readdress`; fails when
 * nobody follows, so that its sender is told on that very day; is held when a person must choose or open a way. Null when it goes where
 * it went before. Throws what `readdress` throws for other reasons.
 */
export async function handedOver(delivery: Delivery, readdress: () => Promise<Delivery>, now: Date): Promise<Move | null> {
  try {
    const after = await readdress();
    if (after.agencyId === delivery.agencyId && after.channel === delivery.channel) return null;
    const turn = delivery.turn + 1;
    return { delivery: { ...after, turn, dueAt: now }, event: 'delivery.released', reason: 'handed over to the successor' };
  } catch (error) {
    const problem = error instanceof Rejection ? error.problems[0] : undefined;
    if (problem?.code === 'RECIPIENT_CLOSED') return withdraw(delivery, problem, now);
    if (problem === undefined || !isForPerson(problem)) throw error;
    return { delivery: { ...delivery, state: 'held', dueAt: now, problem }, event: 'delivery.held', reason: problem.code };
  }
}

function isForPerson({ code }: Problem): boolean {
  return code.startsWith('RECIPIENT_') || code === 'NO_ROUTE' || code === 'GROUP_EMPTY';
}
