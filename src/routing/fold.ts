/**
 * A name as it is searched and compared: without accents, case, zero-width characters and surplus blanks, with Đ, Ð and Ɖ as d.
 * `Ủy ban  Nhân dân xã Đông Thạnh` and `uy ban nhan dan xa Ðong Thanh` fold to the same text. Never used for signed bytes.
 */
export function foldName(text: string): string {
  return text
    .normalize('NFKD')
    .replace(/[\p{M}\p{Cf}]+/gu, '')
    .toLowerCase()
    .replace(/[đðɖ]/g, 'd')
    .replace(/[\s\p{Cc}]+/gu, ' ')
    .trim();
}
