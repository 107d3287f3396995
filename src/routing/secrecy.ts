import { foldName } from './fold.ts';

/** Elements of a document that may be searched for markings of state secrets. */
export const secrecyFields = ['SphereOfPromulgation', 'Subject', 'Content', 'TypeName', 'CodeNotation', 'AttachmentName'] as const;

/** One of them. */
export type SecrecyField = (typeof secrecyFields)[number];

/**
 * How a field is searched. `word`: the marking stands anywhere in it as whole words. `alone`: nothing but the marking stands between two
 * punctuation marks, so that a subject may speak about secrecy ("V/v bảo vệ bí mật kinh doanh") without being marked itself.
 */
export type SecrecySearch = 'word' | 'alone';

/**
 * Documents that hold state secrets must not travel over the network of the axis (QĐ 28/2018/QĐ-TTg Art. 1(2); Luật Bảo vệ bí mật nhà nước
 * 2018). `exceptions` are phrases in which a marking is part of an ordinary word: "không mật", "mật mã".
 */
export interface SecrecyPolicy {
  readonly words: readonly string[];
  readonly exceptions: readonly string[];
  readonly fields: Readonly<Partial<Record<SecrecyField, SecrecySearch>>>;
}

/** The three markings of the law, looked for where a document states who may see it. */
export const defaultSecrecy: SecrecyPolicy = {
  words: ['TUYỆT MẬT', 'TỐI MẬT', 'MẬT'],
  exceptions: ['bí mật', 'bảo mật', 'cơ mật', 'độ mật', 'không mật', 'mật độ', 'mật khẩu', 'mật mã', 'mật thiết'],
  fields: { SphereOfPromulgation: 'word' },
};

/** No field of a package is looked at any further. */
const CHARACTERS = 5000;

/**
 * The marking that a text carries, as the policy spells it; undefined when it carries none. Case, Unicode form and invisible characters
 * make no difference. Typed without any accent ("TOI MAT") a marking counts only alone: "mat" is many words.
 */
export function markingIn(text: string, search: SecrecySearch, policy: SecrecyPolicy): string | undefined {
  const segments = segmentsOf(text);
  const longestFirst = policy.words.toSorted((a, b) => b.length - a.length);
  return longestFirst.find((marking) => {
    const wanted = wordsOf(marking);
    if (segments.some((segment) => standsAlone(segment, wanted))) return true;
    return search === 'word' && segments.some((segment) => holds(segment, wanted, policy.exceptions.map(wordsOf)));
  });
}

/** The words between punctuation marks, in lower case. */
function segmentsOf(text: string): string[][] {
  return plain(text)
    .split(/[^\p{L}\p{M}\p{N}\s]+/u)
    .map((segment) => segment.split(/\s+/).filter((word) => word !== ''))
    .filter((segment) => segment.length > 0);
}

function wordsOf(phrase: string): string[] {
  return segmentsOf(phrase).flat();
}

function plain(text: string): string {
  return text
    .slice(0, CHARACTERS)
    .normalize('NFKC')
    .replace(/\p{Cf}+/gu, '')
    .toLowerCase();
}

/** Letters may stand apart, as on a stamp: "M Ậ T". */
function standsAlone(segment: readonly string[], marking: readonly string[]): boolean {
  const given = segment.join('');
  const wanted = marking.join('');
  return given === wanted || given === foldName(wanted);
}

function holds(segment: readonly string[], marking: readonly string[], exceptions: readonly (readonly string[])[]): boolean {
  const ordinary = exceptions.flatMap((phrase) => placesOf(segment, phrase).map((at) => ({ at, end: at + phrase.length })));
  return placesOf(segment, marking).some((at) => {
    return !ordinary.some((phrase) => phrase.at <= at && at + marking.length <= phrase.end);
  });
}

function placesOf(words: readonly string[], phrase: readonly string[]): number[] {
  return words.flatMap((_, at) => (phrase.length > 0 && phrase.every((word, i) => words[at + i] === word) ? [at] : []));
}
