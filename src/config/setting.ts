import { inspect } from 'node:util';

/** Why a text can't be the value of a setting, in both languages; the caller puts the name of the setting before it. */
export interface Unreadable {
  readonly en: string;
  readonly vi: string;
}

/** What reading a text gave. */
export type Reading<T> = { readonly value: T } | Unreadable;

/** A type of settings: the word the table shows for it, and how a text (trimmed, never empty) becomes a value. */
export interface Kind<T> {
  readonly type: string;
  readonly read: (text: string) => Reading<T>;
  /** The value must not be printed, and may be given as the file that `<NAME>_FILE` names. */
  readonly secret?: boolean;
}

/** One row of the table of settings. `fallback` is a text that the kind can read, absent for a setting that may be left out. */
export interface Setting<T> {
  readonly name: string;
  readonly kind: Kind<T>;
  readonly fallback?: string;
  readonly about: string;
}

/** A row that always has a value. */
export function setting<T>(name: string, kind: Kind<T>, fallback: string, about: string): Setting<T> & { readonly fallback: string } {
  return { name, kind, fallback, about };
}

/** A row that may be left out. */
export function optional<T>(name: string, kind: Kind<T>, about: string): Setting<T | undefined> {
  return { name, kind, about };
}

/** A value that never prints: only `reveal` gives it. */
export class Secret {
  readonly #value: string;

  constructor(value: string) {
    this.#value = value;
  }

  reveal(): string {
    return this.#value;
  }

  toString(): string {
    return '(set)';
  }

  toJSON(): string {
    return '(set)';
  }

  [inspect.custom](): string {
    return '(set)';
  }
}

/** One thing that is wrong with the configuration. `name` is the variable. */
export interface SettingFault extends Unreadable {
  readonly name: string;
}

/** A configuration that can't be used, with everything that is wrong with it at once. Its message never holds a secret. */
export class ConfigFault extends Error {
  readonly faults: readonly SettingFault[];

  constructor(faults: readonly SettingFault[]) {
    const lines = faults.map((fault) => `  ${fault.name}: ${fault.en}\n    ${fault.vi}`);
    super(`The configuration has ${faults.length} fault(s) / Cấu hình có ${faults.length} lỗi:\n${lines.join('\n')}`);
    this.name = 'ConfigFault';
    this.faults = faults;
  }
}
