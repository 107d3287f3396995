import type { ActName, ActState } from './acts.ts';
import type { BusinessState } from './business.ts';
import type { ContentFinding } from './contents.ts';
import type { Delivery, DeliveryState } from './delivery.ts';
import type { LawLevel, LawTimer } from './law.ts';
import type { Standing } from './lifecycle.ts';
import type { Attachment, DocumentAction, Staff } from './message.ts';
import type { OutgoingPackage } from './outbox.ts';
import type { Problem } from './problem.ts';

/** A package as lists show it. */
export interface PackageSummary {
  readonly id: string;
  readonly accepted: boolean;
  readonly clientId: string;
  readonly sender?: string;
  readonly transportId?: string;
  readonly sha256: string;
  readonly size: number;
  readonly receivedAt: Date;
  readonly kind?: 'document' | 'status';
  readonly action?: DocumentAction;
  readonly documentId?: string;
  readonly reference?: string;
  readonly subject?: string;
  readonly urgency: number;
  readonly signatureState?: 'valid' | 'weak' | 'absent';
  /** How many deliveries are in each state. */
  readonly states: Readonly<Partial<Record<DeliveryState, number>>>;
}

/** One attempt as recorded. */
export interface AttemptRecord {
  readonly id: string;
  readonly turn: number;
  readonly result: 'delivered' | 'unavailable' | 'refused' | 'fault';
  readonly detail: string;
  readonly httpStatus?: number;
  readonly startedAt: Date;
  readonly finishedAt: Date;
}

/** One event as recorded. */
export interface EventRecord {
  readonly seq: string;
  readonly name: string;
  readonly at: Date;
  readonly actor: string;
  readonly deliveryId?: string;
  readonly from?: string;
  readonly to?: string;
  readonly reason?: string;
}

/** A delivery with its history. */
export interface DeliveryRecord extends Delivery {
  readonly createdAt: Date;
  readonly changedAt: Date;
  readonly fetchedAt?: Date;
  readonly agencyName?: string;
  /** It carries a document: new, or one that replaces another. */
  readonly carriesDocument: boolean;
  readonly standing?: Standing;
  /** When the first of the statuses 01 to 06 of its recipient came. */
  readonly reportedAt?: Date;
  /** Its deadline by law. */
  readonly law?: LawTimer;
  /** The deadline by law of what its recipient owes. */
  readonly owed?: LawTimer;
  readonly sender: string;
  readonly subject?: string;
  readonly leased: boolean;
}

/** A file inside a document, with the newest finding of each kind; `at` is ISO 8601. */
export interface AttachmentRecord extends Attachment {
  readonly inspected: readonly { readonly at: string; readonly result: ContentFinding['result'] }[];
}

/** An act as recorded: what a package does to a document. */
export interface ActRecord {
  readonly id: string;
  /** The package that asks for it. */
  readonly packageId: string;
  readonly act: ActName;
  readonly status?: string;
  readonly state: ActState;
  /** The document that it is about, once that is known. */
  readonly targetId?: string;
  /** Those that fit, when there are several. */
  readonly candidates: readonly string[];
  readonly documentIds: readonly string[];
  readonly reference?: string;
  readonly date?: string;
  readonly reason?: string;
  readonly staff?: Staff;
  readonly createdAt: Date;
  /** The person who matched or dismissed it. */
  readonly decidedBy?: string;
}

/** What was asked of one recipient about a document, and where the message that says so stands. */
export interface NoticeRecord {
  readonly packageId: string;
  readonly deliveryId: string;
  readonly act: ActName;
  readonly status?: string;
  readonly at: Date;
  readonly state: DeliveryState;
  readonly changedAt: Date;
  readonly problem?: Problem;
  readonly reason?: string;
  readonly staff?: Staff;
}

/** The life of a document at one recipient. */
export interface DeliveryLife {
  readonly standing?: Standing;
  /** Deliveries that this one waits for. */
  readonly after: readonly string[];
  readonly business: BusinessState;
  readonly notices: readonly NoticeRecord[];
}

/** A package with everything that happened to it. */
export interface PackageRecord extends PackageSummary {
  readonly problems: readonly Problem[];
  readonly attachments: readonly AttachmentRecord[];
  readonly deliveries: readonly (DeliveryRecord & { readonly attemptList: readonly AttemptRecord[] })[];
  readonly receipts: readonly { readonly id: string; readonly kind: string; readonly deliveryId?: string; readonly issuedAt: Date }[];
  readonly events: readonly EventRecord[];
  /** What it does to documents sent before. */
  readonly acts: readonly ActRecord[];
  /** By id of delivery: what was said and asked about it since. */
  readonly lives: ReadonlyMap<string, DeliveryLife>;
}

/** A document as lists show it: the package that brought it, how many recipients have reported it, and what was done to it since. */
export interface DocumentSummary extends PackageSummary {
  readonly reported: number;
  /** How many recalls (13 among them), updates and replacements were carried out. */
  readonly done: Readonly<Partial<Record<'recall' | 'update' | 'replace', number>>>;
}

/** A document with everything that was said and done about it. */
export interface DocumentRecord extends PackageRecord {
  /** Recalls (13 among them), updates and replacements of it, oldest first. */
  readonly followers: readonly ActRecord[];
}

/** Which documents a list shows. `reference` is number/notation; `law`, `owed` as for deliveries, of any recipient. */
export interface DocumentFilter extends Omit<PackageFilter, 'accepted'> {
  readonly reference?: string;
  readonly law?: LawLevel;
  readonly owed?: LawLevel;
}

/** Which packages a list shows. All fields narrow; `before` is the id after which (in time: before which) the page starts. */
export interface PackageFilter {
  readonly senders?: ReadonlySet<string>;
  readonly accepted?: boolean;
  readonly documentId?: string;
  readonly since?: Date;
  readonly until?: Date;
  readonly before?: string;
  readonly limit: number;
}

/**
 * Which deliveries a list or a bulk replay means. `recipient` is an agency code. `law`, `owed`: those not delivered, or not reported by
 * their recipients, of which a warning was given that they come near the deadline by law (`near`), or have passed it (`late`).
 */
export interface DeliveryFilter {
  readonly state?: DeliveryState;
  readonly law?: LawLevel;
  readonly owed?: LawLevel;
  readonly recipient?: string;
  readonly sender?: string;
  readonly code?: string;
  readonly since?: Date;
  readonly until?: Date;
}

/** A bulk replay as planned: what it chose and how far it is. */
export interface ReplayPlan {
  readonly id: string;
  readonly createdAt: Date;
  readonly actor: string;
  readonly reason: string;
  readonly filter: DeliveryFilter;
  readonly total: number;
  readonly replayed: number;
  readonly skipped: number;
  readonly finishedAt?: Date;
}

/** What a replay of a filter would do: counts by state and by recipient; `refused` can't be replayed (no route, cancelled). */
export interface ReplayForecast {
  readonly total: number;
  readonly byState: Readonly<Record<string, number>>;
  readonly byRecipient: Readonly<Record<string, number>>;
  readonly notReplayable: number;
}

/** Which acts a list shows: those that wait for their document or a person unless another state is named. Newest first. */
export interface ActFilter {
  readonly state?: ActState;
  readonly before?: string;
  readonly limit: number;
}

/** The store as those who look at it need it. Lists are newest first, paged by id. */
export interface Records {
  packages(filter: PackageFilter): Promise<readonly PackageSummary[]>;
  /** `senders`: only if sent by one of these agencies. */
  package(id: string, senders: ReadonlySet<string> | 'any'): Promise<PackageRecord | null>;
  documents(filter: DocumentFilter): Promise<readonly DocumentSummary[]>;
  /** The document that a package brought, or that it was found to be about. `senders` as for packages. */
  document(id: string, senders: ReadonlySet<string> | 'any'): Promise<DocumentRecord | null>;
  /** The bytes of an accepted package, for export; null when there are none. Throws Rejection PAYLOAD_PURGED when the retention removed them. */
  content(id: string): Promise<OutgoingPackage | null>;
  acts(filter: ActFilter): Promise<readonly ActRecord[]>;
  deliveries(filter: DeliveryFilter, page: { before?: string; limit: number }): Promise<readonly DeliveryRecord[]>;
  delivery(id: string): Promise<(DeliveryRecord & { attemptList: readonly AttemptRecord[] }) | null>;
}

/** The store as bulk replays need it. */
export interface ReplayPlans {
  forecast(filter: DeliveryFilter): Promise<ReplayForecast>;
  /** Chooses the deliveries now and stores the plan; it is carried out by a worker and resumes after a crash. */
  create(plan: { id: string; createdAt: Date; actor: string; reason: string; filter: DeliveryFilter }): Promise<ReplayPlan>;
  get(id: string): Promise<ReplayPlan | null>;
  /** An unfinished plan and its next deliveries, at most `limit`; null when there is none. */
  next(limit: number): Promise<{ plan: ReplayPlan; deliveryIds: readonly string[] } | null>;
  done(planId: string, deliveryId: string, result: 'replayed' | 'skipped'): Promise<void>;
  finish(planId: string, at: Date): Promise<void>;
}
