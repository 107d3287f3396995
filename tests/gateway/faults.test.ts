import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Embedded } from '../../src/adapters/postgres/embedded.ts';
import { startEmbedded } from '../../src/adapters/postgres/embedded.ts';
import { jsonOf } from '../cli/command-line.ts';
import { eventually } from '../support/eventually.ts';
import type { TestGateway } from '../support/gateway.ts';
import { startTestGateway, usual } from '../support/gateway.ts';
import { pdf } from '../support/packages.ts';
import { sha256 } from '../support/quick-signer.ts';

const { department, pushed } = usual;
const xml = { 'content-type': 'application/xml' };
const silent = { info: () => undefined, warn: () => undefined, error: () => undefined };

const document = (gateway: TestGateway, bytes = 60_000) =>
  gateway
    .agency(department)
    .document({ to: [{ code: pushed, name: 'Xã' }], attachments: [pdf('a.pdf', { bytes: Buffer.alloc(bytes, crypto.randomUUID()) })] });
const post = (gateway: TestGateway, body: Buffer) => gateway.request('/v1/packages', { as: department, headers: xml, body });
const codeOf = async (answer: Response) => ((await answer.json()) as { problems: { code: string }[] }).problems[0]?.code;

/** Files under a folder of the data. */
async function filesIn(gateway: TestGateway, folder: string): Promise<number> {
  const path = join(gateway.env['LIENTHONG_DATA'] ?? '', folder);
  const entries = await readdir(path, { recursive: true, withFileTypes: true }).catch(() => []);
  return entries.filter((entry) => entry.isFile()).length;
}

const ledgerOf = (gateway: TestGateway) =>
  jsonOf<{ unaccounted: number; faults: unknown[]; checkedPackages: number }>(['ledger'], gateway.env);

describe('a disk with less room than is to be kept free', () => {
  it('takes nothing in, says so, and nothing is half stored', async () => {
    const gateway = await startTestGateway({ env: { LIENTHONG_MIN_FREE_BYTES: '900 TiB' } });
    try {
      const answer = await post(gateway, document(gateway));
      expect(answer.status).toBe(503);
      expect(answer.headers.get('retry-after')).toMatch(/^\d+$/);
      expect(await codeOf(answer)).toBe('DISK_FULL');
      expect((await gateway.request('/readyz', {})).status).toBe(503);
      expect(await filesIn(gateway, 'spool')).toBe(0);
      expect(await filesIn(gateway, 'content')).toBe(0);
      expect((await gateway.client(department).packages()).packages).toEqual([]);
    } finally {
      await gateway.close();
    }
  });
});

const mountPoint = mkdtempSync(join(tmpdir(), 'lienthong-small-disk-'));
const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=6m', 'tmpfs', mountPoint]).status === 0;
if (!mounted) process.stderr.write('skipped: only root can mount a small file system\n');
afterAll(() => {
  if (mounted) spawnSync('umount', ['--lazy', mountPoint]);
  rmSync(mountPoint, { recursive: true, force: true });
});

describe('a disk that runs full', () => {
  (mounted ? it : it.skip)(
    'refuses what does not fit, keeps what it accepted, and goes on when there is room',
    async () => {
      const data = join(mountPoint, 'data');
      mkdirSync(data, { recursive: true });
      const gateway = await startTestGateway({ data });
      try {
        gateway.receiver.behave({ does: 'answer', status: 503 });
        writeFileSync(join(mountPoint, 'filler'), Buffer.alloc(2_000_000));
        const statuses: number[] = [];
        while (!statuses.includes(503)) statuses.push((await post(gateway, document(gateway, 400_000))).status);
        const accepted = statuses.filter((status) => status === 201).length;
        expect(statuses).toEqual([...Array<number>(accepted).fill(201), 503]);
        const burst = await Promise.all(Array.from({ length: 6 }, () => post(gateway, document(gateway, 400_000))));
        expect(new Set(burst.map(({ status }) => status))).toEqual(new Set([503]));
        await eventually(async () => (await gateway.spooled()) === 0);
        expect(await ledgerOf(gateway)).toMatchObject({ unaccounted: 0, faults: [], checkedPackages: accepted });
        await rm(join(mountPoint, 'filler'));
        expect((await post(gateway, document(gateway, 400_000))).status).toBe(201);
        gateway.receiver.behave({ does: 'take' });
        await gateway.receiver.until((pushes) => pushes.length === accepted + 1);
      } finally {
        await gateway.close();
      }
    },
    180_000,
  );
});

describe('a database that goes away', () => {
  let server: Embedded;
  let folder: string;
  let gateway: TestGateway;
  const startServer = () => startEmbedded({ dataDir: join(folder, 'postgres'), log: silent });

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'lienthong-outside-'));
    spawnSync('chmod', ['755', folder]);
    server = await startServer();
    const { host, port, user } = server.connection;
    gateway = await startTestGateway({
      database: { url: `postgresql:///postgres?${new URLSearchParams({ host, port: String(port), user })}` },
    });
  }, 180_000);
  afterAll(async () => {
    await gateway?.close();
    await server?.stop();
    await rm(folder, { recursive: true, force: true });
  });

  it('means 503 on the way in; deliveries wait, and all goes on by itself when it is back', async () => {
    gateway.receiver.behave({ does: 'answer', status: 503 });
    const before = document(gateway);
    expect((await post(gateway, before)).status).toBe(201);
    await server.stop();
    const during = document(gateway);
    const answer = await post(gateway, during);
    expect(answer.status).toBe(503);
    expect(await codeOf(answer)).toBe('STORE_UNAVAILABLE');
    const ready = await gateway.request('/readyz', {});
    expect(ready.status).toBe(503);
    expect(await ready.json()).toMatchObject({ ready: false, parts: { database: 'failed', disk: 'ok' } });
    expect((await gateway.request('/healthz', {})).status).toBe(200);
    gateway.receiver.behave({ does: 'take' });
    server = await startServer();
    await eventually(async () => (await post(gateway, during)).status === 201);
    await gateway.receiver.until((pushes) => pushes.length === 2);
    expect(gateway.receiver.pushes.map((push) => push.sha256).sort()).toEqual([before, during].map(sha256).sort());
  }, 180_000);

  it('in the middle of a delivery does not make it twice', async () => {
    let go: () => void = () => undefined;
    const gate = new Promise<void>((resolve) => {
      go = resolve;
    });
    gateway.receiver.behave({ does: 'take', when: gate });
    const taken = gateway.receiver.pushes.length;
    const attempts = gateway.receiver.attempts;
    await post(gateway, document(gateway));
    await eventually(async () => gateway.receiver.attempts > attempts);
    await server.stop();
    go();
    await gateway.receiver.until((pushes) => pushes.length === taken + 1);
    server = await startServer();
    const delivered = await eventually(async () => {
      const { deliveries } = await gateway.operator.operator.deliveries({ limit: 1 });
      return deliveries[0]?.state === 'delivered' && deliveries[0];
    });
    expect(delivered).toMatchObject({ attempts: 1, faults: 0 });
    expect(gateway.receiver.pushes).toHaveLength(taken + 1);
    expect(await ledgerOf(gateway)).toMatchObject({ unaccounted: 0, faults: [] });
  }, 180_000);
});

describe('the embedded database', () => {
  it('is started again by the gateway when it was killed, and nothing is lost', async () => {
    const gateway = await startTestGateway({ database: 'embedded' });
    try {
      const sent: Buffer[] = [];
      const pidFile = join(gateway.env['LIENTHONG_DATA'] ?? '', 'postgres/cluster/postmaster.pid');
      for (let round = 0; round < 3; round += 1) {
        for (let i = 0; i < 5; i += 1) {
          const bytes = document(gateway);
          if (i === 2) process.kill(Number((await readFile(pidFile, 'utf8')).split('\n')[0]), 'SIGKILL');
          await eventually(async () => [200, 201].includes((await post(gateway, bytes)).status));
          sent.push(bytes);
        }
      }
      await gateway.receiver.until((pushes) => new Set(pushes.map(({ delivery }) => delivery)).size === sent.length);
      expect([...new Set(gateway.receiver.pushes.map((push) => push.sha256))].sort()).toEqual(sent.map(sha256).sort());
      expect(await ledgerOf(gateway)).toMatchObject({ unaccounted: 0, faults: [], checkedPackages: sent.length });
    } finally {
      await gateway.close();
    }
  });
});
