import type { AnchorPolicy, CertificateBinding, ReadTrustSettings, TrustAnchor } from './trust.ts';

/** An anchor as it is kept: a retired one trusts nothing any more, but evidence still names it. */
export interface AnchorRecord extends TrustAnchor {
  readonly addedAt: Date;
  readonly retiredAt?: Date;
}

/** A certificate of an authority that helps to find a path. */
export interface Intermediate {
  /** SHA-256 of the DER, lower-case hex. */
  readonly fingerprint: string;
  readonly certificate: Uint8Array;
  /** On one line, for people. */
  readonly subject: string;
}

/** A certificate near its end. */
export interface ExpiringCertificate {
  readonly agencyId: string;
  readonly agency: string;
  readonly fingerprint: string;
  readonly subject: string;
  readonly notAfter: Date;
  /** Days that are left, rounded down. */
  readonly daysLeft: number;
  /** `imported`: registered singly. `bound`: seen under a binding. */
  readonly source: 'imported' | 'bound';
  /** The agency has another certificate, valid now and at least 60 days longer: the change of keys is prepared. */
  readonly succeeded: boolean;
}

/** Days before the end of a certificate at which it is announced, once each. */
export const warningDays = [60, 30, 7] as const;

/** Everything that decides about certificates, as operators change it. Every change makes a new version and leaves an event. */
export interface TrustRegister {
  readonly settings: ReadTrustSettings;
  /** All anchors, retired ones too, by id. */
  anchors(): Promise<readonly AnchorRecord[]>;
  /**
   * Adds anchors and intermediates, all or none; those that are there already are left as they are. Returns what was new. Throws
   * Rejection ANCHOR_TAKEN when another certificate has one of the ids.
   */
  add(
    anchors: readonly TrustAnchor[],
    intermediates: readonly Intermediate[],
    actor: string,
  ): Promise<{ readonly anchors: readonly string[]; readonly intermediates: number }>;
  /** Throws Rejection ANCHOR_UNKNOWN, for a retired anchor too. */
  setPolicy(id: string, policy: AnchorPolicy, actor: string, reason: string): Promise<void>;
  /** Throws Rejection ANCHOR_UNKNOWN. */
  retire(id: string, actor: string, reason: string): Promise<void>;
  /** Throws Rejection ANCHOR_UNKNOWN. */
  bind(binding: CertificateBinding, actor: string): Promise<void>;
  /** Throws Rejection BINDING_UNKNOWN. */
  unbind(id: string, actor: string, reason: string): Promise<void>;
  /** Bindings in force, of one agency or of all. */
  bindings(agencyId?: string): Promise<readonly CertificateBinding[]>;
  /** Certificates that end within so many days of a moment, the first to end first; ended ones too, for 30 days. */
  expiring(at: Date, days: number): Promise<readonly ExpiringCertificate[]>;
  /** Announces each certificate that reached a step of `warningDays` since it was last asked, with an event; returns them. */
  announceExpiring(at: Date): Promise<readonly (ExpiringCertificate & { readonly step: number })[]>;
}
