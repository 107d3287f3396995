import { spawn } from 'node:child_process';
import { ownEnvironment, program } from '../support/gateway-process.ts';

/** What a command left behind. */
export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs the command of the product in a process of its own, with these variables and none of those that the tests run under. */
export function lienthong(args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<Ended> {
  const child = spawn(process.execPath, [program, ...args], { env: { ...ownEnvironment(), ...env }, stdio: ['ignore', 'pipe', 'pipe'] });
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => resolve({ code, stdout, stderr }));
  });
}

/** Runs a command with `--json` that must succeed, and reads what it prints. */
export async function jsonOf<T>(args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<T> {
  const { code, stdout, stderr } = await lienthong([...args, '--json'], env);
  if (code !== 0) throw new Error(`lienthong ${args.join(' ')} ended with ${code}: ${stderr}`);
  return JSON.parse(stdout) as T;
}
