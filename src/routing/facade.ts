import type { Agency } from './register.ts';
import type { Contacts } from './unit.ts';
import type { Client } from './verify.ts';

/** A system that speaks the protocol of the national axis, as it logs in. */
export interface AxisSystem {
  readonly clientId: string;
  /** Its live secrets, encrypted; newest first. */
  readonly sealed: readonly Uint8Array[];
  /** Seconds that its timestamps may be old, when that is not the gateway's default. */
  readonly maxAgeSeconds?: number;
  /** Its packages may use prefixes that they do not declare, as the axis' own library reads them. */
  readonly repairsPrefixes: boolean;
}

/** A new secret of a system. `maxAgeSeconds` and `repairsPrefixes` replace what was set before, when given. */
export interface NewAxisSecret {
  readonly systemId: string;
  readonly clientId: string;
  readonly secret: { readonly id: string; readonly sealed: Uint8Array };
  /** When secrets that it has already end. */
  readonly endOlderAt: Date;
  readonly maxAgeSeconds?: number;
  readonly repairsPrefixes?: boolean;
}

/** The systems of the protocol of the axis and their secrets. */
export interface AxisSystems {
  /** Null when there is none with a live secret. */
  find(systemId: string): Promise<AxisSystem | null>;
  /** Throws Rejection CLIENT_UNKNOWN, AXIS_SYSTEM_TAKEN when the system id is another client's. */
  addSecret(given: NewAxisSecret, actor: string): Promise<void>;
}

/** The agencies that systems register for themselves. */
export interface AxisUnits {
  /**
   * Registers an agency below one of the client's, and lets the client speak for it; what it has already stays as it is, but for the contacts
   * of one that the client registered.
   * Throws Rejection CODE_TAKEN, AGENCY_UNKNOWN (its parent), AXIS_UNIT_NOT_BELOW, AXIS_UNIT_CLOSED, AXIS_UNIT_DIFFERS.
   */
  addUnit(unit: Agency, contacts: Contacts, client: Client): Promise<void>;
  /** Whether an agency that the client registered still exists. Throws Rejection AXIS_UNIT_NOT_YOURS. */
  unitState(code: string, clientId: string): Promise<'open' | 'closed'>;
}

/** Kind of messages of a list; absent: both. */
export type AxisKind = 'document' | 'status';

/** Narrows a list. `since` and `until` are of the time of acceptance. */
export interface AxisQuery {
  readonly agencyIds: Client['agencyIds'];
  readonly kind?: AxisKind;
  readonly since?: Date;
  readonly until?: Date;
  readonly limit: number;
}

/** A delivery that waits in the inbox of one of the agencies. */
export interface ReceivedEntry {
  readonly deliveryId: string;
  readonly kind: AxisKind;
  readonly sender: string;
  readonly recipient: string;
  readonly acceptedAt: Date;
  /** When its recipient said that it is at it. */
  readonly processingAt?: Date;
  readonly fetchedAt?: Date;
}

/** What became of a message at one recipient. */
export interface SentEntry {
  readonly packageId: string;
  readonly deliveryId: string;
  readonly kind: AxisKind;
  readonly sender: string;
  readonly recipient: string;
  readonly state: 'waiting' | 'held' | 'delivered' | 'failed' | 'cancelled' | 'expired';
  readonly attempts: number;
  /** Code and values of why it is held, failed, cancelled or expired. */
  readonly problem?: { readonly code: string; readonly params?: Readonly<Record<string, string | number>> };
  readonly subject?: string;
  readonly reference?: string;
  readonly acceptedAt: Date;
  readonly changedAt: Date;
  readonly fetchedAt?: Date;
  readonly processingAt?: Date;
}

/** What systems of the axis protocol list. Every list is read through an index and bounded by its limit. */
export interface AxisLists {
  /** The oldest entries that wait. */
  received(query: AxisQuery): Promise<readonly ReceivedEntry[]>;
  count(agencyIds: Client['agencyIds'], kind: AxisKind): Promise<number>;
  /** The recipients of the newest messages, `limit` messages at most. */
  sent(query: AxisQuery): Promise<readonly SentEntry[]>;
  /** The recipients of one message; empty when none of these agencies sent it. */
  sentOf(packageId: string, agencyIds: Client['agencyIds']): Promise<readonly SentEntry[]>;
  /** True when the delivery is, or was, one to these agencies. */
  isReceived(deliveryId: string, agencyIds: Client['agencyIds']): Promise<boolean>;
  /** Notes that the recipient is at it; false when no such delivery went to these agencies. */
  noteProcessing(deliveryId: string, agencyIds: Client['agencyIds'], description: string | undefined): Promise<boolean>;
}
