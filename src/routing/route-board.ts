import type { RuleText } from './rule-text.ts';
import type { UpwardRoute } from './rules.ts';

/** An upward route as it is registered. */
export interface RouteRecord extends UpwardRoute {
  /** Name of the carrier. */
  readonly carrier: string;
  readonly settings: Readonly<Record<string, unknown>>;
  readonly openedAt: Date;
  readonly closedAt?: Date;
}

/** A route to be opened. `carrierCode` is the code by which the operator named the carrier. */
export type NewRoute = UpwardRoute & Pick<RouteRecord, 'settings'> & { readonly carrierCode: string };

/**
 * Rules and routes as operators change them; every change leaves the event `routing.changed` and works in all processes within a second.
 * Each throws Rejection: RULE_MALFORMED, RULE_UNKNOWN, ROUTE_UNKNOWN, ROUTE_IN_USE, CARRIER_TAKEN.
 */
export interface RouteBoard {
  rules(): Promise<readonly RuleText[]>;
  routes(): Promise<readonly RouteRecord[]>;
  /** Adds the rule, or puts it in the place of the one with its name. */
  setRule(rule: RuleText, actor: string): Promise<void>;
  /** Puts a whole set of rules in the place of all that were. */
  replaceRules(rules: readonly RuleText[], actor: string): Promise<void>;
  removeRule(name: string, actor: string): Promise<void>;
  /** Opens a route, or changes one. */
  openRoute(route: NewRoute, actor: string): Promise<void>;
  /** Closes a route on which nothing waits: what its rules decide for is held from then on. */
  closeRoute(name: string, actor: string): Promise<void>;
}
