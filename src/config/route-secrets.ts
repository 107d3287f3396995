import { Secret, type SettingFault } from './setting.ts';

/** Variables that begin so hold secrets of upward routes; the settings of a route name its own (`secretEnv`). */
const prefix = 'LIENTHONG_ROUTE_SECRET_';

/** Whether a variable is for the secret of a route. */
export const isRouteSecret = (name: string): boolean => name.startsWith(prefix);

/** Reads all of them, and adds what is wrong to `faults`. */
export function readRouteSecrets(env: Readonly<Record<string, string | undefined>>, faults: SettingFault[]): ReadonlyMap<string, Secret> {
  const secrets = new Map<string, Secret>();
  for (const [name, value = ''] of Object.entries(env)) {
    if (!isRouteSecret(name)) continue;
    const secret = value.replace(/\r?\n$/, '');
    if (!/^[A-Z0-9_]{1,60}$/.test(name.slice(prefix.length))) {
      faults.push({ name, en: `must be ${prefix} and A-Z, 0-9, _`, vi: `phải gồm ${prefix} và A-Z, 0-9, _` });
    } else if (secret === '') faults.push({ name, en: 'is set and empty', vi: 'được đặt nhưng rỗng' });
    else secrets.set(name, new Secret(secret));
  }
  return secrets;
}
