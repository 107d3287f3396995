import type { IncomingMessage, ServerResponse } from 'node:http';
import type { XmlDocument, XmlElement } from 'libxml2-wasm';
import type { PresentedCertificate, UsedMarks } from '../../routing/clients.ts';
import type { Code } from '../../routing/codes/index.ts';
import type { DirectoryDesk } from '../../routing/directory-desk.ts';
import type { Mailbox } from '../../routing/mailbox.ts';
import type { OutgoingPackage } from '../../routing/outbox.ts';
import type { Lifted, Run, SignatureClaim } from '../../routing/package.ts';
import type { Now, OpenRun, TakeIn } from '../../routing/ports.ts';
import type { Problem } from '../../routing/problem.ts';
import type { Arrival, Received } from '../../routing/receive.ts';
import type { Client } from '../../routing/verify.ts';

/** Operations of the gateway that SOAP offers in its own words. */
export type AskedOperation = 'showPackage' | 'listReceipts' | 'listInbox' | 'acknowledge' | 'refuse';

/** One of them asked for. `id`: of the package or delivery it is about. */
export interface Question {
  readonly req: IncomingMessage;
  readonly res: ServerResponse;
  readonly client: Client;
  readonly id?: string;
  readonly query?: Readonly<Record<string, string>>;
  readonly body?: object;
}

/** What the HTTP server gives to this service: logins, limits and operations, the same as REST has. */
export interface Door {
  /** True when the request brings what HTTP logs in with. */
  hasLogin(req: IncomingMessage): Promise<boolean>;
  login(req: IncomingMessage): Promise<Client>;
  loginWith(req: IncomingMessage, credentials: { readonly id: string; readonly secret: string }): Promise<Client>;
  /** Counts a request of somebody who is not known yet. */
  arrive(req: IncomingMessage): Promise<void>;
  loginWithCertificate(certificate: PresentedCertificate): Promise<Client>;
  need(operation: 'sendPackage' | 'validatePackage' | 'fetchPackage', client: Client): void;
  ask(operation: AskedOperation, question: Question): Promise<object>;
  body(req: IncomingMessage, res: ServerResponse, bytes: number): AsyncIterable<Uint8Array>;
  share<T>(client: string, work: () => Promise<T>): Promise<T>;
}

/** A part of a multipart body. */
export interface Part {
  /** Names in lower case. */
  readonly headers: ReadonlyMap<string, string>;
  readonly filename?: string;
  /** Without angle brackets. */
  readonly contentId?: string;
  /** Only where base64 was asked for. */
  readonly encoding?: 'base64';
  readonly body: AsyncIterable<Uint8Array>;
}

/** A part of a message that a signature names. */
export interface SignedPart {
  readonly element: XmlElement;
  readonly digestAlgorithm: string;
  readonly digest: Uint8Array;
  /** Canonical form of the element. Throws Rejection SIGNATURE_FORM. */
  canonical(): Buffer;
}

/** A signature over parts of a message; nothing of it is verified. */
export interface MessageSignature extends Pick<Extract<SignatureClaim, { state: 'present' }>, 'algorithm' | 'signedInfo' | 'value'> {
  readonly keyInfo: XmlElement;
  readonly parts: readonly SignedPart[];
  /** Ids of parts that the document does not hold. */
  readonly missing: readonly string[];
}

/** A long text that stands for a token of 32 characters. */
export interface LongText {
  readonly token: string;
  chunks(): AsyncIterable<Uint8Array>;
}

/** What is logged through. */
export interface Log {
  info(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

/** What SOAP asks of the world. */
export interface SoapPorts {
  /** Lifts long base64 texts out of an envelope while it streams in. Throws Rejection TEXT_TOO_LARGE and what a RunWriter throws. */
  readonly lift: (body: AsyncIterable<Uint8Array>, openRun: OpenRun) => Promise<Lifted>;
  /** Decodes base64 strictly. Throws Rejection ATTACHMENT_BASE64, ATTACHMENT_BASE64_PADDING with the `offset`. */
  readonly decodeBase64: (chunks: AsyncIterable<Uint8Array>) => AsyncIterable<Uint8Array>;
  /** Takes in an envelope whose long texts have to be read more than once. */
  readonly spool: TakeIn;
  /** The bytes of one of them. */
  readonly readRun: (run: Run) => AsyncIterable<Uint8Array>;
  /** Reads a Signature that names parts of the message by their Ids. Throws Rejection SIGNATURE_FORM, SIGNATURE_ALGORITHM. */
  readonly readSignature: (doc: XmlDocument, signature: XmlElement) => MessageSignature;
  /** Digest of a canonical text with long texts in place of their tokens; undefined when one of them is not in it exactly once. */
  readonly hashStreamed: (algorithm: string, canonical: Buffer, longTexts: readonly LongText[]) => Promise<Buffer | undefined>;
  /** The bytes that were taken in. */
  readonly readTaken: (lifted: Lifted) => AsyncIterable<Uint8Array>;
  /**
   * The certificate as it is presented for a login, when its key made the signature; else null. Throws Rejection CERTIFICATE_UNREADABLE,
   * CERTIFICATE_KEY_WEAK, CLIENT_CERTIFICATE_UNTRUSTED.
   */
  readonly proveSigner: (
    der: Uint8Array,
    signed: Pick<MessageSignature, 'algorithm' | 'signedInfo' | 'value'>,
  ) => Promise<PresentedCertificate | null>;
  /** The parts of a multipart body as they stream by. Throws Rejection MULTIPART_…. */
  readonly parts: (body: AsyncIterable<Uint8Array>, contentType: string, options?: { readonly base64: true }) => AsyncIterable<Part>;
  readonly takeIn: TakeIn;
  readonly receive: (arrival: Arrival) => Promise<Received>;
  readonly validate: (arrival: Arrival) => Promise<readonly Problem[]>;
  readonly report: { accepted(first: boolean, seconds: number): void; rejected(codes: readonly Code[]): void };
  readonly mailbox: Pick<Mailbox, 'open'>;
  readonly directory: Pick<DirectoryDesk, 'search' | 'tree'>;
  /** The bytes of a package; the last chunk comes only when `sha256` proved right. */
  readonly openContent: (found: OutgoingPackage) => AsyncIterable<Uint8Array>;
  /** Nonces and signatures that were used. */
  readonly marks: Pick<UsedMarks, 'use' | 'giveBack'>;
  readonly log: Log;
  readonly now: Now;
}

/** What SOAP must know of this gateway. */
export interface SoapSettings {
  /** Largest package in bytes. */
  readonly packageLimit: number;
  /** Passwords in WS-Security are taken over connections that are neither TLS nor local. */
  readonly plainPasswords: boolean;
  /** Where clients reach this gateway; the host of the request without it. */
  readonly publicUrl?: string | undefined;
  /** Text of schemas/wsdl/lienthong.wsdl. */
  readonly wsdl: string;
}
