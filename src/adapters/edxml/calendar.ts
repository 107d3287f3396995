/** A day of the packet format, `yyyy/MM/dd`, read strictly: the official library turns 30/10/2020 into a day of the year 36. */
export type PacketDay =
  | { readonly kind: 'day'; readonly day: string }
  | { readonly kind: 'impossible' }
  | { readonly kind: 'malformed'; readonly suggested: string };

/** Years outside this come of parsing errors, not of documents. */
const FIRST_YEAR = 1945;
const LAST_YEAR = 2200;

/** Reads `yyyy/MM/dd`. `day` is `yyyy-mm-dd`; `suggested` is the right spelling of what was probably meant. */
export function readDay(text: string): PacketDay {
  const [, year, month, date] = /^(\d{4})\/(\d{2})\/(\d{2})$/.exec(text) ?? [];
  if (year === undefined || month === undefined || date === undefined) return { kind: 'malformed', suggested: suggestion(text) };
  return isRealDay(Number(year), Number(month), Number(date)) ? { kind: 'day', day: `${year}-${month}-${date}` } : { kind: 'impossible' };
}

/** Reads `yyyy/MM/dd HH:mm:ss`, which has no zone and means Viet Nam time (domain 9). */
export function readTimestamp(text: string): Date | undefined {
  const [, date, time] = /^(\d{4}\/\d{2}\/\d{2}) ((?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d)$/.exec(text) ?? [];
  const day = readDay(date ?? '');
  return day.kind === 'day' && time !== undefined ? new Date(`${day.day}T${time}+07:00`) : undefined;
}

function isRealDay(year: number, month: number, date: number): boolean {
  if (year < FIRST_YEAR || year > LAST_YEAR || month < 1 || month > 12) return false;
  return date >= 1 && date <= new Date(Date.UTC(year, month, 0)).getUTCDate();
}

const yearFirst = /^(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})(?!\d)/;
const dayFirst = /^(\d{1,2})[-/.](\d{1,2})[-/.](\d{4})(?!\d)/;

/** Vietnamese dates put the day first, so 03/04/2026 is taken for the third of April. */
function suggestion(text: string): string {
  const [, y1, m1, d1] = yearFirst.exec(text) ?? [];
  const [, d2, m2, y2] = dayFirst.exec(text) ?? [];
  const [year, month, date] = y1 === undefined ? [y2, m2, d2] : [y1, m1, d1];
  if (year === undefined || !isRealDay(Number(year), Number(month), Number(date))) return 'yyyy/MM/dd';
  return `${year}/${month?.padStart(2, '0')}/${date?.padStart(2, '0')}`;
}
