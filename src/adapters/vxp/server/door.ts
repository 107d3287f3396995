import type { IncomingMessage, ServerResponse } from 'node:http';

/** What the HTTP server does for every protocol that it carries. */
export interface Door {
  /** Counts a request of somebody who is not known yet. Throws Rejection RATE_LIMITED. */
  arrive(req: IncomingMessage): Promise<void>;
  /** Counts a request of a client. Throws Rejection RATE_LIMITED. */
  countClient(id: string): Promise<void>;
  /** Tells a client that waits for `100 Continue` to send its body. */
  letBodyCome(req: IncomingMessage, res: ServerResponse): void;
  /** The body, streamed. Throws Rejection PACKAGE_TOO_LARGE over `bytes`; BODY_INCOMPLETE. */
  body(req: IncomingMessage, res: ServerResponse, bytes: number): AsyncIterable<Uint8Array>;
  /** Runs what takes a package in, for a client. Throws Rejection GATEWAY_BUSY. */
  share<T>(client: string, work: () => Promise<T>): Promise<T>;
}
