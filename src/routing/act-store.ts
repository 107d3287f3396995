import type { Act, ActState, Match } from './acts.ts';
import type { Delivery } from './delivery.ts';
import type { Actor } from './desk.ts';
import type { Event } from './event.ts';
import type { ReceiptPackage, SignedReceipt } from './receipt.ts';
import type { Family, Leaf, LeafAdded, LeafChange } from './ruling.ts';

/** An act that is not final, or was carried out before deliveries were added to its package, with what was found for it. */
export interface SeekingAct {
  readonly act: Act;
  readonly createdAt: Date;
  readonly state: ActState;
  readonly match: Match;
  /** A person has said which document it is. */
  readonly chosen: boolean;
}

/** A package whose acts are to be carried out, under lock, with every document that they are about. */
export interface ActCase {
  readonly packageId: string;
  readonly acts: readonly SeekingAct[];
  /** The deliveries of the package itself. */
  readonly leaves: readonly Leaf[];
  /** The documents found, by package id. */
  readonly families: ReadonlyMap<string, Family>;
  /** Every package whose deliveries may change, as its receipts name it, by id. */
  readonly packages: ReadonlyMap<string, ReceiptPackage>;
}

/** What an act has become. */
export interface ActOutcome {
  readonly id: string;
  readonly state: ActState;
  readonly target?: string;
  readonly candidates?: readonly string[];
  readonly checkAt: Date;
}

/** What a decision on a package's acts writes. */
export interface Verdict {
  readonly acts: readonly ActOutcome[];
  readonly changes: readonly (LeafChange & { readonly receipt?: SignedReceipt })[];
  readonly added: readonly LeafAdded[];
  readonly events: readonly Event[];
  readonly at: Date;
  readonly actor: Actor;
}

/** The store as acts need it. */
export interface ActStore {
  /**
   * Locks the acts of a package that are to be carried out, finds their documents, locks all deliveries that they may change, asks `decide`, and
   * writes its verdict, in one transaction. `chosen` is a person's choice: act id and document. Returns the deliveries that are to be
   * rung for, or null when no act of the package is open, or the package was accepted provisionally and is not cleared.
   */
  decide(
    packageId: string,
    chosen: ReadonlyMap<string, string>,
    decide: (one: ActCase) => Promise<Verdict>,
  ): Promise<readonly Delivery[] | null>;
  /** The package of an act that waits, for a person's decision. Null when there is none. Throws Rejection ACT_AWAITS_REVOCATION. */
  packageOf(actId: string): Promise<string | null>;
  /** Packages whose acts are to be looked at now: all but statuses that only report. */
  due(limit: number): Promise<readonly string[]>;
  /** Matches statuses that only report; those without document are looked for again later. Returns how many were looked at. */
  matchStatuses(limit: number): Promise<number>;
  /** Deliveries withdrawn during an attempt that has ended, and those whose gate `received` turned out to be needless. */
  toEnd(limit: number): Promise<readonly { readonly id: string; readonly why: 'withdrawn' | 'needless' }[]>;
  /** Opens the gates of deliveries that may go now; returns them. */
  open(limit: number): Promise<readonly Delivery[]>;
}
