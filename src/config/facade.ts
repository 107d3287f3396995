import { file, seconds } from './kinds.ts';
import { optional, setting } from './setting.ts';

/** Systems that speak the protocol of the national axis. */
export const facadeSettings = {
  axisMaxAgeSeconds: setting(
    'LIENTHONG_AXIS_MAX_AGE_SECONDS',
    seconds(60, 400 * 86_400),
    '2678400',
    'How old the timestamp of a call to /vxp may be: the client library takes it once and keeps it; a system may have its own limit',
  ),
  secretsKeyFile: optional(
    'LIENTHONG_SECRETS_KEY_FILE',
    file,
    'File with the key (64 hex digits) that secrets of /vxp are encrypted under; without it one is made in the data folder',
  ),
};
