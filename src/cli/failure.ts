import { CommanderError } from 'commander';
import { DigestDiffers, GatewayAway, GatewayRefusal } from '../client/faults.ts';
import { ConfigFault } from '../config/setting.ts';
import { problemText, Rejection } from '../routing/problem.ts';
import { RouteSettingFault } from '../routing/route-settings.ts';
import { oneLine } from './table.ts';

/** What a command ends with; scripts rely on it. */
export const exitCodes = { ok: 0, refused: 1, usage: 2, away: 3, fault: 4 } as const;

/** One of them. */
export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];

/** A command was called in a way that makes no sense. The message is in both languages. */
export class UsageFault extends Error {}

/** Something that was asked for is not there, or a check came out badly: the answer is no. */
export class Negative extends Error {}

/** What of a problem is printed. */
interface ShownProblem {
  readonly code: string;
  readonly vi: string;
  readonly en: string;
  readonly fixVi?: string;
  readonly fixEn?: string;
  readonly at?: string | undefined;
  readonly line?: number | undefined;
}

/** Prints what went wrong on stderr, as one line of JSON if `json`, and says what to exit with. */
export async function report(error: unknown, json: boolean): Promise<ExitCode> {
  if (error instanceof CommanderError) return error.exitCode === 0 ? exitCodes.ok : exitCodes.usage;
  const code = await exitCodeOf(error);
  const problems = problemsOf(error);
  const message = error instanceof Error ? error.message : String(error);
  if (json) process.stderr.write(`${JSON.stringify({ error: { exit: code, message, problems } })}\n`);
  else process.stderr.write(problems.length === 0 ? `lienthong: ${message}\n` : problems.map(textOf).join(''));
  return code;
}

async function exitCodeOf(error: unknown): Promise<ExitCode> {
  if (error instanceof ConfigFault || error instanceof UsageFault || isAbsentInput(error)) return exitCodes.usage;
  if ([GatewayRefusal, DigestDiffers, Negative, RouteSettingFault].some((kind) => error instanceof kind)) return exitCodes.refused;
  if (error instanceof Rejection) return error.status >= 500 ? exitCodes.away : exitCodes.refused;
  if (error instanceof GatewayAway) return exitCodes.away;
  const [{ isAway }, { AxisFailed }] = await Promise.all([
    import('../adapters/postgres/pool.ts'),
    import('../adapters/vxp/client/axis.ts'),
  ]);
  if (error instanceof AxisFailed) return ['silent', 'later'].includes(error.failure.kind) ? exitCodes.away : exitCodes.refused;
  return isAway(error) ? exitCodes.away : exitCodes.fault;
}

/** A file that was named on the command line and can't be read; a socket has no `path`. */
function isAbsentInput(error: unknown): boolean {
  const { code, path, syscall } = error as NodeJS.ErrnoException;
  return path !== undefined && syscall !== 'connect' && ['ENOENT', 'EACCES', 'EISDIR', 'ENOTDIR', 'EEXIST'].includes(code ?? '');
}

function problemsOf(error: unknown): readonly ShownProblem[] {
  if (error instanceof Rejection) return error.problems.map(problemText);
  if (error instanceof GatewayRefusal || error instanceof GatewayAway) return error.problems;
  return [];
}

function textOf({ code, vi, en, fixVi, fixEn, at, line }: ShownProblem): string {
  const place = [at, line === undefined ? undefined : `dòng ${line} / line ${line}`].filter((part) => part !== undefined).join(', ');
  const lines = [`${code}${place === '' ? '' : ` (${place})`}`, `  ${vi}`, `  ${en}`];
  if (fixVi !== undefined && fixEn !== undefined) lines.push(`  → ${fixVi} / ${fixEn}`);
  return `${lines.map((one) => one.replace(/^( *)(.*)$/s, (_, indent: string, text: string) => indent + oneLine(text))).join('\n')}\n`;
}
