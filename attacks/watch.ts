import { readFileSync, writeFileSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Store } from '../src/store.ts';

/** Rows of every table, files of the content store and of the spool. */
export type Census = Readonly<Record<string, number>>;

/** What a refusal may leave: its row, its receipt, its event, and the link that seals the event; that a login failed. */
const evidence = ['packages', 'receipts', 'events', 'event_chain', 'login_failures'];

/** What a timer writes about packages accepted before. */
const later = ['law_progress'];

/** Files of packages accepted before are looked into in the meantime: work that is done becomes a finding. */
const looks = ['content_findings', 'content_work'];

/** How far timers have come that look at what was accepted. */
const timers = ['law_progress'];

/** Counts what the gateway has stored. */
export async function createCensus(store: Store, data: string): Promise<() => Promise<Census>> {
  const { pool } = store.database;
  const { rows } = await pool.query<{ tablename: string }>(
    `select tablename from pg_tables where schemaname = 'public' and tablename !~ '^bull' order by 1`,
  );
  const one = (name: string) => `(select count(*)::int from "${name}")`;
  const aside = [...looks, ...timers];
  const counts = rows.filter(({ tablename }) => !aside.includes(tablename)).map(({ tablename }) => `${one(tablename)} as "${tablename}"`);
  const both = `${looks.map(one).join(' + ')} as "looks into files"`;
  const text = `select ${counts.join(', ')}, ${both}, (select count(*)::int from packages where accepted) as "accepted packages"`;
  return async () => {
    const { rows: counted } = await pool.query<Census>(text);
    const files = await Promise.all(
      ['content', 'spool'].map(async (name) => [`files in ${name}`, await filesIn(join(data, name))] as const),
    );
    return { ...counted[0], ...Object.fromEntries(files) };
  };
}

/** What was stored between two counts, the evidence of refusals apart. */
export function storedBetween(before: Census, after: Census): string[] {
  const grown = Object.keys(after).filter((name) => after[name] !== before[name] && !evidence.includes(name) && !later.includes(name));
  return grown.map((name) => `${name}: ${before[name]} → ${after[name]}`);
}

async function filesIn(folder: string): Promise<number> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => []);
  return entries.filter((entry) => entry.isFile()).length;
}

/** What an attack cost the gateway. */
export interface Cost {
  readonly processorSeconds: number;
  readonly megabytes: number;
}

/** Begins to measure a process; the function returned ends it. Linux only: elsewhere both are 0. */
export function measure(pid: number): () => Cost {
  const before = memory(pid, 'VmRSS');
  const began = processorSeconds(pid);
  try {
    // 5 sets the peak of the resident memory back to what it is now (proc_pid_clear_refs(5))
    writeFileSync(`/proc/${pid}/clear_refs`, '5');
  } catch {
    return () => ({ processorSeconds: 0, megabytes: 0 });
  }
  return () => ({ processorSeconds: processorSeconds(pid) - began, megabytes: Math.max(0, memory(pid, 'VmHWM') - before) / 1024 });
}

function memory(pid: number, field: string): number {
  const status = read(`/proc/${pid}/status`);
  return Number(new RegExp(`^${field}:\\s+(\\d+) kB`, 'm').exec(status)?.[1] ?? 0);
}

/** User and system time; a clock tick is 10 ms on every Linux that matters. */
function processorSeconds(pid: number): number {
  const fields = read(`/proc/${pid}/stat`).split(') ').at(-1)?.split(' ') ?? [];
  return (Number(fields[11] ?? 0) + Number(fields[12] ?? 0)) / 100;
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
