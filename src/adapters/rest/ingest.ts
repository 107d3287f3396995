import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Taken } from '../../routing/ports.ts';
import { reject } from '../../routing/problem.ts';
import type { Arrival } from '../../routing/receive.ts';
import type { Client } from '../../routing/verify.ts';
import type { BodyLimits } from './body.ts';
import { checkLength, letBodyCome, readBody } from './body.ts';
import type { RestPorts, RestSettings } from './ports.ts';
import type { Share } from './share.ts';

/** What a multipart body may hold beside the package: boundaries and headers of parts. */
const multipartSlack = 64 * 1024;

const allowed = 'application/xml, text/xml, application/octet-stream, multipart/form-data, multipart/related';
const plainTypes = new Set(['application/xml', 'text/xml', 'application/octet-stream']);
const multipartTypes = new Set(['multipart/form-data', 'multipart/related']);

/** A request that carries a package, from a client that may send. */
export interface Upload {
  readonly req: IncomingMessage;
  readonly res: ServerResponse;
  readonly client: Client;
}

/** What taking a package in from a request needs. */
export type IngestPorts = Pick<RestPorts, 'takeIn' | 'packagePart'>;

/**
 * Takes the package in a request to the door, streamed to disk, and hands it to `then`, which cleans it up.
 * All that the headers tell is checked before the first byte of the body is asked for.
 */
export function createIngest(ports: IngestPorts, settings: Pick<RestSettings, 'packageLimit' | 'bodyIdleSeconds'>, share: Share) {
  async function takeIn(req: IncomingMessage, res: ServerResponse): Promise<Taken> {
    const form = formOf(req);
    const limits = limitsFor(form, settings);
    checkLength(req, limits);
    letBodyCome(req, res);
    const body = readBody(req, limits);
    return ports.takeIn(form === 'plain' ? body : ports.packagePart(body, req.headers['content-type'] ?? ''));
  }

  return async function ingest<T>({ req, res, client }: Upload, then: (arrival: Arrival) => Promise<T>): Promise<T> {
    return share(client.id, async () => {
      const transportId = transportIdOf(req);
      const taken = await takeIn(req, res);
      return await then({ taken, client, ...(transportId === undefined ? {} : { transportId }) });
    });
  };
}

/** As other parts of the adapter see it. */
export type Ingest = ReturnType<typeof createIngest>;

function limitsFor(form: 'plain' | 'multipart', settings: Pick<RestSettings, 'packageLimit' | 'bodyIdleSeconds'>): BodyLimits {
  return {
    bytes: settings.packageLimit + (form === 'plain' ? 0 : multipartSlack),
    named: settings.packageLimit,
    idleSeconds: settings.bodyIdleSeconds,
    tooLarge: 'PACKAGE_TOO_LARGE',
  };
}

function formOf({ headers }: IncomingMessage): 'plain' | 'multipart' {
  const encoding = (headers['content-encoding'] ?? 'identity').trim().toLowerCase();
  const transfer = (headers['transfer-encoding'] ?? 'chunked').trim().toLowerCase();
  const odd = encoding !== 'identity' ? encoding : transfer !== 'chunked' ? transfer : undefined;
  if (odd !== undefined) {
    const at = encoding !== 'identity' ? 'Content-Encoding' : 'Transfer-Encoding';
    throw reject('CONTENT_ENCODING_UNSUPPORTED', { at, params: { encoding: odd } });
  }
  const written = headers['content-type'];
  if (written === undefined) return 'plain';
  const type = written.split(';', 1)[0]?.trim().toLowerCase() ?? '';
  if (multipartTypes.has(type)) return 'multipart';
  if (plainTypes.has(type) && isUtf8(written)) return 'plain';
  throw reject('CONTENT_TYPE_UNSUPPORTED', { at: 'Content-Type', params: { type: written, allowed } });
}

/** By RFC 7303 a charset here would overrule the XML declaration; only UTF-8 is ever read. */
function isUtf8(type: string): boolean {
  const charset = /;\s*charset\s*=\s*"?([^";\s]*)/i.exec(type)?.[1]?.toLowerCase();
  return charset === undefined || charset === 'utf-8' || charset === 'us-ascii';
}

function transportIdOf({ headers }: IncomingMessage): string | undefined {
  const key = headers['idempotency-key'];
  if (key === undefined) return undefined;
  if (typeof key === 'string' && /^[\x21-\x7e]{1,200}$/.test(key)) return key;
  throw reject('HEADER_INVALID', {
    at: 'Idempotency-Key',
    params: { header: 'Idempotency-Key', detail: '1 to 200 visible ASCII characters' },
  });
}
