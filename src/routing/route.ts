import type { Code } from './codes/index.ts';
import type { Delivery } from './delivery.ts';
import type { Message } from './message.ts';
import { addressees } from './message.ts';
import type { NewId } from './ports.ts';
import { Rejection } from './problem.ts';
import type { Forwarding } from './receipt.ts';
import type { RetrySchedules } from './retry.ts';
import { deadlineOf } from './retry.ts';
import type { Decision, RoutingWorld } from './rules.ts';
import { decide } from './rules.ts';
import { matterOf } from './serve.ts';
import type { Matter } from './succession.ts';

/** What routing knows of time and ids, and of how the package came. */
export interface RoutePlan {
  readonly schedules: RetrySchedules;
  readonly newId: NewId;
  readonly now: Date;
  /** The upward route over which the package came, if it came over one. */
  readonly from?: string;
  /** Codes among those that the package names which alone are to be served now. */
  readonly only?: readonly string[];
  /** Codes that count as named besides. */
  readonly added?: readonly string[];
  /** Reasons to hold for a recipient for which it is refused at once, and the code of the refusal. */
  readonly refusedAtOnce?: Partial<Readonly<Record<Code, Code>>>;
}

/** A code that the package names, or a member of a group that it names, with the delivery that serves it. */
export interface NamedRecipient {
  readonly code: string;
  /** How it comes that another agency or code receives it. */
  readonly forwarded?: Forwarding;
  readonly delivery: Delivery;
}

/** What becomes of a message: its deliveries, and every recipient with the one of them that is its. */
export interface Routed {
  readonly deliveries: readonly Delivery[];
  readonly recipients: readonly NamedRecipient[];
}

/**
 * One delivery for each agency that answers for a recipient on the day, however often and in whatever way the message names it: by several
 * codes, by one that it took over, by a group. Nobody receives a package twice. A recipient that can't be served gets its delivery too, `failed` or `held` with the reason, and the others go on.
 * A message that came over an upward route never goes upward again: its recipients elsewhere are that route's.
 * Throws Rejection NO_RECIPIENT_DELIVERABLE with every reason when all have failed, NO_RECIPIENT_HERE when none is ours,
 * RECIPIENT_NOT_NAMED when the plan wants one that the package does not name.
 */
export function route(message: Message, packageId: string, world: RoutingWorld, plan: RoutePlan): Routed {
  const made = new Map<string, Delivery>();
  const recipients: NamedRecipient[] = [];
  const matter = matterOf(message);
  for (const found of wanted(message, plan).flatMap((code) => recipientsIn(code, world, matter))) {
    const one = { ...found, decision: refusedAtOnce(found.decision, plan) };
    const { code, decision } = one;
    if (plan.from !== undefined && (decision.kind === 'upward' || isElsewhere(decision))) continue;
    const key = keyOf(one);
    const known = made.get(key);
    const delivery = known ?? deliveryTo(one, message, packageId, plan);
    made.set(key, delivery);
    const forwarded = 'forwarded' in decision ? decision.forwarded : undefined;
    if (known === undefined || known.recipient !== code)
      recipients.push({ code, delivery, ...(forwarded === undefined ? {} : { forwarded }) });
  }
  const deliveries = [...made.values()];
  if (deliveries.length === 0) throw new Rejection([{ code: 'NO_RECIPIENT_HERE', params: { route: plan.from ?? '' } }]);
  if (deliveries.every((d) => d.state === 'failed')) {
    throw new Rejection([{ code: 'NO_RECIPIENT_DELIVERABLE' }, ...deliveries.flatMap((d) => (d.problem === undefined ? [] : [d.problem]))]);
  }
  return { deliveries, recipients };
}

/** The codes to be served: those that the package names, or those of them that the plan wants. */
function wanted(message: Message, { only, added = [] }: RoutePlan): readonly string[] {
  const named = [...addressees(message).map(({ code }) => code), ...added];
  if (only === undefined) return named;
  const foreign = only.filter((code) => !named.includes(code));
  if (foreign.length > 0) throw new Rejection(foreign.map((recipient) => ({ code: 'RECIPIENT_NOT_NAMED', params: { recipient } })));
  return named.filter((code) => only.includes(code));
}

function refusedAtOnce(decision: DecidedRecipient['decision'], { refusedAtOnce: refusals = {} }: RoutePlan): DecidedRecipient['decision'] {
  const code = decision.kind === 'held' ? refusals[decision.problem.code] : undefined;
  return decision.kind !== 'held' || code === undefined
    ? decision
    : { ...decision, kind: 'failed', problem: { ...decision.problem, code } };
}

/** A recipient code after groups were opened, with what was decided about it. `namedAs`: the group. */
export interface DecidedRecipient {
  readonly code: string;
  readonly namedAs?: string;
  readonly decision: Exclude<Decision, { kind: 'members' }>;
}

/** Whom a code means: itself, or the members of the group that it names. A group among the members is held, not opened again. */
export function recipientsIn(code: string, world: RoutingWorld, matter: Matter): DecidedRecipient[] {
  const { decision } = decide(code, world, matter);
  if (decision.kind !== 'members') return [{ code, decision }];
  return decision.codes.map((member) => ({ code: member, namedAs: code, decision: ofMember(member, world, matter) }));
}

function ofMember(code: string, world: RoutingWorld, matter: Matter): DecidedRecipient['decision'] {
  const { decision } = decide(code, world, matter);
  return decision.kind === 'members' ? { kind: 'held', problem: { code: 'GROUP_EMPTY', params: { recipient: code } } } : decision;
}

/** What two recipients have in common that are one: the agency here; elsewhere, or without one, the code. */
function keyOf({ code, decision }: DecidedRecipient): string {
  return (decision.kind === 'local' || decision.kind === 'held') && decision.agency !== undefined ? decision.agency.id : code;
}

const isElsewhere = (decision: Decision) => decision.kind === 'held' && decision.problem.code === 'NO_ROUTE';

function deliveryTo({ code, namedAs, decision }: DecidedRecipient, message: Message, packageId: string, plan: RoutePlan): Delivery {
  return {
    id: plan.newId(),
    packageId,
    recipient: code,
    ...(namedAs === undefined ? {} : { namedAs }),
    urgency: message.urgency,
    attempts: 0,
    tries: 0,
    faults: 0,
    dueAt: plan.now,
    deadlineAt: deadlineOf(plan.schedules[message.urgency], plan.now),
    ...fateOf(decision),
  };
}

type Fate = Pick<Delivery, 'state' | 'turn' | 'problem' | 'agencyId' | 'channel' | 'route' | 'forwarded'>;

function fateOf(decision: DecidedRecipient['decision']): Fate {
  switch (decision.kind) {
    case 'local':
      return { state: 'waiting', turn: 1, agencyId: decision.agency.id, channel: decision.agency.channel, ...forwardedIn(decision) };
    case 'upward':
      return { state: 'waiting', turn: 1, agencyId: decision.route.agencyId, channel: 'upward', route: decision.route.name };
    default: {
      const { agency, problem } = decision;
      const known = agency === undefined ? {} : { agencyId: agency.id, channel: agency.channel };
      return { state: decision.kind, turn: 0, problem, ...known, ...forwardedIn(decision) };
    }
  }
}

function forwardedIn({ forwarded }: { readonly forwarded?: Forwarding }) {
  return forwarded === undefined ? {} : { forwarded };
}
