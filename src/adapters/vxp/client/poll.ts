import type { Entries, Entry, EntryChange, ListedEntry } from '../../../routing/entries.ts';
import type { TakeIn } from '../../../routing/ports.ts';
import type { Problem } from '../../../routing/problem.ts';
import { Rejection } from '../../../routing/problem.ts';
import type { Arrival, Received } from '../../../routing/receive.ts';
import type { MessageType } from '../wire.ts';
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
  readonly entries: Pick<Entries, 'note' | 'untold' | 'change' | 'fateOf'>;
  readonly takeIn: TakeIn;
  readonly receive: (arrival: Arrival) => Promise<Received>;
  /** Aborts when the gateway stops: a round then ends after the entry that it is at. */
  readonly stopping: AbortSignal;
  readonly log: Log;
}

/** Entries of one list that are looked at in a round; the rest comes when these are done. */
const mostListed = 5000;
const mostUntold = 1000;
/** So often a package is asked for before its entry goes into quarantine. */
const attemptsBeforeQuarantine = 10;
/** After so many failures in a row the other side is taken to be away. */
const failuresInARow = 3;

/** One round over a route: everything that is listed is taken in, and the other side is told of what is ours. */
export type Poll = (route: Route) => Promise<void>;

/**
 * Polls an axis. A round may end anywhere: an entry is told `done` only when its package is durably ours, and until then it stands in the
 * list again. Throws AxisFailed when the other side is away or does not let us in, Rejection (5xx) when it is us.
 */
export function createPoll(ports: PollPorts): Poll {
  return async function poll(route) {
    const axis = await ports.openAxis(route);
    const round = new Round(ports, axis, route.name);
    await round.tellRest();
    for (const kind of ['edoc', 'status'] as const) await round.take(kind);
  };
}

class Round {
  readonly #ports: PollPorts;
  readonly #axis: Axis;
  readonly #route: string;
  #failures = 0;

  constructor(ports: PollPorts, axis: Axis, route: string) {
    this.#ports = ports;
    this.#axis = axis;
    this.#route = route;
  }

  /** Tells what a round before this one could not tell any more. */
  async tellRest(): Promise<void> {
    for (const entry of await this.#ports.entries.untold(this.#route, mostUntold)) await this.#guarded(entry, () => this.#tell(entry));
  }

  async take(messageType: MessageType): Promise<void> {
    const listed = await this.#axis.list('getReceivedEdocList', { servicetype: 'eDoc', messagetype: messageType }, (rows) =>
      entriesIn(rows, messageType === 'edoc' ? 'document' : 'status'),
    );
    for (const entry of await this.#ports.entries.note(this.#route, listed)) await this.#guarded(entry, () => this.#go(entry));
  }

  async #go(entry: Entry): Promise<void> {
    if (entry.state === 'quarantined') return;
    const after = entry.state === 'new' ? await this.#takeIn(entry) : entry;
    if (after !== undefined) await this.#tell(after);
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
    if (this.#ports.stopping.aborted) return;
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
