import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { InboxAnswer } from '../../src/client/client.ts';
import type { TestGateway } from '../support/gateway.ts';
import { startTestGateway, usual } from '../support/gateway.ts';
import { pdf } from '../support/packages.ts';
import { sha256 } from '../support/quick-signer.ts';

const { department, commune } = usual;
let gateway: TestGateway;

beforeAll(async () => {
  gateway = await startTestGateway();
});
afterAll(() => gateway?.close());

/** Sends a package to the commune and returns it as it lies in the inbox there. */
async function sendOne(bytes = gateway.agency(department).document()): Promise<{ bytes: Buffer; entry: InboxAnswer }> {
  const { receipt } = await gateway.client(department).send(bytes);
  for (let after: string | undefined; ; ) {
    const page = await gateway.client(commune).inbox(after === undefined ? {} : { after });
    const entry = page.entries.find((one) => one.package === receipt.package.id);
    if (entry !== undefined) return { bytes, entry };
    if (page.next === null) throw new Error('not in the inbox');
    after = page.next;
  }
}

const fetchPart = (delivery: string, headers: Record<string, string> = {}) =>
  gateway.request(`/v1/inbox/${delivery}/package`, { as: commune, headers });

describe('an inbox', () => {
  it('wakes who waits for it as soon as something comes', async () => {
    const { next } = await gateway.client(commune).inbox({ limit: 500 });
    const waiting = gateway.client(commune).inbox({ wait: 60, ...(next === null ? {} : { after: next }) });
    const { receipt } = await gateway.client(department).send(gateway.agency(department).document());
    expect((await waiting).entries.map((entry) => entry.package)).toEqual([receipt.package.id]);
  });

  it('is read page by page in the order of arrival, each entry once', async () => {
    const sent: string[] = [];
    for (let i = 0; i < 7; i += 1) sent.push((await sendOne()).entry.package);
    const seen: string[] = [];
    for (let after: string | undefined; ; ) {
      const { entries, next, more } = await gateway.client(commune).inbox({ limit: 3, ...(after === undefined ? {} : { after }) });
      seen.push(...entries.map((entry) => entry.package));
      if (!more || next === null) break;
      after = next;
    }
    expect(seen.filter((id) => sent.includes(id))).toEqual(sent);
    expect(new Set(seen).size).toBe(seen.length);
  });

  it("is nobody else's to see", async () => {
    const { entry } = await sendOne();
    const { entries } = await gateway.client(department).inbox();
    expect(entries.map(({ delivery }) => delivery)).not.toContain(entry.delivery);
    await expect(gateway.client(department).ack(entry.delivery)).rejects.toMatchObject({ status: 404 });
    expect((await gateway.request(`/v1/inbox/${entry.delivery}/package`, { as: department })).status).toBe(404);
  });
});

describe('a package in the inbox', () => {
  it('is fetched byte for byte, with its digest in the headers', async () => {
    const { bytes, entry } = await sendOne(
      gateway.agency(department).document({ attachments: [pdf('a.pdf', { bytes: Buffer.alloc(400_000, 7) })] }),
    );
    const answer = await fetchPart(entry.delivery);
    expect(answer.status).toBe(200);
    expect(answer.headers.get('lienthong-sha256')).toBe(sha256(bytes));
    expect(answer.headers.get('content-length')).toBe(String(bytes.length));
    expect(Buffer.from(await answer.arrayBuffer()).equals(bytes)).toBe(true);
  });

  it('is fetched in ranges that add up to the whole', async () => {
    const { bytes, entry } = await sendOne(
      gateway.agency(department).document({ attachments: [pdf('a.pdf', { bytes: Buffer.alloc(90_000, 8) })] }),
    );
    const places = [0, 1, 1999, 60_000, bytes.length];
    const parts: Buffer[] = [];
    for (const [i, from] of places.slice(0, -1).entries()) {
      const answer = await fetchPart(entry.delivery, { range: `bytes=${from}-${(places[i + 1] ?? 0) - 1}` });
      expect(answer.status).toBe(206);
      parts.push(Buffer.from(await answer.arrayBuffer()));
    }
    expect(Buffer.concat(parts).equals(bytes)).toBe(true);
    expect((await fetchPart(entry.delivery, { range: `bytes=${bytes.length}-` })).status).toBe(416);
  });

  it('is saved to a file by the client library, which proves its digest', async () => {
    const { bytes, entry } = await sendOne();
    const to = join(gateway.folder, 'fetched.edxml');
    expect(await gateway.client(commune).fetch(entry.delivery, to)).toMatchObject({ sha256: sha256(bytes), package: entry.package });
    expect((await readFile(to)).equals(bytes)).toBe(true);
  });

  it('is delivered when it was fetched and acknowledged, and leaves the inbox', async () => {
    const { bytes, entry } = await sendOne();
    const client = gateway.client(commune);
    await expect(client.ack(entry.delivery)).rejects.toMatchObject({ problems: [expect.objectContaining({ code: 'NOT_FETCHED' })] });
    await (await fetchPart(entry.delivery)).arrayBuffer();
    await expect(client.ack(entry.delivery, 'ab'.repeat(32))).rejects.toMatchObject({
      problems: [expect.objectContaining({ code: 'DIGEST_DIFFERS' })],
    });
    expect(await client.ack(entry.delivery, sha256(bytes))).toMatchObject({ state: 'delivered', attempts: 1 });
    expect(await client.ack(entry.delivery)).toMatchObject({ state: 'delivered', attempts: 1 });
    expect((await client.inbox({ limit: 500 })).entries.map(({ delivery }) => delivery)).not.toContain(entry.delivery);
    const { receipts } = await gateway.client(department).package(entry.package);
    expect(receipts.filter(({ kind }) => kind === 'delivered')).toHaveLength(1);
  });

  it('is sent back with a reason, and the sender reads it', async () => {
    const { entry } = await sendOne();
    const reason = 'Văn bản không thuộc thẩm quyền giải quyết';
    expect(await gateway.client(commune).refuse(entry.delivery, reason)).toMatchObject({ state: 'failed' });
    const { deliveries } = await gateway.client(department).package(entry.package);
    expect(deliveries[0]).toMatchObject({
      state: 'failed',
      problem: { code: 'REFUSED_BY_RECIPIENT', en: expect.stringContaining(reason) },
    });
  });
});
