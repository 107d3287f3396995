import type { DirtKind } from './dirt.ts';

/** A text as it is imported, and what was cleaned away. */
export interface Cleaned {
  readonly text: string;
  readonly kinds: readonly DirtKind[];
}

/** The rules in the order in which they apply: each sees what those before it left. */
const rules: readonly { readonly kind: DirtKind; readonly apply: (text: string) => string }[] = [
  { kind: 'ZERO_WIDTH', apply: (text) => text.replace(/\p{Cf}+/gu, '') },
  { kind: 'ODD_BLANK', apply: (text) => text.replace(/(?! )[\p{Z}\p{Cc}]/gu, ' ') },
  { kind: 'OUTER_BLANK', apply: (text) => text.replace(/^ +| +$/g, '') },
  { kind: 'DOUBLE_BLANK', apply: (text) => text.replace(/ {2,}/g, ' ') },
  { kind: 'NOT_NFC', apply: (text) => text.normalize('NFC') },
  { kind: 'CONFUSABLE', apply: (text) => text.replace(/[ÐƉ]/g, 'Đ').replace(/[ðɖ]/g, 'đ') },
];

const plainAscii = /^(?:[!-~]+(?: [!-~]+)*)?$/;

/** Cleans a cell. */
export function clean(cell: string): Cleaned {
  if (plainAscii.test(cell)) return { text: cell, kinds: [] };
  let text = cell;
  const kinds: DirtKind[] = [];
  for (const { kind, apply } of rules) {
    const next = apply(text);
    if (next !== text) kinds.push(kind);
    text = next;
  }
  return { text, kinds };
}

/** Letters and signs that Vietnamese never uses, but that TCVN3 and VNI texts are full of when they are read as Unicode. */
const legacy = /[äåæçëîïñöøûüÿßþÄÅÆÇËÎÏÑÖØÛÜÞ¸¹¶µ¨©®¬ª]/;

/** True when a name looks like text of a legacy font: `Së Gi¸o dôc`, `Sôû Giaùo duïc`. */
export function looksLegacy(name: string): boolean {
  return legacy.test(name);
}
