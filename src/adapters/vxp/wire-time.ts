import { vietnamTime } from '../../routing/time.ts';

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

/** An instant as `dd/MM/yyyy HH:mm:ss` in Viet Nam, as lists write it. */
export function shownDate(at: Date): string {
  const [day = '', time = ''] = vietnamTime(at).split('T');
  return `${day.split('-').reverse().join('/')} ${time.slice(0, 8)}`;
}

/** The instant of a date in a list: `dd/MM/yyyy HH:mm:ss` or `yyyy-MM-dd HH:mm:ss`, in Viet Nam. Null for any other text. */
export function readShownDate(text: string): Date | null {
  const parts = /^(?:(\d\d)\/(\d\d)\/(\d{4})|(\d{4})-(\d\d)-(\d\d))[ T](\d\d:\d\d:\d\d)/.exec(text.trim());
  if (parts === null) return null;
  const [, day, month, year, isoYear, isoMonth, isoDay, time] = parts;
  const at = new Date(`${year ?? isoYear}-${month ?? isoMonth}-${day ?? isoDay}T${time}+07:00`);
  return Number.isNaN(at.getTime()) ? null : at;
}
