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
      /** No connection was made: the recipient can't have got anything. */
      readonly unsent?: true;
    }
  | { readonly kind: 'refused'; readonly detail: string; readonly httpStatus?: number };

/** A failure of ours while delivering: never counts as an attempt of the recipient. */
export interface Fault {
  readonly kind: 'fault';
  readonly detail: string;
}

/** What one attempt ended with. */
export type AttemptResult = Outcome | Fault;

/** Control characters, those that turn the direction of text, and what neither XML nor jsonb can hold, half characters among them. */
const unsafe = /[\u0000-\u001f\u007f-\u009f\u2028-\u202e\u2066-\u2069\ufffe\uffff\p{Surrogate}]+/gu;

/** Cuts a stranger's text to what can be stored and shown anywhere: 1 KiB, unsafe characters replaced by a space. */
export function shortDetail(text: string): string {
  const clean = text.replace(unsafe, ' ').trim();
  return Buffer.byteLength(clean) <= 1024 ? clean : `${clean.slice(0, 320).replace(unsafe, '')}…`;
}
