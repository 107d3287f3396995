import type { Run } from '../../routing/package.ts';
import type { RunWriter, TakeIn, Taken } from '../../routing/ports.ts';
import { Rejection, reject } from '../../routing/problem.ts';
import { Channel } from './channel.ts';
import type { SoapPorts } from './ports.ts';

/**
 * The one long base64 text of an envelope: it is decoded and taken in while it streams by, so that neither the envelope nor the package
 * is ever held, or written twice. Call `taken` after the lift, or `abandon`.
 */
export class PackageRun implements RunWriter {
  readonly #channel = new Channel();
  readonly #taken: Promise<Taken>;
  #length = 0;

  constructor(ports: Pick<SoapPorts, 'decodeBase64' | 'takeIn'>) {
    this.#taken = takeBase64(ports, this.#channel);
    this.#taken.catch((error: unknown) => this.#channel.fail(error));
  }

  write(chunk: Uint8Array): Promise<void> {
    this.#length += chunk.length;
    return this.#channel.write(chunk);
  }

  async close(): Promise<Pick<Run, 'path' | 'start' | 'length' | 'sha256'>> {
    this.#channel.end();
    await this.#taken;
    return { path: '', start: 0, length: this.#length, sha256: '' };
  }

  /** The text turned out to be no base64. */
  async takeBack(): Promise<Uint8Array> {
    throw reject('SOAP_PACKAGE_BASE64', { params: { detail: `byte ${this.#length} and what follows` } });
  }

  taken(): Promise<Taken> {
    return this.#taken;
  }

  /** Lets go of whatever was taken in. Never throws. */
  async abandon(): Promise<void> {
    this.#channel.fail(reject('BODY_INCOMPLETE', { params: { detail: 'the envelope was refused' } }));
    const taken = await this.#taken.catch(() => undefined);
    await taken?.discard();
  }
}

/** Takes in a package that comes as base64. Throws as `takeIn`, and Rejection SOAP_PACKAGE_BASE64. */
export async function takeBase64(
  { decodeBase64, takeIn }: { readonly decodeBase64: SoapPorts['decodeBase64']; readonly takeIn: TakeIn },
  text: AsyncIterable<Uint8Array>,
): Promise<Taken> {
  try {
    return await takeIn(decodeBase64(text));
  } catch (error) {
    const problem = error instanceof Rejection ? error.problems[0] : undefined;
    if (problem === undefined || !problem.code.startsWith('ATTACHMENT_BASE64')) throw error;
    throw reject('SOAP_PACKAGE_BASE64', { params: { detail: `byte ${problem.params?.['offset'] ?? 0}` } });
  }
}
