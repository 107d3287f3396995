import { createHash } from 'node:crypto';
import { type IncomingMessage, request } from 'node:http';
import { contentTypeOf, type OperationName, operations } from '../../src/adapters/vxp/wire.ts';
import { hashFileOf } from '../../src/adapters/vxp/wire-body.ts';
import { signedHeaders } from '../../src/adapters/vxp/wire-sign.ts';
import { timestampOf } from '../../src/adapters/vxp/wire-time.ts';

/** An answer as it came. `json` is undefined when the body is none. */
export interface AxisAnswer {
  readonly status: number;
  readonly headers: IncomingMessage['headers'];
  readonly body: Buffer;
  readonly json: Record<string, unknown> | undefined;
}

/** How one call differs from what the library does. */
export interface Oddity {
  /** Headers as they go out instead of those that the library makes. */
  readonly headers?: (made: readonly (readonly [string, string])[]) => readonly (readonly [string, string])[];
  readonly method?: string;
  readonly path?: string;
  readonly body?: Buffer;
}

/**
 * A service object of the client library "SDKVXP", as it acts on the wire: one timestamp for its whole life, values of earlier calls
 * carried along, headers, bodies and Expect as the library sends them.
 */
export class AxisClient {
  readonly #values = new Map<string, string>();
  readonly #timestamp: string;

  readonly endpoint: string;
  readonly systemId: string;
  readonly secret: string;

  constructor(endpoint: string, systemId: string, secret: string, made: Date = new Date()) {
    this.endpoint = endpoint;
    this.systemId = systemId;
    this.secret = secret;
    this.#timestamp = timestampOf(made);
  }

  /** `to` of sendEdoc may be a list, written as JSON text. */
  sendEdoc(json: Readonly<Record<string, string>>, file: Buffer, oddity: Oddity = {}): Promise<AxisAnswer> {
    this.#take(json);
    this.#values.set('hash-file', hashFileOf(createHash('sha256').update(file).digest('hex')));
    return this.#exchange('sendEdoc', { body: Buffer.concat([file, Buffer.from('\r\n')]), ...oddity });
  }

  call(
    operation: Exclude<OperationName, 'sendEdoc'>,
    json: Readonly<Record<string, string>> = {},
    oddity: Oddity = {},
  ): Promise<AxisAnswer> {
    this.#take(json);
    return this.#exchange(operation, { body: Buffer.from(operations[operation].body === 'braces' ? '{}' : ''), ...oddity });
  }

  #take(json: Readonly<Record<string, string>>): void {
    for (const [name, value] of Object.entries(json)) this.#values.set(name, value);
  }

  #exchange(operation: OperationName, { headers, method, path, body = Buffer.alloc(0) }: Oddity): Promise<AxisAnswer> {
    const url = new URL(`${this.endpoint}${path ?? `/${operation}`}`);
    const made = signedHeaders({
      systemId: this.systemId,
      secret: this.secret,
      timestamp: this.#timestamp,
      contentType: contentTypeOf(operation),
      values: Object.fromEntries(this.#values),
    });
    // node's client writes headers that go out before the body as UTF-8, which is not the bytes that are meant
    const ascii = made.every(([, value]) => /^[\x20-\x7e]*$/.test(value));
    const expects = operation !== 'sendEdoc' && body.length > 0 && ascii;
    const verb = method ?? operations[operation].method;
    const rest: (readonly [string, string])[] = [
      ...(verb === 'GET' ? [] : [['Content-Length', String(body.length)] as const]),
      ['Host', url.host],
      ['Connection', operation === 'sendEdoc' ? 'keep-alive' : 'Keep-Alive'],
      ...(expects ? [['Expect', '100-continue'] as const] : []),
      ...(operation === 'sendEdoc' ? [] : [['Accept-Encoding', 'gzip,deflate'] as const]),
    ];
    const lines = [...(headers?.(made) ?? made), ...rest].flat();
    return exchange(url, verb, lines, body, expects);
  }
}

function exchange(url: URL, method: string, headers: string[], body: Buffer, expects: boolean): Promise<AxisAnswer> {
  return new Promise((resolve, fail) => {
    const asked = request({ host: url.hostname, port: url.port, path: url.pathname, method, headers, agent: false }, (res) => {
      const pieces: Buffer[] = [];
      res.on('data', (piece: Buffer) => pieces.push(piece));
      res.on('error', fail);
      res.on('end', () => resolve(answerOf(res, Buffer.concat(pieces))));
    });
    asked.on('error', fail);
    if (expects) {
      // the library waits three seconds for it, and then sends all the same
      const late = setTimeout(() => asked.end(body), 3000);
      asked.on('continue', () => {
        clearTimeout(late);
        if (!asked.writableEnded) asked.end(body);
      });
      asked.on('close', () => clearTimeout(late));
      asked.flushHeaders();
    } else {
      asked.end(body);
    }
  });
}

function answerOf(res: IncomingMessage, body: Buffer): AxisAnswer {
  const isJson = res.headers['content-type'] === 'application/json';
  return { status: res.statusCode ?? 0, headers: res.headers, body, json: isJson ? JSON.parse(body.toString('utf8')) : undefined };
}
