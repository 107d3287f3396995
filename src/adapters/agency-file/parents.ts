import { circular } from '../../routing/placement.ts';
import type { Problem } from '../../routing/problem.ts';
import { Rejection } from '../../routing/problem.ts';
import type { Agency } from '../../routing/register.ts';

/** An agency as its row names it. */
export interface Row {
  readonly line: number;
  readonly agency: Pick<Agency, 'codes' | 'parent'>;
}

/** Problems that a refusal names at most. */
const mostProblems = 1000;

/**
 * Refuses a file, as a whole, whose agencies name parents that exist neither in it nor in the register (AGENCY_UNKNOWN), or that lead back
 * to their child (SUCCESSION_CYCLE). Throws Rejection with every line.
 */
export function refuseBadParents(rows: readonly Row[], registered: ReadonlySet<string>): void {
  const rowOf = new Map(rows.flatMap((row) => row.agency.codes.map(({ code }) => [code, row] as const)));
  const inCircle = new Set(circular(rows, ({ agency: { parent } }) => (parent === undefined ? undefined : rowOf.get(parent))));
  const lost = rows.flatMap(({ line, agency: { parent } }): Problem[] =>
    parent === undefined || rowOf.has(parent) || registered.has(parent) ? [] : [{ code: 'AGENCY_UNKNOWN', line, params: { code: parent } }],
  );
  const circles = [...inCircle].map(({ line, agency }): Problem => {
    return { code: 'SUCCESSION_CYCLE', line, params: { code: agency.codes[0]?.code ?? '' } };
  });
  const problems = [...lost, ...circles].toSorted((a, b) => (a.line ?? 0) - (b.line ?? 0));
  if (problems.length > 0) throw new Rejection(problems.slice(0, mostProblems));
}
