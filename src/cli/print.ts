import { vietnamTime } from '../routing/time.ts';
import type { CommonOptions } from './command.ts';

/** Prints a result: as JSON if asked for, else as `text` makes it. */
export function print(options: CommonOptions, value: unknown, text: () => string): void {
  process.stdout.write(options.json === true ? `${JSON.stringify(plain(value), null, 2)}\n` : text());
}

/** Says how far something is, on one line that changes; nothing unless a person looks on. */
export function showProgress(text: string): void {
  if (process.stderr.isTTY) process.stderr.write(`\r\u001b[K${text}`);
}

/** Ends the line of `showProgress`. */
export function endProgress(): void {
  if (process.stderr.isTTY) process.stderr.write('\r\u001b[K');
}

/** Says something to the person who waits, beside the result. */
export function note(text: string): void {
  process.stderr.write(`${text}\n`);
}

/** Times as everywhere in Viet Nam time; sets as lists; bytes are not for JSON. */
function plain(value: unknown): unknown {
  if (value instanceof Date) return vietnamTime(value);
  if (value instanceof Uint8Array) return undefined;
  if (value instanceof Set || Array.isArray(value)) return [...value].map(plain);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, plain(one)]));
}
