import type { LeftOut, OutsideChange, SkipReason, SyncReport, UnmappedReason } from './outside-change.ts';

/** What a sync found out and did. `known`: rows about agencies that were known before. */
export interface SyncFacts {
  readonly listed: number;
  readonly known: number;
  readonly done: readonly OutsideChange[];
  readonly leftOut: readonly LeftOut[];
  readonly unread: Readonly<Record<string, string>>;
}

/** These happen with every list and need nobody's look. */
const onlyCounted: ReadonlySet<string> = new Set<SkipReason>(['ours', 'closed', 'superseded']);

const skipReasons: Readonly<Record<SkipReason, true>> = {
  ours: true,
  'ours-by-code': true,
  province: true,
  suspended: true,
  ended: true,
  'code-ended': true,
  'same-agency': true,
  superseded: true,
  malformed: true,
  nameless: true,
  repeated: true,
  closed: true,
};

const isSkip = (why: SkipReason | UnmappedReason): why is SkipReason => why in skipReasons;

/** The report of a sync, with the first `mostShown` changes and rows that were left out. */
export function outsideReport({ listed, known, done, leftOut, unread }: SyncFacts, mostShown: number): SyncReport {
  const kinds = counted(done.map(({ kind }) => kind));
  const changed = new Set(done.flatMap((one) => (one.kind === 'add' ? [] : [one.id])));
  const reasons = leftOut.map(({ why }) => why);
  return {
    listed,
    unchanged: known - changed.size,
    added: kinds.add ?? 0,
    renamed: kinds.rename ?? 0,
    closed: kinds.close ?? 0,
    reopened: kinds.reopen ?? 0,
    moved: kinds.move ?? 0,
    recoded: kinds.recode ?? 0,
    codesAdded: kinds.code ?? 0,
    skipped: counted(reasons.filter(isSkip)),
    unmapped: counted(reasons.filter((why): why is UnmappedReason => !isSkip(why))),
    unread,
    changes: done.slice(0, mostShown),
    leftOut: leftOut.filter(({ why }) => !onlyCounted.has(why)).slice(0, mostShown),
  };
}

function counted<T extends string>(words: readonly T[]): Partial<Record<T, number>> {
  const counts: Partial<Record<T, number>> = {};
  for (const word of words) counts[word] = (counts[word] ?? 0) + 1;
  return counts;
}
