import { createReadStream } from 'node:fs';
import { access, lstat, mkdir, readdir, rename } from 'node:fs/promises';
import { join } from 'node:path';
import type { PushTarget } from '../../routing/outbox.ts';
import type { Now, TakeIn } from '../../routing/ports.ts';
import type { Problem } from '../../routing/problem.ts';
import { problemText, Rejection } from '../../routing/problem.ts';
import type { Arrival, Received } from '../../routing/receive.ts';
import { syncFolder, writeWhole } from './durable.ts';
import { readFolderRoute } from './settings.ts';

/** What is logged through. */
export interface Log {
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
}

/** What taking packages from folders asks of the world. */
export interface TakePorts {
  readonly takeIn: TakeIn;
  readonly receive: (arrival: Arrival) => Promise<Received>;
  readonly log: Log;
  readonly now: Now;
}

/** Files that are taken in one round; the rest comes in the next. */
const mostFiles = 1000;

type Route = NonNullable<PushTarget['route']>;

/**
 * Takes the packages in the folder of a route, by name: files `*.edxml` that are whole. One that is durably ours goes to `done/` with its
 * receipt beside it, one that is refused to `refused/` with every problem. A crash in between means that the file is taken again, and
 * gets its first receipt. When `stop` aborts, the round ends after the file that it is at. Throws when the folder can't be read, or the
 * store is away.
 */
export function createTakeFromFolder(ports: TakePorts) {
  return async function take(route: Route, stop: AbortSignal): Promise<void> {
    const settings = readFolderRoute(route.settings);
    const before = ports.now().getTime() - settings.settleSeconds * 1000;
    for (const name of await wholeFiles(settings.in, before)) {
      if (stop.aborted) return;
      await takeOne(ports, route.name, settings.in, name);
    }
  };
}

/** Names of files that were last changed before a moment; links and whatever begins with a dot are nobody's packages. */
async function wholeFiles(folder: string, before: number): Promise<string[]> {
  const names = (await readdir(folder)).filter((name) => name.endsWith('.edxml') && !name.startsWith('.')).sort();
  const found: string[] = [];
  for (const name of names) {
    if (found.length === mostFiles) break;
    const file = await lstat(join(folder, name)).catch(() => undefined);
    if (file?.isFile() === true && file.mtimeMs <= before) found.push(name);
  }
  return found;
}

async function takeOne({ takeIn, receive, log }: TakePorts, route: string, folder: string, name: string): Promise<void> {
  const client = { id: `route:${route}`, scopes: [], agencyIds: new Set<string>() };
  try {
    const taken = await takeIn(createReadStream(join(folder, name)));
    const { receipt } = await receive({ taken, client, route });
    await moveTo(folder, 'done', name, { suffix: 'receipt.xml', content: receipt.xml, unique: receipt.packageId });
    log.info({ route, file: name, package: receipt.packageId }, 'file.taken');
  } catch (error) {
    if (!(error instanceof Rejection) || error.status >= 500) throw error;
    const content = `${JSON.stringify({ problems: error.problems.map(shown) }, null, 2)}\n`;
    await moveTo(folder, 'refused', name, { suffix: 'problems.json', content, unique: String(Date.now()) });
    log.warn({ route, file: name, codes: error.problems.map(({ code }) => code) }, 'file.refused');
  }
}

function shown(problem: Problem) {
  const { code, vi, en, at, line } = problemText(problem);
  return { code, vi, en, ...(at === undefined ? {} : { at }), ...(line === undefined ? {} : { line }) };
}

interface Beside {
  readonly suffix: string;
  readonly content: string;
  /** Put into the name when another file has it. */
  readonly unique: string;
}

/** What was said of a file is written first: a file that was moved always has it beside it. */
async function moveTo(folder: string, place: 'done' | 'refused', name: string, { suffix, content, unique }: Beside): Promise<void> {
  const target = join(folder, place);
  await mkdir(target, { recursive: true });
  const isTaken = await access(join(target, name)).then(
    () => true,
    () => false,
  );
  const free = isTaken ? name.replace(/edxml$/, `${unique}.edxml`) : name;
  await writeWhole(join(target, `${free}.${suffix}`), [Buffer.from(content)]);
  await rename(join(folder, name), join(target, free));
  await syncFolder(target);
  await syncFolder(folder);
}
