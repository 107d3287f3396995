const form = /^(\d\d)(\d\d)(\d{4})T(\d\d)(\d\d)(\d\d)\+0(\d{3})$/;
const vietnam = 7 * 3_600_000;

/** A timestamp of the protocol, `ddMMyyyy'T'HHmmss+SSSS`: time of Viet Nam without zone, `+` and milliseconds in four digits. */
export function timestampOf(at: Date): string {
  const [day = '', time = ''] = new Date(at.getTime() + vietnam).toISOString().split('T');
  const [year, month, dayOfMonth] = day.split('-');
  return `${dayOfMonth}${month}${year}T${time.slice(0, 8).replaceAll(':', '')}+0${time.slice(9, 12)}`;
}

/** The instant of a timestamp; null when the text is none, or names a day that does not exist. */
export function readTimestamp(text: string): Date | null {
  const match = form.exec(text);
  if (match === null) return null;
  const [, day, month, year, hour, minute, second, milliseconds] = match;
  const at = new Date(Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}.${milliseconds}Z`) - vietnam);
  return Number.isNaN(at.getTime()) || timestampOf(at) !== text ? null : at;
}
