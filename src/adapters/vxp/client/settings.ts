import { numberIn, oneOfIn, type RouteSettings, refuseStrange, textIn } from '../../../routing/route-settings.ts';

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

/** How often a route is polled whose settings don't say. */
export const defaultPollSeconds = 60;
/** How often the directory is synced when they don't say. */
export const defaultSyncHours = 24;

const known = ['endpoint', 'systemId', 'secretFile', 'narrow', 'pollSeconds', 'followDays', 'syncHours', 'agencies', 'repairPrefixes'];

/** Reads the settings of a route. Throws RouteSettingFault. */
export function readAxisRoute(given: RouteSettings): AxisRoute {
  refuseStrange(given, known);
  const endpoint = textIn(given, 'endpoint', /^https?:\/\/[!-~]{1,500}$/).replace(/\/+$/, '');
  return {
    endpoint,
    systemId: textIn(given, 'systemId', /^[!-~]{1,100}$/),
    secretFile: textIn(given, 'secretFile', /^\/.{1,500}$/),
    narrow: oneOfIn(given, 'narrow', [true, false]),
    pollSeconds: numberIn(given, 'pollSeconds', defaultPollSeconds, 86_400),
    followDays: numberIn(given, 'followDays', 7, 60),
    syncHours: numberIn(given, 'syncHours', defaultSyncHours, 24 * 60),
    agencies: oneOfIn(given, 'agencies', ['getSynchronizeUnit', 'getAgenciesList']),
    repairPrefixes: oneOfIn(given, 'repairPrefixes', [false, true]),
  };
}
