import type { Entries, Entry, EntryChange, ListedEntry, Polls } from '../../../routing/entries.ts';
import type { Now, TakeIn } from '../../../routing/ports.ts';
import type { Problem } from '../../../routing/problem.ts';
import { Rejection } from '../../../routing/problem.ts';
import type { Arrival, Received } from '../../../routing/receive.ts';
import type { MessageType } from '../wire.ts';
import { shownDate } from '../wire-time.ts';
import type { Around } from './answer.ts';
import type { Axis, Route } from './axis.ts';
import { AxisFailed } from './axis.ts';
import { bytesIn, PackageUnreadable } from './package-text.ts';
import { wordIn } from './verdict.ts';

/** What is logged through. */
export interface Log {
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
}

/** What polling asks of the world. */
export interface PollPorts {
  readonly openAxis: (route: Route) => Promise<Axis>;
  readonly entries: Pick<Entries, 'note' | 'inStates' | 'change' | 'fateOf'>;
  readonly polls: Pick<Polls, 'listed' | 'listedUntil'>;
  readonly takeIn: TakeIn;
  readonly receive: (arrival: Arrival) => Promise<Received>;
  readonly log: Log;
  readonly now: Now;
}

/** Entries of one list that are looked at in a round; the rest comes when these are done. */
const mostListed = 5000;
const mostAgain = 1000;
/** So often a package is asked for before its entry goes into quarantine. */
const attemptsBeforeQuarantine = 10;
/** After so many failures in a row the other side is taken to be away. */
export const failuresInARow = 3;

/** Clocks may differ by so many milliseconds. */
const tolerance = 15 * 60_000;
const [hour, day] = [3_600_000, 24 * 3_600_000];

/**
 * One round over a route: everything that is listed is taken in, and the other side is told of what is ours. When `stop` aborts, it ends
 * after the entry that it is at.
 */
export type Poll = (route: Route, stop: AbortSignal) => Promise<void>;

/**
 * Polls an axis. A round may end anywhere: an entry is told `done` only when its package is durably ours, and until then it stands in the
 * list again. Throws AxisFailed when the other side is away or does not let us in, Rejection (5xx) when it is us.
 */
export function createPoll(ports: PollPorts): Poll {
  return async function poll(route, stop) {
    const axis = await ports.openAxis(route);
    const round = new Round(ports, axis, route.name, stop);
    await round.tellRest();
    for (const entry of await round.listed()) await round.go(entry);
  };
}

class Round {
  readonly #ports: PollPorts;
  readonly #axis: Axis;
  readonly #route: string;
  readonly #stop: AbortSignal;
  #failures = 0;

  constructor(ports: PollPorts, axis: Axis, route: string, stop: AbortSignal) {
    this.#ports = ports;
    this.#axis = axis;
    this.#route = route;
    this.#stop = stop;
  }

  /** Tells what a round before this one could not tell any more. */
  async tellRest(): Promise<void> {
    const untold = await this.#ports.entries.inStates(this.#route, ['taken', 'refusing'], mostAgain);
    for (const entry of untold) await this.#guarded(entry, () => this.#tell(entry));
  }

  /** Everything that is listed, documents and statuses, as we have it. */
  async listed(): Promise<readonly Entry[]> {
    const { entries, polls, now } = this.#ports;
    const { overlapHours } = this.#axis.settings;
    const from = now();
    const dates = overlapHours === 0 ? {} : await this.#dates();
    const lists: ListedEntry[][] = [];
    for (const kind of ['edoc', 'status'] as const) lists.push(await this.#list(kind, dates));
    const noted = await entries.note(this.#route, lists.flat());
    if (overlapHours === 0) return noted;
    // an entry that could not be taken in is not listed again when it is older than the dates: from here on it is ours to remember
    if (lists.every(({ length }) => length < mostListed)) await polls.listed(this.#route, from);
    const known = new Set(noted.map(({ id }) => id));
    const left = await entries.inStates(this.#route, ['new'], mostAgain);
    return [...noted, ...left.filter(({ id }) => !known.has(id))];
  }

  async #dates(): Promise<Readonly<Record<'fromDate' | 'toDate', string>>> {
    const { overlapHours, reachDays } = this.#axis.settings;
    const now = this.#ports.now().getTime();
    const until = (await this.#ports.polls.listedUntil(this.#route))?.getTime() ?? now - reachDays * day;
    return { fromDate: shownDate(new Date(until - overlapHours * hour)), toDate: shownDate(new Date(now + tolerance)) };
  }

  #list(messagetype: MessageType, dates: Readonly<Record<string, string>>): Promise<ListedEntry[]> {
    return this.#axis.list('getReceivedEdocList', { servicetype: 'eDoc', messagetype, ...dates }, (rows) =>
      entriesIn(rows, messagetype === 'edoc' ? 'document' : 'status'),
    );
  }

  /** Takes an entry as far as it goes. */
  go(entry: Entry): Promise<void> {
    return this.#guarded(entry, async () => {
      if (entry.state === 'quarantined') return;
      // What was taken is not fetched again, it is told again: the state `taken` is written only when the package is durably ours, the
      // axis gives no id twice, and should it do so, or were it set up anew, another sender or recipient makes the entry a new one (note).
      const after = entry.state === 'new' ? await this.#takeIn(entry) : entry;
      if (after !== undefined) await this.#tell(after);
    });
  }

  /** Takes the package of an entry in; undefined when it went into quarantine. */
  async #takeIn(entry: Entry): Promise<Entry | undefined> {
    const { takeIn, receive } = this.#ports;
    const begun: Buffer[] = [];
    try {
      const taken = await this.#axis.fetch(entry.id, (text) => takeIn(bytesIn(text, begun)));
      const client = { id: `route:${this.#route}`, scopes: [], agencyIds: new Set<string>() };
      const { receipt } = await receive({ taken, client, route: this.#route, repairsPrefixes: this.#axis.settings.repairPrefixes });
      return await this.#taken(entry, receipt.packageId);
    } catch (error) {
      if (isLoop(error)) return this.#change(entry, { state: 'taken', detail: 'one of our own that came back' });
      const problems = problemsOf(error, entry.id);
      if (problems === undefined) throw error;
      await this.#quarantine(entry, problems, { evidence: Buffer.concat(begun) });
      return undefined;
    }
  }

  /** Ours, but for its own recipient only when the delivery to it could be made. */
  async #taken(entry: Entry, packageId: string): Promise<Entry | undefined> {
    const fate = entry.recipient === undefined ? null : await this.#ports.entries.fateOf(packageId, entry.recipient);
    if (fate?.state !== 'failed' || fate.problem === undefined) return this.#change(entry, { state: 'taken', packageId });
    await this.#quarantine(entry, [fate.problem], { packageId });
    return undefined;
  }

  async #quarantine(entry: Entry, problems: readonly Problem[], more: Partial<EntryChange>): Promise<void> {
    await this.#change(entry, { state: 'quarantined', problems, ...more });
    const codes = problems.map(({ code }) => code);
    this.#ports.log.warn(
      { route: this.#route, entry: entry.id, sender: entry.sender, recipient: entry.recipient, codes },
      'entry.quarantined',
    );
  }

  async #tell(entry: Entry): Promise<void> {
    if (entry.state === 'refusing' || entry.state === 'refused') {
      await this.#axis.tell(entry.id, 'fail', entry.detail);
      if (entry.state === 'refusing') await this.#change(entry, { state: 'refused', problems: entry.problems, detail: entry.detail });
      return;
    }
    await this.#axis.tell(entry.id, 'done');
    if (entry.state === 'done') return;
    await this.#change(entry, { state: 'done', detail: entry.detail });
    const about = { route: this.#route, entry: entry.id, package: entry.packageId, sender: entry.sender, recipient: entry.recipient };
    this.#ports.log.info(about, 'entry.done');
  }

  async #change(entry: Entry, change: EntryChange): Promise<Entry> {
    await this.#ports.entries.change(entry, change);
    return { ...entry, ...change };
  }

  /** One entry that fails does not hold up the others; but several in a row, or a door that is shut, end the round. */
  async #guarded(entry: Entry, work: () => Promise<void>): Promise<void> {
    if (this.#stop.aborted) return;
    try {
      await work();
      this.#failures = 0;
    } catch (error) {
      const isAxis = error instanceof AxisFailed;
      if (isAxis && error.failure.kind === 'credentials') throw error;
      if (error instanceof Rejection) throw error;
      this.#failures += 1;
      const detail = (error as Error).message;
      this.#ports.log.warn({ route: this.#route, entry: entry.id, err: isAxis ? detail : error }, 'entry.failed');
      if (entry.state === 'new' && entry.attempts + 1 >= attemptsBeforeQuarantine) {
        await this.#quarantine(entry, [unreadable(entry.id, detail)], {});
      } else if (entry.state === 'new') await this.#change(entry, { state: 'new', detail, failed: true });
      if (this.#failures >= failuresInARow) throw error;
    }
  }
}

async function entriesIn(rows: AsyncIterable<Around>, kind: ListedEntry['kind']): Promise<ListedEntry[]> {
  const found: ListedEntry[] = [];
  for await (const row of rows) {
    const [id, sender, recipient] = [wordIn(row, 'docId', 'docid'), wordIn(row, 'from'), wordIn(row, 'to')];
    if (id === undefined || id.length > 200 || found.length >= mostListed) continue;
    found.push({
      id,
      kind,
      ...(sender === undefined ? {} : { sender: sender.slice(0, 200) }),
      ...(recipient === undefined ? {} : { recipient: recipient.slice(0, 200) }),
    });
  }
  return found;
}

function isLoop(error: unknown): boolean {
  return error instanceof Rejection && error.problems.length === 1 && error.problems[0]?.code === 'LOOP_DETECTED';
}

/** Why an entry can't be taken, however often it is tried; undefined when trying again may help. */
function problemsOf(error: unknown, id: string): readonly Problem[] | undefined {
  if (error instanceof PackageUnreadable) return [unreadable(id, error.message)];
  if (error instanceof Rejection && error.status < 500) return error.problems;
  if (error instanceof AxisFailed && error.failure.kind === 'refused') return [unreadable(id, error.failure.detail)];
  return undefined;
}

function unreadable(entry: string, detail: string): Problem {
  return { code: 'ENTRY_UNREADABLE', params: { entry, detail } };
}
