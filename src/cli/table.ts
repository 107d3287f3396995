/** A column with its titles; numbers stand on the right. */
export interface Column {
  readonly vi: string;
  readonly en: string;
  readonly right?: boolean;
}

const wide =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\p{Emoji_Presentation}\u3000-\u303e\uff01-\uff60\uffe0-\uffe6]/u;
const nothing = /[\p{M}\p{Cf}]/u;

/** How many columns of a terminal a text takes: combining accents none, Chinese characters two. */
export function displayWidth(text: string): number {
  let width = 0;
  for (const character of text) width += nothing.test(character) ? 0 : wide.test(character) ? 2 : 1;
  return width;
}

/** A text on one line, without what could move the cursor or turn the direction of writing: texts may come from strangers. */
export function oneLine(text: string): string {
  return text.replace(/[\p{Cc}\p{Zl}\p{Zp}\u202a-\u202e\u2066-\u2069]+/gu, ' ').trim();
}

/** Rows under titles in both languages, aligned by display width. Rows have a cell for each column. */
export function table(columns: readonly Column[], rows: readonly (readonly string[])[]): string {
  const lines = [columns.map((column) => column.vi), columns.map((column) => column.en), ...rows.map((row) => row.map(oneLine))];
  const widths = columns.map((_, at) => lines.reduce((most, line) => Math.max(most, displayWidth(line[at] ?? '')), 0));
  const padded = lines.map((line) => columns.map((column, at) => pad(line[at] ?? '', widths[at] ?? 0, column.right)).join('  '));
  const rule = widths.map((width) => '─'.repeat(width)).join('  ');
  return `${[...padded.slice(0, 2), rule, ...padded.slice(2)].map((line) => line.trimEnd()).join('\n')}\n`;
}

/** Names and values in two columns; undefined values are left out. */
export function facts(rows: readonly (readonly [name: string, value: string | undefined])[]): string {
  const known = rows.filter((row): row is readonly [string, string] => row[1] !== undefined);
  const width = known.reduce((most, [name]) => Math.max(most, displayWidth(name)), 0);
  return known.map(([name, value]) => `${pad(name, width)}  ${oneLine(value)}\n`).join('');
}

function pad(text: string, width: number, right = false): string {
  const blanks = ' '.repeat(Math.max(0, width - displayWidth(text)));
  return right ? blanks + text : text + blanks;
}
