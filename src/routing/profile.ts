import type { Code } from './codes/index.ts';
import type { Channel } from './directory.ts';
import type { SignaturePolicy } from './package.ts';
import { reject } from './problem.ts';
import type { Agency, Register } from './register.ts';
import type { ReadRouteBook } from './route-book.ts';
import type { RoutingRule } from './rules.ts';

/**
 * What a lienthong is for, as far as its policies differ. Everything by which an axis is not the gateway of a province stands in the
 * table below; no other part of the code asks which of them it is.
 */
export interface Profile {
  /** Rules that stand in place of those in the store; the upward routes are closed with them. */
  readonly rules?: readonly RoutingRule[];
  /** Ways in which its agencies may take their packages. */
  readonly channels: readonly Channel[];
  /** Signature policy of an agency that is registered without one. */
  readonly signaturePolicy: SignaturePolicy;
  /** Reasons to hold a package for a recipient for which it is refused at once, and the code of the refusal. */
  readonly refusedAtOnce: Partial<Readonly<Record<Code, Code>>>;
  /** `to` of sendEdoc narrows the recipients of a package to some of those that it names. */
  readonly narrowsRecipients: boolean;
}

/** The names of the profiles. */
export type ProfileName = 'province' | 'axis';

/** The profiles by name. */
export const profiles: Readonly<Record<ProfileName, Profile>> = {
  province: {
    channels: ['inbox', 'push', 'upward'],
    signaturePolicy: 'required',
    refusedAtOnce: {},
    // who signed the package named its recipients; who carries it does not change them
    narrowsRecipients: false,
  },
  axis: {
    // whoever is registered has an inbox here; there is nowhere else to send anything
    rules: [
      { name: 'registered', place: 1, condition: { kind: 'own' }, action: { kind: 'channel' } },
      { name: 'unknown', place: 2, condition: { kind: 'any' }, action: { kind: 'refuse' } },
    ],
    channels: ['inbox'],
    // an axis knows systems, not the certificates of 100,000 agencies
    signaturePolicy: 'optional',
    // it keeps nothing for a locked agency: the province that sent it is told, and asks again
    refusedAtOnce: { RECIPIENT_SUSPENDED: 'RECIPIENT_LOCKED' },
    // a province carries to the axis what is not for its own agencies
    narrowsRecipients: true,
  },
};

/** The route book of a profile. */
export function bookUnder({ rules }: Profile, read: ReadRouteBook): ReadRouteBook {
  return rules === undefined ? read : async () => ({ rules, routes: new Map() });
}

/** The register of a profile: additions and changes throw Rejection CHANNEL_NOT_SERVED for a channel that it does not have. */
export function registerUnder({ channels }: Profile, register: Register): Register {
  const check = ({ channel }: Pick<Agency, 'channel'>) => {
    if (!channels.includes(channel)) throw reject('CHANNEL_NOT_SERVED', { params: { channel, channels: channels.join(', ') } });
  };
  return {
    ...register,
    async add(agencies, actor) {
      agencies.forEach(check);
      await register.add(agencies, actor);
    },
    async setChannel(id, channel, actor) {
      check(channel);
      await register.setChannel(id, channel, actor);
    },
  };
}
