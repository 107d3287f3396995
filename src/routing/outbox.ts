import type { Breaker } from './breaker.ts';
import type { Delivery, Move } from './delivery.ts';
import type { Event } from './event.ts';
import type { AttemptResult } from './outcome.ts';
import type { Ring } from './ports.ts';
import type { ReceiptPackage, SignedReceipt } from './receipt.ts';

/** A package as it goes out: the lifted text, and its runs as named in the content store. */
export interface OutgoingPackage extends ReceiptPackage {
  readonly text: Uint8Array;
  readonly runs: readonly { readonly at: number; readonly length: number; readonly sha256: string }[];
}

/** Where a delivery goes. */
export interface PushTarget {
  readonly agencyId: string;
  /** Empty for a delivery that goes upward. */
  readonly url: string;
  /** How many deliveries to this recipient may be under way at once in one worker. */
  readonly concurrency: number;
  /** The upward route of a delivery of that channel, with the settings of its connector. */
  readonly route?: { readonly name: string; readonly kind: string; readonly settings: Readonly<Record<string, unknown>> };
}

/** A delivery that this worker, and no other, is at until `leaseUntil`. */
export interface Claim {
  readonly delivery: Delivery;
  readonly senderAgencyId: string;
  readonly package: OutgoingPackage;
  readonly target: PushTarget;
  readonly breaker: Breaker;
  /** The worker that had it before stopped without a word: to be settled as a fault, not sent. */
  readonly interrupted: boolean;
}

/** One attempt with the move it led to. */
export interface Settlement {
  readonly attempt: { readonly id: string; readonly result: AttemptResult; readonly startedAt: Date; readonly finishedAt: Date };
  readonly move: Move;
  readonly receipt?: SignedReceipt;
  readonly event: Event;
  /** The recipient's breaker after this attempt; absent when the attempt says nothing of the recipient (a fault of ours). */
  readonly breaker?: Breaker;
}

/** The store as the way out needs it. */
export interface Outbox {
  /**
   * Takes a lease on a delivery that is waiting in this turn, is due, has no live lease, and whose recipient's breaker lets it
   * through (one probe at a time when half-open). Null in any other case: somebody else has it, or it has moved on.
   */
  claim(deliveryId: string, turn: number): Promise<Claim | null>;
  /**
   * Takes a lease, on the same conditions, on the next due delivery to this recipient in this lane: the most urgent first, then the
   * one due longest. Null when there is none or the breaker lets none through. Concurrent calls get different deliveries.
   */
  claimNext(agencyId: string, lane: Ring['lane']): Promise<Claim | null>;
  /** Records the attempt and moves the delivery, in one transaction. False when the lease was lost meanwhile: then nothing changed. */
  settle(claim: Claim, settlement: Settlement): Promise<boolean>;
}
