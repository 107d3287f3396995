import { profileNames } from '../adapters/profiles/service.ts';
import { misbehaviours, type Unkindness } from '../routing/unkind.ts';
import { file, listOf, oneOf, seconds } from './kinds.ts';
import { type Kind, optional, setting } from './setting.ts';

const names = Object.keys(misbehaviours);

/** What a test axis does wrong: `reserialise, silent-send=0.1`; a name without a rate happens every time. */
const unkindness: Kind<Unkindness> = {
  type: 'list of name[=rate]',
  read: (given) => {
    const parts = given.split(',').map((part) => /^([a-z-]+)(?:=(\d(?:\.\d{1,6})?))?$/.exec(part.trim()));
    const pairs = parts.map((part) => [part?.[1] ?? '', Number(part?.[2] ?? 1)] as const);
    if (given.trim() === '') return { value: {} };
    const isGood = pairs.every(([name, rate]) => names.includes(name) && rate > 0 && rate <= 1);
    if (isGood) return { value: Object.fromEntries(pairs) };
    const en = `must be names with rates above 0 and at most 1, as reserialise, html=0.1; names: ${names.join(', ')}`;
    return { en, vi: `phải là các tên kèm tỷ lệ trong khoảng (0; 1]; các tên: ${names.join(', ')}` };
  },
};

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
  provincial: setting(
    'LIENTHONG_PROVINCIAL',
    listOf(oneOf(...profileNames)),
    '',
    'Interfaces of provincial gateways that are spoken under /profiles/NAME, none of them by default',
  ),
  axisUnkind: setting(
    'LIENTHONG_AXIS_UNKIND',
    unkindness,
    '',
    'For tests, profile axis alone: what it does wrong as real axes do, with the part of the occasions: reserialise, silent-send=0.1',
  ),
};
