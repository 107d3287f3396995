import type { IncomingMessage, ServerResponse } from 'node:http';
import { isEntryStatus, reportEntry } from '../../../routing/facade-status.ts';
import { Rejection, reject } from '../../../routing/problem.ts';
import { vietnamDay } from '../../../routing/time.ts';
import { fileIn, HashFileMismatch } from '../wire-body.ts';
import type { Door } from './door.ts';
import type { KnownCall } from './login.ts';
import type { AxisPorts, AxisSettings } from './ports.ts';
import { idIn, toIn, wrong } from './values.ts';

/** A call with its request. */
export interface AxisCall extends KnownCall {
  readonly req: IncomingMessage;
  readonly res: ServerResponse;
}

/**
 * Takes the package of sendEdoc in; returns its DocId, the first one when the same package came before. Its recipients are those that
 * the package itself names: `to` is not signed by the sender's agency. Where the profile says so, `to` narrows them to some of these, and
 * the same package with others in `to` is taken for them too.
 */
export async function sendEdoc(ports: AxisPorts, call: AxisCall, door: Door, settings: AxisSettings): Promise<string> {
  const began = performance.now();
  const { client, values, req, res, repairsPrefixes } = call;
  const hashFile = values.get('hash-file');
  if (hashFile === undefined) throw reject('AXIS_HEADER', { at: 'hash-file', params: { header: 'hash-file', fault: 'missing' } });
  await checkFrom(ports, call);
  const { narrowsRecipients } = settings.profile;
  const only = narrowsRecipients ? toIn(values) : undefined;
  try {
    const { first, receipt } = await door.share(client.id, async () => {
      const taken = await ports.takeIn(checkedFile(door.body(req, res, settings.maxPackageBytes + 2), hashFile));
      return ports.receive({ taken, client, repairsPrefixes, extends: narrowsRecipients, ...(only === undefined ? {} : { only }) });
    });
    ports.report.accepted(first, (performance.now() - began) / 1000);
    return receipt.packageId;
  } catch (error) {
    if (error instanceof Rejection) ports.report.rejected(error.problems.map(({ code }) => code));
    throw error;
  }
}

async function checkFrom(ports: AxisPorts, { client, values }: AxisCall): Promise<void> {
  const from = values.get('from') ?? '';
  const found = from === '' ? undefined : (await ports.lookUp([from], vietnamDay(ports.now()))).get(from);
  if (found === undefined || !client.agencyIds.has(found.id)) throw reject('SENDER_NOT_YOURS', { at: 'from', params: { sender: from } });
}

async function* checkedFile(body: AsyncIterable<Uint8Array>, hashFile: string): AsyncGenerator<Uint8Array, void, undefined> {
  try {
    yield* fileIn(body, hashFile);
  } catch (error) {
    throw error instanceof HashFileMismatch ? reject('AXIS_FILE_ALTERED', { at: 'hash-file' }) : error;
  }
}

/** The package of an entry of the system. Throws Rejection DELIVERY_UNKNOWN. */
export async function openEntry({ mailbox }: AxisPorts, { client, values }: AxisCall) {
  const id = idIn(values, 'docId', 'docid');
  const found = id === null ? null : await mailbox.open(id, client.agencyIds, `client:${client.id}`);
  if (found === null) throw unknown(values.get('docId') ?? values.get('docid'));
  return found;
}

/** What the recipient says of an entry. */
export async function updateStatus(ports: AxisPorts, { client, values }: AxisCall): Promise<void> {
  const status = values.get('status')?.trim().toLowerCase() ?? '';
  const id = idIn(values, 'docid', 'docId');
  if (id === null) throw unknown(values.get('docid') ?? values.get('docId'));
  if (!isEntryStatus(status)) throw wrong('status', status);
  if (!(await reportEntry(ports, client, { id, status, description: values.get('description') }))) throw unknown(id);
}

function unknown(id: string | undefined): Rejection {
  return reject('DELIVERY_UNKNOWN', { at: 'docId', params: { delivery: id ?? '' } });
}
