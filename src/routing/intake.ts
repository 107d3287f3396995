import type { Act } from './acts.ts';
import type { Inspected } from './contents.ts';
import type { Delivery } from './delivery.ts';
import type { Event } from './event.ts';
import type { Standing } from './lifecycle.ts';
import type { Message } from './message.ts';
import type { Lifted, SignatureVerdict, Verified } from './package.ts';
import type { Problem } from './problem.ts';
import type { Receipt, ReceiptPackage, SignedReceipt } from './receipt.ts';

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

/** A delivery of an accepted package, and what its sender did about the package since. */
export interface AcceptedDelivery {
  readonly delivery: Delivery;
  readonly standing?: Standing;
}

/** An accepted package as it is found when it comes again. */
export interface AcceptedPackage {
  readonly about: ReceiptPackage;
  readonly signature: SignatureVerdict;
  readonly deliveries: readonly AcceptedDelivery[];
  /** Nobody else gets it: its content was removed, its certificate turned out to be revoked, or what it asks for was refused. */
  readonly closed: boolean;
  /** It was accepted provisionally and is not cleared. */
  readonly provisional: boolean;
}

/** Everything that an accepted package is given for further recipients, in one transaction. */
export interface Extension {
  readonly at: Date;
  readonly added: readonly Delivery[];
  /** Deliveries that there were, as they are from now on. */
  readonly resumed: readonly Delivery[];
  /** The accepted receipt of the further recipients first, then one for each delivery that failed at once. */
  readonly receipts: readonly SignedReceipt[];
  readonly events: readonly Event[];
}

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
  /** An accepted package as it is now; null when there is none. */
  accepted(packageId: string): Promise<AcceptedPackage | null>;
  /**
   * Locks an accepted package, asks `decide` what it is given, and writes that, in one transaction; null writes nothing, and what `decide`
   * throws undoes everything. Of concurrent calls each sees what the one before it wrote; `decide` may be asked again. `inboxes`: every
   * agency that may get something to fetch. Returns the deliveries that were added or resumed.
   */
  extend(
    packageId: string,
    inboxes: readonly string[],
    decide: (there: AcceptedPackage) => Promise<Extension | null>,
  ): Promise<readonly Delivery[]>;
  /** Keeps the evidence of a refusal. */
  refuse(refusal: Refusal): Promise<void>;
}
