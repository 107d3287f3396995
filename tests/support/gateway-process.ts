import type { ChildProcess } from 'node:child_process';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { productRoot } from '../../src/paths.ts';

/** Variables of a gateway. */
export type GatewayEnv = Readonly<Record<string, string>>;

/** How a gateway process is started. */
export interface ProcessOptions {
  /** All that it prints, one JSON object a line, is added to this file. */
  readonly logFile: string;
  readonly role?: 'api' | 'worker' | 'all';
  /** Arguments for node itself. */
  readonly nodeArgs?: readonly string[];
}

/** A line of the log. */
export type LogLine = Readonly<Record<string, unknown>> & { readonly msg: string };

/** A gateway as a process of its own, started by its command. */
export interface GatewayProcess {
  readonly pid: number;
  /** Base URL; empty for the role worker. */
  readonly url: string;
  /** What it has logged so far. */
  log(): Promise<readonly LogLine[]>;
  /** Ends it as a service manager does, and returns its exit code. */
  stop(): Promise<number | null>;
  /** Kills it as `kill -9` does; no matter if it has ended. */
  kill(): Promise<void>;
}

/** The command of the product. */
export const program = join(productRoot, 'bin', 'lienthong.js');

/** A gateway process that may not be ready yet. */
export interface LaunchedProcess extends GatewayProcess {
  /** Resolves when it says that it has started. Throws with the end of its log when it ends before that. */
  started(): Promise<void>;
}

/** Starts a gateway and waits until it says that it has started. Throws with the end of its log when it does not. */
export async function startGatewayProcess(env: GatewayEnv, options: ProcessOptions): Promise<GatewayProcess> {
  const launched = await launchGatewayProcess(env, options);
  await launched.started();
  return launched;
}

/** Starts a gateway and does not wait for it. */
export async function launchGatewayProcess(env: GatewayEnv, options: ProcessOptions): Promise<LaunchedProcess> {
  const { logFile, role = 'all', nodeArgs = [] } = options;
  const already = (await readLog(logFile)).length;
  const output = openSync(logFile, 'a');
  const child = spawn(process.execPath, [...nodeArgs, program, 'serve', '--role', role], {
    env: { ...ownEnvironment(), ...env },
    stdio: ['ignore', output, output],
  });
  closeSync(output);
  let url = '';
  return {
    pid: child.pid ?? 0,
    get url() {
      return url;
    },
    async started() {
      url = String((await whenStarted(child, logFile, already))['url'] ?? '');
    },
    log: () => readLog(logFile),
    async stop() {
      await end(child, 'SIGTERM');
      return child.exitCode;
    },
    kill: () => end(child, 'SIGKILL'),
  };
}

/** What this process was given, without anything that configures a gateway. */
export function ownEnvironment(): Record<string, string> {
  const kept = Object.entries(process.env).filter(([name]) => !/^(LIENTHONG_|DATABASE_URL|REDIS_URL|NODE_OPTIONS)/.test(name));
  return Object.fromEntries(kept.map(([name, value]) => [name, value ?? '']));
}

async function whenStarted(child: ChildProcess, logFile: string, already: number): Promise<LogLine> {
  for (;;) {
    const lines = (await readLog(logFile)).slice(already);
    const started = lines.find((line) => line.msg === 'gateway started');
    if (started !== undefined) return started;
    if (child.exitCode !== null || child.signalCode !== null) {
      const last = (await readFile(logFile, 'utf8')).slice(-3000);
      throw new Error(`the gateway ended before it had started (${child.exitCode ?? child.signalCode}):\n${last}`);
    }
    await pause(20);
  }
}

async function readLog(logFile: string): Promise<LogLine[]> {
  const text = await readFile(logFile, 'utf8').catch(() => '');
  return text.split('\n').flatMap((line) => {
    try {
      return [JSON.parse(line) as LogLine];
    } catch {
      // A line that is still being written, or words of node itself.
      return [];
    }
  });
}

async function end(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  child.kill(signal);
  await ended;
}
