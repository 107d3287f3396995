/** What can be wrong with a row of an agency file, in both languages. */
export const dirtTexts = {
  ZERO_WIDTH: { vi: 'có ký tự không nhìn thấy', en: 'invisible characters' },
  ODD_BLANK: { vi: 'có khoảng trắng đặc biệt hoặc ký tự điều khiển', en: 'unusual blanks or control characters' },
  OUTER_BLANK: { vi: 'có khoảng trắng ở đầu hoặc cuối', en: 'leading or trailing blanks' },
  DOUBLE_BLANK: { vi: 'có khoảng trắng liền nhau', en: 'double blanks' },
  NOT_NFC: { vi: 'dấu tiếng Việt ở dạng tổ hợp (NFD)', en: 'combining accents (not NFC)' },
  CONFUSABLE: { vi: 'chữ Đ bị gõ bằng ký tự trông giống', en: 'a look-alike in place of Đ' },
  ROW_MALFORMED: { vi: 'dòng không đúng dạng', en: 'malformed row' },
  ROW_REPEATED: { vi: 'dòng lặp lại', en: 'repeated row' },
  CODE_MISSING: { vi: 'thiếu mã định danh', en: 'no code' },
  CODE_MALFORMED: { vi: 'mã định danh sai dạng', en: 'malformed code' },
  CODE_TOO_LONG: { vi: 'mã định danh dài quá 35 ký tự', en: 'code longer than 35 characters' },
  CODE_REPEATED: { vi: 'mã định danh đã thuộc một dòng khác, tên khác', en: 'code of an earlier row with another name' },
  CODE_REGISTERED: { vi: 'mã định danh đã có trong danh bạ', en: 'code already in the register' },
  NAME_MISSING: { vi: 'thiếu tên đơn vị', en: 'no name' },
  NAME_TOO_LONG: { vi: 'tên đơn vị dài quá 200 ký tự', en: 'name longer than 200 characters' },
  LEGACY_FONT: { vi: 'tên gõ bằng bảng mã cũ (TCVN3, VNI)', en: 'name in a legacy font encoding (TCVN3, VNI)' },
  VALUE_UNKNOWN: { vi: 'giá trị không hợp lệ', en: 'unknown value' },
  DATE_MALFORMED: { vi: 'ngày sai dạng (yyyy-mm-dd)', en: 'malformed date (yyyy-mm-dd)' },
  DATES_REVERSED: { vi: 'ngày hết hiệu lực trước ngày có hiệu lực', en: 'valid to before valid from' },
  PUSH_URL_MALFORMED: { vi: 'địa chỉ đẩy văn bản không hợp lệ', en: 'malformed push URL' },
} as const;

/** A stable word for one kind of dirt. */
export type DirtKind = keyof typeof dirtTexts;

/**
 * One thing found in one row. `line` counts from 1 in the file; `what` shows it, with invisible characters made visible;
 * `cleaned` is what is imported instead. `dropped`: the row is left out.
 */
export interface Dirt {
  readonly line: number;
  readonly kind: DirtKind;
  readonly what: string;
  readonly cleaned?: string;
  readonly dropped: boolean;
}

/** A text with surplus blanks as `␣` and every other character that does not show itself as `⟨U+200B⟩`, cut to 200 characters. */
export function visible(text: string): string {
  const blanks = text.replace(/^ +| {2,}| +$/g, (found) => '␣'.repeat(found.length));
  const shown = blanks.replace(/[\p{Cf}\p{Cc}\p{M}]|(?! )\p{Zs}|[ÐðƉɖ]/gu, (character) => `⟨${codePoint(character)}⟩`);
  return shown.length > 200 ? `${shown.slice(0, 200)}…` : shown;
}

function codePoint(character: string): string {
  const hex = character.codePointAt(0)?.toString(16).toUpperCase() ?? '';
  return `U+${hex.padStart(4, '0')}`;
}
