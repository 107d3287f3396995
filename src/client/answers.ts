import type { ActAnswer, LifeAnswer } from './answers-lifecycle.ts';

/** Answers of the gateway as clients read them. Times are texts in +07:00; fields that are not known here are ignored. */

/** One thing that is wrong, in both languages, with what to do. */
export interface ProblemAnswer {
  readonly code: string;
  readonly vi: string;
  readonly en: string;
  readonly fixVi: string;
  readonly fixEn: string;
  readonly at?: string | undefined;
  readonly line?: number | undefined;
}

export type State = 'waiting' | 'held' | 'delivered' | 'failed' | 'cancelled' | 'expired';
export type ReceiptKind = 'accepted' | 'rejected' | 'delivered' | 'failed' | 'expired' | 'cancelled' | 'revoked';

/** What validation says of a package that would be accepted. */
export interface Validation {
  readonly valid: true;
  readonly warnings: readonly ProblemAnswer[];
}

/** A package as lists show it. */
export interface PackageLine {
  readonly id: string;
  readonly accepted: boolean;
  readonly sender?: string | undefined;
  readonly transportId?: string | undefined;
  readonly sha256: string;
  readonly size: number;
  readonly receivedAt: string;
  readonly kind?: 'document' | 'status' | undefined;
  readonly action?: string | undefined;
  readonly documentId?: string | undefined;
  readonly reference?: string | undefined;
  readonly subject?: string | undefined;
  readonly urgency: number;
  readonly signature?: 'valid' | 'weak' | 'absent' | undefined;
  readonly states: Readonly<Partial<Record<State, number | undefined>>>;
}

/** One try of a delivery. */
export interface AttemptAnswer {
  readonly turn: number;
  readonly result: 'delivered' | 'unavailable' | 'refused' | 'fault';
  readonly detail?: string | undefined;
  readonly httpStatus?: number | undefined;
  readonly startedAt: string;
  readonly finishedAt: string;
}

/** A deadline by law: kept, open, near (a warning was given) or late. */
export interface LawTimerAnswer {
  readonly dueAt: string;
  readonly state: 'kept' | 'open' | 'near' | 'late';
}

/** A delivery as its sender sees it. */
export interface DeliveryAnswer {
  readonly id: string;
  readonly recipient: string;
  readonly recipientName?: string | undefined;
  readonly state: State;
  readonly problem?: ProblemAnswer | undefined;
  readonly attempts: number;
  readonly dueAt?: string | undefined;
  readonly deadlineAt: string;
  readonly createdAt: string;
  readonly changedAt: string;
  readonly fetchedAt?: string | undefined;
  readonly law?: LawTimerAnswer | undefined;
  /** Until when the recipient is to have reported the document, once it is delivered. */
  readonly owed?: LawTimerAnswer | undefined;
}

/** A package with the fate of every recipient. */
export interface PackageAnswer extends PackageLine {
  readonly problems: readonly ProblemAnswer[];
  readonly attachments: readonly { readonly name: string; readonly fileSize: number; readonly fileSha256: string }[];
  readonly receipts: readonly {
    readonly id: string;
    readonly kind: ReceiptKind;
    readonly delivery?: string | undefined;
    readonly issuedAt: string;
  }[];
  readonly acts: readonly ActAnswer[];
  readonly deliveries: readonly (DeliveryAnswer & {
    readonly attemptList: readonly AttemptAnswer[];
    readonly life?: LifeAnswer | undefined;
  })[];
}

/** A page of packages; `next` continues it. */
export interface PackageList {
  readonly packages: readonly PackageLine[];
  readonly next: string | null;
}

/** A receipt in the feed, with its signed XML. */
export interface ReceiptAnswer {
  readonly id: string;
  readonly kind: ReceiptKind;
  readonly package: string;
  readonly delivery?: string | undefined;
  readonly issuedAt: string;
  readonly cursor: string;
  readonly xml: string;
}

/** A page of the feed of receipts. `more`: ask again at once. */
export interface ReceiptList {
  readonly receipts: readonly ReceiptAnswer[];
  readonly next: string | null;
  readonly more: boolean;
}

/** A delivery that waits in the inbox. */
export interface InboxAnswer {
  readonly delivery: string;
  readonly package: string;
  readonly recipient: string;
  readonly sender: string;
  readonly kind: 'document' | 'status';
  readonly action?: string | undefined;
  readonly documentId?: string | undefined;
  readonly reference?: string | undefined;
  readonly subject?: string | undefined;
  readonly urgency: number;
  readonly sha256: string;
  readonly size: number;
  readonly acceptedAt: string;
  readonly deadlineAt: string;
  readonly fetchedAt?: string | undefined;
  readonly cursor: string;
}

/** A page of the inbox. */
export interface InboxList {
  readonly entries: readonly InboxAnswer[];
  readonly next: string | null;
  readonly more: boolean;
}

/** A delivery after somebody moved it. */
export interface Moved {
  readonly delivery: string;
  readonly package: string;
  readonly state: State;
  readonly turn: number;
  readonly attempts: number;
  readonly problem?: ProblemAnswer | undefined;
}

/** A delivery as operators see it. */
export interface OperatorDelivery extends DeliveryAnswer {
  readonly package: string;
  readonly sender: string;
  readonly subject?: string | undefined;
  readonly urgency: number;
  readonly channel?: 'inbox' | 'push' | 'upward' | undefined;
  readonly route?: string | undefined;
  readonly namedAs?: string | undefined;
  readonly turn: number;
  readonly tries: number;
  readonly faults: number;
  readonly leased: boolean;
}

/** A page of deliveries. */
export interface OperatorDeliveryList {
  readonly deliveries: readonly OperatorDelivery[];
  readonly next: string | null;
}

/** What a bulk replay would do. */
export interface ForecastAnswer {
  readonly total: number;
  readonly byState: Readonly<Record<string, number>>;
  readonly byRecipient: Readonly<Record<string, number>>;
  readonly notReplayable: number;
}

/** A bulk replay and how far it is. */
export interface PlanAnswer {
  readonly id: string;
  readonly createdAt: string;
  readonly actor: string;
  readonly reason: string;
  readonly total: number;
  readonly replayed: number;
  readonly skipped: number;
  readonly finishedAt?: string | undefined;
}
