import type { Addressee } from './addressee.ts';
import type { Delivery } from './delivery.ts';
import { Rejection, reject } from './problem.ts';
import type { RoutingWorld } from './rules.ts';
import { decide } from './rules.ts';
import type { Matter } from './succession.ts';

/**
 * The delivery with the way that leads to its recipient now, by the rules and after all successions. `to`: the code of the successor that
 * a person chose. A choice made before stays. Throws Rejection with the reason when there is no way.
 */
export function readdressed(delivery: Delivery, world: RoutingWorld, matter: Matter, to?: string): Delivery {
  const { decision } = decide(delivery.recipient, world, matter, (addressee) => chosenAmong(addressee, delivery, to));
  const { agencyId: _, channel: __, route: ___, ...rest } = delivery;
  switch (decision.kind) {
    case 'local':
      return { ...rest, agencyId: decision.agency.id, channel: decision.agency.channel };
    case 'upward':
      if (to !== undefined) throw notACandidate(delivery, to);
      return { ...rest, agencyId: decision.route.agencyId, channel: 'upward', route: decision.route.name };
    case 'members':
      throw reject('NO_ROUTE', { params: { recipient: delivery.recipient } });
    default:
      throw new Rejection([decision.problem]);
  }
}

const notACandidate = ({ recipient }: Delivery, to: string) => reject('NOT_A_CANDIDATE', { params: { recipient, to } });

function chosenAmong(addressee: Addressee, delivery: Delivery, to: string | undefined): Addressee {
  const among = addressee.kind === 'held' ? addressee.candidates : 'agency' in addressee ? [addressee.agency] : [];
  const candidate = among.find((one) => (to === undefined ? one.id === delivery.agencyId : one.code === to));
  if (candidate === undefined && to !== undefined) throw notACandidate(delivery, to);
  if (addressee.kind !== 'held' || candidate === undefined) return addressee;
  return { kind: 'successor', agency: candidate, steps: addressee.steps };
}
