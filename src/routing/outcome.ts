/**
 * What came of handing a package to a recipient's system. A closed list, returned, never thrown.
 * `delivered`: the recipient has it (also "already have it"). `unavailable`: try again later. `refused`: trying again is no use.
 * `detail` is text from a stranger, cut to 1 KiB. `httpStatus` when there was an answer.
 */
export type Outcome =
  | { readonly kind: 'delivered'; readonly detail: string; readonly httpStatus?: number }
  | {
      readonly kind: 'unavailable';
      readonly detail: string;
      readonly httpStatus?: number;
      /** Seconds the recipient asked us to wait; only ever lengthens the wait. */
      readonly retryAfter?: number;
    }
  | { readonly kind: 'refused'; readonly detail: string; readonly httpStatus?: number };

/** A failure of ours while delivering: never counts as an attempt of the recipient. */
export interface Fault {
  readonly kind: 'fault';
  readonly detail: string;
}

/** What one attempt ended with. */
export type AttemptResult = Outcome | Fault;

/** Cuts a stranger's text to what is stored and shown: 1 KiB, control characters replaced by a space. */
export function shortDetail(text: string): string {
  const clean = text.replace(/[\u0000-\u001f\u007f\u202a-\u202e\u2066-\u2069]+/g, ' ').trim();
  return Buffer.from(clean).length <= 1024 ? clean : `${clean.slice(0, 320)}…`;
}
