import type { Run } from '../../routing/package.ts';
import type { Taken } from '../../routing/ports.ts';
import { reject } from '../../routing/problem.ts';
import type { Admitted } from './admit.ts';
import { encodeBase64, once } from './base64.ts';
import type { Envelope } from './envelope.ts';
import { readEnvelope } from './envelope.ts';
import { actionOf } from './names.ts';
import { PackageRun, takeBase64 } from './package-run.ts';
import type { Packing } from './packing.ts';
import { peekHeader } from './peek.ts';
import type { SoapPorts } from './ports.ts';
import type { Security } from './security.ts';
import { readSecurity } from './security.ts';
import type { SignedEnvelope, SignedToken } from './signed-token.ts';
import { signedEnvelope } from './signed-token.ts';

/** A request with the package it carries, if any. `taken` is for whoever gets the request to keep or discard. */
export interface SoapRequest extends Envelope {
  readonly taken?: Taken;
}

/** Lets the client in by the Security header, before anything else of the request is read. Throws when it does not. */
export type AdmitBy = (security: Security | undefined) => Promise<Pick<Admitted, 'forget'>>;

/** What came in one body. Whatever was taken in is in `held` too, for whoever must let go of it. */
interface Arriving {
  readonly admit: AdmitBy;
  readonly held: { abandon(): Promise<void> }[];
  /** What to call when the request is refused after its client was let in. */
  forget?: () => Promise<void>;
  envelope?: Envelope;
  /** A signature that covers a part that comes behind the envelope. */
  signed?: SignedEnvelope;
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
    await proveAttachment(ports, arriving);
    return { ...envelope, ...(taken === undefined ? {} : { taken }) };
  } catch (error) {
    for (const one of arriving.held) await one.abandon();
    await arriving.forget?.();
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
  const { whole, security, forget } = await admitted(ports, body, arriving.admit);
  arriving.forget = forget;
  if (security?.kind === 'signature') await takeSigned(ports, arriving, whole, packing, security);
  else await takeUnsigned(ports, arriving, whole, packing);
}

/** Takes the package in while the envelope streams by. */
async function takeUnsigned(ports: SoapPorts, arriving: Arriving, body: AsyncIterable<Uint8Array>, packing: Packing): Promise<void> {
  let run: PackageRun | undefined;
  const { text, runs } = await ports.lift(body, () => {
    if (run !== undefined) throw secondText();
    run = new PackageRun(ports);
    arriving.held.push(run);
    return run;
  });
  const envelope = readEnvelope(text, () => undefined);
  const written = packageIn(envelope, packing, runs[0]);
  arriving.envelope = envelope;
  if (run !== undefined) arriving.inline = await run.taken();
  else if (written !== undefined) await takeInline(ports, arriving, once(Buffer.from(written)));
}

/** What is signed is the text as it stands in the envelope, which only the end of the envelope proves: it is kept until then. */
async function takeSigned(
  ports: SoapPorts,
  arriving: Arriving,
  body: AsyncIterable<Uint8Array>,
  packing: Packing,
  token: SignedToken,
): Promise<void> {
  const spooled = await ports.spool(body);
  try {
    const { text, runs } = spooled.lifted;
    const [run, second] = runs;
    if (second !== undefined) throw secondText();
    let signed: SignedEnvelope | undefined;
    const envelope = readEnvelope(text, (doc) => {
      signed = signedEnvelope(doc, token, ports);
    });
    const written = packageIn(envelope, packing, run);
    const parameter = envelope.parameters.get('package');
    const apart = parameter !== undefined && 'contentId' in parameter;
    if (apart && signed?.include === undefined) throw uncovered('a part that only an href names');
    if (signed?.include === undefined)
      await signed?.prove(run === undefined ? [] : [{ token: run.token, chunks: () => ports.readRun(run) }]);
    else arriving.signed = signed;
    arriving.envelope = envelope;
    if (written !== undefined) await takeInline(ports, arriving, run === undefined ? once(Buffer.from(written)) : ports.readRun(run));
  } finally {
    await spooled.discard();
  }
}

/** A package in a part of its own is signed as the base64 that it stands for. */
async function proveAttachment(ports: SoapPorts, { signed, attachment }: Arriving): Promise<void> {
  if (signed?.include === undefined) return;
  if (attachment === undefined) throw uncovered('xop:Include names no part');
  const chunks = () => encodeBase64(ports.readTaken(attachment.taken.lifted));
  await signed.prove([{ token: signed.include, chunks }]);
}

/** The text of the element `package`, if the package stands in the envelope. `run`: the one long text of the envelope. */
function packageIn(envelope: Envelope, packing: Packing, run: Run | undefined): string | undefined {
  checkPacking(envelope, packing);
  const parameter = envelope.parameters.get('package');
  const written = parameter !== undefined && 'text' in parameter ? parameter.text : undefined;
  if (run !== undefined && written !== run.token) {
    throw reject('SOAP_ENVELOPE', { params: { detail: 'a long base64 text outside the element package' } });
  }
  return written;
}

async function takeInline(ports: SoapPorts, arriving: Arriving, text: AsyncIterable<Uint8Array>): Promise<void> {
  const taken = await takeBase64(ports, text);
  arriving.held.push({ abandon: () => taken.discard() });
  arriving.inline = taken;
}

function uncovered(detail: string) {
  return reject('WSS_SIGNATURE', { params: { detail } });
}

function secondText() {
  return reject('SOAP_ENVELOPE', { params: { detail: 'more than one long base64 text' } });
}

async function admitted(ports: SoapPorts, body: AsyncIterable<Uint8Array>, admit: AdmitBy) {
  const { beginning, whole, close } = await peekHeader(body);
  try {
    const security = readSecurity(beginning, ports);
    const { forget } = await admit(security);
    return { whole, security, forget };
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
