import type { IssueToken, ReadToken } from '../../routing/access-token.ts';
import type { Clients, LoginFailures } from '../../routing/clients.ts';
import type { Code } from '../../routing/codes/index.ts';
import type { Desk } from '../../routing/desk.ts';
import type { LookUp } from '../../routing/directory.ts';
import type { DirectoryDesk } from '../../routing/directory-desk.ts';
import type { Polls } from '../../routing/entries.ts';
import type { PublicKey } from '../../routing/gateway-keys.ts';
import type { LifecycleDesk } from '../../routing/lifecycle-desk.ts';
import type { Mailbox, ReceiptFeed } from '../../routing/mailbox.ts';
import type { OutgoingPackage } from '../../routing/outbox.ts';
import type { NewId, Now, TakeIn } from '../../routing/ports.ts';
import type { Problem } from '../../routing/problem.ts';
import type { Arrival, Received } from '../../routing/receive.ts';
import type { Records, ReplayPlans } from '../../routing/records.ts';
import type { Register } from '../../routing/register.ts';
import type { Reports } from '../../routing/report.ts';
import type { Mount } from './door.ts';
import type { FailureLimits } from './login-limits.ts';
import type { Rates } from './rate-limits.ts';

/** What is logged through: the part of pino that is used. */
export interface Log {
  debug(fields: object, message: string): void;
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

/** True when the secret is that of one of the hashes. Slow on purpose; a hash that can't be read counts as another secret. */
export type CheckSecret = (secret: string, hashes: readonly string[]) => Promise<boolean>;

/** The stream of the one package in a multipart body. Throws Rejection MULTIPART_…; never reads ahead of its consumer. */
export type PackagePart = (body: AsyncIterable<Uint8Array>, contentType: string) => AsyncIterable<Uint8Array>;

/** Part of a package in bytes: from `start` up to, not including, `end`. */
export interface ByteRange {
  readonly start: number;
  readonly end: number;
}

/** The exact bytes of a stored package, or of a part of it. Throws while streaming when a file is missing or damaged. */
export type OpenContent = (text: OutgoingPackage['text'], runs: OutgoingPackage['runs'], range?: ByteRange) => AsyncIterable<Uint8Array>;

/** Resolves when a part of the gateway works, throws when it does not. */
export type Probe = () => Promise<void>;

/** What the way in counts. `seconds` from the first byte of the request to the answer. */
export interface IntakeReport {
  accepted(first: boolean, seconds: number): void;
  rejected(codes: readonly Code[]): void;
}

/** What the REST API asks of the world. */
export interface RestPorts {
  readonly clientForLogin: Register['clientForLogin'];
  readonly clientForCertificate: Clients['forCertificate'];
  /** Failed logins of all processes; without it each counts its own. */
  readonly loginFailures?: Omit<LoginFailures, 'forget'>;
  readonly clients: Pick<Clients, 'list' | 'show' | 'suspend' | 'resume'>;
  readonly readToken: ReadToken;
  readonly issueToken: IssueToken;
  /** The public keys of this gateway, newest first. */
  readonly publicKeys: () => Promise<{ readonly gateway: string; readonly keys: readonly PublicKey[] }>;
  readonly checkSecret: CheckSecret;
  /** Hash of a secret that nobody has, made like the others: an unknown client must cost the same time as a wrong secret. */
  readonly decoyHash: string;
  readonly takeIn: TakeIn;
  readonly packagePart: PackagePart;
  readonly receive: (arrival: Arrival) => Promise<Received>;
  readonly validate: (arrival: Arrival) => Promise<readonly Problem[]>;
  readonly report: IntakeReport;
  readonly mailbox: Mailbox;
  readonly receipts: ReceiptFeed;
  readonly records: Pick<Records, 'packages' | 'package' | 'documents' | 'document' | 'deliveries' | 'delivery' | 'acts'>;
  /** The content of an accepted package for an operator; writes the event package.exported. Null when there is none; throws Rejection PAYLOAD_PURGED. */
  readonly exportPackage: (id: string, actor: string) => Promise<OutgoingPackage | null>;
  readonly reports: Pick<Reports, 'read'>;
  readonly plans: Pick<ReplayPlans, 'forecast' | 'create' | 'get'>;
  readonly desk: Desk;
  readonly lifecycle: Pick<LifecycleDesk, 'choose'>;
  readonly lookUp: LookUp;
  readonly directory: Pick<DirectoryDesk, 'search' | 'tree' | 'groups' | 'members'>;
  readonly openContent: OpenContent;
  readonly probes: { readonly database: Probe; readonly queue: Probe; readonly disk: Probe };
  /** How the open upward routes stand. */
  readonly routes: Polls['standings'];
  readonly metrics: () => Promise<{ readonly contentType: string; readonly text: string }>;
  readonly log: Log;
  readonly newId: NewId;
  readonly now: Now;
  /** Other services at the same server. */
  readonly mounts?: readonly Mount[];
  /** Aborts when the gateway begins to stop: long polls end at once, `/readyz` says no. */
  readonly stopping: AbortSignal;
}

/** What the REST API must know of this gateway. */
export interface RestSettings extends Rates, FailureLimits {
  /** Header in which a trusted proxy hands on the client's certificate. */
  readonly clientCertHeader?: string | undefined;
  /** Seconds that an access token lives. */
  readonly tokenSeconds: number;
  /** Where clients reach this gateway; without it no metadata of the token endpoint is published. */
  readonly publicUrl?: string | undefined;
  /** Largest package in bytes. */
  readonly packageLimit: number;
  /** Seconds without a byte of the body after which it counts as broken off. */
  readonly bodyIdleSeconds: number;
  /** Bodies of packages taken in at the same time; more are told to come back. */
  readonly uploads: number;
  /** Addresses or networks (CIDR) of proxies whose X-Forwarded-For is believed. */
  readonly trustedProxies: readonly string[];
  /** Networks (CIDR) that may read /metrics. */
  readonly metricsFrom: readonly string[];
  /** Text of schemas/openapi.json. */
  readonly openapi: string;
}
