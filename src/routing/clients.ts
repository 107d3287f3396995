import type { ClientRecord, ClientScope } from './register.ts';
import type { Client } from './verify.ts';

/** A client as it logs in: the argon2 hashes of its live secrets, and since when its tokens count. */
export interface ClientLogin extends Client {
  readonly hashes: readonly string[];
  /** Access tokens issued before this moment were withdrawn. */
  readonly tokensFrom?: Date;
}

/** A certificate as it was presented: SHA-256 of its DER in lower-case hex, and its names on one line (RFC 2253 escapes). */
export interface PresentedCertificate {
  readonly fingerprint: string;
  readonly subject: string;
  readonly issuer: string;
}

/** What of a certificate stands for a client: this very certificate, or every one of this issuer with this subject. */
export type CertificateBinding = { readonly fingerprint: string } | { readonly subject: string; readonly issuer: string };

/** A secret without its hash. */
export interface SecretRecord {
  readonly id: string;
  readonly createdAt: Date;
  /** When it stops or stopped to work. */
  readonly expiresAt?: Date;
}

/** A certificate that a client logs in with. */
export interface BoundCertificate {
  readonly id: string;
  readonly fingerprint?: string;
  readonly subject?: string;
  readonly issuer?: string;
  readonly boundAt: Date;
  readonly withdrawnAt?: Date;
}

/** A client in a list. `agencies` are its agencies' ids with one of their codes. */
export interface ClientSummary extends ClientRecord {
  readonly createdAt: Date;
  readonly agencies: readonly { readonly id: string; readonly code: string; readonly name: string }[];
  /** Secrets that work now. */
  readonly liveSecrets: number;
  readonly liveCertificates: number;
}

/** A client with all that it can log in with, or could. */
export interface ClientDetail extends ClientSummary {
  readonly secrets: readonly SecretRecord[];
  readonly certificates: readonly BoundCertificate[];
}

/**
 * The clients and what they log in with. Every change leaves an event and works in every process of the gateway after a second.
 * Changes throw Rejection CLIENT_UNKNOWN when there is no such client.
 */
export interface Clients {
  /** In the order of their ids, `after` an id. */
  list(page: { readonly after?: string; readonly limit: number }): Promise<readonly ClientSummary[]>;
  show(id: string): Promise<ClientDetail | null>;
  setScopes(id: string, scopes: readonly ClientScope[], actor: string): Promise<void>;
  /** `agencyIds` replace the agencies it spoke for. */
  setAgencies(id: string, agencyIds: readonly string[], actor: string): Promise<void>;
  /** Withdraws its tokens, too; its secrets and certificates work again once it is resumed. */
  suspend(id: string, actor: string, reason: string): Promise<void>;
  resume(id: string, actor: string, reason: string): Promise<void>;
  /** Ends one secret, or all, and every token issued so far; returns how many ended. */
  revokeSecrets(id: string, which: { readonly secret: string } | 'all', actor: string): Promise<number>;
  /** Throws Rejection CERTIFICATE_BOUND when it stands for a client already. */
  bindCertificate(id: string, binding: CertificateBinding & { readonly id: string }, actor: string): Promise<void>;
  /** False when the client has no such live binding. */
  unbindCertificate(id: string, binding: string, actor: string): Promise<boolean>;
  /** The client that a certificate stands for, or null; the fingerprint counts before the subject. Suspended clients are null. */
  forCertificate(certificate: PresentedCertificate, now: Date): Promise<ClientLogin | null>;
}

/** What may be used once, remembered for all processes of the gateway together. A mark has at most 100 characters. */
export interface UsedMarks {
  /** Uses a mark up for so many seconds; false when it is used up already. Throws Rejection STORE_UNAVAILABLE. */
  use(mark: string, seconds: number): Promise<boolean>;
  /** Makes a mark usable again. */
  giveBack(mark: string): Promise<void>;
  /** Removes those whose time is over. */
  forget(): Promise<void>;
}

/** Failed logins, counted by all processes of the gateway together. Keys name whose they are, at most 300 characters. */
export interface LoginFailures {
  /** Those that count now, by key; a key without any is absent. */
  read(keys: readonly string[]): Promise<ReadonlyMap<string, { readonly failures: number; readonly endsAt: Date }>>;
  /** Counts one more for each key; the first of a key begins a time of so many seconds. */
  add(keys: readonly string[], seconds: number): Promise<void>;
  /** Removes those that count no more. */
  forget(): Promise<void>;
}
