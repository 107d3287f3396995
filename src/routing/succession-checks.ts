import type { Code } from './codes/index.ts';
import type { Problem } from './problem.ts';
import type { KnownAgency, PlannedChange, PlannedEnding, SuccessionFacts, SuccessionPlan } from './succession-plan.ts';

/** A problem of one row. */
export function rowProblem(code: Code, line: number, params: NonNullable<Problem['params']>): Problem {
  return { code, line, params };
}

/** Endings that would make agencies follow each other in a circle, with what is in the directory already. */
export function cycleProblems({ endings }: SuccessionPlan, facts: SuccessionFacts): Problem[] {
  const planned = new Map(endings.map((one) => [one.agency.id, one.shares.map((share) => share.agency.id)]));
  const after = (id: string) => planned.get(id) ?? facts.byId.get(id)?.successors ?? [];
  return endings.flatMap((ending) => {
    const seen = new Set<string>();
    const ahead = [...after(ending.agency.id)];
    for (let id = ahead.pop(); id !== undefined; id = ahead.pop()) {
      if (id === ending.agency.id) return [rowProblem('SUCCESSION_CYCLE', ending.line, { code: ending.from })];
      if (seen.has(id)) continue;
      seen.add(id);
      ahead.push(...after(id));
    }
    return [];
  });
}

/** What stands against each ending; successors of the lines in `circular` are not looked at again. */
export function endingProblems({ endings, changes }: SuccessionPlan, circular: ReadonlySet<number | undefined>): Problem[] {
  const ends = plannedEnds(endings);
  const changed = daysOfChange(changes);
  return endings.flatMap((ending) => {
    const { agency, line, on, from } = ending;
    const known = [...agency.renamedOn, ...agency.parents.slice(1).map((parent) => parent.on)];
    const last = [...known, ...(changed.get(agency.id) ?? [])]
      .filter((day) => day >= on)
      .toSorted()
      .at(-1);
    const detail = alreadyOver(agency) ?? notBegun(agency, on, false) ?? (last === undefined ? undefined : changesOn(last));
    const overlap = detail === undefined ? [] : [rowProblem('SUCCESSION_OVERLAP', line, { code: from, detail })];
    return [...overlap, ...shapeProblems(ending), ...(circular.has(line) ? [] : successorProblems(ending, ends))];
  });
}

function daysOfChange(changes: readonly PlannedChange[]): Map<string, string[]> {
  const days = new Map<string, string[]>();
  for (const { agency, on } of changes) days.set(agency.id, [...(days.get(agency.id) ?? []), on]);
  return days;
}

function shapeProblems({ kind, line, shares }: PlannedEnding): Problem[] {
  const wrong = (detail: string) => [rowProblem('SUCCESSION_ROW_INVALID', line, { detail })];
  if (kind === 'split' && shares.length < 2)
    return wrong('chia tách cần ít nhất hai dòng / a split needs a row for each of its successors');
  if (new Set(shares.map((share) => share.agency.id)).size < shares.length) {
    return wrong('một đơn vị kế thừa được nêu hai lần / a successor is named twice');
  }
  const otherwise = shares.filter((share) => share.rule !== undefined && Object.keys(share.rule).length === 0);
  return otherwise.length > 1 ? wrong('chỉ một dòng được nhận phần còn lại / only one row may take everything else') : [];
}

function successorProblems({ on, shares }: PlannedEnding, ends: ReadonlyMap<string, string>): Problem[] {
  return shares.flatMap(({ agency, line, to }) =>
    inForce(agency, on, ends) ? [] : [rowProblem('SUCCESSOR_NOT_IN_FORCE', line, { code: to, on })],
  );
}

/** What stands against each rename and move. */
export function changeProblems({ endings, changes }: SuccessionPlan, facts: SuccessionFacts): Problem[] {
  const ends = plannedEnds(endings);
  const days = new Set<string>();
  const codes = new Map<string, string>();
  return changes.flatMap((change) => {
    const { agency, kind, line, on, from, parent } = change;
    const before = kind === 'rename' ? agency.renamedOn : agency.parents.slice(1).map((one) => one.on);
    const day = `${agency.id} ${kind} ${on}`;
    const twice = days.has(day) || before.includes(on) ? changesOn(on) : undefined;
    days.add(day);
    const end = ends.get(agency.id);
    const over = end !== undefined && end <= on ? endedOn(end) : alreadyOver(agency, on);
    const detail = over ?? notBegun(agency, on, false) ?? twice;
    return [
      ...(detail === undefined ? [] : [rowProblem('SUCCESSION_OVERLAP', line, { code: from, detail })]),
      ...(parent === undefined || inForce(parent.agency, on, ends)
        ? []
        : [rowProblem('SUCCESSOR_NOT_IN_FORCE', line, { code: parent.code, on })]),
      ...codeProblems(change, facts, codes),
    ];
  });
}

/** `given`: codes that earlier rows give, with the agency. */
function codeProblems({ agency, code, line, on, replaces }: PlannedChange, facts: SuccessionFacts, given: Map<string, string>): Problem[] {
  if (code === undefined) return [];
  const earlier = given.get(code.code);
  const owner = facts.byCode.get(code.code)?.id ?? earlier;
  given.set(code.code, agency.id);
  if (owner !== undefined && owner !== agency.id) return [rowProblem('CODE_TAKEN', line, { code: code.code })];
  const overlap = (detail: string) => [rowProblem('SUCCESSION_OVERLAP', line, { code: code.code, detail })];
  const has = agency.codes.some((one) => one.code === code.code && one.scheme === code.scheme);
  if (has || earlier === agency.id) return overlap('đơn vị đã có mã này / the agency has this code already');
  const late = replaces.find((one) => one.validFrom >= on);
  if (late === undefined) return [];
  return overlap(`mã ${late.code} có hiệu lực từ ${late.validFrom} / the code ${late.code} begins on ${late.validFrom}`);
}

/** Moves that would put an agency under itself, on the day of the move or of any later one. */
export function treeProblems({ changes }: SuccessionPlan, facts: SuccessionFacts): Problem[] {
  const moves = changes.filter((one) => one.parent !== undefined);
  if (moves.length === 0) return [];
  const timelines = new Map<string, { on: string; id?: string }[]>();
  for (const known of facts.byId.values()) timelines.set(known.id, [...known.parents]);
  for (const { agency, on, parent } of moves) {
    const line = [...(timelines.get(agency.id) ?? []), { on, ...(parent === undefined ? {} : { id: parent.agency.id }) }];
    timelines.set(
      agency.id,
      line.toSorted((a, b) => (a.on < b.on ? -1 : 1)),
    );
  }
  const days = [...new Set([...timelines.values()].flatMap((line) => line.slice(1).map((one) => one.on)))].toSorted();
  const parentOn = (id: string, day: string) => timelines.get(id)?.findLast((one) => one.on <= day)?.id;
  return moves.flatMap(({ agency, line, on, from }) => {
    const circular = days.filter((day) => day >= on).some((day) => isUnderItself(agency.id, (id) => parentOn(id, day)));
    return circular ? [rowProblem('SUCCESSION_CYCLE', line, { code: from })] : [];
  });
}

function isUnderItself(id: string, parentOf: (id: string) => string | undefined): boolean {
  const seen = new Set<string>();
  for (let at = parentOf(id); at !== undefined && !seen.has(at); at = parentOf(at)) {
    if (at === id) return true;
    seen.add(at);
  }
  return false;
}

function plannedEnds(endings: readonly PlannedEnding[]): Map<string, string> {
  return new Map(endings.map((one) => [one.agency.id, one.on]));
}

function inForce(agency: KnownAgency, on: string, ends: ReadonlyMap<string, string>): boolean {
  const end = ends.get(agency.id) ?? agency.endedOn;
  return !agency.closed && notBegun(agency, on, true) === undefined && (end === undefined || end > on);
}

/** `sameDay`: to begin on the day itself is early enough. */
function notBegun({ beginsOn }: KnownAgency, on: string, sameDay: boolean): string | undefined {
  const early = sameDay ? beginsOn <= on : beginsOn < on;
  return early ? undefined : `đơn vị chỉ có từ ${beginsOn} / the agency begins on ${beginsOn}`;
}

/** Why an agency can't end again, or can't change on a day `on`. */
function alreadyOver(agency: KnownAgency, on?: string): string | undefined {
  if (agency.closed) return 'đơn vị đã đóng / the agency is closed';
  if (agency.endedOn === undefined || (on !== undefined && on < agency.endedOn)) return undefined;
  return endedOn(agency.endedOn);
}

const endedOn = (day: string) => `đơn vị kết thúc ngày ${day} / the agency ends on ${day}`;
const changesOn = (day: string) => `đơn vị có thay đổi từ ngày ${day} / the agency changes on ${day}`;
