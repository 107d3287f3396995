import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { appendFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import { productRoot } from '../src/paths.ts';
import { province } from './cast.ts';
import type { Ending } from './ending.ts';

/** The gateway as a process of its own, as an operator runs it. */
export interface GatewayProcess {
  readonly url: string;
  readonly data: string;
  readonly logFile: string;
  /** Runs `lienthong` with these words and returns what it prints. Rejects when it exits with anything but 0. */
  command(...words: readonly string[]): Promise<string>;
  /** Rejects when the process ends before it is told to. */
  readonly failed: Promise<never>;
}

const script = join(productRoot, 'bin', 'lienthong.js');
const startWithin = 60_000;
const stopWithin = 30_000;

/**
 * Retry schedules that a person can watch: what is khẩn (1) is given up after six seconds, everything else is tried until it goes.
 * A breaker opens soon and probes soon.
 */
const schedules = `{
  "0": { "delays": [1], "afterwards": 2, "deadlineHours": 1 },
  "1": { "delays": [1], "afterwards": 1.5, "deadlineHours": ${6 / 3600} },
  "3": { "delays": [0.5, 1], "afterwards": 1, "deadlineHours": 1 }
}`;
const breaker = '{ "opensAfter": 4, "firstWait": 2, "longestWait": 3 }';

/** Starts the gateway with the embedded database in `folder`/data, on a free port of this machine, with `more` settings. `ending` stops it. */
export async function startGateway(folder: string, ending: Ending, more: Readonly<Record<string, string>> = {}): Promise<GatewayProcess> {
  const data = join(folder, 'data');
  const logFile = join(folder, 'gateway.log');
  const settings = {
    LIENTHONG_DATA: data,
    LIENTHONG_PORT: '0',
    LIENTHONG_GATEWAY: 'demo',
    LIENTHONG_PROVINCE: province,
    LIENTHONG_SCHEDULES: schedules,
    LIENTHONG_BREAKER: breaker,
    LIENTHONG_PUSH_ALLOW: '127.0.0.1',
    LIENTHONG_SWEEP_SECONDS: '0.5',
    LIENTHONG_MIN_FREE_BYTES: '100 MB',
    ...more,
  };
  const env = { ...ordinaryEnvironment(), ...settings };
  // In a group of its own: Ctrl-C is for the demo, which then stops the gateway in order.
  const child = spawn(process.execPath, [script, 'serve'], { env, cwd: folder, detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
  const ended = new Promise<string>((resolve) => {
    child.once('exit', (code, signal) => resolve(String(code ?? signal)));
    child.once('error', (error) => resolve(error.message));
  });
  const state = { stopping: false };
  const failed = ended.then((how) => {
    if (state.stopping) return new Promise<never>(() => undefined);
    throw new Error(`trục dừng đột ngột / the gateway ended (${how}): ${logFile}`);
  });
  failed.catch(() => undefined);
  const commands = new Set<Promise<unknown>>();
  ending.add(async () => {
    state.stopping = true;
    // A command that runs has the database open, and would start it again.
    await Promise.allSettled(commands);
    await stopProcess(child, ended);
  });
  const url = await Promise.race([addressIn(child, logFile), failed]);
  const command = async (...words: readonly string[]) => {
    if (state.stopping) throw new Error('đang dừng / stopping');
    const running = runCommand(words, { env, cwd: folder });
    commands.add(running);
    return running.finally(() => commands.delete(running));
  };
  return { url, data, logFile, command, failed };
}

/** What the user has set for a gateway of their own must not reach this one: it works on a database of its own. */
function ordinaryEnvironment(): NodeJS.ProcessEnv {
  const foreign = /^(LIENTHONG_|PG[A-Z]|DATABASE_URL|REDIS_URL)/;
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !foreign.test(name)));
}

/** Copies the log to a file and waits for the line that names the address. */
function addressIn(child: ChildProcess, logFile: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`trục không khởi động / the gateway did not start: ${logFile}`)), startWithin);
    const take = (line: string) => {
      appendFileSync(logFile, `${line}\n`);
      const { msg, url } = parse(line);
      if (msg !== 'gateway started' || url === undefined) return;
      clearTimeout(timer);
      resolve(url);
    };
    for (const stream of [child.stdout, child.stderr]) if (stream !== null) createInterface({ input: stream }).on('line', take);
  });
}

function parse(line: string): { readonly msg?: string; readonly url?: string } {
  try {
    return JSON.parse(line) as { msg?: string; url?: string };
  } catch {
    return {};
  }
}

async function stopProcess(child: ChildProcess, ended: Promise<string>): Promise<void> {
  child.kill('SIGTERM');
  const timer = setTimeout(() => child.kill('SIGKILL'), stopWithin);
  await ended.finally(() => clearTimeout(timer));
}

const execute = promisify(execFile);

async function runCommand(words: readonly string[], options: { readonly env: NodeJS.ProcessEnv; readonly cwd: string }): Promise<string> {
  try {
    return (await execute(process.execPath, [script, ...words], { ...options, maxBuffer: 2 ** 26 })).stdout;
  } catch (error) {
    const said = (error as { stderr?: string }).stderr?.trim() ?? String(error);
    throw new Error(`lienthong ${words.join(' ')}: ${said}`, { cause: error });
  }
}
