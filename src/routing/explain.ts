import type { Delivery } from './delivery.ts';
import type { Message } from './message.ts';
import type { Problem } from './problem.ts';
import type { DecidedRecipient } from './route.ts';
import { recipientsIn } from './route.ts';
import { ruleText } from './rule-text.ts';
import type { Decision, RoutingWorld } from './rules.ts';
import { decide } from './rules.ts';
import { matterOf } from './serve.ts';
import type { Matter } from './succession.ts';

/** What was found about a code, and every rule that was tried, in order. */
export interface Explanation {
  readonly code: string;
  readonly agency?: { readonly id: string; readonly name: string; readonly status: string; readonly channel: string };
  /** Members, when the code names a group. */
  readonly members?: number;
  /** A group of the code is a level-1 code of our province. */
  readonly ofProvince: boolean;
  readonly tried: readonly { readonly rule: string; readonly place: number; readonly condition: string; readonly fits: boolean }[];
  /** The action of the rule that fitted; `hold` when none did. */
  readonly action: string;
  readonly outcome: Outlook;
}

/** What would become of a recipient: the state its delivery would have, and the way it would go. */
export interface Outlook {
  readonly kind: Decision['kind'];
  /** For example `inbox UBND xã A`, `upward axis`, `NO_ROUTE`: the same text means the same fate. */
  readonly way: string;
  readonly problem?: Problem;
  /** Successions that lead from the code to who receives it. */
  readonly forwardedTo?: string;
  readonly members?: readonly string[];
}

/** Explains the decision about one code, step by step. */
export function explain(code: string, world: RoutingWorld, matter: Matter = {}): Explanation {
  const { trials, decision } = decide(code, world, matter);
  const agency = world.agencies.get(code);
  const members = world.groups.get(code)?.length;
  const last = trials.at(-1);
  return {
    code,
    ...(agency === undefined ? {} : { agency: { id: agency.id, name: agency.name, status: agency.status, channel: agency.channel } }),
    ...(members === undefined ? {} : { members }),
    ofProvince: code.split('.').some((group) => world.province.includes(group)),
    tried: trials.map(({ rule, fits }) => ({ rule: rule.name, place: rule.place, condition: ruleText(rule).condition, fits })),
    action: last?.fits ? ruleText(last.rule).action : 'hold',
    outcome: outlookOf(decision),
  };
}

/** A recipient of a message with its explanation, and the recipient before it that is the same agency. */
export interface RecipientExplanation extends Explanation {
  readonly sameAs?: string;
}

/** Explains a whole message: each recipient, and which of them are one. */
export function explainMessage(message: Message, world: RoutingWorld): RecipientExplanation[] {
  const matter = matterOf(message);
  const served = new Map<string, string>();
  return message.recipients.flatMap((to) =>
    recipientsIn(to.code, world, matter).map(({ code, decision }) => {
      const key = decision.kind === 'local' ? decision.agency.id : code;
      const sameAs = served.get(key);
      if (sameAs === undefined) served.set(key, code);
      return { ...explain(code, world, matter), ...(sameAs === undefined ? {} : { sameAs }) };
    }),
  );
}

function outlookOf(decision: Decision): Outlook {
  switch (decision.kind) {
    case 'local': {
      const { agency, forwarded } = decision;
      const way = `${agency.channel} ${agency.code ?? agency.id} ${agency.name}`;
      return { kind: 'local', way, ...(forwarded === undefined ? {} : { forwardedTo: forwarded.to }) };
    }
    case 'upward':
      return { kind: 'upward', way: `upward ${decision.route.name}` };
    case 'members':
      return { kind: 'members', way: `${decision.codes.length} members`, members: decision.codes };
    default:
      return { kind: decision.kind, way: `${decision.kind} ${decision.problem.code}`, problem: decision.problem };
  }
}

/** A package as it was routed: whom it named, and what the rules of a split may ask of it. */
export interface PastPackage {
  readonly id: string;
  readonly named: readonly string[];
  readonly matter: Matter;
}

/** One recipient of a past package that would now go another way. */
export interface Difference {
  readonly packageId: string;
  readonly recipient: string;
  readonly before: string;
  readonly after: string;
}

/** Every recipient of a past package whose way differs between two worlds. */
export function differences(past: PastPackage, before: RoutingWorld, after: RoutingWorld): Difference[] {
  const [was, is] = [waysOf(past, before), waysOf(past, after)];
  return [...new Set([...was.keys(), ...is.keys()])].flatMap((recipient) => {
    const change = { before: was.get(recipient) ?? '–', after: is.get(recipient) ?? '–' };
    return change.before === change.after ? [] : [{ packageId: past.id, recipient, ...change }];
  });
}

function waysOf({ named, matter }: PastPackage, world: RoutingWorld): Map<string, string> {
  const decided: DecidedRecipient[] = named.flatMap((code) => recipientsIn(code, world, matter));
  return new Map(decided.map(({ code, decision }) => [code, outlookOf(decision).way]));
}

/** Reads the packages accepted since a moment, oldest first, a page at a time; `after` is the id of the last one read. */
export type ReadPast = (since: Date, after: Delivery['packageId'] | undefined, limit: number) => Promise<readonly PastPackage[]>;
