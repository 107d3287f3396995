import type { Act } from './acts.ts';
import type { Inspected } from './contents.ts';
import type { Delivery } from './delivery.ts';
import type { Event } from './event.ts';
import type { Message } from './message.ts';
import type { Lifted, Verified } from './package.ts';
import type { Problem } from './problem.ts';
import type { Receipt, SignedReceipt } from './receipt.ts';

/** Everything that one accepted package adds to the store, in one transaction. */
export interface Acceptance {
  readonly packageId: string;
  readonly clientId: string;
  readonly senderAgencyId: string;
  /** The sender's own id of this transmission, if it gave one; of a package that came over a route, what it says. */
  readonly transportId?: string;
  readonly receivedAt: Date;
  /** The upward route that it came over. */
  readonly route?: string;
  readonly lifted: Lifted;
  readonly verified: Verified;
  /** The canonical SignedInfo that was verified; absent for a package without signature. */
  readonly signedInfo?: Uint8Array;
  readonly deliveries: readonly Delivery[];
  /** What it does to documents sent before; empty for a new document. */
  readonly acts: readonly Act[];
  /** The accepted receipt first, then one for each delivery that failed at once. */
  readonly receipts: readonly SignedReceipt[];
  readonly events: readonly Event[];
  /** What was found inside the attachments, and what is still to be looked at. */
  readonly inspected: Inspected;
}

/** Everything that is kept of a rejected package: the evidence, never the payload. */
export interface Refusal {
  readonly packageId: string;
  readonly clientId: string;
  /** Agency of the client that the package claims as sender; absent when it is not one of the client's. */
  readonly senderAgencyId?: string;
  readonly claimedSender?: string;
  readonly transportId?: string;
  readonly receivedAt: Date;
  readonly sha256: string;
  readonly size: number;
  readonly problems: readonly Problem[];
  readonly receipt: SignedReceipt;
  readonly event: Event;
}

/** Bytes that came in, by their digest, and the message that was read from them, if one was. */
export interface Content {
  readonly sha256: string;
  readonly message?: Message;
}

/** A receipt as stored: its signed XML and what it is. */
export type StoredReceipt = Pick<Receipt, 'id' | 'kind'> & { readonly packageId: string; readonly xml: string };

/** What `accept` found: stored now; the same package was stored before; another package has this transport id. */
export type AcceptResult =
  | { readonly result: 'stored' }
  | { readonly result: 'repeated'; readonly first: StoredReceipt }
  | { readonly result: 'conflict' };

/** The store as the way in needs it. */
export interface Intake {
  /**
   * Stores an accepted package, durable when it returns, in one transaction. Unique by (sender, transport id), (sender, content) and
   * (sender, certificate, SignedInfo): of any number of concurrent calls for the same package, or for the same signed content written
   * in other ways, exactly one gets `stored`, the others the first receipt; so do packages that came over one route and say the same.
   */
  accept(acceptance: Acceptance): Promise<AcceptResult>;
  /** The receipt of an accepted package with this content from one of these agencies, if there is one. */
  findFirst(content: Content, senderAgencyIds: ReadonlySet<string>): Promise<StoredReceipt | null>;
  /** Keeps the evidence of a refusal. */
  refuse(refusal: Refusal): Promise<void>;
}
