import type { ActState } from './acts.ts';
import type { DeliveryEvent, DeliveryState } from './delivery.ts';
import type { Duty, LawLevel } from './law.ts';

/** Names of all events. */
export type EventName =
  | 'package.accepted'
  | 'package.rejected'
  | 'package.extended'
  | 'package.exported'
  | 'replay.planned'
  | 'replay.finished'
  | 'agency.changed'
  | 'routing.changed'
  | 'holidays.changed'
  | 'paper.loaded'
  | 'hold.added'
  | 'hold.lifted'
  | 'retention.purged'
  | `delivery.${Duty}_${LawLevel}`
  | 'certificate.added'
  | 'certificate.withdrawn'
  | 'certificate.expiring'
  | 'trust.changed'
  | 'crl.imported'
  | 'package.quarantined'
  | 'package.cleared'
  | 'package.revoked'
  | 'credentials.issued'
  | 'credentials.withdrawn'
  | 'client.changed'
  | 'key.changed'
  | 'delivery.fetched'
  | 'entry.quarantined'
  | 'entry.retried'
  | 'entry.refused'
  | `act.${ActState}`
  | DeliveryEvent;

/** One change of state. Append-only; hash-chained in the order of sealing. */
export interface Event {
  readonly name: EventName;
  readonly at: Date;
  /** Who did it: `client:<id>`, `operator:<id>`, `cli:<user>`, `gateway`. */
  readonly actor: string;
  readonly packageId?: string;
  readonly deliveryId?: string;
  readonly from?: DeliveryState;
  readonly to?: DeliveryState;
  readonly reason?: string;
}
