import type { OutgoingPackage, PushTarget } from '../../../routing/outbox.ts';
import { shortDetail } from '../../../routing/outcome.ts';
import type { MessageType, OperationName } from '../wire.ts';
import type { Around, Piece } from './answer.ts';
import { AnswerMalformed, aroundOf, piecesOf } from './answer.ts';
import type { Account, AxisCall, Call } from './call.ts';
import { CallFailed } from './call.ts';
import { type AxisRoute, readAxisRoute, type SecretPlace } from './settings.ts';
import type { Verdict } from './verdict.ts';
import { verdictOn } from './verdict.ts';

/** Reads the secret of a route from where it is. Throws when there is none. */
export type ReadSecret = (place: SecretPlace) => Promise<string>;

/** A route as connectors get it. */
export type Route = NonNullable<PushTarget['route']>;

/** Why the other side did not do what was asked. */
export type Failure =
  | Exclude<Verdict, { kind: 'ok' }>
  /** No answer, or none of the protocol. `arrived`: the call may have been acted on. */
  | { readonly kind: 'silent'; readonly reason: Error; readonly arrived: boolean };

/** What the other side did not do, as an exception of a call whose answer is a list or a package. */
export class AxisFailed extends Error {
  readonly failure: Failure;

  constructor(operation: OperationName, failure: Failure) {
    super(`${operation}: ${detailOf(failure)}`);
    this.name = 'AxisFailed';
    this.failure = failure;
  }
}

/** What was said, in words. */
export function detailOf(failure: Failure): string {
  return failure.kind === 'silent' ? shortDetail(failure.reason.message) : failure.detail;
}

type Values = Readonly<Record<string, string>>;

/** The other side of a route. */
export interface Axis {
  readonly settings: AxisRoute;
  /** Sends a package; `to` narrows whom it is for. Returns the id that the axis gave it (empty: it gave none), or why it did not take it. */
  send(
    sent: OutgoingPackage,
    kind: MessageType,
    to: readonly string[] | undefined,
    open: () => AsyncIterable<Uint8Array>,
  ): Promise<{ readonly docId: string } | Failure>;
  /** Has a list read, row by row as it comes. Throws AxisFailed, and what `read` throws. */
  list<T>(operation: OperationName, values: Values, read: (rows: AsyncIterable<Around>) => Promise<T>): Promise<T>;
  /** Has a package read: `read` gets its base64 text as it comes. Throws AxisFailed, and what `read` throws. */
  fetch<T>(docId: string, read: (text: AsyncIterable<string>) => Promise<T>): Promise<T>;
  /** Says what became of an entry. Throws AxisFailed. */
  tell(docId: string, status: 'done' | 'fail', description?: string): Promise<void>;
}

/** Opens the other side of a route with the secret of this moment. Throws when settings or secret can't be used. */
export async function openAxis(call: Call, readSecret: ReadSecret, route: Route): Promise<Axis> {
  const settings = readAxisRoute(route.settings);
  const { endpoint, systemId } = settings;
  const account: Account = { endpoint, systemId, secret: await readSecret(settings.secret) };
  return {
    settings,
    send: (sent, kind, to, open) => send(call, account, { sent, kind, to, open }),
    list: (operation, values, read) => asking(call, account, { operation, values }, (pieces) => read(rowsOf(pieces))),
    fetch: (docId, read) => asking(call, account, { operation: 'getEdoc', values: { docId } }, (pieces) => read(textOf(pieces))),
    async tell(docId, status, description) {
      const values = { docId, status, ...(description === undefined ? {} : { description: inAscii(description) }) };
      const verdict = await answered(call(account, { operation: 'updateStatus', values }, judged));
      if (verdict.kind !== 'ok') throw new AxisFailed('updateStatus', verdict);
    },
  };
}

interface Sending {
  readonly sent: OutgoingPackage;
  readonly kind: MessageType;
  readonly to: readonly string[] | undefined;
  readonly open: () => AsyncIterable<Uint8Array>;
}

async function send(call: Call, account: Account, { sent, kind, to, open }: Sending) {
  const values = {
    from: sent.sender ?? '',
    servicetype: 'eDoc',
    messagetype: kind,
    ...(to === undefined ? {} : { to: JSON.stringify(to) }),
  };
  const file = { sha256: sent.sha256, size: sent.size, open };
  const verdict = await answered(call(account, { operation: 'sendEdoc', values, file }, judged));
  return verdict.kind === 'ok' ? { docId: verdict.docId ?? '' } : verdict;
}

async function judged(status: number, body: AsyncIterable<Uint8Array>): Promise<Verdict> {
  return verdictOn(status, await aroundOf(body).catch(notOfProtocol(status)));
}

/** What proxies and broken servers answer is an outage; whether the call had arrived nobody knows, except where the door was shut. */
function notOfProtocol(status: number): (error: unknown) => Around {
  return (error) => {
    if (!(error instanceof AnswerMalformed)) throw error;
    if (status === 401 || status === 403) return {};
    throw new CallFailed(new Error(`HTTP ${status}: ${error.message}`), true);
  };
}

async function answered(call: Promise<Verdict>): Promise<Verdict | Extract<Failure, { kind: 'silent' }>> {
  try {
    return await call;
  } catch (error) {
    if (!(error instanceof CallFailed)) throw error;
    return { kind: 'silent', reason: error.reason, arrived: error.arrived };
  }
}

/** Makes a call whose answer carries data. */
async function asking<T>(call: Call, account: Account, one: AxisCall, read: (pieces: AsyncIterable<Piece>) => Promise<T>): Promise<T> {
  try {
    return await call(account, one, (status, body) => read(dataOf(one.operation, status, body)));
  } catch (error) {
    if (!(error instanceof CallFailed)) throw error;
    throw new AxisFailed(one.operation, { kind: 'silent', reason: error.reason, arrived: error.arrived });
  }
}

/** The data of an answer; throws AxisFailed at its end when the answer says that it is none. */
async function* dataOf(operation: OperationName, status: number, body: AsyncIterable<Uint8Array>): AsyncGenerator<Piece, void, undefined> {
  let around: Around;
  try {
    around = yield* piecesOf(body);
  } catch (error) {
    around = notOfProtocol(status)(error);
  }
  const verdict = verdictOn(status, around);
  if (verdict.kind !== 'ok') throw new AxisFailed(operation, verdict);
}

async function* rowsOf(pieces: AsyncIterable<Piece>): AsyncGenerator<Around, void, undefined> {
  for await (const piece of pieces) if ('row' in piece) yield piece.row;
}

async function* textOf(pieces: AsyncIterable<Piece>): AsyncGenerator<string, void, undefined> {
  for await (const piece of pieces) if ('text' in piece) yield piece.text;
}

/** Values of calls are ASCII alone: other letters don't survive every way (protocol, 3.2). */
function inAscii(text: string): string {
  return text
    .normalize('NFD')
    .replace(/[\u0300-\u036f]/g, '')
    .replaceAll('đ', 'd')
    .replaceAll('Đ', 'D')
    .replace(/[^ -~]+/g, '?')
    .slice(0, 500);
}
