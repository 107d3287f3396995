import { get } from 'node:http';
import { openRaw } from '../../support/raw-http.ts';
import type { RestGateway } from '../../support/rest-gateway.ts';
import { basic, packageText, startRestGateway } from '../../support/rest-gateway.ts';

let gateway: RestGateway;
beforeEach(async () => {
  gateway = await startRestGateway();
});
afterEach(() => gateway.close().catch(() => undefined));

const login = `Host: gateway\r\nAuthorization: ${basic('sender-a')}\r\n`;

describe('stopping', () => {
  it('lets a running upload finish and takes no new connection', async () => {
    const raw = await openRaw(gateway.port);
    const text = packageText();
    raw.send(`POST /v1/packages HTTP/1.1\r\n${login}Content-Length: ${text.length}\r\n\r\n${text.slice(0, 20)}`);
    await new Promise((resolve) => setTimeout(resolve, 100));
    const closed = gateway.server.close(10);
    await expect(openRaw(gateway.port)).rejects.toThrow('ECONNREFUSED');
    raw.send(text.slice(20));
    expect(await raw.closed()).toMatch(/^HTTP\/1\.1 201 /);
    await closed;
  });

  it('cuts what is not finished at the deadline', async () => {
    const raw = await openRaw(gateway.port);
    raw.send(`POST /v1/packages HTTP/1.1\r\n${login}Content-Length: 1000\r\n\r\n<package`);
    await new Promise((resolve) => setTimeout(resolve, 100));
    const began = performance.now();
    await gateway.server.close(0.3);
    expect(performance.now() - began).toBeLessThan(2000);
    await raw.closed();
    expect([gateway.tables.packages.size, gateway.seen.open]).toEqual([0, 0]);
  });

  it('does not wait for connections that are only kept alive', async () => {
    const raw = await openRaw(gateway.port);
    raw.send('GET /healthz HTTP/1.1\r\nHost: gateway\r\n\r\n');
    await raw.until(/"ok"/);
    const began = performance.now();
    await gateway.server.close(10);
    expect(performance.now() - began).toBeLessThan(1000);
  });
});

describe('the server', () => {
  it('turns connections over its limit away', async () => {
    const small = await startRestGateway({ server: { connections: 1 } });
    const first = await openRaw(small.port);
    const second = await openRaw(small.port);
    await second.closed();
    first.send('GET /healthz HTTP/1.1\r\nHost: gateway\r\nConnection: close\r\n\r\n');
    expect(await first.closed()).toContain('200 OK');
    await small.close();
  });

  it('cuts connections on which nothing moves', async () => {
    const strict = await startRestGateway({ server: { silentSeconds: 0.3 } });
    const raw = await openRaw(strict.port);
    raw.send(`GET /v1/inbox?wait=60 HTTP/1.1\r\nHost: gateway\r\nAuthorization: ${basic('box-b')}\r\n\r\n`);
    await raw.closed();
    await strict.close();
  });

  it('answers requests that come one behind the other on a connection in order', async () => {
    const raw = await openRaw(gateway.port);
    const text = packageText();
    const post = `POST /v1/packages HTTP/1.1\r\n${login}Content-Length: ${text.length}\r\n\r\n${text}`;
    raw.send(`${post}GET /healthz HTTP/1.1\r\nHost: gateway\r\n\r\n${post.replace('HTTP/1.1\r\n', 'HTTP/1.1\r\nConnection: close\r\n')}`);
    const statuses = [...(await raw.closed()).matchAll(/HTTP\/1\.1 (\d+)/g)].map(([, status]) => status);
    expect(statuses).toEqual(['201', '200', '200']);
  });

  it('reports what keeps it from listening', async () => {
    await expect(gateway.server.listen(gateway.port, '127.0.0.1')).rejects.toThrow();
    const alive = await new Promise((resolve) => get(`${gateway.url}/healthz`, (res) => resolve(res.resume().statusCode)));
    expect(alive).toBe(200);
  });
});
