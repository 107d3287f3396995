import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** What a process asked of the system: paths of files, `unix:` and the path of a socket, or address and port. */
export interface Accesses {
  readonly opened: readonly string[];
  readonly connected: readonly string[];
  /** Programs that were started. */
  readonly executed: readonly string[];
}

const calls = 'trace=open,openat,openat2,creat,connect,sendto,execve,execveat';

/**
 * Watches a process and all its threads with strace from now on; the function returned ends it. Throws an Error where strace may not
 * attach.
 */
export async function traceProcess(pid: number): Promise<() => Promise<Accesses>> {
  const folder = await mkdtemp(join(tmpdir(), 'lienthong-strace-'));
  const file = join(folder, 'calls');
  const strace = spawn('strace', ['-f', '-y', '-s', '4096', '-e', calls, '-o', file, '-p', String(pid)], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let said = '';
  strace.stderr.on('data', (chunk) => {
    said += String(chunk);
  });
  while (!said.includes('attached')) {
    if (strace.exitCode !== null) throw new Error(`strace ended: ${said}`);
    await Promise.race([once(strace.stderr, 'data'), once(strace, 'exit')]);
  }
  return async () => {
    const ended = once(strace, 'exit');
    strace.kill('SIGINT');
    await ended;
    const lines = (await readFile(file, 'utf8')).split('\n');
    await rm(folder, { recursive: true });
    return readCalls(lines);
  };
}

/** Reads the lines that strace wrote. */
export function readCalls(lines: readonly string[]): Accesses {
  const found = (pattern: RegExp) => [...new Set(lines.flatMap((line) => pattern.exec(line)?.slice(1, 2) ?? []))].sort();
  return {
    opened: found(/\b(?:open|creat|openat2?)\((?:[^",]*, )?"([^"]*)"/),
    connected: [
      ...found(/sa_family=(AF_INET6?, .*?)\}/),
      ...found(/sa_family=AF_UNIX, sun_path=@?"([^"]*)"/).map((path) => `unix:${path}`),
    ],
    executed: found(/\bexecve(?:at)?\((?:[^",]*, )?"([^"]*)"/),
  };
}
