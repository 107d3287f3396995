/** Settings of a route as they are stored: what they may be is for its connector to say. */
export type RouteSettings = Readonly<Record<string, unknown>>;

/** Settings of a route that can't be used; the message names all that is wrong, and no value. */
export class RouteSettingFault extends Error {}

/** Reads one setting after the other, each with what it has to be. What can't be used is noted, and something of its type returned. */
export interface SettingsReader {
  /** A text that is needed. */
  text(name: string, form: RegExp): string;
  /** A text that may be absent. */
  maybe(name: string, form: RegExp): string | undefined;
  /** A number from 0 on. */
  number(name: string, otherwise: number, most: number): number;
  /** One of a few values, the first when there is none. */
  oneOf<const W>(name: string, words: readonly [W, ...W[]]): W;
  /** Some of a few values, all when there is no list. */
  someOf<const W>(name: string, words: readonly W[]): readonly W[];
  /** Notes what is wrong between settings. */
  fault(text: string): void;
}

/** Reads all settings of a route; `known` are those that there are. Throws RouteSettingFault with everything that is wrong. */
export function readSettings<T>(given: RouteSettings, known: readonly string[], read: (reader: SettingsReader) => T): T {
  const strange = Object.keys(given).filter((name) => !known.includes(name));
  const faults = strange.map((name) => `${name}: there is no such setting; there are ${known.join(', ')}`);
  const settings = read(readerOf(given, faults));
  if (faults.length > 0) throw new RouteSettingFault(faults.join('; '));
  return settings;
}

function readerOf(given: RouteSettings, faults: string[]): SettingsReader {
  const reader: SettingsReader = {
    text(name, form) {
      const text = reader.maybe(name, form);
      if (given[name] === undefined) faults.push(`${name}: a text of the form ${form.source} is needed`);
      return text ?? '';
    },
    maybe(name, form) {
      const value = given[name];
      if (value === undefined || (typeof value === 'string' && form.test(value))) return value as string | undefined;
      faults.push(`${name}: a text of the form ${form.source} is needed`);
      return undefined;
    },
    number(name, otherwise, most) {
      const value = given[name] ?? otherwise;
      if (typeof value === 'number' && value >= 0 && value <= most) return value;
      faults.push(`${name}: a number from 0 to ${most} is needed`);
      return otherwise;
    },
    oneOf(name, words) {
      const value = given[name] ?? words[0];
      const word = words.find((one) => one === value);
      if (word === undefined) faults.push(`${name}: one of ${words.join(', ')} is needed`);
      return word ?? words[0];
    },
    someOf(name, words) {
      const value = given[name] ?? words;
      if (Array.isArray(value) && value.every((one) => words.includes(one as never))) return words.filter((one) => value.includes(one));
      faults.push(`${name}: a list of some of ${words.join(', ')} is needed`);
      return words;
    },
    fault: (text) => void faults.push(text),
  };
  return reader;
}
