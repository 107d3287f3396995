import type { Desk } from '../../../routing/desk.ts';
import type { Now } from '../../../routing/ports.ts';
import type { Followed, Outstanding } from '../../../routing/upward.ts';
import { nextFollow } from '../../../routing/upward.ts';
import type { Axis, Route } from './axis.ts';
import type { SentRow } from './sent.ts';
import { failuresIn, fateOf } from './sent.ts';

/** What following submissions asks of the world. */
export interface FollowPorts {
  readonly openAxis: (route: Route) => Promise<Axis>;
  readonly followed: Followed;
  readonly desk: Pick<Desk, 'fallThrough'>;
  readonly now: Now;
}

/** Submissions that are asked about in one round. */
const atOnce = 20;

/**
 * Asks what became of submissions at their recipients, ever more seldom: one that the axis says failed, has failed, and its sender is told.
 * Ends when each recipient has it or has failed, or after the days of the route. Throws AxisFailed.
 */
export function createFollow(ports: FollowPorts) {
  return async function follow(route: Route): Promise<void> {
    const due = await ports.followed.due(route.name, atOnce);
    if (due.length === 0) return;
    const axis = await ports.openAxis(route);
    for (const one of due) await followOne(ports, axis, route.name, one);
  };
}

async function followOne({ followed, desk, now }: FollowPorts, axis: Axis, route: string, one: Outstanding): Promise<void> {
  const { followDays, pollSeconds } = axis.settings;
  const next = nextFollow(one.doneAt, now(), pollSeconds, followDays);
  // what was submitted again for some is told by its newer id
  const latest = new Map<string, SentRow>();
  for (const docId of one.docIds) for (const row of await fateOf(axis, one.kind, docId)) latest.set(row.to, row);
  for (const [code, outcome] of failuresIn([...latest.values()])) {
    const delivery = one.deliveries.get(code);
    if (delivery !== undefined) await desk.fallThrough(delivery, outcome.detail);
  }
  const ended = (code: string) => (latest.get(code)?.state ?? 'open') !== 'open';
  await followed.again(one.packageId, route, [...one.deliveries.keys()].every(ended) ? null : next);
}
