import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Code } from '../../routing/codes/index.ts';
import type { Desk } from '../../routing/desk.ts';
import type { AxisLists } from '../../routing/facade.ts';
import type { Mailbox } from '../../routing/mailbox.ts';
import type { OutgoingPackage } from '../../routing/outbox.ts';
import type { TakeIn } from '../../routing/ports.ts';
import type { Arrival, Received } from '../../routing/receive.ts';
import type { Register } from '../../routing/register.ts';
import type { OwnUnits } from '../../routing/unit.ts';
import type { Client } from '../../routing/verify.ts';

/** What the HTTP server gives to the profiles: the logins and limits that REST has. */
export interface Door {
  login(req: IncomingMessage): Promise<Client>;
  loginWith(req: IncomingMessage, credentials: { readonly id: string; readonly secret: string }): Promise<Client>;
  tokenFor(
    client: Client,
  ): Promise<{ readonly access_token: string; readonly token_type: string; readonly expires_in: number; readonly scope: string }>;
  need(operation: 'sendPackage' | 'fetchPackage', client: Client): void;
  body(req: IncomingMessage, res: ServerResponse, bytes: number): AsyncIterable<Uint8Array>;
  share<T>(client: string, work: () => Promise<T>): Promise<T>;
}

/** A part of a multipart body. */
export interface Part {
  readonly name?: string;
  readonly body: AsyncIterable<Uint8Array>;
}

/** What the profiles ask of the world. */
export interface ProfilePorts {
  readonly lists: Pick<AxisLists, 'received' | 'noteProcessing'>;
  readonly agencies: Register['list'];
  readonly mailbox: Pick<Mailbox, 'open'>;
  readonly desk: Pick<Desk, 'acknowledge' | 'refuse'>;
  readonly units: OwnUnits;
  readonly takeIn: TakeIn;
  readonly receive: (arrival: Arrival) => Promise<Received>;
  readonly report: { accepted(first: boolean, seconds: number): void; rejected(codes: readonly Code[]): void };
  /** The exact bytes of a package; throws before the last piece when they are not those that were accepted. */
  readonly readContent: (found: OutgoingPackage) => AsyncIterable<Uint8Array>;
  /** Decodes base64 strictly. Throws Rejection ATTACHMENT_BASE64, ATTACHMENT_BASE64_PADDING with the `offset`. */
  readonly decodeBase64: (chunks: AsyncIterable<Uint8Array>) => AsyncIterable<Uint8Array>;
  readonly encodeBase64: (chunks: AsyncIterable<Uint8Array>) => AsyncIterable<Uint8Array>;
  /** The parts of a multipart body as they stream by. Throws Rejection MULTIPART_…. */
  readonly parts: (body: AsyncIterable<Uint8Array>, contentType: string) => AsyncIterable<Part>;
  readonly log: { info(fields: object, message: string): void; error(fields: object, message: string): void };
}

/** What they must know of this gateway. */
export interface ProfileSettings {
  /** Largest package in bytes. */
  readonly maxPackageBytes: number;
  /** Level-1 codes of the province. */
  readonly province: readonly string[];
}

/** A request below the path of a profile. `path`: what follows that, without the query. */
export interface ProfileCall {
  readonly req: IncomingMessage;
  readonly res: ServerResponse;
  readonly door: Door;
  readonly path: string;
  readonly query: URLSearchParams;
}

/** The interface of one province. */
export interface Profile {
  /** Answers a request, or returns what to answer as JSON. Throws Rejection. */
  answer(call: ProfileCall): Promise<object | undefined>;
  /** The answer to what was refused. */
  refusal(code: string, text: string): object;
}
