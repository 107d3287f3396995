import type { ClientLogin } from './clients.ts';
import type { AgencyStatus, Channel } from './directory.ts';
import type { SignaturePolicy } from './package.ts';
import type { AgencyKind } from './placement.ts';
import type { Contacts } from './unit.ts';

/** Schemes of agency codes (domain: QCVN 102:2016, QĐ 20/2020, the axis' own, local). */
export type CodeScheme = 'qcvn102' | 'qd20' | 'axis' | 'local';

/** A code of an agency with its validity; days are `yyyy-mm-dd`, both inclusive. */
export interface AgencyCode {
  readonly code: string;
  readonly scheme: CodeScheme;
  readonly validFrom: string;
  readonly validTo?: string;
}

/** An agency as it is registered. */
export interface Agency {
  readonly id: string;
  readonly name: string;
  readonly status: AgencyStatus;
  readonly signaturePolicy: SignaturePolicy;
  readonly channel: Channel;
  readonly pushUrl?: string;
  readonly pushConcurrency?: number;
  /** What it is in the tree; found by name and code when it is not said. */
  readonly kind?: AgencyKind;
  /** A code of its parent; found by its own code when it is not said. */
  readonly parent?: string;
  /** The first day on which it no longer exists, by a succession. */
  readonly endedOn?: string;
  readonly codes: readonly AgencyCode[];
}

/** A certificate as registered, without its bytes. */
export interface CertificateRecord {
  readonly fingerprint: string;
  readonly subject: string;
  readonly issuer: string;
  readonly serial: string;
  readonly notBefore: Date;
  readonly notAfter: Date;
}

/** An agency with everything that is registered for it. `contacts`: of one that its own system registered. */
export interface RegisteredAgency extends Agency {
  readonly certificates: readonly CertificateRecord[];
  readonly clients: readonly string[];
  readonly contacts?: Contacts;
}

/** What a client may do. */
export type ClientScope = 'send' | 'receive' | 'operate' | 'audit' | 'admin';

/** A client as registered, without its secrets. */
export interface ClientRecord {
  readonly id: string;
  readonly name: string;
  readonly scopes: readonly ClientScope[];
  readonly agencyIds: readonly string[];
  readonly disabledAt?: Date;
}

/** The register of agencies, their certificates and the clients that speak for them. Every change leaves an event. */
export interface Register {
  /** Adds agencies, all or none, in one transaction. Throws Rejection CODE_TAKEN when a code belongs to another agency. */
  add(agencies: readonly Agency[], actor: string): Promise<void>;
  setStatus(id: string, status: AgencyStatus, actor: string, reason: string): Promise<void>;
  setChannel(id: string, channel: { channel: Channel; pushUrl?: string; pushConcurrency?: number }, actor: string): Promise<void>;
  setPolicy(id: string, policy: SignaturePolicy, actor: string): Promise<void>;
  byCode(code: string): Promise<RegisteredAgency | null>;
  /** Agencies in the order they were added, `after` an id; `search`: beginnings of words of the name, without accents. */
  list(page: { search?: string; after?: string; limit: number }): Promise<readonly (Agency & { readonly parentId?: string })[]>;
  /** All codes that are in the register, for a dry run of an import. */
  codesAmong(codes: readonly string[]): Promise<ReadonlySet<string>>;
  addCertificate(agencyId: string, certificate: CertificateRecord & { der: Uint8Array }, actor: string): Promise<void>;
  /** From the next second on nothing is accepted under it, old signatures neither. Throws Rejection CERTIFICATE_NOT_REGISTERED. */
  withdrawCertificate(agencyId: string, fingerprint: string, actor: string, reason: string): Promise<void>;
  addClient(client: ClientRecord, actor: string): Promise<void>;
  /** Adds a secret by its argon2 hash; older secrets of the client end at `endOlderAt`. */
  addSecret(clientId: string, secret: { id: string; hash: string }, endOlderAt: Date, actor: string): Promise<void>;
  /** A client with its live secret hashes, or null. Suspended clients are null. */
  clientForLogin(id: string, now: Date): Promise<ClientLogin | null>;
}
