import type { Code } from '../../../routing/codes/index.ts';
import type { Desk } from '../../../routing/desk.ts';
import type { LookUp } from '../../../routing/directory.ts';
import type { AxisLists, AxisSystems } from '../../../routing/facade.ts';
import type { Mailbox } from '../../../routing/mailbox.ts';
import type { OutgoingPackage } from '../../../routing/outbox.ts';
import type { NewId, Now, TakeIn } from '../../../routing/ports.ts';
import type { Profile } from '../../../routing/profile.ts';
import type { Arrival, Received } from '../../../routing/receive.ts';
import type { Register } from '../../../routing/register.ts';
import type { OwnUnits } from '../../../routing/unit.ts';

/** What is logged through. */
export interface Log {
  info(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

/** What the protocol of the axis asks of the world. */
export interface AxisPorts {
  readonly systems: Pick<AxisSystems, 'find'>;
  /** Decrypts a secret that was sealed for this system id. */
  readonly openSecret: (sealed: Uint8Array, systemId: string) => string;
  readonly clientForLogin: Register['clientForLogin'];
  readonly lists: AxisLists;
  readonly agencies: Register['list'];
  readonly lookUp: LookUp;
  readonly units: OwnUnits;
  readonly takeIn: TakeIn;
  readonly receive: (arrival: Arrival) => Promise<Received>;
  readonly report: { accepted(first: boolean, seconds: number): void; rejected(codes: readonly Code[]): void };
  readonly mailbox: Pick<Mailbox, 'open'>;
  readonly desk: Pick<Desk, 'acknowledge' | 'refuse'>;
  /** The exact bytes of a package; throws before the last piece when they are not those that were accepted. */
  readonly readContent: (found: OutgoingPackage) => AsyncGenerator<Uint8Array, void, undefined>;
  readonly log: Log;
  readonly newId: NewId;
  readonly now: Now;
}

/** What it must know of this gateway. */
export interface AxisSettings {
  /** How old a timestamp may be where a system has no limit of its own. */
  readonly axisMaxAgeSeconds: number;
  /** Largest package in bytes. */
  readonly maxPackageBytes: number;
  readonly profile: Pick<Profile, 'narrowsRecipients'>;
}
