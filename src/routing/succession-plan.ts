import type { Code } from './codes/index.ts';
import type { Problem } from './problem.ts';
import { Rejection } from './problem.ts';
import type { AgencyCode } from './register.ts';
import type { EndingKind, ShareRule, SuccessionKind } from './succession.ts';
import { changeProblems, cycleProblems, endingProblems, rowProblem, treeProblems } from './succession-checks.ts';

/** One row of a file of successions: well-formed, nothing looked up. Agencies are named by any code they ever had. */
export interface SuccessionRow {
  readonly line: number;
  readonly kind: SuccessionKind;
  readonly from: string;
  /** `merge`, `split`: who follows. A split has a row for each. */
  readonly to?: string;
  /** The first day on which it holds, `yyyy-mm-dd`. */
  readonly on: string;
  /** `rename`, `move`: the new name; `move`: the new parent; both: a new code. */
  readonly name?: string;
  readonly parent?: string;
  readonly code?: Pick<AgencyCode, 'code' | 'scheme'>;
  /** `split`: which mail goes to this successor; empty: everything else; absent: a person decides. */
  readonly rule?: ShareRule;
  readonly basis?: string;
}

/** What is known of an agency that a file touches. */
export interface KnownAgency {
  readonly id: string;
  readonly name: string;
  readonly codes: readonly AgencyCode[];
  /** The first day of its first code. */
  readonly beginsOn: string;
  readonly endedOn?: string;
  /** Closed by an operator, without a day. */
  readonly closed: boolean;
  readonly successors: readonly string[];
  readonly renamedOn: readonly string[];
  /** Its parents with their first days, in order; the first one since ever. */
  readonly parents: readonly { readonly on: string; readonly id?: string }[];
}

/** The part of the directory that a file touches: all that it names, all that follow them, and all above them, on any day. */
export interface SuccessionFacts {
  /** By any code that it ever had, also a withdrawn one. */
  readonly byCode: ReadonlyMap<string, KnownAgency>;
  readonly byId: ReadonlyMap<string, KnownAgency>;
}

/** An agency that is to end. */
export interface PlannedEnding {
  readonly line: number;
  readonly kind: EndingKind;
  readonly on: string;
  readonly agency: KnownAgency;
  readonly from: string;
  readonly shares: readonly PlannedShare[];
  readonly basis?: string;
}

/** One that is to follow it. */
export interface PlannedShare {
  readonly line: number;
  readonly agency: KnownAgency;
  readonly to: string;
  readonly rule?: ShareRule;
}

/** An agency that is to go on under another name, parent or code. `replaces`: its codes that end the day before. */
export interface PlannedChange {
  readonly line: number;
  readonly kind: Extract<SuccessionKind, 'rename' | 'move'>;
  readonly on: string;
  readonly agency: KnownAgency;
  readonly from: string;
  readonly name?: string;
  readonly parent?: { readonly agency: KnownAgency; readonly code: string };
  readonly code?: Pick<AgencyCode, 'code' | 'scheme'>;
  readonly replaces: readonly AgencyCode[];
  readonly basis?: string;
}

/** A file of successions, checked against the directory. */
export interface SuccessionPlan {
  readonly endings: readonly PlannedEnding[];
  readonly changes: readonly PlannedChange[];
}

/** Problems that a refusal names at most. */
const mostProblems = 1000;

/**
 * Checks a file of successions as a whole. Throws Rejection with every problem and its line: agencies that don't exist, circles,
 * an agency that ends twice or changes after its end, a successor that does not exist on the day, a code that belongs to another.
 */
export function planSuccessions(rows: readonly SuccessionRow[], facts: SuccessionFacts): SuccessionPlan {
  const problems: Problem[] = [];
  const endings = endingsIn(rows, facts, problems);
  const changes = withReplaced(rows.flatMap((row) => changeIn(row, facts, problems)));
  const plan = { endings, changes };
  const circles = cycleProblems(plan, facts);
  problems.push(...circles, ...endingProblems(plan, new Set(circles.map((one) => one.line))));
  problems.push(...changeProblems(plan, facts), ...treeProblems(plan, facts));
  if (problems.length > 0) throw new Rejection(problems.toSorted((a, b) => (a.line ?? 0) - (b.line ?? 0)).slice(0, mostProblems));
  return plan;
}

function endingsIn(rows: readonly SuccessionRow[], facts: SuccessionFacts, problems: Problem[]): PlannedEnding[] {
  const endings = new Map<string, PlannedEnding>();
  for (const row of rows) {
    if (row.kind === 'rename' || row.kind === 'move') continue;
    const agency = named(row.from, row.line, 'SUCCESSION_SOURCE_UNKNOWN', facts, problems);
    const share = row.to === undefined ? [] : shareIn(row, row.to, facts, problems);
    if (agency === undefined || share === undefined) continue;
    const { line, kind, on, from, basis } = row;
    const first = endings.get(agency.id);
    if (first === undefined) {
      endings.set(agency.id, { line, kind, on, from, agency, shares: share, ...(basis === undefined ? {} : { basis }) });
    } else if (kind === 'split' && first.kind === 'split' && first.on === on) {
      endings.set(agency.id, { ...first, shares: [...first.shares, ...share] });
    } else {
      const detail = `đã kết thúc ở dòng ${first.line} / ended in line ${first.line} already`;
      problems.push(rowProblem('SUCCESSION_OVERLAP', line, { code: from, detail }));
    }
  }
  return [...endings.values()];
}

/** Undefined when the successor is not known. */
function shareIn(row: SuccessionRow, to: string, facts: SuccessionFacts, problems: Problem[]): PlannedShare[] | undefined {
  const agency = named(to, row.line, 'SUCCESSOR_UNKNOWN', facts, problems);
  if (agency === undefined) return undefined;
  return [{ line: row.line, agency, to, ...(row.rule === undefined ? {} : { rule: row.rule }) }];
}

function changeIn(row: SuccessionRow, facts: SuccessionFacts, problems: Problem[]): PlannedChange[] {
  const { line, kind, on, from, name, code, basis } = row;
  if (kind !== 'rename' && kind !== 'move') return [];
  const agency = named(from, line, 'SUCCESSION_SOURCE_UNKNOWN', facts, problems);
  const parent = row.parent === undefined ? undefined : named(row.parent, line, 'SUCCESSOR_UNKNOWN', facts, problems);
  if (agency === undefined || (row.parent !== undefined && parent === undefined)) return [];
  return [
    {
      ...{ line, kind, on, from, agency, replaces: [] },
      ...(name === undefined ? {} : { name }),
      ...(parent === undefined ? {} : { parent: { agency: parent, code: row.parent ?? '' } }),
      ...(code === undefined ? {} : { code }),
      ...(basis === undefined ? {} : { basis }),
    },
  ];
}

/** The changes with the codes that each ends. A code that the same file gives earlier ends like those that the agency had. */
function withReplaced(changes: readonly PlannedChange[]): PlannedChange[] {
  const codesOf = new Map<string, readonly AgencyCode[]>();
  const replaced = new Map<PlannedChange, PlannedChange>();
  for (const change of changes.toSorted((a, b) => (a.on < b.on ? -1 : a.on > b.on ? 1 : 0))) {
    const { agency, code, on } = change;
    if (code === undefined) continue;
    const codes = codesOf.get(agency.id) ?? agency.codes;
    const replaces = codes.filter((one) => one.scheme === code.scheme && (one.validTo ?? on) >= on);
    const kept = codes.filter((one) => !replaces.includes(one));
    codesOf.set(agency.id, [...kept, { ...code, validFrom: on }]);
    replaced.set(change, { ...change, replaces });
  }
  return changes.map((change) => replaced.get(change) ?? change);
}

function named(code: string, line: number, unknown: Code, facts: SuccessionFacts, problems: Problem[]): KnownAgency | undefined {
  const agency = facts.byCode.get(code);
  if (agency === undefined) problems.push(rowProblem(unknown, line, { code }));
  return agency;
}
