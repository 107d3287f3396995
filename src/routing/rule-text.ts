import { reject } from './problem.ts';
import type { RoutingRule, RuleAction, RuleCondition } from './rules.ts';

/** A rule as it is written and stored: `condition` is `own`, `codes:H57.*,G22`, …; `action` is `channel`, `upward:axis`, … */
export interface RuleText {
  readonly name: string;
  readonly place: number;
  readonly condition: string;
  readonly action: string;
}

/** Rules that a gateway may have at most, and codes in one condition. */
export const mostRules = 500;
const mostCodes = 100;

const nameForm = /^[a-z][a-z0-9-]{0,31}$/;
const levelOneForm = /^[A-Z]\d{2}$/;
const patternForm = /^(?=.{1,35}$)(?:[0-9A-Za-z]+|\*)(?:\.(?:[0-9A-Za-z]+|\*))*$/;

/** Reads a rule. Throws Rejection RULE_MALFORMED with what is wrong; `line` is given back in it. */
export function readRule(text: RuleText, line?: number): RoutingRule {
  const wrong = (what: string) => reject('RULE_MALFORMED', { params: { rule: text.name, what }, ...(line === undefined ? {} : { line }) });
  if (!nameForm.test(text.name)) throw wrong('name: a-z, 0-9, -; at most 32');
  if (!Number.isInteger(text.place) || text.place < 1 || text.place > 9999) throw wrong('place: 1 … 9999');
  const condition = readCondition(text.condition);
  if (condition === undefined) throw wrong(`condition: ${text.condition}`);
  const action = readAction(text.action);
  if (action === undefined) throw wrong(`action: ${text.action}`);
  return { name: text.name, place: text.place, condition, action };
}

/** Reads a whole set of rules, sorted as they are tried. Throws RULE_MALFORMED for a name or place used twice, too. */
export function readRules(texts: readonly RuleText[]): RoutingRule[] {
  if (texts.length > mostRules) throw reject('RULE_MALFORMED', { params: { rule: '', what: `> ${mostRules}` } });
  const names = new Set<string>();
  const places = new Set<number>();
  const rules = texts.map((text, at) => {
    const rule = readRule(text, at + 1);
    if (names.has(rule.name) || places.has(rule.place)) {
      throw reject('RULE_MALFORMED', { line: at + 1, params: { rule: rule.name, what: 'name / place: ×2' } });
    }
    names.add(rule.name);
    places.add(rule.place);
    return rule;
  });
  return rules.sort((a, b) => a.place - b.place);
}

/** Writes a rule the way `readRule` reads it. */
export function ruleText({ name, place, condition, action }: RoutingRule): RuleText {
  return {
    name,
    place,
    condition: 'codes' in condition ? `${condition.kind}:${condition.codes.join(',')}` : condition.kind,
    action: action.kind === 'upward' ? `upward:${action.route}` : action.kind,
  };
}

function readCondition(text: string): RuleCondition | undefined {
  const [kind = '', list] = split(text);
  if (list === undefined) {
    return kind === 'own' || kind === 'group' || kind === 'own-level-one' || kind === 'other-level-one' || kind === 'any'
      ? { kind }
      : undefined;
  }
  if (kind !== 'codes' && kind !== 'level-one') return undefined;
  const codes = list.split(',').map((code) => code.trim());
  const fits = (code: string) => (kind === 'level-one' ? levelOneForm.test(code) : patternForm.test(code) && code.split('*').length <= 2);
  return codes.length <= mostCodes && codes.every(fits) ? { kind, codes } : undefined;
}

function readAction(text: string): RuleAction | undefined {
  const [kind = '', route] = split(text);
  if (route !== undefined) return kind === 'upward' && nameForm.test(route) ? { kind, route } : undefined;
  return kind === 'channel' || kind === 'members' || kind === 'hold' || kind === 'refuse' ? { kind } : undefined;
}

function split(text: string): readonly [string, string?] {
  const at = text.indexOf(':');
  return at < 0 ? [text.trim()] : [text.slice(0, at).trim(), text.slice(at + 1).trim()];
}
