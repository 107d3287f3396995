import type { ProblemAnswer, State } from './answers.ts';

/** A clerk. */
export interface StaffAnswer {
  readonly name?: string | undefined;
  readonly department?: string | undefined;
  readonly mobile?: string | undefined;
  readonly email?: string | undefined;
}

/** What a package does to a document sent before. */
export interface ActAnswer {
  readonly id: string;
  readonly package: string;
  readonly act: 'recall' | 'update' | 'replace' | 'status';
  readonly status?: string | undefined;
  readonly state: 'open' | 'unmatched' | 'ambiguous' | 'refused' | 'applied' | 'dismissed';
  readonly document?: string | undefined;
  readonly candidates: readonly string[];
  readonly reason?: string | undefined;
  readonly createdAt: string;
  readonly decidedBy?: string | undefined;
}

/** A business status as a recipient's software said it. */
export interface StatusAnswer {
  readonly package: string;
  readonly code: string;
  readonly statedAt?: string | undefined;
  readonly receivedAt: string;
  readonly description: string;
  readonly staff: StaffAnswer;
  readonly regression: boolean;
}

/** What was asked of one recipient about a document, and where the package that asks stands. */
export interface NoticeAnswer {
  readonly package: string;
  readonly delivery: string;
  readonly act: ActAnswer['act'];
  readonly status?: string | undefined;
  readonly at: string;
  readonly state: State;
  readonly changedAt: string;
  readonly problem?: ProblemAnswer | undefined;
  readonly reason?: string | undefined;
  readonly staff?: StaffAnswer | undefined;
}

/** What was said and asked about a document at one recipient. */
export interface LifeAnswer {
  readonly standing?: 'recalled' | 'removed' | 'replaced' | undefined;
  readonly after: readonly string[];
  readonly current?: StatusAnswer | undefined;
  readonly answer?: StatusAnswer | undefined;
  readonly history: readonly StatusAnswer[];
  readonly notices: readonly NoticeAnswer[];
}

/** A page of acts. */
export interface ActList {
  readonly acts: readonly ActAnswer[];
  readonly next: string | null;
}
