import type { ChangeOf, CodeOwner, OutsideChange, SyncReport } from './outside-change.ts';
import type { ListedAgency } from './outside-list.ts';
import { OutsideList } from './outside-list.ts';
import type { PlanSettings } from './outside-plan.ts';
import { OutsidePlan } from './outside-plan.ts';
import { outsideReport } from './outside-report.ts';

/** The agencies elsewhere, as a sync reads and changes them. */
export interface OutsideRegister {
  owners(codes: readonly string[]): Promise<ReadonlyMap<string, CodeOwner>>;
  /** Applies changes, but for those of codes, in one transaction with one event. Parents of those that are added are there or come before them. */
  apply(changes: readonly OutsideChange[], actor: string): Promise<void>;
  /**
   * Applies changes of codes as successions that hold from today on, one batch for all; `dryRun` only checks them. Returns the codes of
   * those that the directory refuses, each with why: they stay as they are.
   */
  recode(changes: readonly ChangeOf<'recode'>[], options: SyncOptions): Promise<ReadonlyMap<string, string>>;
  /** Ids of agencies that these moves would put under themselves. */
  circles(moves: readonly ChangeOf<'move'>[]): Promise<ReadonlySet<string>>;
}

type Take = (row: ListedAgency) => void;

/** What the other side lists: `list` says who exists, `further` completes their codes. Each gives its rows to `take` as they come. */
export interface OutsideDirectory {
  readonly list: (take: Take) => Promise<void>;
  /** By name; returns why it is not offered. */
  readonly further: Readonly<Record<string, (take: Take) => Promise<string | undefined>>>;
}

/** How a sync is made. `mostShown`: changes, and rows left out, that the report has one by one. */
export interface SyncOptions extends PlanSettings {
  readonly actor: string;
  readonly dryRun: boolean;
  readonly mostShown?: number;
}

const lookedUpAtOnce = 2000;
const appliedAtOnce = 10_000;
const mostShown = 200;

/**
 * Brings the agencies elsewhere to what a directory says; never touches an agency that takes part here, and what is not listed stays.
 * Nothing is written before the lists have come whole.
 */
export async function syncOutside(directory: OutsideDirectory, register: OutsideRegister, options: SyncOptions): Promise<SyncReport> {
  const list = new OutsideList();
  const plan = new OutsidePlan(list, options);
  const listed = await read(directory.list, list, plan);
  const unread = await readFurther(directory.further, list);
  const rows = list.inOrder();
  for (let at = 0; at < rows.length; at += lookedUpAtOnce) {
    const batch = rows.slice(at, at + lookedUpAtOnce);
    const owners = await register.owners(batch.flatMap(codesOf));
    for (const row of batch) plan.decide(row, owners);
  }
  const done = await carryOut(plan, register, options);
  return outsideReport({ listed, known: plan.known, done, leftOut: plan.leftOut, unread }, options.mostShown ?? mostShown);
}

async function read(listInto: OutsideDirectory['list'], list: OutsideList, plan: OutsidePlan): Promise<number> {
  let listed = 0;
  await listInto((row) => {
    listed += 1;
    if (!list.add(row)) plan.leave(row, 'repeated');
  });
  return listed;
}

async function readFurther(further: OutsideDirectory['further'], list: OutsideList): Promise<Record<string, string>> {
  const unread: Record<string, string> = {};
  for (const [name, readInto] of Object.entries(further)) {
    const why = await readInto((row) => list.complete(row));
    if (why !== undefined) unread[name] = why;
  }
  return unread;
}

function codesOf({ code, oldCode, code102 }: ListedAgency): string[] {
  return [code, oldCode, code102].filter((one) => one !== undefined);
}

/** Carries a plan out, or finds out what of it can't be. Returns what was, or would be, done. */
async function carryOut(plan: OutsidePlan, register: OutsideRegister, options: SyncOptions): Promise<readonly OutsideChange[]> {
  const apply = async (changes: readonly OutsideChange[]) => {
    if (options.dryRun) return;
    for (let at = 0; at < changes.length; at += appliedAtOnce) await register.apply(changes.slice(at, at + appliedAtOnce), options.actor);
  };
  const reopened = plan.changes.filter((one) => one.kind === 'reopen');
  await apply(reopened);
  const [recoded, refused] = await recode(plan, register, options, new Set(reopened.map((one) => one.id)));
  const rest = plan.changes.flatMap((one) => withoutParent(one, refused));
  const others = rest.filter((one) => one.kind !== 'reopen' && one.kind !== 'recode' && one.kind !== 'move');
  await apply(others);
  const moves = rest.filter((one) => one.kind === 'move');
  const circular = moves.length === 0 ? new Set<string>() : await register.circles(moves);
  for (const move of moves) if (circular.has(move.id)) plan.leave(move, 'parent-circle', move.parent);
  const moved = moves.filter((one) => !circular.has(one.id));
  await apply(moved);
  return [...reopened, ...recoded, ...others, ...moved];
}

/**
 * Changes codes: gives the changes that were made, and the codes that nobody got. In a dry run those of agencies that would be open again
 * by then are taken to be possible.
 */
async function recode(
  plan: OutsidePlan,
  register: OutsideRegister,
  options: SyncOptions,
  reopened: ReadonlySet<string>,
): Promise<readonly [done: readonly OutsideChange[], refused: ReadonlyMap<string, string>]> {
  const changes = plan.changes.filter((one) => one.kind === 'recode');
  const asked = options.dryRun ? changes.filter((one) => !reopened.has(one.id)) : changes;
  const refused = asked.length === 0 ? new Map<string, string>() : await register.recode(asked, options);
  for (const one of asked) {
    const why = refused.get(one.code);
    if (why !== undefined) plan.leave(one, 'recode-refused', `${one.before}: ${why}`);
  }
  return [changes.filter((one) => !refused.has(one.code)), refused];
}

/** A code that nobody got is no parent. */
function withoutParent(change: OutsideChange, refused: ReadonlyMap<string, string>): OutsideChange[] {
  if (change.kind === 'move') return refused.has(change.parent) ? [] : [change];
  if (change.kind !== 'add' || change.parent === undefined || !refused.has(change.parent)) return [change];
  const { parent: _, ...rest } = change;
  return [rest];
}
