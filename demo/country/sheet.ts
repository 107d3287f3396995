import { stateWord } from '../../src/cli/words.ts';
import type { OperatorDelivery } from '../../src/client/client.ts';
import type { Sheet } from '../board.ts';
import { shortName } from '../cast.ts';
import type { Prepared } from '../compose.ts';
import { referenceOf } from '../compose.ts';
import type { Snapshot } from '../monitor.ts';

/** What was last seen of each gateway. */
export interface Seen {
  readonly home: Snapshot;
  readonly axis: Snapshot;
  readonly away: Snapshot;
}

export const nothing: Snapshot = { packages: [], deliveries: [] };

const columns = [
  { vi: 'Gói tin', en: 'Package' },
  { vi: 'Đơn vị gửi', en: 'From' },
  { vi: 'Đơn vị nhận', en: 'To' },
  { vi: 'Tại tỉnh Hoa Sen', en: 'Province A' },
  { vi: 'Tại trục quốc gia', en: 'Axis' },
  { vi: 'Tại tỉnh Hải Đăng', en: 'Province B' },
];

/** One row for each package and recipient, with its state at each of the three gateways. */
export function countrySheet(prepared: readonly Prepared[]): Sheet<Seen> {
  return {
    columns,
    rows: (seen) =>
      prepared.flatMap((one) => {
        const own = placesOf(one, seen);
        return recipientsOf(own).map((recipient) => {
          const state = (place: readonly OperatorDelivery[]) => stateAt(place.find((delivery) => delivery.recipient === recipient));
          const name = one.letter.recalls === undefined ? referenceOf(one.letter) : `thu hồi ${referenceOf(one.letter)}`;
          return [name, shortName(own.sender), shortName(recipient), state(own.home), state(own.axis), state(own.away)];
        });
      }),
  };
}

interface Places {
  readonly sender: string | undefined;
  readonly home: readonly OperatorDelivery[];
  readonly axis: readonly OperatorDelivery[];
  readonly away: readonly OperatorDelivery[];
}

function placesOf(one: Prepared, { home, axis, away }: Seen): Places {
  const at = (snapshot: Snapshot) => {
    const found = packageOf(snapshot, one);
    return snapshot.deliveries.filter((delivery) => delivery.package === found?.id);
  };
  const sender = [home, away].map((snapshot) => packageOf(snapshot, one)?.sender).find((code) => code !== undefined);
  return { sender, home: at(home), axis: at(axis), away: at(away) };
}

/** The package of a letter in a gateway: by its bytes, and where an axis wrote it anew by what it says. */
export function packageOf({ packages }: Snapshot, { letter, sha256 }: Prepared) {
  const accepted = packages.filter((one) => one.accepted);
  const said = referenceOf(letter);
  const action = letter.recalls === undefined ? 'new' : 'recall';
  const isSame = (one: (typeof accepted)[number]) =>
    one.reference === said && (letter.answers === undefined ? one.kind === 'document' && one.action === action : one.kind === 'status');
  return accepted.find((one) => one.sha256 === sha256) ?? accepted.find(isSame);
}

function recipientsOf({ home, axis, away }: Places): string[] {
  return [...new Set([...home, ...axis, ...away].map(({ recipient }) => recipient))];
}

function stateAt(delivery: OperatorDelivery | undefined): string {
  return delivery === undefined ? '' : stateWord(delivery.state);
}
