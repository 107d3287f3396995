import type { AxisKind } from '../../../routing/facade.ts';
import { reject } from '../../../routing/problem.ts';
import type { MessageType } from '../wire.ts';
import { shownDate } from '../wire-time.ts';

const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

/** The values of a call by name. */
export type Values = ReadonlyMap<string, string>;

/** The id of an entry from the first of these names that the call has; null when it can't be one of ours. */
export function idIn(values: Values, ...names: readonly string[]): string | null {
  const text = names.map((name) => values.get(name)).find((value) => value !== undefined);
  const id = text?.trim().toLowerCase() ?? '';
  return uuid.test(id) ? id : null;
}

/** The kind that `messagetype` asks for; both without it. Throws Rejection AXIS_VALUE. */
export function kindIn(values: Values): AxisKind | undefined {
  const value = values.get('messagetype')?.trim().toLowerCase() ?? '';
  if (value === '') return undefined;
  if (value === 'edoc') return 'document';
  if (value === 'status') return 'status';
  throw wrong('messagetype', value);
}

/** The codes in `to` of sendEdoc: a JSON list, as the library writes it, or one code; nothing without it. Throws Rejection AXIS_VALUE. */
export function toIn(values: Values): readonly string[] | undefined {
  const text = values.get('to')?.trim() ?? '';
  if (text === '') return undefined;
  const listed: unknown = text.startsWith('[') ? listIn(text) : [text];
  const codes = Array.isArray(listed) ? listed.filter((one): one is string => typeof one === 'string') : [];
  if (codes.length === 0 || codes.length !== (listed as unknown[]).length) throw wrong('to', text.slice(0, 200));
  return [...new Set(codes.map((code) => code.trim()))];
}

function listIn(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** The messagetype of a kind. */
export function messageTypeOf(kind: AxisKind): MessageType {
  return kind === 'document' ? 'edoc' : 'status';
}

/** `dd/MM/yyyy HH:mm:ss` in Viet Nam, or the day alone: its beginning as `fromDate`, its end as `toDate`. Throws Rejection AXIS_VALUE. */
export function dateIn(values: Values, name: 'fromDate' | 'toDate'): Date | undefined {
  const text = values.get(name)?.trim() ?? '';
  if (text === '') return undefined;
  const match = /^(\d\d)\/(\d\d)\/(\d{4})(?: (\d\d:\d\d:\d\d))?$/.exec(text);
  const time = match?.[4] ?? (name === 'fromDate' ? '00:00:00' : '23:59:59');
  const at = new Date(match === null ? Number.NaN : `${match[3]}-${match[2]}-${match[1]}T${time}+07:00`);
  if (Number.isNaN(at.getTime()) || shownDate(at).slice(0, 10) !== text.slice(0, 10)) throw wrong(name, text);
  return at;
}

/** Rejection AXIS_VALUE. */
export function wrong(name: string, value: string) {
  return reject('AXIS_VALUE', { at: name, params: { name, value } });
}
