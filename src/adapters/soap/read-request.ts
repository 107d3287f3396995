import type { Taken } from '../../routing/ports.ts';
import { reject } from '../../routing/problem.ts';
import type { Envelope } from './envelope.ts';
import { readEnvelope } from './envelope.ts';
import { actionOf } from './names.ts';
import { PackageRun, takeBase64 } from './package-run.ts';
import type { Packing } from './packing.ts';
import { peekHeader } from './peek.ts';
import type { SoapPorts } from './ports.ts';
import type { Security } from './security.ts';
import { readSecurity } from './security.ts';

/** A request with the package it carries, if any. `taken` is for whoever gets the request to keep or discard. */
export interface SoapRequest extends Envelope {
  readonly taken?: Taken;
}

/** Lets the client in by the Security header, before anything else of the request is read. Throws when it does not. */
export type AdmitBy = (security: Security | undefined) => Promise<void>;

/** What came in one body. Whatever was taken in is in `held` too, for whoever must let go of it. */
interface Arriving {
  readonly admit: AdmitBy;
  readonly held: { abandon(): Promise<void> }[];
  envelope?: Envelope;
  /** The package inside the envelope. */
  inline?: Taken;
  attachment?: { readonly contentId: string; readonly taken: Taken };
}

/**
 * Reads a request as it streams in; a package in it goes to disk on the way. Throws Rejection for whatever is wrong with it, and has
 * then let go of the package.
 */
export async function readRequest(
  ports: SoapPorts,
  body: AsyncIterable<Uint8Array>,
  packing: Packing,
  admit: AdmitBy,
): Promise<SoapRequest> {
  const arriving: Arriving = { held: [], admit };
  try {
    if (packing.related === undefined) await takeEnvelope(ports, arriving, body, packing);
    else await takeParts(ports, arriving, body, packing, packing.related);
    const { envelope } = arriving;
    if (envelope === undefined) throw reject('MULTIPART_MALFORMED', { params: { detail: 'the part that start names is missing' } });
    const taken = packageOf(arriving, envelope);
    return { ...envelope, ...(taken === undefined ? {} : { taken }) };
  } catch (error) {
    for (const one of arriving.held) await one.abandon();
    throw error;
  }
}

async function takeParts(
  ports: SoapPorts,
  arriving: Arriving,
  body: AsyncIterable<Uint8Array>,
  packing: Packing,
  { contentType, start }: NonNullable<Packing['related']>,
): Promise<void> {
  for await (const part of ports.parts(body, contentType)) {
    const contentId = part.contentId ?? '';
    const isEnvelope = arriving.envelope === undefined && (start === undefined || start === contentId);
    if (isEnvelope) {
      await takeEnvelope(ports, arriving, part.body, packing);
    } else if (arriving.envelope === undefined) {
      throw reject('MULTIPART_MALFORMED', { params: { detail: 'the part with the envelope is not the first one' } });
    } else if (arriving.attachment === undefined) {
      const taken = await ports.takeIn(part.body);
      arriving.held.push({ abandon: () => taken.discard() });
      arriving.attachment = { contentId, taken };
    } else {
      throw extraPart(contentId);
    }
  }
}

async function takeEnvelope(ports: SoapPorts, arriving: Arriving, body: AsyncIterable<Uint8Array>, packing: Packing): Promise<void> {
  let run: PackageRun | undefined;
  const { text, runs } = await ports.lift(await admitted(body, arriving.admit), () => {
    if (run !== undefined) throw reject('SOAP_ENVELOPE', { params: { detail: 'more than one long base64 text' } });
    run = new PackageRun(ports);
    arriving.held.push(run);
    return run;
  });
  const envelope = readEnvelope(text);
  checkPacking(envelope, packing);
  arriving.envelope = envelope;
  const written = envelope.parameters.get('package');
  if (run !== undefined) {
    if (written === undefined || !('text' in written) || written.text !== runs[0]?.token) {
      throw reject('SOAP_ENVELOPE', { params: { detail: 'a long base64 text outside the element package' } });
    }
    arriving.inline = await run.taken();
  } else if (written !== undefined && 'text' in written) {
    const taken = await takeBase64(ports, once(Buffer.from(written.text)));
    arriving.held.push({ abandon: () => taken.discard() });
    arriving.inline = taken;
  }
}

async function admitted(body: AsyncIterable<Uint8Array>, admit: AdmitBy): Promise<AsyncIterable<Uint8Array>> {
  const { beginning, whole, close } = await peekHeader(body);
  try {
    await admit(readSecurity(beginning));
    return whole;
  } catch (error) {
    await close();
    throw error;
  }
}

function checkPacking({ version, operation }: Envelope, packing: Packing): void {
  if (version !== packing.version) {
    const detail = `an envelope of SOAP ${version.name} under the Content-Type of SOAP ${packing.version.name}`;
    throw reject('SOAP_ENVELOPE', { params: { detail } });
  }
  const { action = '' } = packing;
  const expected = actionOf(operation);
  if (action !== '' && action !== expected) throw reject('SOAP_ACTION', { at: 'SOAPAction', params: { action, operation, expected } });
}

function packageOf({ inline, attachment }: Arriving, { parameters }: Envelope): Taken | undefined {
  const written = parameters.get('package');
  const named = written !== undefined && 'contentId' in written ? written.contentId : undefined;
  if (named !== undefined && named !== attachment?.contentId) {
    throw reject('SOAP_PARAMETER', { at: 'package', params: { name: 'package', detail: `there is no part with the Content-ID ${named}` } });
  }
  // nothing may come along that nobody looks at
  if (attachment !== undefined && named === undefined) throw extraPart(attachment.contentId);
  return inline ?? attachment?.taken;
}

function extraPart(part: string) {
  return reject('MULTIPART_EXTRA_PART', { params: { part } });
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array, void, undefined> {
  yield bytes;
}
