import type { Problem } from './problem.ts';
import type { SyncRecord } from './sync-rhythm.ts';

/**
 * How far an entry is that the other side of a route lists for us; there is one for each recipient of a package.
 * `new`: seen, not taken in. `taken`: its package is durably ours, the other side has not been told. `done`: it has.
 * `quarantined`: it can't be taken, a person decides. `refusing`: a person refused it. `refused`: the other side has been told.
 */
export type EntryState = 'new' | 'taken' | 'done' | 'quarantined' | 'refusing' | 'refused';

/** All states. */
export const entryStates: readonly EntryState[] = ['new', 'taken', 'done', 'quarantined', 'refusing', 'refused'];

/** An entry as the other side lists it. */
export interface ListedEntry {
  /** Id on the other side, at most 200 characters. */
  readonly id: string;
  readonly kind: 'document' | 'status';
  readonly sender?: string;
  readonly recipient?: string;
}

/** An entry as we have it. */
export interface Entry extends ListedEntry {
  readonly route: string;
  readonly state: EntryState;
  readonly packageId?: string;
  readonly problems: readonly Problem[];
  readonly detail: string;
  /** How often taking it in failed since it was seen or a person had it tried again. */
  readonly attempts: number;
  readonly firstSeenAt: Date;
  readonly changedAt: Date;
  readonly decidedBy?: string;
}

/** What becomes of an entry. */
export interface EntryChange {
  readonly state: EntryState;
  readonly packageId?: string;
  readonly problems?: readonly Problem[];
  readonly detail?: string;
  /** The beginning of what came, at most 64 KiB. */
  readonly evidence?: Uint8Array;
  /** One more failed attempt; absent: none so far. */
  readonly failed?: true;
}

/** Which entries a list shows. */
export interface EntryFilter {
  readonly route?: string;
  readonly states?: readonly EntryState[];
  readonly limit: number;
}

/** How a route stands, in short. */
export interface RouteStanding {
  readonly route: string;
  /** When it was last looked for what came in, with success. */
  readonly succeededAt?: Date;
  /** Looks that failed since then. */
  readonly failures: number;
  /** Rounds of asking for the fate of submissions that failed since the last that went well. */
  readonly followFailures: number;
  /** What goes up is parked: the breaker of the carrier is open. */
  readonly parked: boolean;
}

/** When each thing was last done for a route. */
export interface RouteMoments extends SyncRecord {
  readonly route: string;
  readonly polledAt?: Date;
  readonly followedAt?: Date;
}

/** How the exchange over a route goes. */
export interface PollRecord extends RouteMoments, RouteStanding {
  readonly error?: string;
  readonly followError?: string;
  /** Why the last sync of the directory failed; absent when it went well. */
  readonly syncError?: string;
  /** What the last sync that went well changed. */
  readonly report?: Readonly<Record<string, unknown>>;
  /** Entries that are neither done nor refused. */
  readonly entries: Readonly<Partial<Record<EntryState, number>>>;
  /** Submissions whose fate is still asked for. */
  readonly outstanding: number;
}

/** What the store keeps of entries. */
export interface Entries {
  /**
   * Notes those that are new, and gives all of them as they stand. One that is listed with another sender, recipient or kind than the one
   * that was taken under its id is another one: it is new again.
   */
  note(route: string, listed: readonly ListedEntry[]): Promise<readonly Entry[]>;
  /** Those in some states, those that changed longest ago first. */
  inStates(route: string, states: readonly EntryState[], limit: number): Promise<readonly Entry[]>;
  /** Changes an entry; leaves an event when it goes into quarantine. */
  change(entry: Pick<Entry, 'route' | 'id'>, change: EntryChange): Promise<void>;
  /** What became of the recipient of a package: its delivery's state and why; null when no delivery has that code. */
  fateOf(packageId: string, recipient: string): Promise<{ readonly state: string; readonly problem?: Problem } | null>;
  list(filter: EntryFilter): Promise<readonly Entry[]>;
  /** Null when there is none. */
  show(route: string, id: string): Promise<(Entry & { readonly evidence?: Uint8Array }) | null>;
  /**
   * A person has an entry in quarantine tried again (`new`), or refuses it (`refusing`). Throws Rejection ENTRY_UNKNOWN, ENTRY_DECIDED,
   * REASON_REQUIRED.
   */
  decide(entry: Pick<Entry, 'route' | 'id'>, state: 'new' | 'refusing', reason: string, actor: string): Promise<Entry>;
  /** Removes entries that ended before a moment: listed again, they are answered by what their packages are known by. */
  forget(before: Date): Promise<number>;
}

/** What the store keeps of the exchange over routes. */
export interface Polls {
  /**
   * Does `work` while no other process does what has this name; false when one does. `lost` aborts when that can't be sure any more,
   * because the connection to the store broke.
   */
  alone(name: string, work: (lost: AbortSignal) => Promise<void>): Promise<boolean>;
  /** Notes how a round of looking for what came in went: `error` absent when well. */
  polled(route: string, error?: string): Promise<void>;
  /** Notes how a round of asking for the fate of submissions went. */
  followed(route: string, error?: string): Promise<void>;
  /** Up to when everything that the other side listed has been noted; null: never yet. */
  listedUntil(route: string): Promise<Date | null>;
  listed(route: string, until: Date): Promise<void>;
  synced(route: string, report: Readonly<Record<string, unknown>>): Promise<void>;
  /** Notes that a sync of the directory failed; gives how many have since the last that went well. */
  syncFailed(route: string, error: string): Promise<number>;
  moments(): Promise<readonly RouteMoments[]>;
  /** Of each open route. */
  standings(): Promise<readonly RouteStanding[]>;
  list(): Promise<readonly PollRecord[]>;
}
