/** Settings of a route of the kind `vxp`, as `lienthong routes open` stores them. They hold no secret, only where it is. */
export interface AxisRoute {
  /** URL below which the operations are, without `/` at its end. */
  readonly endpoint: string;
  readonly systemId: string;
  /** File with the secret; read for every call, so that a new secret needs no restart. */
  readonly secretFile: string;
  /** Whether sendEdoc names the recipients on this route in `to`: a package also names those that are served here. */
  readonly narrow: boolean;
  /** Seconds between two looks for what came in; 0: never. */
  readonly pollSeconds: number;
  /** Days for which the fate of a submission is asked for; 0: never. */
  readonly followDays: number;
  /** Hours between two syncs of the directory; 0: only by command. */
  readonly syncHours: number;
  /** Operation that lists the agencies. */
  readonly agencies: 'getAgenciesList' | 'getSynchronizeUnit';
  /** Whether packages are read that use the prefixes edXML: or xlink: without declaring them, as the axis' own library does. */
  readonly repairPrefixes: boolean;
}

/** A setting of a route that can't be used; the message names it. */
export class RouteSettingFault extends Error {}

/** How often a route is polled whose settings don't say. */
export const defaultPollSeconds = 60;
/** How often the directory is synced when they don't say. */
export const defaultSyncHours = 24;

type Given = Readonly<Record<string, unknown>>;

const known = ['endpoint', 'systemId', 'secretFile', 'narrow', 'pollSeconds', 'followDays', 'syncHours', 'agencies', 'repairPrefixes'];

/** Reads the settings of a route. Throws RouteSettingFault. */
export function readAxisRoute(given: Given): AxisRoute {
  const strange = Object.keys(given).find((name) => !known.includes(name));
  if (strange !== undefined) throw new RouteSettingFault(`${strange}: there is no such setting; there are ${known.join(', ')}`);
  const endpoint = text(given, 'endpoint', /^https?:\/\/[!-~]{1,500}$/).replace(/\/+$/, '');
  return {
    endpoint,
    systemId: text(given, 'systemId', /^[!-~]{1,100}$/),
    secretFile: text(given, 'secretFile', /^\/.{1,500}$/),
    narrow: oneOf(given, 'narrow', [true, false]),
    pollSeconds: number(given, 'pollSeconds', defaultPollSeconds, 86_400),
    followDays: number(given, 'followDays', 7, 60),
    syncHours: number(given, 'syncHours', defaultSyncHours, 24 * 60),
    agencies: oneOf(given, 'agencies', ['getSynchronizeUnit', 'getAgenciesList']),
    repairPrefixes: oneOf(given, 'repairPrefixes', [false, true]),
  };
}

function text(given: Given, name: string, form: RegExp): string {
  const value = given[name];
  if (typeof value === 'string' && form.test(value)) return value;
  throw new RouteSettingFault(`${name}: a text of the form ${form.source} is needed`);
}

function number(given: Given, name: string, otherwise: number, most: number): number {
  const value = given[name] ?? otherwise;
  if (typeof value === 'number' && value >= 0 && value <= most) return value;
  throw new RouteSettingFault(`${name}: a number from 0 to ${most} is needed`);
}

function oneOf<const W>(given: Given, name: string, words: readonly [W, ...W[]]): W {
  const value = given[name] ?? words[0];
  const word = words.find((one) => one === value);
  if (word !== undefined) return word;
  throw new RouteSettingFault(`${name}: one of ${words.join(', ')} is needed`);
}
