import type { Code } from '../../../routing/codes/index.ts';
import type { Problem } from '../../../routing/problem.ts';
import type { Place } from '../path.ts';
import type { DocumentReading, Reading, StatusReading } from '../reading.ts';

/** What a rule found: its place and the values that the text of its code names. */
export type Finding = Place & Pick<Problem, 'params'>;

/** The day it is in Viet Nam and the day after, `yyyy-mm-dd`. */
export interface Today {
  readonly today: string;
  readonly tomorrow: string;
}

/** `edge`: refuses what an agency sends, only warns about what the axis brings, which enforces it nowhere (domain A19). */
export type Weight = 'refuse' | 'warn' | 'edge';

interface RuleFor<Kind extends string, R> {
  readonly code: Code;
  readonly weight: Weight;
  readonly applies: Kind;
  readonly check: (reading: R, today: Today) => readonly Finding[];
}

/** One rule: one code, the kind of message it is about, and one function that finds where it is broken. */
export type Rule = RuleFor<'document', DocumentReading> | RuleFor<'status', StatusReading> | RuleFor<'both', Reading>;

/** Applies every rule of the table that is about this kind of message. */
export function applyRules(rules: readonly Rule[], reading: Reading, today: Today, origin: 'agency' | 'axis') {
  const problems: Problem[] = [];
  const warnings: Problem[] = [];
  for (const rule of rules) {
    const refuses = rule.weight === 'refuse' || (rule.weight === 'edge' && origin === 'agency');
    const found = checkWith(rule, reading, today).map(({ at, line, params }) => ({
      code: rule.code,
      at,
      line,
      ...(params === undefined ? {} : { params }),
    }));
    (refuses ? problems : warnings).push(...found);
  }
  return { problems, warnings };
}

function checkWith(rule: Rule, reading: Reading, today: Today): readonly Finding[] {
  if (rule.applies === 'both') return rule.check(reading, today);
  if (rule.applies === 'document') return reading.kind === 'document' ? rule.check(reading, today) : [];
  return reading.kind === 'status' ? rule.check(reading, today) : [];
}
