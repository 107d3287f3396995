import type { CodeScheme } from './register.ts';

/** Level 1 last: `000.00.23.H59`, and with zero groups left out, as it travels: `28.22.H17`. */
const levelOneLast = /^(?:\d{3}\.\d{2}\.\d{2}\.|(?:\d{2}\.){0,2})[A-Z]\d{2}$/;
/** Begins with digits and ends with a level-1 code: can only be meant as level 1 last. */
const meantLevelOneLast = /^\d[\dA-Za-z.]*\.[A-Z]\d{2}$/;
const groups = /^[0-9A-Za-z]+(?:\.[0-9A-Za-z]+)*$/;

/** The longest code (QCVN 102, Amendment 1:2022). */
export const longestCode = 35;

/**
 * True for a code that can be one: groups of letters and digits, and where it is meant in the form of QCVN 102:2016 the right
 * number of digits in each. A scheme of the axis or a local one is free in its groups.
 */
export function isCodeForm(code: string, scheme: CodeScheme | undefined): boolean {
  if (!groups.test(code)) return false;
  if (scheme === 'axis' || scheme === 'local') return true;
  if (scheme === 'qcvn102') return levelOneLast.test(code);
  return levelOneLast.test(code) || !meantLevelOneLast.test(code);
}

/** The scheme that the form of a code suggests, for files that don't say. */
export function schemeOf(code: string): CodeScheme {
  if (levelOneLast.test(code)) return 'qcvn102';
  return /[a-z]/.test(code) ? 'local' : 'qd20';
}
