import { createHash } from 'node:crypto';
import { openRaw } from '../../support/raw-http.ts';
import type { RestGateway, RestGatewayOptions } from '../../support/rest-gateway.ts';
import { agencies, basic, packageText, startRestGateway } from '../../support/rest-gateway.ts';

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

describe('the list', () => {
  it('holds what waits for the agencies of the client, oldest first, and goes on by cursor', async () => {
    await start();
    for (const id of ['d1', 'd2', 'd3']) await send({ id, to: ['B', 'C'] });
    const first = await list('?limit=2');
    expect(first.entries.map((e) => e.documentId)).toEqual(['d1', 'd2']);
    expect([first.more, first.next]).toEqual([true, first.entries[1]?.cursor]);
    const rest = await list(`?after=${first.next}`);
    expect(rest.entries.map((e) => e.documentId)).toEqual(['d3']);
    const end = await list(`?after=${rest.next}`);
    expect(end).toEqual({ entries: [], next: rest.next, more: false });
    expect((await list('', 'box-c')).entries).toHaveLength(3);
  });

  it('is empty without a cursor when there was never anything', async () => {
    await start();
    expect(await list()).toEqual({ entries: [], next: null, more: false });
  });
});

describe('a long poll', () => {
  it('ends as soon as something comes', async () => {
    await start();
    const began = performance.now();
    const poll = list('?wait=20');
    setTimeout(() => void send({ id: 'fresh' }), 100);
    expect((await poll).entries.map((e) => e.documentId)).toEqual(['fresh']);
    expect(performance.now() - began).toBeLessThan(3000);
  });

  it('is not ended by what comes for others', async () => {
    await start();
    const poll = list('?wait=0.4');
    setTimeout(() => void send({ to: ['C'] }), 50);
    const began = performance.now();
    expect((await poll).entries).toEqual([]);
    expect(performance.now() - began).toBeGreaterThan(300);
  });

  it('ends at once when the client goes away', async () => {
    await start();
    const raw = await openRaw(gateway.port);
    raw.send(`GET /v1/inbox?wait=60 HTTP/1.1\r\nHost: gateway\r\nAuthorization: ${basic('box-b')}\r\n\r\n`);
    for (let i = 0; i < 50 && gateway.tables.waiters.size === 0; i++) await new Promise((resolve) => setTimeout(resolve, 20));
    expect(gateway.tables.waiters.size).toBe(1);
    raw.socket.destroy();
    for (let i = 0; i < 50 && gateway.tables.waiters.size > 0; i++) await new Promise((resolve) => setTimeout(resolve, 20));
    expect(gateway.tables.waiters.size).toBe(0);
  });

  it('ends with an empty list when the gateway stops', async () => {
    await start();
    const poll = list('?wait=60');
    for (let i = 0; i < 50 && gateway.tables.waiters.size === 0; i++) await new Promise((resolve) => setTimeout(resolve, 20));
    const began = performance.now();
    await Promise.all([gateway.server.close(10), poll.then((found) => expect(found.entries).toEqual([]))]);
    expect(performance.now() - began).toBeLessThan(2000);
  });

  it('waits 60 seconds at most', async () => {
    await start();
    expect((await ask('?wait=61')).status).toBe(400);
    expect((await ask('?wait=-1')).status).toBe(400);
    expect((await ask('?wait=x')).status).toBe(400);
  });
});

describe('acknowledging and refusing', () => {
  const fetched = async () => {
    const text = await send();
    const id = await firstDelivery();
    await (await ask(`/${id}/package`)).text();
    return { id, sha256: createHash('sha256').update(text).digest('hex') };
  };

  it('ends the delivery, twice like once, and leaves the inbox', async () => {
    await start();
    const { id, sha256 } = await fetched();
    for (let i = 0; i < 2; i++) {
      const answer = await act(`/${id}/ack`, { sha256: sha256.toUpperCase() });
      expect([answer.status, await answer.json()]).toMatchObject([200, { delivery: id, state: 'delivered', attempts: 1 }]);
    }
    expect((await list()).entries).toEqual([]);
    expect(gateway.tables.receipts.map((r) => r.kind)).toEqual(['accepted', 'delivered']);
    expect(gateway.tables.events.find((e) => e.name === 'delivery.delivered')?.actor).toBe('client:box-b');
  });

  it('needs the right digest when one is given', async () => {
    await start();
    const { id } = await fetched();
    const answer = await act(`/${id}/ack`, { sha256: '0'.repeat(64) });
    expect([answer.status, await answer.json()]).toMatchObject([409, { problems: [{ code: 'DIGEST_DIFFERS' }] }]);
    expect((await act(`/${id}/ack`, { sha256: 'x' })).status).toBe(400);
  });

  it('tells the sender the reason of a refusal', async () => {
    await start();
    const { id } = await fetched();
    expect((await act(`/${id}/refuse`, {})).status).toBe(400);
    expect((await act(`/${id}/refuse`, { reason: ' ' })).status).toBe(422);
    const answer = await act(`/${id}/refuse`, { reason: 'Gửi nhầm đơn vị' });
    expect([answer.status, await answer.json()]).toMatchObject([
      200,
      { state: 'failed', problem: { vi: expect.stringContaining('Gửi nhầm đơn vị') } },
    ]);
  });

  it.each(['ack', 'refuse'])('%s is not for deliveries of others', async (verb) => {
    await start();
    const { id } = await fetched();
    const answer = await act(`/${id}/${verb}`, verb === 'ack' ? {} : { reason: 'x' }, 'box-c');
    expect([answer.status, await answer.json()]).toMatchObject([404, { problems: [{ code: 'DELIVERY_UNKNOWN' }] }]);
    expect((await ask(`/${id}/package`, {}, 'box-c')).status).toBe(404);
    expect(gateway.tables.deliveries.get(id)?.delivery.state).toBe('waiting');
  });

  it('names the agency by its code only', async () => {
    await start();
    await send();
    expect((await list()).entries[0]).toMatchObject({ recipient: agencies.B.code, sender: agencies.A.code, urgency: 0 });
  });
});
