import type { IncomingMessage } from 'node:http';
import type { Taken } from '../../routing/ports.ts';
import { reject } from '../../routing/problem.ts';
import type { Envelope } from './envelope.ts';
import { readEnvelope } from './envelope.ts';
import type { SoapVersion } from './names.ts';
import { actionOf, soap11, soap12 } from './names.ts';
import { PackageRun, takeBase64 } from './package-run.ts';
import type { SoapPorts } from './ports.ts';

/** A request with the package it carries, if any. `taken` is for whoever gets the request to keep or discard. */
export interface SoapRequest extends Envelope {
  readonly taken?: Taken;
}

/** How a request is packed, as its Content-Type says. */
export interface Packing {
  readonly version: SoapVersion;
  /** Of SOAP 1.2; that of SOAP 1.1 is a header. */
  readonly action?: string;
}

const allowed = `${soap11.mediaType}, ${soap12.mediaType}`;

/** Reads the Content-Type and the like. Throws Rejection CONTENT_TYPE_UNSUPPORTED, CONTENT_ENCODING_UNSUPPORTED. */
export function packingOf({ headers }: IncomingMessage): Packing {
  const type = headers['content-type'] ?? '';
  const encoding = headers['content-encoding']?.trim().toLowerCase() ?? 'identity';
  if (encoding !== 'identity') throw reject('CONTENT_ENCODING_UNSUPPORTED', { at: 'Content-Encoding', params: { encoding } });
  const version = [soap11, soap12].find(({ mediaType }) => mediaType === type.split(';', 1)[0]?.trim().toLowerCase());
  const charset = /;\s*charset\s*=\s*"?([^";\s]*)/i.exec(type)?.[1]?.toLowerCase() ?? 'utf-8';
  if (version === undefined || !['utf-8', 'us-ascii'].includes(charset)) {
    throw reject('CONTENT_TYPE_UNSUPPORTED', { at: 'Content-Type', params: { type, allowed } });
  }
  const action = version === soap11 ? headers['soapaction'] : /;\s*action\s*=\s*"?([^";]*)/i.exec(type)?.[1];
  return { version, ...(typeof action === 'string' ? { action: action.trim().replace(/^"(.*)"$/, '$1') } : {}) };
}

/**
 * Reads an envelope as it streams in; a package in it goes to disk on the way. Throws Rejection for whatever is wrong with it, and has
 * then let go of the package.
 */
export async function readRequest(ports: SoapPorts, body: AsyncIterable<Uint8Array>, packing: Packing): Promise<SoapRequest> {
  let run: PackageRun | undefined;
  try {
    const { text, runs } = await ports.lift(body, () => {
      if (run !== undefined) throw reject('SOAP_ENVELOPE', { params: { detail: 'more than one long base64 text' } });
      run = new PackageRun(ports);
      return run;
    });
    const envelope = readEnvelope(text);
    checkPacking(envelope, packing);
    const taken = await packageOf(ports, envelope, runs[0]?.token, run);
    return { ...envelope, ...(taken === undefined ? {} : { taken }) };
  } catch (error) {
    await run?.abandon();
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

async function packageOf(ports: SoapPorts, { parameters }: Envelope, token: string | undefined, run: PackageRun | undefined) {
  const written = parameters.get('package');
  if (run !== undefined) {
    if (written === undefined || !('text' in written) || written.text !== token) {
      throw reject('SOAP_ENVELOPE', { params: { detail: 'a long base64 text outside the element package' } });
    }
    return run.taken();
  }
  if (written === undefined) return undefined;
  if (!('text' in written)) throw reject('SOAP_PARAMETER', { params: { name: 'package', detail: 'there is no part that its href names' } });
  return takeBase64(ports, once(Buffer.from(written.text)));
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array, void, undefined> {
  yield bytes;
}
