import type { LawTimerAnswer, PackageLine, ProblemAnswer, State } from './answers.ts';
import type { ActAnswer, NoticeAnswer, StaffAnswer, StatusAnswer } from './answers-lifecycle.ts';

/** What all views of a document have: the facts of the package that brought it, whose id names it. */
type DocumentFacts = Omit<PackageLine, 'accepted' | 'transportId' | 'kind'>;

/** A document as lists show it. */
export interface DocumentLine extends DocumentFacts {
  /** Recipients that have reported it by a status 01 to 06. */
  readonly reported: number;
  readonly done: Readonly<Partial<Record<'recall' | 'update' | 'replace', number | undefined>>>;
}

/** A page of documents; `next` continues it. */
export interface DocumentList {
  readonly documents: readonly DocumentLine[];
  readonly next: string | null;
}

/** Both sides of the last recall at one recipient. */
export interface RecallAnswer {
  readonly package: string;
  readonly askedAt: string;
  readonly askedBy?: StaffAnswer | undefined;
  readonly reason?: string | undefined;
  readonly transport: { readonly state: State; readonly at: string; readonly problem?: ProblemAnswer | undefined };
  /** `needless`: before it was delivered. `undelivered`: the recall did not arrive. `agreed`: 15. `refused`: 16. */
  readonly answer: 'needless' | 'undelivered' | 'waiting' | 'agreed' | 'refused';
  readonly said?: StatusAnswer | undefined;
}

/** A document at one recipient. */
export interface RecipientAnswer {
  readonly recipient: string;
  readonly recipientName?: string | undefined;
  readonly delivery: string;
  readonly transport: {
    readonly state: State;
    readonly at: string;
    readonly fetchedAt?: string | undefined;
    readonly attempts: number;
    readonly problem?: ProblemAnswer | undefined;
    readonly law?: LawTimerAnswer | undefined;
  };
  readonly business: {
    readonly current?: StatusAnswer | undefined;
    readonly answer?: StatusAnswer | undefined;
    readonly history: readonly StatusAnswer[];
  };
  readonly owed?: LawTimerAnswer | undefined;
  readonly standing?: 'recalled' | 'removed' | 'replaced' | undefined;
  readonly recall?: RecallAnswer | undefined;
  readonly notices: readonly NoticeAnswer[];
}

/** A document with its packages and what became of it at each recipient. */
export interface DocumentAnswer extends DocumentFacts {
  readonly packages: readonly {
    readonly package: string;
    readonly act: 'new' | Exclude<ActAnswer['act'], 'status'>;
    readonly status?: string | undefined;
    readonly at: string;
    readonly reason?: string | undefined;
    readonly staff?: StaffAnswer | undefined;
  }[];
  readonly replaces: readonly string[];
  readonly recipients: readonly RecipientAnswer[];
}
