import type { InboxList, Moved, PackageAnswer, PackageList, ReceiptList, Validation } from './answers.ts';
import type { DocumentAnswer, DocumentList } from './answers-documents.ts';
import { type Call, type Caller, createCaller } from './caller.ts';
import { type Downloaded, type DownloadOptions, download } from './download.ts';
import { openLine } from './exchange.ts';
import { createOperatorCalls } from './operator.ts';
import { type ReceiptView, readReceipt } from './receipt.ts';
import { openSource, type PackageSource, watched } from './source.ts';

export type * from './answers.ts';
export type * from './answers-documents.ts';
export type * from './answers-lifecycle.ts';
export { DigestDiffers, GatewayAway, GatewayRefusal } from './faults.ts';
export { type ReceiptView, readReceipt } from './receipt.ts';
export type { PackageSource } from './source.ts';

/** Which gateway, and as whom. */
export interface ClientOptions {
  /** Address of the gateway, for example `https://lienthong.vinhlong.gov.vn`. */
  readonly url: string;
  /** Id and secret of the client, as `lienthong credentials issue` gave them. */
  readonly id: string;
  readonly secret: string;
  /** PEM of further certificate authorities to trust. */
  readonly ca?: string;
  /** PEM of the system's own TLS certificate and its key, for mutual TLS. */
  readonly certificate?: { readonly certPem: string; readonly keyPem: string };
  /** A connection that is silent for so long is given up. Default 300: the gateway examines large packages before it answers. */
  readonly idleSeconds?: number;
  /** Tries after the first of a call that may be repeated. Default 4. */
  readonly retries?: number;
}

/** How a package is sent. */
export interface SendOptions {
  /** The sender's own id of this transmission: the same id with other bytes is refused. */
  readonly idempotencyKey?: string;
  /** Told how many bytes have gone. */
  readonly progress?: (sent: number) => void;
  readonly signal?: AbortSignal;
}

/** What came of sending. `first` is false when the gateway had the package already and gives its first receipt again. */
export interface Sent {
  readonly first: boolean;
  readonly receipt: ReceiptView;
  /** The signed receipt: keep it, it is the evidence. */
  readonly xml: string;
}

/** A page of a feed that begins after a cursor. */
export interface FeedPage {
  readonly after?: string;
  readonly limit?: number;
  readonly signal?: AbortSignal;
}

/** Which packages a list shows; times are days `yyyy-mm-dd` or instants with their offset. */
export interface PackageQuery {
  readonly documentId?: string;
  readonly accepted?: boolean;
  readonly since?: string;
  readonly until?: string;
  readonly cursor?: string;
  readonly limit?: number;
}

/** Which documents a list shows. `law`, `owed`: a warning was given for one of its recipients, see DeliveryQuery. */
export interface DocumentQuery extends Omit<PackageQuery, 'accepted'> {
  /** Number and notation, for example `15/UBND-VP`. */
  readonly reference?: string;
  /** Code of the sender. */
  readonly sender?: string;
  readonly law?: 'near' | 'late';
  readonly owed?: 'near' | 'late';
}

/**
 * A client of a gateway. Every call throws GatewayRefusal when the gateway says no, GatewayAway when it could not be reached or
 * was busy to the end. Calls that may be repeated are, with the same bytes.
 */
export function createClient(options: ClientOptions) {
  const base = new URL(options.url.endsWith('/') ? options.url : `${options.url}/`);
  const line = openLine(base, { idleSeconds: options.idleSeconds ?? 300, ...tlsOf(options) });
  const authorization = `Basic ${Buffer.from(`${options.id}:${options.secret}`).toString('base64')}`;
  const caller = createCaller(line, authorization, options.retries ?? 4);

  return {
    /** Sends a package and returns the receipt. */
    async send(source: PackageSource, how: SendOptions = {}): Promise<Sent> {
      const key = how.idempotencyKey;
      const headers = { accept: 'application/xml', ...(key === undefined ? {} : { 'idempotency-key': key }) };
      const answer = await caller.ask(await packageCall('v1/packages', source, headers, how));
      return { first: answer.status === 201, receipt: readReceipt(answer.text), xml: answer.text };
    },

    /** Has a package checked without sending it. Throws GatewayRefusal with all that is wrong. */
    async validate(source: PackageSource, how: Omit<SendOptions, 'idempotencyKey'> = {}): Promise<Validation> {
      const answer = await caller.ask(await packageCall('v1/packages/validate', source, { accept: 'application/json' }, how));
      return JSON.parse(answer.text) as Validation;
    },

    /** A package that was sent, with the state of each recipient. */
    package: (id: string) => getJson<PackageAnswer>(caller, `v1/packages/${encodeURIComponent(id)}`, {}),
    packages: (query: PackageQuery = {}) => getJson<PackageList>(caller, 'v1/packages', query),

    /** A document, by the package that brought it or one that is about it, with transport and business state of each recipient. */
    document: (id: string) => getJson<DocumentAnswer>(caller, `v1/documents/${encodeURIComponent(id)}`, {}),
    documents: (query: DocumentQuery = {}) => getJson<DocumentList>(caller, 'v1/documents', query),

    /** The receipts after a cursor, oldest first. */
    receipts: ({ signal, ...page }: FeedPage = {}) => getJson<ReceiptList>(caller, 'v1/receipts', page, { signal }),
    /** The signed XML of one receipt. */
    async receipt(id: string): Promise<string> {
      const path = `v1/receipts/${encodeURIComponent(id)}`;
      return (await caller.ask({ method: 'GET', path, headers: { accept: 'application/xml' }, repeatable: true })).text;
    },

    /** What waits in the inbox after a cursor, oldest first; with `wait` up to so many seconds (60 at most) for something new. */
    inbox: ({ signal, ...page }: FeedPage & { readonly wait?: number } = {}) =>
      getJson<InboxList>(caller, 'v1/inbox', page, { signal, patience: page.wait }),

    /** Fetches the package of a delivery to a file, going on where an earlier try broke off. */
    fetch: (delivery: string, to: string, how: DownloadOptions = {}): Promise<Downloaded> =>
      download(caller, `v1/inbox/${encodeURIComponent(delivery)}/package`, delivery, to, how),
    /** Confirms that the package was fetched and stored; `sha256` makes sure that it is the right one. */
    ack: (delivery: string, sha256?: string) =>
      postJson<Moved>(caller, `v1/inbox/${encodeURIComponent(delivery)}/ack`, sha256 === undefined ? {} : { sha256 }, true),
    /** Sends it back with a reason; the sender is told. */
    refuse: (delivery: string, reason: string) =>
      postJson<Moved>(caller, `v1/inbox/${encodeURIComponent(delivery)}/refuse`, { reason }, true),

    /** What operators may do; the client needs the scope for it. */
    operator: createOperatorCalls(
      (path, query) => getJson(caller, path, query),
      (path, body, repeatable) => postJson(caller, path, body, repeatable),
      (path, id, to, how) => download(caller, path, id, to, how),
    ),

    /** Closes the connections that are kept. */
    close: () => line.agent.destroy(),
  };
}

function tlsOf({ ca, certificate }: ClientOptions) {
  return {
    ...(ca === undefined ? {} : { ca }),
    ...(certificate === undefined ? {} : { cert: certificate.certPem, key: certificate.keyPem }),
  };
}

/** A client of a gateway, as others see it. */
export type Client = ReturnType<typeof createClient>;

async function packageCall(
  path: string,
  source: PackageSource,
  headers: Readonly<Record<string, string>>,
  { progress, signal }: Omit<SendOptions, 'idempotencyKey'>,
): Promise<Call> {
  const opened = await openSource(source);
  return {
    method: 'POST',
    path,
    headers: { 'content-type': 'application/xml', ...headers },
    body: progress === undefined ? opened : watched(opened, progress),
    repeatable: opened.repeatable,
    ...(signal === undefined ? {} : { signal }),
  };
}

/** Values of a query; undefined ones are left out. */
export type Query = object;

async function getJson<T>(
  caller: Caller,
  path: string,
  query: Query,
  how: { readonly signal?: AbortSignal | undefined; readonly patience?: number | undefined } = {},
): Promise<T> {
  const given = Object.entries(query).filter(([, value]) => value !== undefined);
  const search = new URLSearchParams(given.map(([name, value]) => [name, String(value)] as [string, string])).toString();
  const answer = await caller.ask({
    method: 'GET',
    path: search === '' ? path : `${path}?${search}`,
    headers: { accept: 'application/json' },
    repeatable: true,
    ...(how.signal === undefined ? {} : { signal: how.signal }),
    ...(how.patience === undefined ? {} : { patience: how.patience }),
  });
  return JSON.parse(answer.text) as T;
}

async function postJson<T>(caller: Caller, path: string, body: object, repeatable: boolean): Promise<T> {
  const headers = { 'content-type': 'application/json', accept: 'application/json' };
  const source = await openSource(Buffer.from(JSON.stringify(body)));
  const answer = await caller.ask({ method: 'POST', path, headers, body: source, repeatable });
  return JSON.parse(answer.text) as T;
}
