import { createHash } from 'node:crypto';
import type pg from 'pg';
import type { OutsideRegister } from '../../routing/outside-sync.ts';
import type { NewId, Now } from '../../routing/ports.ts';
import { Rejection } from '../../routing/problem.ts';
import type { SuccessionRow } from '../../routing/succession-plan.ts';
import { createSuccessions } from './successions.ts';

/** Changes of codes as a batch of successions. What a row is refused for is found out by trying, and the rest is tried again without it. */
export function createRecode(pool: pg.Pool, newId: NewId, now: Now): OutsideRegister['recode'] {
  const successions = createSuccessions(pool, now, newId);
  return async function recode(changes, { day, actor, dryRun }) {
    const basis = 'oldCode';
    let rows = changes.map(
      ({ code, before }, i): SuccessionRow => ({
        line: i + 1,
        kind: 'rename',
        from: before,
        on: day,
        code: { code, scheme: 'axis' },
        basis,
      }),
    );
    const refused = new Map<string, string>();
    while (rows.length > 0) {
      const sha256 = createHash('sha256').update(JSON.stringify(rows)).digest('hex');
      try {
        await successions.apply({ name: 'axis sync', sha256, rows }, actor, dryRun);
        return refused;
      } catch (error) {
        const lines = refusedLines(error);
        for (const { line, code } of rows) if (lines.has(line)) refused.set(code?.code ?? '', lines.get(line) ?? '');
        rows = rows.filter(({ line }) => !lines.has(line));
      }
    }
    return refused;
  };
}

/** Lines with the code of their problem. Throws the error when it is about none. */
function refusedLines(error: unknown): Map<number, string> {
  const problems = error instanceof Rejection ? error.problems : [];
  const lines = new Map(problems.flatMap(({ line, code }) => (line === undefined ? [] : [[line, code] as const])));
  if (lines.size === 0) throw error;
  return lines;
}
