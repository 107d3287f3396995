/** Settings of a route as they are stored: what they may be is for its connector to say. */
export type RouteSettings = Readonly<Record<string, unknown>>;

/** A setting of a route that can't be used; the message names it. */
export class RouteSettingFault extends Error {}

/** Throws RouteSettingFault for a setting that there is not. */
export function refuseStrange(given: RouteSettings, known: readonly string[]): void {
  const strange = Object.keys(given).find((name) => !known.includes(name));
  if (strange !== undefined) throw new RouteSettingFault(`${strange}: there is no such setting; there are ${known.join(', ')}`);
}

/** A text that is needed. Throws RouteSettingFault. */
export function textIn(given: RouteSettings, name: string, form: RegExp): string {
  const value = given[name];
  if (typeof value === 'string' && form.test(value)) return value;
  throw new RouteSettingFault(`${name}: a text of the form ${form.source} is needed`);
}

/** A number from 0 on. Throws RouteSettingFault. */
export function numberIn(given: RouteSettings, name: string, otherwise: number, most: number): number {
  const value = given[name] ?? otherwise;
  if (typeof value === 'number' && value >= 0 && value <= most) return value;
  throw new RouteSettingFault(`${name}: a number from 0 to ${most} is needed`);
}

/** One of a few values, the first when there is none. Throws RouteSettingFault. */
export function oneOfIn<const W>(given: RouteSettings, name: string, words: readonly [W, ...W[]]): W {
  const value = given[name] ?? words[0];
  const word = words.find((one) => one === value);
  if (word !== undefined) return word;
  throw new RouteSettingFault(`${name}: one of ${words.join(', ')} is needed`);
}
