import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { eventually } from '../support/eventually.ts';
import type { TestGateway } from '../support/gateway.ts';
import { startTestGateway, usual } from '../support/gateway.ts';
import type { PrivateRedis } from '../support/private-redis.ts';
import { redisServerFound, startPrivateRedis } from '../support/private-redis.ts';

const { department, commune, pushed } = usual;
const withRedis = redisServerFound ? describe : describe.skip;
if (!redisServerFound) process.stderr.write('skipped: there is no redis-server to start\n');

async function delivers(gateway: TestGateway, count: number): Promise<void> {
  const to = [{ code: pushed, name: 'Xã' }];
  const sent = await Promise.all(
    Array.from({ length: count }, () => gateway.client(department).send(gateway.agency(department).document({ to }))),
  );
  const deliveries = sent.map(({ receipt }) => receipt.recipients[0]?.delivery ?? '');
  await gateway.receiver.until((pushes) => deliveries.every((id) => pushes.some(({ delivery }) => delivery === id)));
  const taken = gateway.receiver.pushes.map(({ delivery }) => delivery).filter((id) => deliveries.includes(id));
  expect(taken.sort()).toEqual(deliveries.sort());
}

const getJson = async (gateway: TestGateway, path: string) => (await gateway.request(path, {})).json();

describe('a gateway in one process', () => {
  let gateway: TestGateway;
  beforeAll(async () => {
    gateway = await startTestGateway();
  });
  afterAll(() => gateway?.close());

  it('is alive and ready', async () => {
    expect(await getJson(gateway, '/healthz')).toEqual({ status: 'ok' });
    expect(await getJson(gateway, '/readyz')).toEqual({ ready: true, parts: { database: 'ok', queue: 'ok', disk: 'ok' }, routes: [] });
    expect(await getJson(gateway, '/openapi.json')).toMatchObject({ openapi: expect.stringMatching(/^3\.1/) });
  });

  it('counts what it does for Prometheus', async () => {
    await delivers(gateway, 3);
    await gateway
      .client(department)
      .send(gateway.agency(department).document({ subject: '' }))
      .catch(() => undefined);
    await gateway.client(department).send(gateway.agency(department).document());
    const text = await eventually(async () => {
      const metrics = await (await gateway.request('/metrics', {})).text();
      return metrics.includes('lienthong_attempts_total{result="delivered"} 3') && metrics;
    });
    for (const figure of [
      'lienthong_packages_accepted_total{repeated="no"} 4',
      'lienthong_packages_rejected_total{code="FIELD_MISSING"} 1',
      'lienthong_deliveries{state="waiting"} 1',
      'lienthong_oldest_waiting_seconds{lane="ordinary"}',
      'lienthong_queue_depth{lane="urgent"} 0',
      'lienthong_store_up 1',
    ]) {
      expect(text).toContain(figure);
    }
  });

  it('writes one line for every attempt', async () => {
    await delivers(gateway, 2);
    const deliveries = gateway.receiver.pushes.map(({ delivery }) => delivery);
    const lines = await eventually(async () => {
      const log = await gateway.processes[0]?.log();
      const attempted = log?.filter(({ msg }) => msg === 'delivery.attempted');
      return attempted?.length === deliveries.length && attempted;
    });
    expect(lines.map((line) => line['delivery']).sort()).toEqual(deliveries.slice().sort());
    expect(lines[0]).toMatchObject({ result: 'delivered', state: 'delivered', attempts: 1, recipient: pushed });
  });

  it('stops when it is told to, with exit code 0, and goes on where it was', async () => {
    gateway.receiver.behave({ does: 'answer', status: 503 });
    const to = [{ code: pushed, name: 'Xã' }];
    const { receipt } = await gateway.client(department).send(gateway.agency(department).document({ to, priority: 3 }));
    expect(await gateway.processes[0]?.stop()).toBe(0);
    gateway.receiver.behave({ does: 'take' });
    await gateway.restart();
    await gateway.receiver.until((pushes) => pushes.some(({ packageId }) => packageId === receipt.package.id));
  });
});

describe('a gateway that is told to stop while a recipient does not answer', () => {
  let gateway: TestGateway;
  beforeAll(async () => {
    gateway = await startTestGateway({ database: 'embedded', env: { LIENTHONG_STOP_SECONDS: '0.5' } });
  });
  afterAll(() => gateway?.close());

  it('gives the attempt up, says so, and ends with its database and exit code 0', async () => {
    gateway.receiver.behave({ does: 'nothing' });
    const to = [{ code: pushed, name: 'Xã' }];
    const { receipt } = await gateway.client(department).send(gateway.agency(department).document({ to }));
    await eventually(async () => gateway.receiver.attempts === 1);
    const [running] = gateway.processes;
    const since = Date.now();
    expect(await running?.stop()).toBe(0);
    // A push may take a minute.
    expect(Date.now() - since).toBeLessThan(30_000);
    expect(existsSync(join(gateway.folder, 'data/postgres/cluster/postmaster.pid'))).toBe(false);
    expect((await running?.log())?.map(({ msg }) => msg)).toContain('attempts are given up; they are made again');
    gateway.receiver.behave({ does: 'take' });
    await gateway.restart();
    const [delivery] = (await gateway.client(department).package(receipt.package.id)).deliveries;
    expect(delivery).toMatchObject({ state: 'waiting', attempts: 0 });
  });
});

describe('a gateway whose way in and way out are two processes', () => {
  let gateway: TestGateway;
  beforeAll(async () => {
    gateway = await startTestGateway({ roles: ['api', 'worker'], env: { LIENTHONG_WORKER_PORT: '0' } });
  });
  afterAll(() => gateway?.close());

  it('has health and figures of the worker at a port of its own, and nothing else there', async () => {
    const lines = await gateway.processes[1]?.log();
    const status = String(lines?.find(({ msg, role }) => msg === 'gateway started' && role === 'worker')?.['status']);
    expect(status).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
    await delivers(gateway, 2);
    const json = async (path: string) => (await fetch(status + path)).json();
    expect(await json('/healthz')).toEqual({ status: 'ok' });
    expect(await json('/readyz')).toEqual({ ready: true, parts: { database: 'ok', queue: 'ok', disk: 'ok' }, routes: [] });
    const attempts = async (base: string) =>
      /^lienthong_attempts_total\{result="delivered"\} (\d+)$/m.exec(await (await fetch(`${base}/metrics`)).text())?.[1];
    expect(await eventually(async () => (await attempts(status)) === '2' && '2')).toBe('2');
    expect(await attempts(gateway.url)).toBeUndefined();
    expect((await fetch(`${status}/metrics`, { headers: { 'x-forwarded-for': '10.0.0.1' } })).status).toBe(403);
    expect((await fetch(`${status}/healthz`, { method: 'POST' })).status).toBe(405);
    for (const path of ['/v1/packages', '/soap', '/oauth/token', '/openapi.json', '/%E0'])
      expect((await fetch(status + path)).status).toBe(404);
  });

  it('delivers what was sent, and its inboxes wake who waits', async () => {
    await delivers(gateway, 20);
    const waiting = gateway.client(commune).inbox({ wait: 60 });
    const { receipt } = await gateway.client(department).send(gateway.agency(department).document());
    expect((await waiting).entries.map((entry) => entry.package)).toEqual([receipt.package.id]);
  });

  it('accepts while there is no worker, and delivers when there is one again', async () => {
    const [, worker] = gateway.processes;
    expect(worker?.url).toBe('');
    await worker?.stop();
    const { receipt } = await gateway.client(department).send(gateway.agency(department).document({ to: [{ code: pushed, name: 'Xã' }] }));
    await gateway.restart();
    await gateway.receiver.until((pushes) => pushes.some(({ packageId }) => packageId === receipt.package.id));
  });
});

withRedis('a gateway with its queue on Redis', () => {
  let redis: PrivateRedis;
  let gateway: TestGateway;
  beforeAll(async () => {
    redis = await startPrivateRedis();
    gateway = await startTestGateway({ roles: ['api', 'worker'], env: { REDIS_URL: redis.url } });
  });
  afterAll(async () => {
    await gateway?.close();
    await redis?.close();
  });

  it('delivers what was sent', () => delivers(gateway, 20));

  it('loses nothing when Redis forgets everything', async () => {
    gateway.receiver.behave({ does: 'answer', status: 503 });
    const to = [{ code: pushed, name: 'Xã' }];
    const { receipt } = await gateway.client(department).send(gateway.agency(department).document({ to, priority: 3 }));
    await eventually(async () => (await gateway.client(department).package(receipt.package.id)).deliveries[0]?.attempts === 1);
    await redis.forget();
    gateway.receiver.behave({ does: 'take' });
    await gateway.receiver.until((pushes) => pushes.some(({ packageId }) => packageId === receipt.package.id));
  });
});
