import type { AnswersFor } from './act-intake.ts';
import type { ActCase, ActOutcome, ActStore, SeekingAct, Verdict } from './act-store.ts';
import type { Act, ActName, ActState, Match } from './acts.ts';
import { changesDocument, nextLook } from './acts.ts';
import { interruption, signMoveReceipt } from './deliver.ts';
import type { Delivery } from './delivery.ts';
import { ringsFor } from './delivery.ts';
import type { Actor, DeliveryLocks } from './desk.ts';
import type { Event, EventName } from './event.ts';
import { endWithdrawn, notNeeded } from './gate-moves.ts';
import type { NewId, Now, RingQueue } from './ports.ts';
import type { Problem } from './problem.ts';
import { reject } from './problem.ts';
import type { SignReceipt } from './receipt.ts';
import type { RetrySchedules } from './retry.ts';
import type { Family, LeafAdded, LeafChange } from './ruling.ts';
import { endAll, holdAll, ruleOn } from './ruling.ts';

/** What the desk for acts asks of the world. */
export interface LifecyclePorts {
  readonly store: ActStore;
  readonly locks: DeliveryLocks;
  readonly answersFor: AnswersFor;
  readonly signReceipt: SignReceipt;
  readonly ring: RingQueue;
  readonly newId: NewId;
  readonly now: Now;
}

/** What a person decides about an act: the document that it is about, or that it is not carried out. */
export type Choice = { readonly match: string } | { readonly dismiss: string };

const batch = 200;

/** Carries out recalls, updates, replacements and statuses, and lets go what waited for something else. */
export function createLifecycleDesk(ports: LifecyclePorts, settings: { readonly gateway: string; readonly schedules: RetrySchedules }) {
  const { store } = ports;

  async function carryOut(packageId: string): Promise<boolean> {
    const moved = await store.decide(packageId, new Map(), (one) => verdictOn(one, 'gateway'));
    if (moved !== null) ports.ring(moved.flatMap(ringsFor));
    return moved !== null;
  }

  async function verdictOn(one: ActCase, actor: Actor): Promise<Verdict> {
    const now = ports.now();
    const found = one.acts.map(({ match }) => match.found);
    if (!one.acts.some(({ act }) => changesDocument(act))) return describe(one, actor, { changes: [], added: [] }, stateOf(found));
    if (found.includes('foreign')) {
      const changes = endAll(one.leaves, 'failed', { code: 'TARGET_FOREIGN' }, now);
      return describe(one, actor, { changes, added: [] }, 'refused');
    }
    if (found.every((word) => word === 'one')) {
      const ids = [...new Set(one.leaves.flatMap(({ delivery }) => (delivery.agencyId === undefined ? [] : [delivery.agencyId])))];
      const known = await ports.answersFor(ids);
      const acts = one.acts.map(({ act, match }) => ({ act, family: one.families.get(targetOf(match) ?? '') as Family }));
      const answersFor = (id: string) => known.get(id) ?? [id];
      const basis = { schedules: settings.schedules, newId: ports.newId, now };
      return describe(one, actor, ruleOn({ acts, leaves: unruled(one), answersFor }, basis), 'applied');
    }
    const several = one.acts.flatMap(({ match }) => (match.found === 'several' ? [match.packageIds.length] : []));
    const count = Math.max(0, ...several);
    const problem: Problem = count === 0 ? { code: 'TARGET_UNKNOWN' } : { code: 'TARGET_AMBIGUOUS', params: { count } };
    return describe(one, actor, { changes: holdAll(one.leaves, problem), added: [] }, count === 0 ? 'unmatched' : 'ambiguous');
  }

  async function describe(
    one: ActCase,
    actor: Actor,
    ruled: { readonly changes: readonly LeafChange[]; readonly added: readonly LeafAdded[] },
    state: ActState,
    reason?: string,
  ): Promise<Verdict> {
    const now = ports.now();
    const changes = await Promise.all(ruled.changes.map((change) => withReceipt(one, change, now)));
    return {
      at: now,
      actor,
      acts: one.acts.map((seeking) => outcomeOf(seeking, state, now)),
      changes,
      added: ruled.added,
      events: [
        ...one.acts.flatMap(({ act, match, state: before, chosen }): Event[] => {
          if (before === state && !chosen) return [];
          const why = reason ?? [wordOf(act), targetOf(match)].filter((part) => part !== undefined).join(' ');
          return [{ name: `act.${state}`, at: now, actor, packageId: one.packageId, reason: why }];
        }),
        ...ruled.changes.flatMap(({ delivery, move }) => (move === undefined ? [] : [eventOf(delivery, move.delivery, move, actor, now)])),
        ...ruled.added.map(
          ({ delivery }): Event => ({
            name: 'delivery.created',
            at: now,
            actor,
            packageId: delivery.packageId,
            deliveryId: delivery.id,
            to: delivery.state,
            reason: `added by ${one.packageId}`,
          }),
        ),
      ],
    };
  }

  async function withReceipt(one: ActCase, change: LeafChange, now: Date) {
    const { move } = change;
    const about = one.packages.get(change.delivery.packageId);
    if (move?.receipt === undefined || about === undefined) return change;
    return { ...change, receipt: await signMoveReceipt(ports, settings.gateway, about, move, now) };
  }

  async function endOne(id: string, why: 'withdrawn' | 'needless'): Promise<void> {
    await ports.locks.change(id, 'any', async (locked) => {
      const now = ports.now();
      const move = why === 'withdrawn' ? endWithdrawn(locked, now) : notNeeded(locked, now);
      if (move === null) return null;
      const receipt = await signMoveReceipt(ports, settings.gateway, locked.package, move, now);
      const event = eventOf(locked.delivery, move.delivery, move, 'gateway', now);
      const attempt = { id: ports.newId(), result: interruption, startedAt: now, finishedAt: now };
      return { move, receipt, event, ...(locked.interrupted ? { attempt } : {}) };
    });
  }

  return {
    carryOut,

    /** A person decides about an act that waits. Throws Rejection ACT_UNKNOWN, ACT_TARGET_REFUSED, REASON_REQUIRED. */
    async choose(actId: string, choice: Choice, actor: Actor): Promise<void> {
      const packageId = await store.packageOf(actId);
      if (packageId === null) throw reject('ACT_UNKNOWN', { params: { act: actId } });
      if ('dismiss' in choice && (choice.dismiss.trim() === '' || choice.dismiss.length > 1000)) {
        throw reject('REASON_REQUIRED', { params: { move: 'dismiss' } });
      }
      const chosen = new Map('match' in choice ? [[actId, choice.match]] : []);
      const moved = await store.decide(packageId, chosen, async (one) => {
        if ('match' in choice) return verdictOn(one, actor);
        const problem: Problem = { code: 'ACT_DISMISSED', params: { reason: choice.dismiss } };
        return describe(
          one,
          actor,
          { changes: endAll(one.leaves, 'failed', problem, ports.now()), added: [] },
          'dismissed',
          choice.dismiss,
        );
      });
      if (moved === null) throw reject('ACT_UNKNOWN', { params: { act: actId } });
      ports.ring(moved.flatMap(ringsFor));
    },

    /** One round: acts that are due, statuses, deliveries whose time has come. Each step may run in several processes at once. */
    async sweep(): Promise<void> {
      for (const packageId of await store.due(batch)) await carryOut(packageId);
      while ((await store.matchStatuses(batch)) === batch);
      for (const { id, why } of await store.toEnd(batch)) await endOne(id, why);
      const opened = await store.open(batch);
      ports.ring(opened.flatMap(ringsFor));
    },
  };
}

/** The desk for acts as other modules see it. */
export type LifecycleDesk = ReturnType<typeof createLifecycleDesk>;

/** The deliveries that the acts of a package have not been carried out for: all, or those that were added since they were. */
function unruled({ acts, leaves }: ActCase): ActCase['leaves'] {
  return acts.some(({ state }) => state !== 'applied') ? leaves : leaves.filter(({ delivery }) => delivery.gate === 'match');
}

/** A status that only reports is passed on in any case; its document is looked for, and never another agency's. */
function stateOf(found: readonly Match['found'][]): ActState {
  if (found.every((word) => word === 'one')) return 'applied';
  return found.includes('several') ? 'ambiguous' : 'unmatched';
}

function targetOf(match: Match): string | undefined {
  return match.found === 'one' ? match.packageId : undefined;
}

function wordOf({ act, status }: Act): ActName | string {
  return act === 'status' ? `status ${status ?? ''}` : act;
}

function outcomeOf({ act, createdAt, match, chosen }: SeekingAct, state: ActState, now: Date): ActOutcome {
  const target = state === 'applied' || (chosen && state === 'ambiguous') ? targetOf(match) : undefined;
  const candidates = match.found === 'several' ? { candidates: match.packageIds } : {};
  return { id: act.id, state, ...(target === undefined ? {} : { target }), ...candidates, checkAt: nextLook(createdAt, now) };
}

function eventOf(
  before: Delivery,
  after: Delivery,
  move: { readonly event: EventName; readonly reason?: string },
  actor: Actor,
  at: Date,
): Event {
  return {
    name: move.event,
    at,
    actor,
    packageId: before.packageId,
    deliveryId: before.id,
    from: before.state,
    to: after.state,
    ...(move.reason === undefined ? {} : { reason: move.reason }),
  };
}
