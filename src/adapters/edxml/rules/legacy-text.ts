/**
 * Signs that TCVN3 puts where Vietnamese letters belong, when its bytes are taken for Latin-1, and letters of Latin-1 that Vietnamese
 * doesn't have (VNI and TCVN3 use them for marks): ¬, µ, ¸, ö, ø, ä, ß … Quotation marks « » count only inside a word.
 */
const foreign = /(?<=\p{L})[¡-©«-¯´-¹¼-¿]|[¡-©¬-¯´-¹»-¿](?=\p{Ll})|[ÄÅÆÇËÎÏÖØÛÜÞäåæçëîïñöøûüþÿß]/gu;

/** VNI writes a plain vowel and then the marked one, in pairs that Vietnamese spelling doesn't know. */
const doubled = /a[âäáàåãéêëôöõóò]|o[âäåêëôöõ]|A[ÂÄÁÀÅÃÉÊËÔÖÕÓÒ]|O[ÂÄÅÊËÔÖÕ]/g;

/** True when a text was probably typed in TCVN3 or VNI and never converted. Looks at the first 1,000 characters. */
export function looksLegacy(text: string): boolean {
  const head = text.slice(0, 1000);
  const signs = head.match(foreign)?.length ?? 0;
  return signs + (head.match(doubled)?.length ?? 0) >= 3;
}
