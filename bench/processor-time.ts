import { readdir, readFile } from 'node:fs/promises';

/** Processor time in seconds, by who used it. It says what a package costs also on a machine that has other work. */
export interface ProcessorTime {
  readonly gatewayMain: number;
  readonly gatewayThreads: number;
  readonly database: number;
  readonly generator: number;
}

const ticksPerSecond = 100;

/** What the gateway process, the processes of its embedded database and this process have used so far. */
export async function processorTime(gateway: number, postmaster: number | undefined): Promise<ProcessorTime> {
  const threads = await Promise.all((await readdir(`/proc/${gateway}/task`)).map((id) => timeOf(`/proc/${gateway}/task/${id}/stat`)));
  const all = await timeOf(`/proc/${gateway}/stat`);
  const main = await timeOf(`/proc/${gateway}/task/${gateway}/stat`);
  const { user, system } = process.cpuUsage();
  return {
    gatewayMain: main.seconds,
    gatewayThreads: Math.max(all.seconds, sum(threads)) - main.seconds,
    database: postmaster === undefined ? 0 : await familyTime(postmaster),
    generator: (user + system) / 1e6,
  };
}

/** The difference of two readings for each of `count` packages, in milliseconds. */
export function perPackage(before: ProcessorTime, after: ProcessorTime, count: number): ProcessorTime {
  const each = (name: keyof ProcessorTime) => ((after[name] - before[name]) * 1000) / count;
  return {
    gatewayMain: each('gatewayMain'),
    gatewayThreads: each('gatewayThreads'),
    database: each('database'),
    generator: each('generator'),
  };
}

interface Times {
  readonly parent: number;
  readonly seconds: number;
}

async function familyTime(parent: number): Promise<number> {
  const ids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const children = await Promise.all(ids.map((id) => timeOf(`/proc/${id}/stat`)));
  const own = await timeOf(`/proc/${parent}/stat`);
  return own.seconds + sum(children.filter((child) => child.parent === parent));
}

async function timeOf(path: string): Promise<Times> {
  const text = await readFile(path, 'utf8').catch(() => '');
  // The name in parentheses may hold blanks; fields are counted from behind it: state, parent, …, utime, stime, cutime, cstime.
  const fields = text
    .slice(text.lastIndexOf(')') + 2)
    .split(' ')
    .map(Number);
  const children = path.includes('/task/') ? 0 : (fields[13] ?? 0) + (fields[14] ?? 0);
  return { parent: fields[1] ?? 0, seconds: ((fields[11] ?? 0) + (fields[12] ?? 0) + children) / ticksPerSecond };
}

const sum = (times: readonly Times[]) => times.reduce((total, { seconds }) => total + seconds, 0);
