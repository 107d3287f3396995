import { createHash } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Outcome } from '../../../src/routing/outcome.ts';
import { answering, bodyOf, claimOf, closeRecipients, inChunks, pushTo, rawRecipient, recipient } from './recipient.ts';

const small = Buffer.from('<edXML>đây là một gói tin</edXML>');
const large = Buffer.alloc(20_000_000, 'QUJD');

const pushSmall = (url: string, more = {}) => pushTo(more)(claimOf(url, small));

afterEach(closeRecipients);

describe('what a recipient gets', () => {
  it('is the package byte for byte, with its id, digests and the signature of the gateway', async () => {
    let got: { headers: IncomingHttpHeaders; body: Buffer; method?: string | undefined } | undefined;
    const { url } = await recipient(async (request, response) => {
      got = { headers: request.headers, body: await bodyOf(request), method: request.method };
      response.writeHead(202).end();
    });
    expect(await pushSmall(url)).toEqual({ kind: 'delivered', detail: 'HTTP 202', httpStatus: 202 });
    const sha256 = createHash('sha256').update(small);
    expect(got?.body).toEqual(small);
    expect(got?.method).toBe('POST');
    expect(got?.headers).toMatchObject({
      'content-type': 'application/xml',
      'content-length': String(small.length),
      'lienthong-delivery': '01990000-0000-7000-8000-000000000001',
      'lienthong-package': '01990000-0000-7000-8000-000000000002',
      'lienthong-recipient': 'H61.1.2',
      'lienthong-sha256': sha256.copy().digest('hex'),
      'content-digest': `sha-256=:${sha256.digest('base64')}:`,
      'signature-input': expect.stringContaining('sig1=("@method" "@target-uri" "content-digest");created=1772416800'),
      signature: `sig1=:${Buffer.from(`POST ${url}`).toString('base64')}:`,
    });
    expect(got?.headers['transfer-encoding']).toBeUndefined();
  });

  it('is never a whole package when the stored content is damaged', async () => {
    let received = 0;
    const { url } = await recipient((request, response) => {
      request.on('data', (chunk: Buffer) => (received += chunk.length));
      request.on('end', () => response.end());
    });
    const damaged = Buffer.from(large);
    damaged[19_999_000] = 0;
    const push = pushTo({ openContent: () => inChunks(damaged) });
    await expect(push(claimOf(url, large))).rejects.toThrow('digest is not that of what was received');
    expect(received).toBeLessThan(large.length);
  });

  it.each([
    ['is shorter', small.subarray(1), 'less of it'],
    ['is longer', Buffer.concat([small, small]), 'more of it'],
  ])('is nothing whole when the stored content %s', async (_, bytes, message) => {
    let ended = false;
    const { url } = await recipient((request, response) => {
      request.resume().on('end', () => {
        ended = true;
        response.end();
      });
    });
    const push = pushTo({ openContent: () => inChunks(bytes, 1000) });
    await expect(push(claimOf(url, small))).rejects.toThrow(message);
    expect(ended).toBe(false);
  });

  it('is our fault when a file of the content store is missing', async () => {
    const { url } = await recipient(answering(200));
    const openContent = async function* () {
      yield small.subarray(0, 3);
      throw new Error('ENOENT');
    };
    await expect(pushSmall(url, { openContent })).rejects.toThrow('the content could not be read: ENOENT');
  });
});

describe('what an answer means', () => {
  const problem = (fields: object) => JSON.stringify(fields);
  it.each<[string, number, Record<string, string>, string, Partial<Outcome>]>([
    ['200 is delivered', 200, {}, 'thanks', { kind: 'delivered', detail: 'HTTP 200' }],
    ['204 is delivered', 204, {}, '', { kind: 'delivered' }],
    ['208 is delivered', 208, {}, '', { kind: 'delivered', detail: 'already received' }],
    ['409 with the header is delivered', 409, { 'Lienthong-Already': 'true' }, '', { kind: 'delivered' }],
    ['409 with the code is delivered', 409, {}, problem({ code: 'ALREADY_RECEIVED' }), { kind: 'delivered' }],
    ['409 with the problem type is delivered', 409, {}, problem({ type: 'https://h.vn/p/ALREADY_RECEIVED' }), { kind: 'delivered' }],
    ['409 alone is refused', 409, {}, problem({ code: 'CONFLICT' }), { kind: 'refused' }],
    ['409 with JSON that is no object is refused', 409, {}, 'null', { kind: 'refused' }],
    ['400 is refused with its text', 400, {}, 'không đọc được', { kind: 'refused', detail: 'HTTP 400: không đọc được' }],
    ['401 is refused', 401, {}, '', { kind: 'refused', detail: 'HTTP 401' }],
    ['413 is refused', 413, {}, '', { kind: 'refused' }],
    ['422 is refused', 422, {}, '', { kind: 'refused' }],
    ['408 is tried again', 408, {}, '', { kind: 'unavailable' }],
    ['425 is tried again', 425, {}, '', { kind: 'unavailable' }],
    ['429 is tried again when it says', 429, { 'Retry-After': '120' }, '', { kind: 'unavailable', retryAfter: 120 }],
    ['500 is tried again', 500, {}, 'boom', { kind: 'unavailable', detail: 'HTTP 500: boom' }],
    [
      '503 is tried again at its date',
      503,
      { 'Retry-After': 'Mon, 02 Mar 2026 02:01:30 GMT' },
      '',
      { kind: 'unavailable', retryAfter: 90 },
    ],
    ['a date that is over asks for nothing', 503, { 'Retry-After': 'Mon, 02 Mar 2020 02:01:30 GMT' }, '', { retryAfter: 0 }],
    ['a wait that can not be read is passed over', 503, { 'Retry-After': '-5' }, '', { kind: 'unavailable', detail: 'HTTP 503' }],
    ['300 is tried again', 300, {}, '', { kind: 'unavailable' }],
  ])('%s', async (_, status, headers, body, outcome) => {
    const { url } = await recipient(answering(status, headers, body));
    expect(await pushSmall(url)).toMatchObject({ httpStatus: status, ...outcome });
  });

  it.each([301, 302, 303, 307, 308])('%i is not followed', async (status) => {
    let visits = 0;
    const other = await recipient((request, response) => {
      visits += 1;
      answering(200)(request, response);
    });
    const { url } = await recipient(answering(status, { Location: other.url }));
    const detail = `HTTP ${status}: redirects are not followed`;
    expect(await pushSmall(url)).toEqual({ kind: 'unavailable', detail, httpStatus: status });
    expect(visits).toBe(0);
  });

  it('keeps 1 KiB of what a recipient says, without control characters', async () => {
    const { url } = await recipient(answering(400, {}, `\u001b[31m\r\n${'đ'.repeat(100_000)}`));
    const { detail } = await pushSmall(url);
    expect(detail).toMatch(/^HTTP 400: +\[31m đđđ/);
    expect(Buffer.from(detail).length).toBeLessThanOrEqual(1024);
  });
});

describe('answers before the end of the package', () => {
  it('413 from an HTTP server ends the sending and is refused', async () => {
    const { url } = await recipient((_, response) => response.writeHead(413, { Connection: 'close' }).end('at most 1 MB'));
    const outcome = await pushTo()(claimOf(url, large));
    expect(outcome).toEqual({ kind: 'refused', detail: 'HTTP 413: at most 1 MB', httpStatus: 413 });
  });

  it('413 from a server that reads nothing and half-closes is refused', async () => {
    const { url } = await rawRecipient((socket) => {
      socket.once('data', () => {
        socket.pause();
        socket.end('HTTP/1.1 413 Too Large\r\nContent-Length: 9\r\nConnection: close\r\n\r\ntoo large');
      });
    });
    expect(await pushTo()(claimOf(url, large))).toMatchObject({ kind: 'refused', httpStatus: 413 });
  });

  it('200 does not count: nobody has the package then', async () => {
    const { url } = await recipient((_, response) => response.writeHead(200).end());
    expect(await pushTo()(claimOf(url, large))).toMatchObject({
      kind: 'unavailable',
      detail: 'HTTP 200 before the package was sent whole',
    });
  });

  it('"already have it" counts', async () => {
    const { url } = await recipient((_, response) => response.writeHead(409, { 'Lienthong-Already': 'true' }).end());
    expect(await pushTo()(claimOf(url, large))).toMatchObject({ kind: 'delivered', detail: 'already received' });
  });

  it('does not take the answer to a whole package for an early one', async () => {
    const { url } = await recipient(answering(200));
    const slowEnd = async function* (bytes: Uint8Array) {
      yield* inChunks(bytes);
      await sleep(50);
    };
    expect(await pushSmall(url, { openContent: slowEnd })).toMatchObject({ kind: 'delivered' });
  });
});

describe('recipients that do not play along', () => {
  it('one that is not there is tried again; the sender does not learn its address', async () => {
    const gone = await recipient(answering(200));
    await gone.close();
    expect(await pushSmall(gone.url)).toEqual({ kind: 'unavailable', detail: 'connection refused (ECONNREFUSED)', unsent: true });
  });

  it('one whose name nobody knows is tried again', async () => {
    const resolve = async () => Promise.reject(Object.assign(new Error('x'), { code: 'ENOTFOUND' }));
    const outcome = await pushSmall('http://khong-co.example/', { resolve });
    expect(outcome).toEqual({ kind: 'unavailable', detail: 'host name unknown (ENOTFOUND)', unsent: true });
  });

  it('one that can not be connected to in time is tried again', async () => {
    const since = Date.now();
    const outcome = await pushSmall('http://cham.example/', { resolve: () => new Promise(() => undefined), connectWithin: 200 });
    expect(outcome).toEqual({ kind: 'unavailable', detail: 'no connection within 0.2 s', unsent: true });
    expect(Date.now() - since).toBeLessThan(1500);
  });

  it('one that never answers is given up, later for a larger package', async () => {
    const { url } = await recipient((request) => request.resume());
    const since = Date.now();
    const outcome = await pushTo({ endWithin: 200, endWithinPerMb: 20 })(claimOf(url, large));
    expect(outcome).toEqual({ kind: 'unavailable', detail: 'no answer within 0.6 s' });
    expect(Date.now() - since).toBeGreaterThan(550);
  });

  it('one that takes nothing is given up', async () => {
    const { url } = await rawRecipient((socket) => socket.pause());
    const outcome = await pushTo({ endWithin: 300, endWithinPerMb: 0 })(claimOf(url, large));
    expect(outcome).toEqual({ kind: 'unavailable', detail: 'no answer within 0.3 s' });
  });

  it('one that closes without an answer is tried again', async () => {
    const { url } = await rawRecipient((socket) => socket.once('data', () => socket.destroy()));
    expect(await pushSmall(url)).toEqual({ kind: 'unavailable', detail: 'connection reset (ECONNRESET)' });
  });

  it('one that answers no HTTP is tried again', async () => {
    const { url } = await rawRecipient((socket) => socket.once('data', () => socket.end('SSH-2.0-x\r\n')));
    expect(await pushSmall(url)).toMatchObject({ kind: 'unavailable', detail: expect.stringContaining('HPE_') });
  });

  it('one whose answer never ends is believed by its status', async () => {
    const { url } = await recipient((request, response) => {
      request.resume().on('end', () => {
        response.writeHead(200);
        const more = setInterval(() => response.write('x'.repeat(4096)), 5);
        response.on('close', () => clearInterval(more));
      });
    });
    const since = Date.now();
    expect(await pushSmall(url)).toMatchObject({ kind: 'delivered' });
    expect(Date.now() - since).toBeLessThan(2000);
  });

  it('one whose answer drips is cut at the limit for all, and believed by its status', async () => {
    const { url } = await recipient((request, response) => {
      request.resume().on('end', () => {
        response.writeHead(503).write('busy');
        const more = setInterval(() => response.write('.'), 20);
        response.on('close', () => clearInterval(more));
      });
    });
    const outcome = await pushSmall(url, { endWithin: 300, endWithinPerMb: 0 });
    expect(outcome).toMatchObject({ kind: 'unavailable', httpStatus: 503, detail: expect.stringMatching(/^HTTP 503: busy\.*$/) });
  });

  it('one that closes a kept connection between two packages is no outage', async () => {
    let connections = 0;
    const ok = 'HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n';
    const { url } = await rawRecipient((socket) => {
      connections += 1;
      let requests = 0;
      socket.on('data', () => {
        requests += 1;
        if (requests === 1) socket.write(ok);
        else socket.destroy();
      });
    });
    const push = pushTo();
    for (let i = 0; i < 3; i += 1) expect(await push(claimOf(url, small))).toMatchObject({ kind: 'delivered' });
    expect(connections).toBe(3);
  });

  it('two packages go over one connection', async () => {
    const ports = new Set<number | undefined>();
    const { url } = await recipient((request, response) => {
      ports.add(request.socket.remotePort);
      answering(200, {}, 'ok')(request, response);
    });
    const push = pushTo();
    for (let i = 0; i < 3; i += 1) await push(claimOf(url, small));
    expect(ports.size).toBe(1);
  });
});
