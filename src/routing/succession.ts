import type { AgencyEntry } from './directory.ts';
import { foldName } from './fold.ts';

/**
 * What can happen to an agency on a day: it ends (`close` without anyone to follow, `merge` into one, `split` among several), or it
 * goes on under another name (`rename`) or another parent (`move`), perhaps with another code.
 */
export type SuccessionKind = 'close' | 'rename' | 'merge' | 'split' | 'move';

/** The kinds that end an agency. */
export type EndingKind = Extract<SuccessionKind, 'close' | 'merge' | 'split'>;

/**
 * Which mail goes to one of several successors. Every condition that is given must hold, and holds when one of its words fits:
 * `sender` a whole code or one group of it; `notation` one group of the notation; `typeName` and `subject` words in the text, accents
 * and case aside. No condition at all: everything that no other rule takes.
 */
export interface ShareRule {
  readonly sender?: readonly string[];
  readonly notation?: readonly string[];
  readonly typeName?: readonly string[];
  readonly subject?: readonly string[];
}

/** One that follows an ended agency. Without a rule a person decides what goes to it, unless it follows alone. */
export interface Share {
  readonly to: AgencyEntry;
  readonly rule?: ShareRule;
}

/** How an agency ended. */
export interface Ending {
  /** The first day on which it no longer exists, `yyyy-mm-dd`. */
  readonly on: string;
  readonly kind: EndingKind;
  readonly successors: readonly Share[];
  /** The decision it rests on, for example `NQ 202/2025/QH15`. */
  readonly basis?: string;
}

/** What a rule may ask of the mail. A field that is absent is not known, and then a rule that asks for it leaves the choice to a person. */
export interface Matter {
  readonly sender?: string;
  readonly notation?: string;
  readonly typeName?: string;
  readonly subject?: string;
}

/** Whom a split gives this mail to: the first rule that holds, then the one for everything else; null when a person must say. */
export function chosenShare(shares: readonly Share[], matter: Matter): Share | null {
  const [only] = shares;
  if (shares.length === 1 && only !== undefined && only.rule === undefined) return only;
  for (const share of shares) {
    const verdict = share.rule === undefined || isOtherwise(share.rule) ? false : holds(share.rule, matter);
    if (verdict === undefined) return null;
    if (verdict) return share;
  }
  return shares.find((share) => share.rule !== undefined && isOtherwise(share.rule)) ?? null;
}

function isOtherwise(rule: ShareRule): boolean {
  return Object.keys(rule).length === 0;
}

type Fits = (text: string, word: string) => boolean;

const fits: Readonly<Record<keyof ShareRule, Fits>> = {
  sender: (code, word) => code === word || code.split('.').includes(word),
  notation: (notation, word) => foldName(notation).split(/[-/]/).includes(foldName(word)),
  typeName: hasWords,
  subject: hasWords,
};

/** Undefined when it can't be said because something that the rule asks for is not known. */
function holds(rule: ShareRule, matter: Matter): boolean | undefined {
  for (const field of ['sender', 'notation', 'typeName', 'subject'] as const) {
    const words = rule[field];
    const text = matter[field];
    if (words === undefined) continue;
    if (text === undefined) return undefined;
    if (!words.some((word) => fits[field](text, word))) return false;
  }
  return true;
}

function hasWords(text: string, words: string): boolean {
  const spaced = (value: string) => ` ${foldName(value).replace(/[^\p{L}\p{N}]+/gu, ' ')} `;
  return spaced(text).includes(spaced(words));
}
