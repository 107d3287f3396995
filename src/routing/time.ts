const offsetMinutes = 7 * 60;

function inVietnam(at: Date): string {
  return new Date(at.getTime() + offsetMinutes * 60_000).toISOString();
}

/** The calendar day in Viet Nam, `yyyy-mm-dd`: all day logic is in +07:00 (QĐ 28/2018 Đ14(4)). */
export function vietnamDay(at: Date): string {
  return inVietnam(at).slice(0, 10);
}

/** An instant as ISO 8601 with milliseconds in Viet Nam time, for example `2026-03-02T09:15:00.000+07:00`. */
export function vietnamTime(at: Date): string {
  return `${inVietnam(at).slice(0, -1)}+07:00`;
}

/** The day before a day `yyyy-mm-dd`. */
export function dayBefore(day: string): string {
  return new Date(Date.parse(day) - 86_400_000).toISOString().slice(0, 10);
}
