import { createHash } from 'node:crypto';
import { openRaw } from '../../support/raw-http.ts';
import type { RestGateway, RestGatewayOptions } from '../../support/rest-gateway.ts';
import { basic, packageText, startRestGateway } from '../../support/rest-gateway.ts';

let gateway: RestGateway;
const start = async (options: RestGatewayOptions = {}) => {
  gateway = await startRestGateway(options);
};
afterEach(() => gateway.close());

const send = async (about: Parameters<typeof packageText>[0] = {}) => {
  const text = packageText(about);
  const headers = { authorization: basic('sender-a'), 'content-type': 'text/xml' };
  const answer = await fetch(`${gateway.url}/v1/packages`, { method: 'POST', headers, body: text });
  expect(answer.status).toBe(201);
  return text;
};
const ask = (path: string, headers: Record<string, string> = {}, client = 'box-b') =>
  fetch(`${gateway.url}/v1/inbox${path}`, { headers: { authorization: basic(client), ...headers } });
const act = (path: string, body?: unknown, client = 'box-b') =>
  fetch(`${gateway.url}/v1/inbox${path}`, {
    method: 'POST',
    headers: { authorization: basic(client), ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
interface List {
  readonly entries: { readonly delivery: string; readonly documentId: string; readonly cursor: string }[];
  readonly next: string | null;
  readonly more: boolean;
}
const list = async (query = '', client = 'box-b') => (await (await ask(query, {}, client)).json()) as List;
const firstDelivery = async () => (await list()).entries[0]?.delivery as string;

describe('fetching', () => {
  it('gives the bytes that were sent, with digests and ids', async () => {
    await start();
    const text = await send({ filler: 100_000 });
    const id = await firstDelivery();
    const answer = await ask(`/${id}/package`);
    expect(await answer.text()).toBe(text);
    const hash = createHash('sha256').update(text).digest();
    const digest = `sha-256=:${hash.toString('base64')}:`;
    const [packageId] = gateway.tables.packages.keys();
    expect(Object.fromEntries(answer.headers)).toMatchObject({
      'content-type': 'application/xml',
      'content-length': String(text.length),
      etag: `"${hash.toString('hex')}"`,
      'content-digest': digest,
      'repr-digest': digest,
      'lienthong-sha256': hash.toString('hex'),
      'lienthong-delivery': id,
      'lienthong-package': packageId,
      'accept-ranges': 'bytes',
      'x-content-type-options': 'nosniff',
    });
  });

  it.each([
    ['bytes=0-9', 0, 10],
    ['bytes=100-', 100, undefined],
    ['bytes=-7', -7, undefined],
    ['bytes=90000-999999', 90_000, undefined],
  ])('serves the range %s', async (range, from, to) => {
    await start();
    const text = await send({ filler: 100_000 });
    const answer = await ask(`/${await firstDelivery()}/package`, { range });
    expect(answer.status).toBe(206);
    const part = await answer.text();
    expect(part).toBe(text.slice(from, to));
    const first = from < 0 ? text.length + from : from;
    expect(answer.headers.get('content-range')).toBe(`bytes ${first}-${first + part.length - 1}/${text.length}`);
    expect(answer.headers.get('content-digest')).toBeNull();
    expect(answer.headers.get('repr-digest')).not.toBeNull();
  });

  it.each(['bytes=0-1,5-6', 'lines=1-2', 'bytes=5-2', 'bytes=-', 'bytes=a-b'])('serves the whole for %s', async (range) => {
    await start();
    const text = await send();
    const answer = await ask(`/${await firstDelivery()}/package`, { range });
    expect([answer.status, await answer.text()]).toEqual([200, text]);
  });

  it.each(['bytes=5000-', 'bytes=5000-6000', 'bytes=-0'])('refuses the range %s with 416 and the size', async (range) => {
    await start();
    const text = await send();
    const answer = await ask(`/${await firstDelivery()}/package`, { range });
    expect(answer.status).toBe(416);
    expect(answer.headers.get('content-range')).toBe(`bytes */${text.length}`);
  });

  it('continues a broken fetch only when the package is still the same', async () => {
    await start();
    const text = await send();
    const id = await firstDelivery();
    const etag = (await ask(`/${id}/package`)).headers.get('etag') as string;
    expect((await ask(`/${id}/package`, { range: 'bytes=5-', 'if-range': etag })).status).toBe(206);
    const other = await ask(`/${id}/package`, { range: 'bytes=5-', 'if-range': '"x"' });
    expect([other.status, await other.text()]).toEqual([200, text]);
  });

  it('is marked with the first GET; there is no HEAD', async () => {
    await start();
    await send();
    const id = await firstDelivery();
    const head = await fetch(`${gateway.url}/v1/inbox/${id}/package`, { method: 'HEAD', headers: { authorization: basic('box-b') } });
    expect([head.status, head.headers.get('allow')]).toEqual([405, 'GET']);
    expect((await act(`/${id}/ack`)).status).toBe(409);
    await (await ask(`/${id}/package`)).text();
    expect((await act(`/${id}/ack`)).status).toBe(200);
  });

  it('never gives a whole package that is damaged: small ones fail, large ones are cut', async () => {
    await start({
      ports: () => ({
        async *openContent(text) {
          const wrong = Uint8Array.from(text);
          wrong[wrong.length - 2] = 0x21;
          for (let at = 0; at < wrong.length; at += 16_384) yield wrong.subarray(at, at + 16_384);
        },
      }),
    });
    await send({ id: 'small' });
    await send({ id: 'large', filler: 150_000 });
    const [small, large] = (await list()).entries;
    const failed = await ask(`/${small?.delivery}/package`);
    expect([failed.status, failed.headers.get('content-digest'), failed.headers.get('content-type')]).toEqual([
      500,
      null,
      'application/problem+json',
    ]);
    const cut = await ask(`/${large?.delivery}/package`);
    expect(cut.status).toBe(200);
    await expect(cut.text()).rejects.toThrow();
    expect(gateway.seen.log.filter(({ level }) => level === 'error')).toHaveLength(2);
  });

  it('stops reading when the client goes away', async () => {
    let read = 0;
    let ended = false;
    await start({
      ports: () => ({
        async *openContent(text) {
          try {
            for (let at = 0; at < text.length; at += 1024) {
              await new Promise((resolve) => setTimeout(resolve, 5));
              read += 1024;
              yield text.subarray(at, at + 1024);
            }
          } finally {
            ended = true;
          }
        },
      }),
    });
    await send({ filler: 190_000 });
    const raw = await openRaw(gateway.port);
    raw.send(`GET /v1/inbox/${await firstDelivery()}/package HTTP/1.1\r\nHost: gateway\r\nAuthorization: ${basic('box-b')}\r\n\r\n`);
    await raw.until(/HTTP\/1\.1 200 /);
    raw.socket.destroy();
    for (let i = 0; i < 100 && !ended; i++) await new Promise((resolve) => setTimeout(resolve, 20));
    expect(ended).toBe(true);
    expect(read).toBeLessThan(190_000);
  });
});
