import type { Lifted, Run } from '../../routing/package.ts';
import type { Problem } from '../../routing/problem.ts';
import { lineAt } from './markup.ts';
import { readRun, TOKEN_BYTES } from './splice.ts';

const LF = 0x0a;

/**
 * The same problems with lines and byte offsets as in the file that was sent: base64 that was lifted out took its bytes and its line
 * breaks along. Reads only the runs that stand before a problem.
 */
export async function inReceivedPlaces(problems: readonly Problem[], lifted: Lifted): Promise<Problem[]> {
  const last = Math.max(0, ...problems.map((problem) => problem.line ?? 0));
  const gone: { after: number; lines: number }[] = [];
  let after = 1;
  let counted = 0;
  for (const run of lifted.runs) {
    after += lineAt(lifted.text.subarray(counted, run.at), run.at) - 1;
    counted = run.at;
    if (after >= last) break;
    gone.push({ after, lines: await lineBreaks(run) });
  }
  return problems.map((problem) => {
    const { line } = problem;
    if (line === undefined) return problem;
    const missing = gone.reduce((sum, one) => (one.after < line ? sum + one.lines : sum), 0);
    return withOffset({ ...problem, line: line + missing }, lifted);
  });
}

function withOffset(problem: Problem, { runs }: Lifted): Problem {
  const offset = problem.params?.['offset'];
  if (problem.code !== 'ENCODING_INVALID' || typeof offset !== 'number') return problem;
  const missing = runs.reduce((sum, run) => (run.at < offset ? sum + run.length - TOKEN_BYTES : sum), 0);
  return { ...problem, params: { ...problem.params, offset: offset + missing } };
}

async function lineBreaks(run: Run): Promise<number> {
  let count = 0;
  for await (const chunk of readRun(run)) {
    for (let at = chunk.indexOf(LF); at >= 0; at = chunk.indexOf(LF, at + 1)) count++;
  }
  return count;
}
