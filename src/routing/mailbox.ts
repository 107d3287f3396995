import type { StoredReceipt } from './intake.ts';
import type { OutgoingPackage } from './outbox.ts';

/** One delivery as it lies in a recipient's inbox. `position` orders the inbox and only grows. */
export interface InboxEntry {
  readonly deliveryId: string;
  readonly packageId: string;
  readonly position: string;
  readonly recipient: string;
  readonly sender: string;
  readonly kind: 'document' | 'status';
  readonly action?: string;
  readonly documentId?: string;
  readonly reference?: string;
  readonly subject?: string;
  readonly urgency: number;
  readonly sha256: string;
  readonly size: number;
  readonly acceptedAt: Date;
  readonly deadlineAt: Date;
  readonly fetchedAt?: Date;
}

/**
 * The store as recipients need it. A listing by `after` never skips: once an answer contained position p, nothing with a smaller
 * position appears later for the same agencies. `after` null starts at the oldest entry that waits.
 */
export interface Mailbox {
  list(agencyIds: ReadonlySet<string>, after: string | null, limit: number): Promise<readonly InboxEntry[]>;
  /** Resolves as soon as something new may lie after `after`, or when `milliseconds` are over or `signal` aborts. Never throws. */
  wait(agencyIds: ReadonlySet<string>, after: string | null, milliseconds: number, signal: AbortSignal): Promise<void>;
  /**
   * The package of an inbox delivery to one of these agencies (also after it was acknowledged); marks it as fetched. Null when there is none;
   * throws Rejection PAYLOAD_PURGED when it was removed by the retention.
   */
  open(deliveryId: string, agencyIds: ReadonlySet<string>, actor: string): Promise<OutgoingPackage | null>;
}

/** A receipt in a sender's feed. */
export interface FeedReceipt extends StoredReceipt {
  readonly position: string;
  readonly deliveryId?: string;
  readonly issuedAt: Date;
}

/** The store as senders need their receipts; the same promise of never skipping. */
export interface ReceiptFeed {
  list(agencyIds: ReadonlySet<string>, after: string | null, limit: number): Promise<readonly FeedReceipt[]>;
  /** One receipt by id, if its sender is one of these agencies; `any` for operators. */
  one(id: string, agencyIds: ReadonlySet<string> | 'any'): Promise<FeedReceipt | null>;
}
