import { createHash, randomBytes } from 'node:crypto';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Client, createClient, GatewayRefusal } from '../../src/client/client.ts';
import { agencies, packageText, type RestGateway, startRestGateway } from '../support/rest-gateway.ts';

const clients: Client[] = [];
let gateway: RestGateway;
let folder: string;

function as(id: string, secret = `secret-of-${id}`): Client {
  const client = createClient({ url: gateway.url, id, secret, retries: 0 });
  clients.push(client);
  return client;
}

async function refusal(call: Promise<unknown>): Promise<GatewayRefusal> {
  const error = await call.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (error instanceof GatewayRefusal) return error;
  throw new Error(`not refused: ${String(error)}`);
}

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'lienthong-client-'));
  gateway = await startRestGateway();
});
afterAll(async () => {
  for (const client of clients) client.close();
  await gateway.close();
  rmSync(folder, { recursive: true });
});

describe('a sender', () => {
  it('sends a package from a file and gets the signed receipt', async () => {
    const text = packageText({ to: ['B', 'C'] });
    const path = join(folder, 'package.edxml');
    writeFileSync(path, text);
    const { first, receipt, xml } = await as('sender-a').send({ path });
    expect(first).toBe(true);
    expect(xml).toContain('<SignatureValue>');
    expect(receipt).toMatchObject({
      kind: 'accepted',
      gateway: 'test-gateway',
      signature: 'absent',
      package: { sha256: createHash('sha256').update(text).digest('hex'), size: text.length, sender: agencies.A.code },
    });
    expect(receipt.recipients.map((one) => [one.code, one.state])).toEqual([
      [agencies.B.code, 'waiting'],
      [agencies.C.code, 'waiting'],
    ]);
  });

  it('gets the first receipt for the same package again, in whatever way it is sent', async () => {
    const bytes = Buffer.from(packageText());
    const sender = as('sender-a');
    const first = await sender.send(bytes);
    const inPieces = async function* () {
      yield bytes.subarray(0, 10);
      yield bytes.subarray(10);
    };
    for (const source of [bytes, inPieces(), { open: inPieces }, { open: inPieces, size: bytes.length }]) {
      const again = await sender.send(source);
      expect([again.first, again.xml]).toEqual([false, first.xml]);
    }
  });

  it('is refused other content under a used id', async () => {
    const sender = as('sender-a');
    await sender.send(Buffer.from(packageText()), { idempotencyKey: 'mail-1' });
    const { status, problems } = await refusal(sender.send(Buffer.from(packageText()), { idempotencyKey: 'mail-1' }));
    expect(status).toBe(409);
    expect(problems.map((one) => one.code)).toEqual(['MESSAGE_ID_REUSED']);
  });

  it('is told everything that is wrong, in both languages, with the id of the request', async () => {
    const { status, problems, request } = await refusal(as('sender-a').send(Buffer.from('<nothing/>')));
    expect(status).toBe(422);
    expect(problems.map((one) => one.code)).toEqual(['NOT_XML', 'SENDER_UNKNOWN']);
    expect(problems[0]).toMatchObject({ line: 1, vi: expect.any(String), fixVi: expect.any(String) });
    expect(request).toMatch(/^[0-9a-f-]{36}$/);
  });

  it('is refused with a wrong secret, and for an agency of somebody else', async () => {
    expect((await refusal(as('sender-a', 'wrong').packages())).status).toBe(401);
    expect((await refusal(as('sender-c').send(Buffer.from(packageText())))).problems[0]?.code).toBe('SENDER_NOT_YOURS');
  });

  it('is refused a package over the limit without sending it', async () => {
    let sent = 0;
    const size = 50_000_000;
    const source = {
      size,
      async *open() {
        for (; sent < size; sent += 100_000) yield Buffer.alloc(100_000, 'x');
      },
    };
    expect(await refusal(as('sender-a').send(source))).toMatchObject({ status: 413, problems: [{ code: 'PACKAGE_TOO_LARGE' }] });
    expect(sent).toBe(0);
    const unannounced = { open: source.open };
    expect(await refusal(as('sender-a').send(unannounced))).toMatchObject({ status: 413 });
    expect(sent).toBeLessThan(size);
  });

  it('tells how far it is', async () => {
    const progress: number[] = [];
    const text = packageText({ filler: 150_000 });
    const path = join(folder, 'large.edxml');
    writeFileSync(path, text);
    await as('sender-a').send({ path }, { progress: (sent) => progress.push(sent) });
    expect(progress.at(-1)).toBe(text.length);
  });

  it('has a package validated without sending it', async () => {
    const sender = as('sender-a');
    expect(await sender.validate(Buffer.from(packageText({ to: ['B', 'S'] })))).toMatchObject({
      valid: true,
      warnings: [{ code: 'RECIPIENT_SUSPENDED' }],
    });
    expect((await refusal(sender.validate(Buffer.from('<nothing/>')))).status).toBe(422);
  });

  it('follows its packages and its receipts', async () => {
    const sender = as('sender-a');
    const { receipt } = await sender.send(Buffer.from(packageText({ id: 'follow-me' })));
    const { packages } = await sender.packages({ documentId: 'follow-me' });
    expect(packages.map((one) => one.id)).toEqual([receipt.package.id]);
    expect((await sender.package(receipt.package.id)).deliveries.map((one) => one.state)).toEqual(['waiting']);
    expect((await refusal(sender.package('0197f000-0000-7000-8000-000000000000'))).problems[0]?.code).toBe('PACKAGE_UNKNOWN');

    const feed = await sender.receipts({ limit: 2 });
    expect(feed.receipts).toHaveLength(2);
    const next = await sender.receipts({ limit: 500, ...(feed.next === null ? {} : { after: feed.next }) });
    const all = [...feed.receipts, ...next.receipts];
    expect(new Set(all.map((one) => one.id)).size).toBe(all.length);
    expect(all.at(-1)?.id).toBe(receipt.id);
    expect(await sender.receipt(receipt.id)).toBe(all.at(-1)?.xml);
  });
});

describe('a recipient', () => {
  async function sendToC(about: Parameters<typeof packageText>[0] = {}) {
    const text = packageText({ to: ['C'], ...about });
    const { receipt } = await as('sender-a').send(Buffer.from(text));
    return { text, delivery: receipt.recipients[0]?.delivery ?? '' };
  }

  it('lists, fetches and acknowledges', async () => {
    const { text, delivery } = await sendToC({ filler: 100_000 });
    const box = as('box-c');
    const { entries } = await box.inbox();
    const entry = entries.find((one) => one.delivery === delivery);
    expect(entry).toMatchObject({ sender: agencies.A.code, recipient: agencies.C.code, size: text.length });

    const to = join(folder, 'fetched.edxml');
    const progress: number[] = [];
    const fetched = await box.fetch(delivery, to, { progress: (received) => progress.push(received) });
    expect(fetched).toEqual({ path: to, package: entry?.package, sha256: entry?.sha256, size: text.length });
    expect(readFileSync(to, 'utf8')).toBe(text);
    expect(progress.at(-1)).toBe(text.length);

    expect((await refusal(box.ack(delivery, '0'.repeat(64)))).problems[0]?.code).toBe('DIGEST_DIFFERS');
    expect((await box.ack(delivery, fetched.sha256)).state).toBe('delivered');
    expect((await box.ack(delivery)).state).toBe('delivered');
  });

  it('goes on where a download broke off', async () => {
    const { text, delivery } = await sendToC({ filler: 100_000 });
    const to = join(folder, 'resumed.edxml');
    writeFileSync(`${to}.${delivery}.part`, text.slice(0, 60_000));
    const received: number[] = [];
    await as('box-c').fetch(delivery, to, { progress: (now) => received.push(now) });
    expect(readFileSync(to, 'utf8')).toBe(text);
    expect(received[0]).toBeGreaterThan(60_000);
    expect(existsSync(`${to}.${delivery}.part`)).toBe(false);
  });

  it('starts again when what is there is as long as the package or longer', async () => {
    const { text, delivery } = await sendToC();
    const to = join(folder, 'again.edxml');
    writeFileSync(`${to}.${delivery}.part`, `${text}!`);
    await as('box-c').fetch(delivery, to);
    expect(readFileSync(to, 'utf8')).toBe(text);
  });

  it('never takes bytes that are not those of the sender', async () => {
    const { text, delivery } = await sendToC({ filler: 100_000 });
    const to = join(folder, 'damaged.edxml');
    writeFileSync(`${to}.${delivery}.part`, randomBytes(60_000));
    const box = as('box-c');
    await expect(box.fetch(delivery, to)).rejects.toThrow('SHA-256');
    expect(existsSync(to)).toBe(false);
    await box.fetch(delivery, to);
    expect(readFileSync(to, 'utf8')).toBe(text);
  });

  it('waits for something new', async () => {
    const box = as('box-b');
    const { next } = await box.inbox({ limit: 500 });
    const waiting = box.inbox({ wait: 20, ...(next === null ? {} : { after: next }) });
    await as('sender-a').send(Buffer.from(packageText({ to: ['B'], id: 'awaited' })));
    expect((await waiting).entries.map((one) => one.documentId)).toEqual(['awaited']);
  });

  it('can give up waiting', async () => {
    const stop = new AbortController();
    const { next } = await as('box-b').inbox({ limit: 500 });
    const waiting = as('box-b').inbox({ wait: 20, signal: stop.signal, ...(next === null ? {} : { after: next }) });
    setTimeout(() => stop.abort(), 50);
    await expect(waiting).rejects.toThrow(/abort/i);
  });

  it('refuses with a reason', async () => {
    const { delivery } = await sendToC();
    const moved = await as('box-c').refuse(delivery, 'Văn bản không thuộc thẩm quyền');
    expect(moved).toMatchObject({ state: 'failed', problem: { code: 'REFUSED_BY_RECIPIENT' } });
  });
});

describe('an operator', () => {
  it('looks, moves, forecasts and plans', async () => {
    const { receipt } = await as('sender-a').send(Buffer.from(packageText({ to: ['C'] })));
    const id = receipt.recipients[0]?.delivery ?? '';
    const { operator } = as('operator');
    expect((await operator.delivery(id)).state).toBe('waiting');
    expect(await operator.hold(id, 'kiểm tra')).toMatchObject({ state: 'held' });
    expect((await operator.deliveries({ state: 'held', recipient: agencies.C.code })).deliveries.map((one) => one.id)).toContain(id);
    expect(await operator.forecast({ state: 'held' })).toMatchObject({ total: 1, byRecipient: { [agencies.C.code]: 1 } });
    expect(await operator.release(id, 'xong')).toMatchObject({ state: 'waiting' });
    expect((await refusal(operator.cancel(id, ' '))).problems[0]?.code).toBe('REASON_REQUIRED');
    const plan = await operator.planReplay({ state: 'failed' }, 'thử');
    expect((await operator.plan(plan.id)).id).toBe(plan.id);

    const to = join(folder, 'exported.edxml');
    expect((await operator.export(receipt.package.id, to)).sha256).toBe(receipt.package.sha256);
    expect((await operator.packages({ limit: 1 })).packages).toHaveLength(1);
    expect((await operator.package(receipt.package.id)).id).toBe(receipt.package.id);
  });
});
