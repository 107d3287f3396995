import { isCodeForm, longestCode } from './code-form.ts';
import type { AgencyStatus, Channel } from './directory.ts';
import { isOfProvince } from './rules.ts';

/** An agency as the directory of the system above lists it. */
export interface ListedAgency {
  readonly code: string;
  readonly name: string;
  readonly closed: boolean;
}

/** Who has a code here. */
export interface CodeOwner {
  readonly id: string;
  readonly name: string;
  readonly status: AgencyStatus;
  readonly channel: Channel;
}

/** What a sync does to one agency elsewhere. */
export type OutsideChange =
  | { readonly kind: 'add'; readonly code: string; readonly name: string }
  | { readonly kind: 'rename'; readonly id: string; readonly code: string; readonly name: string; readonly before: string }
  | { readonly kind: 'close' | 'reopen'; readonly id: string; readonly code: string; readonly name: string };

/**
 * Why a row is left out. `ours`: its code is that of an agency that takes part here. `province`: it has a code of our province, which only
 * a person gives. `suspended`: a person suspended it here.
 */
export type SkipReason = 'ours' | 'province' | 'suspended' | 'malformed' | 'nameless' | 'repeated' | 'closed';

/** The agencies elsewhere, as a sync reads and changes them. */
export interface OutsideRegister {
  owners(codes: readonly string[]): Promise<ReadonlyMap<string, CodeOwner>>;
  /** Applies changes in one transaction, with one event. */
  apply(changes: readonly OutsideChange[], actor: string): Promise<void>;
}

/** What a sync changed, or would change. */
export interface SyncReport {
  readonly listed: number;
  readonly unchanged: number;
  readonly added: number;
  readonly renamed: number;
  readonly closed: number;
  readonly reopened: number;
  readonly skipped: Readonly<Partial<Record<SkipReason, number>>>;
  /** The first changes, one by one. */
  readonly changes: readonly OutsideChange[];
  /** The first rows that were left out, with why; those of ours are only counted. */
  readonly leftOut: readonly { readonly code: string; readonly name: string; readonly why: SkipReason }[];
}

/** How a sync is made. `province`: our level-1 codes. */
export interface SyncOptions {
  readonly province: readonly string[];
  readonly actor: string;
  readonly dryRun: boolean;
}

const batchSize = 2000;
const mostShown = 200;
const longestName = 500;

/** Brings the agencies elsewhere to what a list says, batch by batch; never touches an agency that takes part here. What is not listed stays. */
export async function syncOutside(rows: AsyncIterable<ListedAgency>, register: OutsideRegister, options: SyncOptions): Promise<SyncReport> {
  const tally = new Tally();
  const seen = new Set<string>();
  let batch: ListedAgency[] = [];
  const flush = async () => {
    const owners = await register.owners(batch.map(({ code }) => code));
    const changes = batch.flatMap((row) => tally.count(row, changeFor(row, owners.get(row.code), options.province)));
    if (!options.dryRun && changes.length > 0) await register.apply(changes, options.actor);
    batch = [];
  };
  for await (const row of rows) {
    if (seen.has(row.code)) tally.count(row, 'repeated');
    else batch.push({ ...row, name: row.name.normalize('NFC').replace(/\s+/g, ' ').trim().slice(0, longestName) });
    seen.add(row.code);
    if (batch.length === batchSize) await flush();
  }
  await flush();
  return tally.report();
}

/** What becomes of one row; `same`: nothing. */
export function changeFor(
  { code, name, closed }: ListedAgency,
  owner: CodeOwner | undefined,
  province: readonly string[],
): OutsideChange | SkipReason | 'same' {
  if (code.length > longestCode || !isCodeForm(code, 'axis')) return 'malformed';
  if (owner !== undefined && owner.channel !== 'upward') return 'ours';
  if (name === '') return 'nameless';
  if (owner === undefined) {
    if (isOfProvince(code, province)) return 'province';
    return closed ? 'closed' : { kind: 'add', code, name };
  }
  const { id } = owner;
  if (owner.status === 'suspended') return 'suspended';
  if (closed !== (owner.status === 'closed')) return { kind: closed ? 'close' : 'reopen', id, code, name };
  return owner.name === name ? 'same' : { kind: 'rename', id, code, name, before: owner.name };
}

class Tally {
  #listed = 0;
  #unchanged = 0;
  readonly #kinds = { add: 0, rename: 0, close: 0, reopen: 0 };
  readonly #skipped: Partial<Record<SkipReason, number>> = {};
  readonly #changes: OutsideChange[] = [];
  readonly #leftOut: SyncReport['leftOut'][number][] = [];

  /** Counts a row and gives its change, if it is one. */
  count({ code, name }: ListedAgency, found: OutsideChange | SkipReason | 'same'): OutsideChange[] {
    this.#listed += 1;
    if (found === 'same') this.#unchanged += 1;
    else if (typeof found === 'string') {
      this.#skipped[found] = (this.#skipped[found] ?? 0) + 1;
      if (found !== 'ours' && found !== 'closed' && this.#leftOut.length < mostShown)
        this.#leftOut.push({ code: code.slice(0, 100), name, why: found });
    } else {
      this.#kinds[found.kind] += 1;
      if (this.#changes.length < mostShown) this.#changes.push(found);
      return [found];
    }
    return [];
  }

  report(): SyncReport {
    const { add, rename, close, reopen } = this.#kinds;
    return {
      listed: this.#listed,
      unchanged: this.#unchanged,
      added: add,
      renamed: rename,
      closed: close,
      reopened: reopen,
      skipped: this.#skipped,
      changes: this.#changes,
      leftOut: this.#leftOut,
    };
  }
}
