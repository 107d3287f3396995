import { networksFrom } from '../../../src/adapters/rest/health.ts';
import type { RestGateway, RestGatewayOptions } from '../../support/rest-gateway.ts';
import { startRestGateway } from '../../support/rest-gateway.ts';

let gateway: RestGateway;
const start = async (options: RestGatewayOptions = {}) => {
  gateway = await startRestGateway(options);
};
afterEach(() => gateway?.close());
const get = (path: string, headers: Record<string, string> = {}) => fetch(`${gateway.url}${path}`, { headers });
const works = async () => undefined;
const fails = async () => {
  throw new Error('password of the database');
};

describe('health', () => {
  it('says that the process is alive', async () => {
    await start();
    const answer = await get('/healthz');
    expect([answer.status, await answer.json()]).toEqual([200, { status: 'ok' }]);
  });

  it('says that every part is ready', async () => {
    await start();
    const answer = await get('/readyz');
    expect([answer.status, await answer.json()]).toEqual([
      200,
      { ready: true, parts: { database: 'ok', queue: 'ok', disk: 'ok' }, routes: [] },
    ]);
  });

  it('says which part is not, without details, and logs them', async () => {
    await start({ ports: () => ({ probes: { database: fails, queue: works, disk: () => new Promise(() => undefined) } }) });
    const answer = await get('/readyz');
    expect(answer.status).toBe(503);
    expect(answer.headers.get('retry-after')).not.toBeNull();
    expect(await answer.text()).toBe('{"ready":false,"parts":{"database":"failed","queue":"ok","disk":"failed"},"routes":[]}');
    expect(
      gateway.seen.log
        .filter(({ message }) => message === 'not ready')
        .map(({ fields }) => fields['part'])
        .sort(),
    ).toEqual(['database', 'disk']);
  });

  it('lists upward routes to monitoring networks, and is ready however they stand', async () => {
    const succeededAt = new Date('2026-03-02T01:02:03Z');
    const routes = async () => [{ route: 'axis', succeededAt, failures: 7, followFailures: 2, parked: true }];
    await start({ ports: () => ({ routes }) });
    const shown = { route: 'axis', lastSuccess: '2026-03-02T08:02:03.000+07:00', failures: 7, followFailures: 2, parked: true };
    const answer = await get('/readyz');
    expect([answer.status, await answer.json()]).toMatchObject([200, { ready: true, routes: [shown] }]);
    expect(await (await get('/readyz', { 'x-forwarded-for': '192.0.2.1' })).json()).not.toHaveProperty('routes');
  });

  it('asks the parts once for many that ask together', async () => {
    let asked = 0;
    const count = async () => {
      asked += 1;
    };
    await start({ ports: () => ({ probes: { database: count, queue: works, disk: works } }) });
    await Promise.all(Array.from({ length: 20 }, () => get('/readyz')));
    expect(asked).toBe(1);
  });

  it('is not ready while it stops', async () => {
    await start();
    gateway.stopping.abort();
    expect((await get('/readyz')).status).toBe(503);
  });
});

describe('metrics', () => {
  it('are given to monitoring networks in the text format', async () => {
    await start();
    const answer = await get('/metrics');
    expect([answer.status, answer.headers.get('content-type'), await answer.text()]).toEqual([
      200,
      'text/plain; version=0.0.4',
      'lienthong_up 1\n',
    ]);
  });

  it.each([
    ['from elsewhere', { metricsFrom: ['10.0.0.0/8'] }, {}],
    ['from nowhere at all', { metricsFrom: [] }, {}],
    ['through a proxy that is not configured', {}, { 'x-forwarded-for': '127.0.0.1' }],
    ['through a trusted proxy from elsewhere', { trustedProxies: ['127.0.0.1'] }, { 'x-forwarded-for': '192.0.2.1' }],
    ['with an address that the client made up', { trustedProxies: ['127.0.0.1'] }, { 'x-forwarded-for': '127.0.0.2, 192.0.2.1' }],
  ])('are not given %s', async (_, settings, headers) => {
    await start({ settings });
    const answer = await get('/metrics', headers);
    expect([answer.status, await answer.json()]).toMatchObject([403, { problems: [{ code: 'ADDRESS_NOT_ALLOWED' }] }]);
  });

  it.each(['10.0.0.0/33', '10.0.0/8', 'x', '::/129', ''])('cannot be configured with %j', (text) => {
    expect(() => networksFrom([text])).toThrow('is not a network');
  });
});

describe('every answer', () => {
  it('has an id of its own, whatever came in, and no trace of the server', async () => {
    await start();
    const answer = await get('/healthz', { 'lienthong-request': 'mine', 'x-request-id': 'mine' });
    expect(answer.headers.get('lienthong-request')).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7/);
    expect(answer.headers.get('x-powered-by')).toBeNull();
    expect(answer.headers.get('etag')).toBeNull();
    expect(answer.headers.get('content-security-policy')).toBe(
      "default-src 'none';base-uri 'none';form-action 'none';frame-ancestors 'none';sandbox",
    );
    expect(answer.headers.get('cache-control')).toBe('no-store');
  });

  it.each([
    '/',
    '/v1',
    '/v1/packages/',
    '/V1/packages',
    '/v1//packages',
    '/v1/packages/../operator',
    '/healthz/',
    '/v1/operator',
    '/schemas',
  ])('is 404 for %s', async (path) => {
    await start();
    const answer = await get(path.replace('..', '%2e%2e'));
    expect([answer.status, answer.headers.get('content-type')]).toEqual([404, 'application/problem+json']);
  });

  it.each([
    ['DELETE', '/v1/packages', 'POST, GET, HEAD'],
    ['OPTIONS', '/v1/packages', 'POST, GET, HEAD'],
    ['GET', '/v1/packages/validate', 'POST'],
    ['PUT', '/v1/inbox', 'GET'],
    ['PROPFIND', '/healthz', 'GET, HEAD'],
  ])('is 405 for %s %s', async (method, path, allow) => {
    await start();
    const answer = await fetch(`${gateway.url}${path}`, { method });
    expect([answer.status, answer.headers.get('allow')]).toEqual([405, allow]);
  });

  it('to HEAD is that to GET without its body', async () => {
    await start();
    const answer = await fetch(`${gateway.url}/healthz`, { method: 'HEAD' });
    expect([answer.status, answer.headers.get('content-length'), await answer.text()]).toEqual([200, '15', '']);
  });
});
