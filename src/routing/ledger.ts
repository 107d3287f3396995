import type { DeliveryState } from './delivery.ts';

/**
 * The conservation ledger ("sổ cái văn bản"): per sending agency and day (+07:00) of acceptance, every delivery that was promised
 * in an accepted receipt must be in exactly one state today.
 */
export interface LedgerRow {
  /** `yyyy-mm-dd` in +07:00. */
  readonly day: string;
  /** Code of the sender as its packages name it. */
  readonly sender: string;
  readonly packages: number;
  /** Deliveries promised: counted from the append-only events, not from the deliveries themselves. */
  readonly promised: number;
  readonly states: Readonly<Record<DeliveryState, number>>;
  /** Promised deliveries whose records were removed when their time was over. */
  readonly purged: number;
}

/** What is wrong with one package or delivery. */
export interface LedgerFault {
  readonly packageId: string;
  readonly what:
    | 'content missing'
    | 'purge not in the chain'
    | 'content altered'
    | 'no accepted receipt'
    | 'no delivery'
    | 'final without receipt';
  readonly deliveryId?: string;
}

/** The ledger with everything that does not add up. Sound when `unaccounted` is 0, `faults` is empty and the chain is whole. */
export interface Ledger {
  readonly rows: readonly LedgerRow[];
  readonly faults: readonly LedgerFault[];
  readonly checkedPackages: number;
  readonly checkedBytes: number;
  readonly chain: { readonly links: number; readonly head: string; readonly brokenAt?: number };
  readonly unaccounted: number;
}

/** Promised deliveries of a row that are in no state (or, negative, in more than one). */
export function unaccountedIn(row: LedgerRow): number {
  return row.promised - row.purged - Object.values(row.states).reduce((sum, n) => sum + n, 0);
}

/** Deliveries unaccounted for in all rows, and faults of content or receipts. */
export function unaccounted(rows: readonly LedgerRow[], faults: readonly LedgerFault[]): number {
  return rows.reduce((sum, row) => sum + Math.abs(unaccountedIn(row)), 0) + faults.length;
}
