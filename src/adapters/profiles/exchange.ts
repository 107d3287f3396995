import type { IncomingMessage, ServerResponse } from 'node:http';
import { pipeline } from 'node:stream/promises';
import type { AxisKind } from '../../routing/facade.ts';
import type { EntryStatus } from '../../routing/facade-status.ts';
import { reportEntry } from '../../routing/facade-status.ts';
import type { OutgoingPackage } from '../../routing/outbox.ts';
import { Rejection, reject } from '../../routing/problem.ts';
import type { Agency } from '../../routing/register.ts';
import type { Client } from '../../routing/verify.ts';
import type { Door, ProfilePorts } from './ports.ts';

const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const agencyPage = 1000;
/** Most entries of one list: the rest comes when these have been dealt with. */
export const mostEntries = 5000;

/** Takes a package in; returns its id, the first one when the same package came before. Throws what receiving throws. */
export async function receivePackage(
  ports: ProfilePorts,
  door: Door,
  client: Client,
  bytes: () => AsyncIterable<Uint8Array>,
): Promise<string> {
  const began = performance.now();
  try {
    const { first, receipt } = await door.share(client.id, async () => {
      const taken = await ports.takeIn(bytes());
      return ports.receive({ taken, client });
    });
    ports.report.accepted(first, (performance.now() - began) / 1000);
    return receipt.packageId;
  } catch (error) {
    if (error instanceof Rejection) ports.report.rejected(error.problems.map(({ code }) => code));
    throw error;
  }
}

/** The package of an entry of the client. Throws Rejection DELIVERY_UNKNOWN. */
export async function openEntry({ mailbox }: ProfilePorts, client: Client, docId: string): Promise<OutgoingPackage> {
  const id = docId.trim().toLowerCase();
  const found = uuid.test(id) ? await mailbox.open(id, client.agencyIds, `client:${client.id}`) : null;
  if (found === null) throw unknownEntry(docId);
  return found;
}

/** What the recipient says of an entry. Throws Rejection DELIVERY_UNKNOWN and that of the desk. */
export async function updateEntry(
  ports: ProfilePorts,
  client: Client,
  entry: { readonly docId: string; readonly status: EntryStatus; readonly description?: string | undefined },
): Promise<void> {
  const id = entry.docId.trim().toLowerCase();
  if (!uuid.test(id) || !(await reportEntry(ports, client, { ...entry, id }))) throw unknownEntry(entry.docId);
}

function unknownEntry(delivery: string) {
  return reject('DELIVERY_UNKNOWN', { at: 'docId', params: { delivery } });
}

/** The kind of messages that a messageType asks for; both when it is empty. Throws Rejection PROFILE_VALUE. */
export function kindOf(messageType: string): AxisKind | undefined {
  const word = messageType.trim().toLowerCase();
  if (word === '') return undefined;
  if (word === 'edoc') return 'document';
  if (word === 'status') return 'status';
  throw wrongValue('messageType', messageType);
}

/** Rejection PROFILE_VALUE. */
export function wrongValue(name: string, value: string) {
  return reject('PROFILE_VALUE', { at: name, params: { name, value } });
}

/** Agencies that are not closed with one of their codes, page by page. */
export async function* agencyPages({
  agencies,
}: ProfilePorts): AsyncGenerator<readonly (Agency & { readonly code: string; readonly parentId?: string })[], void, undefined> {
  let after: string | undefined;
  for (;;) {
    const found = await agencies({ limit: agencyPage, ...(after === undefined ? {} : { after }) });
    yield found.flatMap((agency) => {
      const code = codeOf(agency);
      return agency.status === 'closed' || code === undefined ? [] : [{ ...agency, code }];
    });
    after = found.at(-1)?.id;
    if (found.length < agencyPage) return;
  }
}

function codeOf({ codes }: Agency): string | undefined {
  const live = codes.filter(({ validTo }) => validTo === undefined);
  return (live.find(({ scheme }) => scheme === 'qd20') ?? live[0])?.code;
}

/** A body in memory, of at most so many bytes. Throws Rejection PROFILE_VALUE when it is longer. */
export async function smallBody(door: Door, req: IncomingMessage, res: ServerResponse, most = 16 * 1024): Promise<string> {
  const pieces: Uint8Array[] = [];
  let length = 0;
  for await (const piece of door.body(req, res, Number.MAX_SAFE_INTEGER)) {
    length += piece.length;
    if (length > most) throw wrongValue('body', `> ${most} byte`);
    pieces.push(piece);
  }
  return Buffer.concat(pieces).toString('utf8');
}

const hole = '\u0000';

/** Streams a JSON answer whose one text is the base64 of a package. `make` puts a text into the answer. */
export async function sendPackage(
  ports: ProfilePorts,
  res: ServerResponse,
  found: OutgoingPackage,
  make: (text: string) => object,
): Promise<void> {
  const [head = '', tail = ''] = JSON.stringify(make(hole)).split(JSON.stringify(hole).slice(1, -1));
  res.setHeader('Content-Type', 'application/json; charset=utf-8');
  res.setHeader('Cache-Control', 'private, no-store');
  res.setHeader('Content-Length', Buffer.byteLength(head) + Math.ceil(found.size / 3) * 4 + Buffer.byteLength(tail));
  await pipeline(async function* whole() {
    yield head;
    yield* ports.encodeBase64(ports.readContent(found));
    yield tail;
  }, res);
}

/** Streams a JSON answer with a list that is read page by page. `make` puts a list into the answer. */
export async function sendList(
  res: ServerResponse,
  make: (list: readonly object[]) => object,
  pages: AsyncIterable<readonly object[]>,
): Promise<void> {
  const [head = '', tail = ''] = JSON.stringify(make([])).split('[]');
  res.setHeader('Content-Type', 'application/json; charset=utf-8');
  await pipeline(async function* whole() {
    yield `${head}[`;
    let any = false;
    for await (const page of pages) {
      const text = page.map((item) => JSON.stringify(item)).join(',');
      if (text !== '') yield (any ? ',' : '') + text;
      any ||= text !== '';
    }
    yield `]${tail}`;
  }, res);
}
