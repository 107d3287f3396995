import type { Addressee } from './addressee.ts';
import { addresseeOf } from './addressee.ts';
import type { AgencyEntry } from './directory.ts';
import type { SignaturePolicy } from './package.ts';
import type { Problem } from './problem.ts';
import type { Forwarding } from './receipt.ts';
import { serviceFor } from './serve.ts';
import type { Matter } from './succession.ts';

/**
 * When a rule fits a recipient code.
 * `own`: registered, and it takes its packages here. `group`: the name of a group. `codes`: one of these, where `*` stands for any
 * groups of a code (`H57.*`, `*.G22`). `level-one`: a group of the code is one of these level-1 codes. `own-level-one`,
 * `other-level-one`: a group is, or none is, a level-1 code of our province (never by position: domain, identifiers).
 */
export type RuleCondition =
  | { readonly kind: 'own' | 'group' | 'own-level-one' | 'other-level-one' | 'any' }
  | { readonly kind: 'codes' | 'level-one'; readonly codes: readonly string[] };

/**
 * What a rule does. `channel`: to the agency by its own channel. `members`: to every member of the group. `upward`: over a route.
 * `hold`: kept for an operator. `refuse`: the sender is told that there is no such recipient.
 */
export type RuleAction = { readonly kind: 'channel' | 'members' | 'hold' | 'refuse' } | { readonly kind: 'upward'; readonly route: string };

/** One rule. Rules are tried in ascending `place`; the first that fits decides. */
export interface RoutingRule {
  readonly name: string;
  readonly place: number;
  readonly condition: RuleCondition;
  readonly action: RuleAction;
}

/** An upward route that is open. `agencyId` is the carrier: the agency whose caps and breaker are the route's. */
export interface UpwardRoute {
  readonly name: string;
  readonly agencyId: string;
  /** Which connector serves it. */
  readonly kind: string;
  /** Of the carrier: how strictly packages must be signed that come over it. */
  readonly signaturePolicy?: SignaturePolicy;
}

/** Everything that decides about a recipient. */
export interface RoutingWorld {
  /** Level-1 codes of our province. */
  readonly province: readonly string[];
  readonly rules: readonly RoutingRule[];
  readonly routes: ReadonlyMap<string, UpwardRoute>;
  /** Agencies by each code that was asked for. */
  readonly agencies: ReadonlyMap<string, AgencyEntry>;
  /** Codes of the members of each group that was asked for. */
  readonly groups: ReadonlyMap<string, readonly string[]>;
}

/** What becomes of a recipient code. */
export type Decision =
  | { readonly kind: 'local'; readonly agency: AgencyEntry; readonly forwarded?: Forwarding }
  | { readonly kind: 'members'; readonly codes: readonly string[] }
  | { readonly kind: 'upward'; readonly route: UpwardRoute }
  | { readonly kind: 'held' | 'failed'; readonly problem: Problem; readonly agency?: AgencyEntry; readonly forwarded?: Forwarding };

/** One rule as it was tried. */
export interface RuleTrial {
  readonly rule: RoutingRule;
  readonly fits: boolean;
}

/** What a person chose among those who may receive; the addressee itself when nobody has to choose. */
type Choose = (addressee: Addressee) => Addressee;

/** Decides about one code, with every rule that was tried on the way. `matter`: what the rules of a split may ask of the mail. */
export function decide(
  code: string,
  world: RoutingWorld,
  matter: Matter = {},
  choose: Choose = (addressee) => addressee,
): { readonly trials: readonly RuleTrial[]; readonly decision: Decision } {
  const trials: RuleTrial[] = [];
  for (const rule of world.rules) {
    const fits = fitsRule(rule.condition, code, world);
    trials.push({ rule, fits });
    if (fits)
      return { trials, decision: carryOut(rule.action, code, world, () => choose(addresseeOf(code, world.agencies.get(code), matter))) };
  }
  return { trials, decision: stopped('held', 'NO_ROUTE', code, world.agencies.get(code)) };
}

function fitsRule(condition: RuleCondition, code: string, world: RoutingWorld): boolean {
  const agency = world.agencies.get(code);
  switch (condition.kind) {
    case 'own':
      return agency !== undefined && agency.channel !== 'upward';
    case 'group':
      return world.groups.has(code);
    case 'own-level-one':
      return isOfProvince(code, world.province);
    case 'other-level-one':
      return !isOfProvince(code, world.province);
    case 'codes':
      return condition.codes.some((pattern) => fitsPattern(pattern, code));
    case 'level-one':
      return isOfProvince(code, condition.codes);
    case 'any':
      return true;
  }
}

function carryOut(action: RuleAction, code: string, world: RoutingWorld, addressee: () => Addressee): Decision {
  const agency = world.agencies.get(code);
  switch (action.kind) {
    case 'channel':
      return toAddressee(code, addressee());
    case 'members':
      return toMembers(code, world);
    case 'upward': {
      const route = world.routes.get(action.route);
      if (addressee().kind === 'closed') return stopped('failed', 'RECIPIENT_CLOSED', code, agency);
      return route === undefined ? stopped('held', 'NO_ROUTE', code, agency) : { kind: 'upward', route };
    }
    case 'hold':
      return stopped('held', 'NO_ROUTE', code, agency);
    case 'refuse':
      return stopped('failed', 'RECIPIENT_UNKNOWN', code, agency);
  }
}

function toAddressee(code: string, addressee: Addressee): Decision {
  if (addressee.kind === 'unknown') return stopped('failed', 'RECIPIENT_UNKNOWN', code);
  const { state, agency, forwarded, problem } = serviceFor(code, addressee);
  const known = { ...(agency === undefined ? {} : { agency }), ...(forwarded === undefined ? {} : { forwarded }) };
  if (state !== 'waiting' && problem !== undefined) return { kind: state, problem, ...known };
  if (agency === undefined || agency.channel === 'upward') return { ...stopped('held', 'NO_ROUTE', code), ...known };
  return { ...known, kind: 'local', agency };
}

function toMembers(code: string, world: RoutingWorld): Decision {
  const codes = world.groups.get(code) ?? [];
  return codes.length === 0 ? stopped('held', 'GROUP_EMPTY', code) : { kind: 'members', codes };
}

function stopped(kind: 'held' | 'failed', reason: Problem['code'], code: string, agency?: AgencyEntry) {
  return { kind, problem: { code: reason, params: { recipient: code } }, ...(agency === undefined ? {} : { agency }) };
}

/** True when a code fits a pattern of groups between dots, where a group `*` stands for one group or more. Case counts. */
export function fitsPattern(pattern: string, code: string): boolean {
  const wanted = pattern.split('.');
  const groups = code.split('.');
  const star = wanted.indexOf('*');
  if (star < 0) return pattern === code;
  const tail = wanted.slice(star + 1);
  if (groups.length < wanted.length) return false;
  return wanted.slice(0, star).every((group, i) => group === groups[i]) && tail.every((group, i) => group === groups.at(i - tail.length));
}

/** True when any group of the code is one of these level-1 codes; the position differs between the old and new form. */
export function isOfProvince(code: string, province: readonly string[]): boolean {
  return code.split('.').some((group) => province.includes(group));
}
