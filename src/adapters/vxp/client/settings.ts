import { type RouteSettings, readSettings, type SettingsReader } from '../../../routing/route-settings.ts';

/** Where the secret of a route is: in a file that is read for every call, or in a variable of the environment. */
export type SecretPlace = { readonly file: string } | { readonly env: string };

/** Settings of a route of the kind `vxp`, as `lienthong routes open` stores them. They hold no secret, only where it is. */
export interface AxisRoute {
  /** URL below which the operations are, without `/` at its end. */
  readonly endpoint: string;
  readonly systemId: string;
  readonly secret: SecretPlace;
  /** Whether sendEdoc names the recipients on this route in `to`: a package also names those that are served here. */
  readonly narrow: boolean;
  /** Seconds between two looks for what came in; 0: never. */
  readonly pollSeconds: number;
  /** Hours by which the dates of two lists overlap; 0: lists are asked for without dates. */
  readonly overlapHours: number;
  /** Days for which the first list with dates is asked. */
  readonly reachDays: number;
  /** Seconds between two looks at what became of submissions; 0: never. */
  readonly followSeconds: number;
  /** Days for which the fate of a submission is asked for; 0: never. */
  readonly followDays: number;
  /** Hours between two syncs of the directory; 0: only by command. */
  readonly syncHours: number;
  /** Seconds after which a sync that failed is tried again; twice as many each time, an hour at most. */
  readonly syncRetrySeconds: number;
  /** Operation that lists the agencies. */
  readonly agencies: AgencyList;
  /** Operations whose lists give further codes of these agencies: `oldCode`, `code102`. */
  readonly codes: readonly AgencyList[];
  /** By what `pid` names the agency above: its `id` in the list, or its `code`; `none`: it is not read. */
  readonly parents: 'id' | 'code' | 'none';
  /** Whether packages are read that use the prefixes edXML: or xlink: without declaring them, as the axis' own library does. */
  readonly repairPrefixes: boolean;
}

/** Operations that list agencies. */
export type AgencyList = 'getSynchronizeUnit' | 'getAgenciesList' | 'getAgenciesListQD20';

/** How often things are done on a route whose settings don't say. */
export const usual = { pollSeconds: 60, followSeconds: 60, syncHours: 24, syncRetrySeconds: 60 } as const;

const known = [
  ...['endpoint', 'systemId', 'secretFile', 'secretEnv', 'narrow', 'pollSeconds', 'overlapHours', 'reachDays', 'followSeconds'],
  ...['followDays', 'syncHours', 'syncRetrySeconds', 'agencies', 'codes', 'parents', 'repairPrefixes'],
];

/** Reads the settings of a route. Throws RouteSettingFault with everything that is wrong. */
export function readAxisRoute(given: RouteSettings): AxisRoute {
  return readSettings(given, known, (read) => ({
    // whoever writes name and password into an address would find them in lists and logs
    endpoint: read.text('endpoint', /^https?:\/\/[!-?A-~]{1,500}$/).replace(/\/+$/, ''),
    systemId: read.text('systemId', /^[!-~]{1,100}$/),
    secret: secretIn(read),
    narrow: read.oneOf('narrow', [true, false]),
    pollSeconds: read.number('pollSeconds', usual.pollSeconds, 86_400),
    overlapHours: read.number('overlapHours', 0, 24 * 60),
    reachDays: read.number('reachDays', 30, 400),
    followSeconds: read.number('followSeconds', usual.followSeconds, 86_400),
    followDays: read.number('followDays', 7, 60),
    syncHours: read.number('syncHours', usual.syncHours, 24 * 60),
    syncRetrySeconds: read.number('syncRetrySeconds', usual.syncRetrySeconds, 3600),
    agencies: read.oneOf('agencies', ['getSynchronizeUnit', 'getAgenciesList', 'getAgenciesListQD20']),
    codes: read.someOf('codes', ['getAgenciesList', 'getAgenciesListQD20']),
    parents: read.oneOf('parents', ['id', 'code', 'none']),
    repairPrefixes: read.oneOf('repairPrefixes', [false, true]),
  }));
}

/** Only variables that are meant for this may be named: no route can be made to use another secret of the gateway. */
function secretIn(read: SettingsReader): SecretPlace {
  const file = read.maybe('secretFile', /^\/.{1,500}$/);
  const env = read.maybe('secretEnv', /^LIENTHONG_ROUTE_SECRET_[A-Z0-9_]{1,60}$/);
  if ((file === undefined) === (env === undefined)) read.fault('secretFile, secretEnv: exactly one of them is needed');
  return env === undefined ? { file: file ?? '' } : { env };
}
