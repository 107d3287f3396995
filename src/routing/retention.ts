import type { NewId } from './ports.ts';

/** How long things are kept, in months of the Vietnamese calendar. The law sets no period for an intermediary: a province decides. */
export interface RetentionPolicy {
  /** Metadata and evidence: packages, deliveries, attempts, receipts, events. */
  readonly recordMonths: number;
  /** The content of packages. */
  readonly payloadMonths: number;
}

/** What is removed: the content of a package, or everything about it. */
export type PurgedPart = 'payload' | 'records';

/** What a run of the retention did, or would do. */
export interface RetentionRun {
  readonly dryRun: boolean;
  readonly parts: Readonly<Record<PurgedPart, { readonly packages: number; readonly bytes: number; readonly before: Date }>>;
  /** Packages old enough that were kept because of a legal hold, an unfinished delivery, or a newer package that refers to them. */
  readonly kept: number;
}

/** What a legal hold is about. Every condition that is given must hold; `sender` and `recipient` are ids of agencies. */
export interface HoldConditions {
  readonly packageId?: string;
  readonly senderAgencyId?: string;
  readonly recipientAgencyId?: string;
  readonly documentId?: string;
  readonly since?: Date;
  readonly until?: Date;
}

/** A legal hold: nothing that it fits is removed. */
export interface LegalHold extends HoldConditions {
  readonly id: string;
  readonly reason: string;
  readonly actor: string;
  readonly createdAt: Date;
  readonly liftedAt?: Date;
  readonly liftedBy?: string;
  readonly liftReason?: string;
}

/** The disk in the months to come. */
export interface DiskForecast {
  readonly freeBytes: number;
  /** Bytes of packages accepted each day, the mean of the last 30 days. */
  readonly bytesPerDay: number;
  readonly months: readonly { readonly month: string; readonly added: number; readonly removed: number; readonly freeAtEnd: number }[];
  /** Days until only the reserve is left, or null when that lies beyond the months looked at. */
  readonly daysLeft: number | null;
}

/** The retention as the store offers it. */
export interface Retention {
  /** Removes what is older than the policy, in small transactions; may be stopped at any time and goes on where it was. */
  run(dryRun: boolean, progress: (packages: number) => void): Promise<RetentionRun>;
  forecast(freeBytes: number, reserve: number): Promise<DiskForecast>;
  holds(open: boolean): Promise<readonly LegalHold[]>;
  /** Throws Rejection HOLD_EMPTY without a condition, REASON_REQUIRED without a reason. */
  addHold(id: ReturnType<NewId>, conditions: HoldConditions, actor: string, reason: string): Promise<void>;
  /** Throws Rejection HOLD_UNKNOWN. */
  liftHold(id: string, actor: string, reason: string): Promise<void>;
}

/** The same day and time `months` earlier (negative: later); the last day of a shorter month. */
export function monthsBefore(at: Date, months: number): Date {
  const day = new Date(at);
  day.setUTCMonth(day.getUTCMonth() - months);
  if (day.getUTCDate() !== at.getUTCDate()) day.setUTCDate(0);
  return day;
}

const dayMilliseconds = 86_400_000;

/** What the disk will hold: a month's inflow is spread evenly over its days, and so is what the retention removes. */
export function forecastDisk(
  now: Date,
  disk: { readonly freeBytes: number; readonly reserve: number; readonly bytesPerDay: number },
  removedInMonth: readonly number[],
): DiskForecast {
  const { freeBytes, reserve, bytesPerDay } = disk;
  let free = freeBytes;
  let daysLeft: number | null = free <= reserve ? 0 : null;
  let elapsed = 0;
  const months = removedInMonth.map((removed, at) => {
    const start = monthsBefore(now, -at);
    const days = Math.round((monthsBefore(now, -at - 1).getTime() - start.getTime()) / dayMilliseconds);
    const added = bytesPerDay * days;
    const lost = (added - removed) / days;
    if (daysLeft === null && lost > 0 && free - lost * days <= reserve) daysLeft = elapsed + Math.floor((free - reserve) / lost);
    free -= added - removed;
    elapsed += days;
    return { month: start.toISOString().slice(0, 7), added: Math.round(added), removed, freeAtEnd: Math.round(free) };
  });
  return { freeBytes, bytesPerDay: Math.round(bytesPerDay), months, daysLeft };
}
