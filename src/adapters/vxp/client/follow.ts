import type { Desk } from '../../../routing/desk.ts';
import type { Now } from '../../../routing/ports.ts';
import type { Followed, Outstanding } from '../../../routing/upward.ts';
import { nextFollow } from '../../../routing/upward.ts';
import type { Axis, Route } from './axis.ts';
import { AxisFailed } from './axis.ts';
import type { Log } from './poll.ts';
import { failuresInARow } from './poll.ts';
import type { SentRow } from './sent.ts';
import { failuresIn, fateOf } from './sent.ts';

/** What following submissions asks of the world. */
export interface FollowPorts {
  readonly openAxis: (route: Route) => Promise<Axis>;
  readonly followed: Followed;
  readonly desk: Pick<Desk, 'fallThrough'>;
  readonly log: Log;
  readonly now: Now;
}

/** Submissions that are read at once, and that are asked about in a round: the next round goes on with those that wait longest. */
const page = 50;
const mostInRound = 1000;

/**
 * Asks what became of submissions at their recipients, ever more seldom: one that the axis says failed, has failed, and its sender is told.
 * Ends when each recipient has it or has failed, or after the days of the route. When `stop` aborts, the round ends after the submission
 * that it is at. Throws what ended the round early.
 */
export function createFollow(ports: FollowPorts) {
  return async function follow(route: Route, stop: AbortSignal): Promise<void> {
    let axis: Axis | undefined;
    let failures = 0;
    for (let asked = 0; asked < mostInRound; asked += page) {
      const due = await ports.followed.due(route.name, page);
      for (const one of due) {
        if (stop.aborted) return;
        axis ??= await ports.openAxis(route);
        const failure = await followOne(ports, axis, route.name, one);
        failures = failure === undefined ? 0 : failures + 1;
        if (failures === failuresInARow) throw failure;
      }
      if (due.length < page) return;
    }
  };
}

/** Returns what failed. Either way the submission is asked about again later, behind the others: one that always fails holds none up. */
async function followOne(ports: FollowPorts, axis: Axis, route: string, one: Outstanding): Promise<unknown> {
  const { followDays, followSeconds } = axis.settings;
  const next = nextFollow(one.doneAt, ports.now(), followSeconds, followDays);
  try {
    const isOver = await tellFailures(ports, axis, one);
    await ports.followed.again(one.packageId, route, isOver ? null : next);
    return undefined;
  } catch (error) {
    // a door that is shut says nothing of the submission
    if (error instanceof AxisFailed && error.failure.kind === 'credentials') throw error;
    ports.log.warn({ route, package: one.packageId, err: error instanceof AxisFailed ? error.message : error }, 'submission.not_followed');
    await ports.followed.again(one.packageId, route, next);
    return error;
  }
}

/** Whether it ended for all of its recipients; those that failed have their senders told. */
async function tellFailures({ desk }: FollowPorts, axis: Axis, one: Outstanding): Promise<boolean> {
  // what was submitted again for some is told by its newer id
  const latest = new Map<string, SentRow>();
  for (const docId of one.docIds) for (const row of await fateOf(axis, one.kind, docId)) latest.set(row.to, row);
  for (const [code, outcome] of failuresIn([...latest.values()])) {
    const delivery = one.deliveries.get(code);
    if (delivery !== undefined) await desk.fallThrough(delivery, outcome.detail);
  }
  const ended = (code: string) => (latest.get(code)?.state ?? 'open') !== 'open';
  return [...one.deliveries.keys()].every(ended);
}
