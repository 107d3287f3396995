import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type IncomingMessage, type RequestListener, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Client, createClient, GatewayAway, GatewayRefusal } from '../../src/client/client.ts';

const receipt = `<?xml version="1.0" encoding="UTF-8"?>
<receipt xmlns="urn:lienthong:receipt:1" id="r-1" kind="accepted"><issuedAt>2026-03-02T09:15:00.000+07:00</issuedAt><gateway>g</gateway>
<package id="p-1"><sha256>ab</sha256><size>3</size><receivedAt>2026-03-02T09:15:00.000+07:00</receivedAt><sender>A &amp; B</sender></package>
<recipients><recipient deliveryId="d-1" state="held"><code>C</code><problem code="NO_ROUTE"><vi>v</vi><en>e</en><fixVi>f</fixVi><fixEn>g</fixEn>
<line>7</line></problem></recipient></recipients><problems></problems></receipt>`;

let server: Server | undefined;
let client: Client | undefined;
let folder: string;

async function serve(answer: RequestListener, more: { readonly retries?: number; readonly idleSeconds?: number } = {}): Promise<Client> {
  server = createServer(answer);
  await new Promise<void>((resolve) => server?.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  client = createClient({ url: `http://127.0.0.1:${port}/gateway`, id: 'snv', secret: 'lts_x', ...more });
  return client;
}

async function bodyOf(req: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of req) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
}

function refuse(res: ServerResponse, status: number, headers: Record<string, string> = {}): void {
  res.writeHead(status, { 'content-type': 'application/problem+json', ...headers });
  const problem = { code: 'DISK_FULL', vi: 'Hết chỗ', en: 'No space', fixVi: 'Gửi lại', fixEn: 'Send again' };
  res.end(JSON.stringify({ status, instance: 'q-1', problems: [problem] }));
}

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'lienthong-line-'));
});
afterAll(() => rmSync(folder, { recursive: true }));
afterEach(async () => {
  client?.close();
  server?.closeAllConnections();
  await new Promise<void>((resolve) => (server === undefined ? resolve() : server.close(() => resolve())));
  server = undefined;
});

describe('a call that may be repeated', () => {
  it('is repeated with the same bytes while the gateway is busy, not before the time it asks for', async () => {
    const bodies: string[] = [];
    const times: number[] = [];
    const sender = await serve(async (req, res) => {
      times.push(performance.now());
      bodies.push(await bodyOf(req));
      if (bodies.length === 1) refuse(res, 503, { 'retry-after': '1' });
      else if (bodies.length === 2) res.destroy();
      else res.writeHead(201, { 'content-type': 'application/xml' }).end(receipt);
    });
    const sent = await sender.send(Buffer.from('<p/>'), { idempotencyKey: 'k' });
    expect(sent).toMatchObject({ first: true, xml: receipt });
    expect(bodies).toEqual(['<p/>', '<p/>', '<p/>']);
    expect((times[1] ?? 0) - (times[0] ?? 0)).toBeGreaterThan(950);
  });

  it('goes below the path of the gateway, with credentials and without surprises', async () => {
    const seen: unknown[] = [];
    const reader = await serve((req, res) => {
      seen.push([req.method, req.url, req.headers.authorization, req.headers['transfer-encoding']]);
      res.end('{"packages":[],"next":null}');
    });
    await reader.packages({ documentId: 'a/b, c&d', limit: 3 });
    const authorization = `Basic ${Buffer.from('snv:lts_x').toString('base64')}`;
    expect(seen).toEqual([['GET', '/gateway/v1/packages?documentId=a%2Fb%2C+c%26d&limit=3', authorization, undefined]]);
  });

  it('ends with what the gateway said last', async () => {
    let calls = 0;
    const reader = await serve(
      (_, res) => {
        calls += 1;
        refuse(res, 503);
      },
      { retries: 2 },
    );
    const error = await reader.packages().catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(GatewayAway);
    expect(error).toMatchObject({ status: 503, problems: [{ code: 'DISK_FULL' }] });
    expect(calls).toBe(3);
  });

  it('is not repeated when the answer is no', async () => {
    let calls = 0;
    const reader = await serve((_, res) => {
      calls += 1;
      res.writeHead(404, { 'content-type': 'text/html' }).end('<h1>nginx</h1>');
    });
    const error = await reader.packages().catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(GatewayRefusal);
    expect(error).toMatchObject({ status: 404, problems: [] });
    expect(calls).toBe(1);
  });
});

describe('a call that may not be repeated', () => {
  it.each([
    ['a stream, which can be read once', (one: Client) => one.send(once('<p/>'))],
    ['a move of an operator', (one: Client) => one.operator.replay('d', 'r')],
  ])('is made once: %s', async (_, call) => {
    let calls = 0;
    const caller = await serve(async (req, res) => {
      calls += 1;
      await bodyOf(req);
      refuse(res, 503);
    });
    await expect(call(caller)).rejects.toThrow(GatewayAway);
    expect(calls).toBe(1);
  });

  async function* once(text: string): AsyncGenerator<Uint8Array> {
    yield Buffer.from(text);
  }
});

describe('a line that breaks', () => {
  it('is told apart from a refusal', async () => {
    const caller = await serve(() => undefined, { retries: 1 });
    await new Promise((resolve) => server?.close(resolve));
    await expect(caller.packages()).rejects.toThrow(GatewayAway);
    server = undefined;
  });

  it('is given up when nothing comes for too long', async () => {
    const caller = await serve(() => undefined, { retries: 0, idleSeconds: 0.2 });
    await expect(caller.packages()).rejects.toThrow('silent');
  });

  it('does not hide an answer that came before the end of the body', async () => {
    const sender = await serve((req, res) => {
      req.once('data', () => refuse(res, 422));
    });
    const endless = async function* () {
      for (;;) yield Buffer.alloc(65_536);
    };
    await expect(sender.send({ open: endless })).rejects.toThrow(GatewayRefusal);
  });

  it('passes on what makes the body unreadable', async () => {
    const sender = await serve(async (req, res) => {
      await bodyOf(req).catch(() => undefined);
      res.destroy();
    });
    const broken = async function* (): AsyncGenerator<Uint8Array> {
      yield Buffer.from('<p>');
      throw new Error('the disk is gone');
    };
    await expect(sender.send({ open: broken })).rejects.toThrow('the disk is gone');
    await expect(sender.send({ path: join(folder, 'absent') })).rejects.toThrow('ENOENT');
  });

  it('is picked up where a download broke off, as often as needed', async () => {
    const bytes = Buffer.from(Array.from({ length: 300_000 }, (_, at) => at % 251));
    const sha256 = createHash('sha256').update(bytes).digest('hex');
    const ranges: (string | undefined)[] = [];
    const box = await serve((req, res) => {
      ranges.push(req.headers.range);
      const start = Number(/^bytes=(\d+)-$/.exec(req.headers.range ?? '')?.[1] ?? 0);
      const about = { 'lienthong-package': 'p', 'lienthong-sha256': sha256, 'content-length': String(bytes.length - start) };
      res.writeHead(start === 0 ? 200 : 206, about);
      res.write(bytes.subarray(start, start + 100_000));
      if (start + 100_000 >= bytes.length) res.end();
      else setTimeout(() => res.destroy(), 50);
    });
    const to = join(folder, 'package.edxml');
    expect(await box.fetch('d', to)).toMatchObject({ sha256, size: bytes.length });
    expect(readFileSync(to).equals(bytes)).toBe(true);
    const starts = ranges.map((range) => Number(/^bytes=(\d+)-$/.exec(range ?? 'bytes=0-')?.[1]));
    expect(starts.length).toBeGreaterThan(2);
    expect(starts).toEqual([...new Set(starts)].sort((a, b) => a - b));
    expect(ranges.slice(0, 2)).toEqual([undefined, expect.stringMatching(/^bytes=[1-9]/)]);
  });
});

describe('a receipt', () => {
  it('is read into what it says', async () => {
    const sender = await serve(async (req, res) => {
      await bodyOf(req);
      res.end(receipt);
    });
    const { first, receipt: read } = await sender.send(Buffer.from('x'));
    expect(first).toBe(false);
    expect(read).toEqual({
      id: 'r-1',
      kind: 'accepted',
      issuedAt: '2026-03-02T09:15:00.000+07:00',
      gateway: 'g',
      package: { id: 'p-1', sha256: 'ab', size: 3, receivedAt: '2026-03-02T09:15:00.000+07:00', sender: 'A & B' },
      recipients: [
        { code: 'C', delivery: 'd-1', state: 'held', problem: { code: 'NO_ROUTE', vi: 'v', en: 'e', fixVi: 'f', fixEn: 'g', line: 7 } },
      ],
      problems: [],
    });
  });

  it('is told apart from other answers', async () => {
    const sender = await serve(async (req, res) => {
      await bodyOf(req);
      res.end('<html>proxy</html>');
    });
    await expect(sender.send(Buffer.from('x'))).rejects.toThrow('not a receipt');
  });
});

describe('a large package', () => {
  it('is sent in memory that does not grow with it', async () => {
    const size = 400 * 2 ** 20;
    let received = 0;
    const sender = await serve((req, res) => {
      req.on('data', (chunk: Buffer) => {
        received += chunk.length;
      });
      req.on('end', () => res.writeHead(201).end(receipt));
    });
    const piece = Buffer.alloc(2 ** 18, 'A');
    const source = {
      size,
      async *open() {
        for (let sent = 0; sent < size; sent += piece.length) yield piece;
      },
    };
    const before = process.memoryUsage().rss;
    let most = 0;
    await sender.send(source, {
      progress: (sent) => {
        if (sent % 2 ** 24 === 0) most = Math.max(most, process.memoryUsage().rss);
      },
    });
    expect(received).toBe(size);
    expect(most - before).toBeLessThan(150 * 2 ** 20);
  });
});
