import { InvalidArgumentError } from 'commander';
import { UsageFault } from './failure.ts';

/** Reads an option that is a whole number. */
export function wholeNumber(least: number, most: number): (text: string) => number {
  return (text) => {
    const value = /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN;
    if (value >= least && value <= most) return value;
    throw new InvalidArgumentError(`cần số nguyên từ ${least} đến ${most} / a whole number from ${least} to ${most} is needed`);
  };
}

/** Reads an option that is one of a few words. */
export function oneOf<const W extends string>(...words: readonly W[]): (text: string) => W {
  return (text) => {
    const word = words.find((one) => one === text);
    if (word !== undefined) return word;
    throw new InvalidArgumentError(`cần một trong / one of: ${words.join(', ')}`);
  };
}

/** Reads an option that is a list of words between commas. */
export function listOf<T>(read: (text: string) => T): (text: string) => readonly T[] {
  return (text) =>
    text
      .split(',')
      .map((part) => part.trim())
      .filter((part) => part !== '')
      .map(read);
}

/** An id of ours, as an argument. Throws UsageFault for a text that can be none. */
export function checkId(text: string): string {
  if (/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(text)) return text;
  throw new UsageFault(`không phải là mã / not an id: ${text}`);
}

/** The SHA-256 of a certificate, as an argument; lower-case hex. Throws UsageFault for a text that can be none. */
export function checkFingerprint(text: string): string {
  if (/^[0-9a-fA-F]{64}$/.test(text)) return text.toLowerCase();
  throw new UsageFault('chứng thư số phải ghi bằng SHA-256 (64 chữ số hex) / name the certificate by its SHA-256 (64 hex digits)');
}

/** Reads an option that is a day, `yyyy-mm-dd`. */
export function day(text: string): string {
  const exists = /^\d{4}-\d{2}-\d{2}$/.test(text) && !Number.isNaN(Date.parse(text)) && new Date(text).toISOString().startsWith(text);
  if (exists) return text;
  throw new InvalidArgumentError('cần một ngày yyyy-mm-dd / a day yyyy-mm-dd is needed');
}
