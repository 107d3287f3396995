import type { SuccessionKind } from './succession.ts';
import type { SuccessionRow } from './succession-plan.ts';

/** A file of successions as read. */
export interface SuccessionFile {
  readonly name: string;
  /** SHA-256 of the file, hex. */
  readonly sha256: string;
  readonly rows: readonly SuccessionRow[];
}

/** What one agency becomes, as a report shows it. */
export interface ReportedSuccession {
  readonly line: number;
  readonly kind: SuccessionKind;
  readonly on: string;
  readonly from: string;
  readonly name: string;
  /** Successors, new name, new parent or new code. */
  readonly to: readonly string[];
}

/** What applying a file does, or would do. */
export interface SuccessionReport {
  /** Absent for a dry run. */
  readonly batch?: string;
  readonly counts: Readonly<Record<SuccessionKind, number>>;
  readonly successions: readonly ReportedSuccession[];
  /** Deliveries that wait for an agency which ends: they go to the one that follows as soon as the day has come. */
  readonly waiting: number;
  /** Living agencies that stand under one which ends and are not moved by the file. */
  readonly unitsLeft: number;
}

/** A file that was applied. */
export interface SuccessionBatch {
  readonly id: string;
  readonly appliedAt: Date;
  readonly actor: string;
  readonly fileName: string;
  readonly sha256: string;
  readonly successions: number;
  readonly firstOn: string;
  readonly lastOn: string;
  readonly undoneAt?: Date;
  readonly undoneBy?: string;
  readonly undoReason?: string;
}

/** The store of successions. Every change is one transaction and leaves an event. */
export interface Successions {
  /** Checks and applies a file, all or nothing; `dryRun` does the same and takes it back. Throws Rejection with every line refused. */
  apply(file: SuccessionFile, actor: string, dryRun: boolean): Promise<SuccessionReport>;
  /** Newest first. */
  list(limit: number): Promise<readonly SuccessionBatch[]>;
  /** Takes a batch back. Throws Rejection BATCH_UNKNOWN, BATCH_UNDONE, or BATCH_BUILT_UPON when a later batch rests on it. */
  undo(batch: string, actor: string, reason: string): Promise<SuccessionBatch>;
}
