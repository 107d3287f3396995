/** Where a key of the gateway lives: made in the data folder, in a file of the operator, or in a PKCS#11 token. */
export type KeyOrigin = 'made' | 'file' | 'pkcs11';

/** A key that this gateway signs or has signed with, as others may know it. `fingerprint`: SHA-256 of the certificate's DER in hex. */
export interface PublicKey {
  readonly fingerprint: string;
  readonly algorithm: 'ecdsa-sha256' | 'rsa-sha256';
  readonly der: Uint8Array;
  readonly origin: KeyOrigin;
  readonly activeFrom: Date;
  /** Absent while it signs. */
  readonly retiredAt?: Date;
}

/** The record of the gateway's keys. Nothing is ever taken out of it: what a key has signed stays verifiable. */
export interface KeyRecord {
  /** Newest first. */
  list(): Promise<readonly PublicKey[]>;
  /** Notes a key before it signs for the first time; known ones are left as they are. */
  note(key: Omit<PublicKey, 'activeFrom' | 'retiredAt'>): Promise<void>;
  /** This key signs from now on, every other one is retired. Leaves an event when that is a change. */
  activate(fingerprint: string, actor: string): Promise<void>;
}
