import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { verifyRequest } from '../../src/adapters/pki/http-signature.ts';
import type { State } from '../../src/client/client.ts';
import { eventually } from '../support/eventually.ts';
import type { TestGateway } from '../support/gateway.ts';
import { startTestGateway, usual } from '../support/gateway.ts';
import type { PackageSpec } from '../support/packages.ts';
import { pdf } from '../support/packages.ts';
import { sha256 } from '../support/quick-signer.ts';

const { department, commune, pushed } = usual;
const dead = '000.00.60.H61';
const slow = '000.00.61.H61';

let gateway: TestGateway;

beforeAll(async () => {
  gateway = await startTestGateway({
    agencies: (receiver) => [
      // Nothing listens on port 9 of this machine.
      { code: dead, pushUrl: 'http://127.0.0.1:9/chet' },
      { code: slow, pushUrl: receiver.url('cham'), agency: { pushConcurrency: 2 } },
    ],
    env: { LIENTHONG_BREAKER: JSON.stringify({ opensAfter: 50, firstWait: 1, longestWait: 2 }) },
  });
});
afterAll(() => gateway?.close());
beforeEach(() => gateway.receiver.behave({ does: 'take' }));

async function send(to: readonly string[], spec: PackageSpec = {}) {
  const bytes = gateway.agency(department).document({ to: to.map((code) => ({ code, name: `Đơn vị ${code}` })), ...spec });
  const { receipt } = await gateway.client(department).send(bytes);
  return { bytes, id: receipt.package.id, delivery: (code: string) => receipt.recipients.find((one) => one.code === code)?.delivery };
}

/** The delivery to a recipient once it is in this state. */
const inState = (id: string, code: string, state: State) =>
  eventually(async () => {
    const { deliveries } = await gateway.client(department).package(id);
    return deliveries.find((one) => one.recipient === code && one.state === state);
  });

/** Sends all of these as one client may: of packages taken in at once it has a share, and is told to come back beyond it. */
async function sendAll(bodies: readonly Buffer[]): Promise<void> {
  const left = bodies.values();
  const client = gateway.client(department);
  const one = async () => {
    for (const body of left) await client.send(body);
  };
  await Promise.all(Array.from({ length: 32 }, one));
}

const taken = (id: string) => gateway.receiver.pushes.filter(({ packageId }) => packageId === id);

describe('a push', () => {
  it('brings the bytes unchanged, with ids, digests and a signature that proves the gateway', async () => {
    const { bytes, id, delivery } = await send([pushed], { attachments: [pdf('a.pdf', { bytes: Buffer.alloc(300_000, 5) })] });
    await inState(id, pushed, 'delivered');
    const [push, ...more] = taken(id);
    expect(more).toEqual([]);
    expect(push).toMatchObject({ sha256: sha256(bytes), size: bytes.length, delivery: delivery(pushed), path: 'xa' });
    const certificate = await readFile(join(gateway.folder, 'data/keys/gateway-certificate.pem'), 'utf8');
    const request = { method: 'POST', targetUri: gateway.receiver.url('xa'), headers: push?.headers ?? {} };
    expect(verifyRequest(request, certificate, { now: new Date(), maxAge: 3600 })).toMatchObject({ valid: true });
    expect(push?.headers['content-digest']).toBe(`sha-256=:${Buffer.from(sha256(bytes), 'hex').toString('base64')}:`);
  });

  it('is tried again under the same delivery id until the recipient takes it', async () => {
    let refusals = 0;
    gateway.receiver.behave(() => (++refusals <= 3 ? { does: 'answer', status: 503 } : { does: 'take' }));
    const { id, delivery } = await send([pushed]);
    const delivered = await inState(id, pushed, 'delivered');
    expect(delivered.attemptList.map(({ result }) => result)).toEqual(['unavailable', 'unavailable', 'unavailable', 'delivered']);
    expect(taken(id).map((push) => push.delivery)).toEqual([delivery(pushed)]);
  });

  it('survives a connection that breaks in the middle of the package', async () => {
    let breaks = 0;
    gateway.receiver.behave(() => (++breaks <= 2 ? { does: 'drop', afterBytes: 100_000 } : { does: 'take' }));
    const { bytes, id } = await send([pushed], { attachments: [pdf('a.pdf', { bytes: Buffer.alloc(2_000_000, 6) })] });
    await inState(id, pushed, 'delivered');
    expect(taken(id).map((push) => push.sha256)).toEqual([sha256(bytes)]);
  });

  it('that the recipient has already counts as delivered', async () => {
    gateway.receiver.behave({ does: 'answer', status: 409, headers: { 'lienthong-already': 'true' } });
    const { id } = await send([pushed]);
    expect(await inState(id, pushed, 'delivered')).toMatchObject({ attempts: 1 });
  });

  it('that the recipient refuses fails at once, and the sender reads why', async () => {
    gateway.receiver.behave({ does: 'answer', status: 422, body: 'Không thuộc thẩm quyền' });
    const { id } = await send([pushed]);
    const failed = await inState(id, pushed, 'failed');
    expect(failed).toMatchObject({
      attempts: 1,
      problem: { code: 'REFUSED_BY_RECIPIENT', en: expect.stringContaining('Không thuộc thẩm quyền') },
    });
    const { receipts } = await gateway.client(department).package(id);
    expect(receipts.map(({ kind }) => kind)).toContain('failed');
  });
});

describe('several recipients', () => {
  it('are served while one of them is dead, and are not made to wait for it', async () => {
    const many = await Promise.all(Array.from({ length: 30 }, () => send([dead, pushed, commune])));
    for (const { id } of many) await inState(id, pushed, 'delivered');
    const states = await Promise.all(many.map(({ id }) => gateway.client(department).package(id)));
    const ofDead = states.flatMap(({ deliveries }) => deliveries.filter(({ recipient }) => recipient === dead));
    expect(ofDead.map(({ state }) => state)).toEqual(Array<string>(30).fill('waiting'));
  }, 180_000);

  it('get what is urgent first, though 500 ordinary packages were there before', async () => {
    let open: () => void = () => undefined;
    const gate = new Promise<void>((resolve) => {
      open = resolve;
    });
    gateway.receiver.behave({ does: 'take', when: gate });
    const ordinary = 500;
    const before = gateway.receiver.pushes.length;
    const to = [{ code: slow, name: 'Xã chậm' }];
    const bodies = Array.from({ length: ordinary }, () => gateway.agency(department).document({ to }));
    const urgent = await sendAll(bodies)
      .then(() => send([slow], { priority: 3 }))
      .finally(open);
    await gateway.receiver.until((pushes) => pushes.length === before + ordinary + 1);
    const order = gateway.receiver.pushes.slice(before).map(({ packageId }) => packageId);
    expect(new Set(order).size).toBe(ordinary + 1);
    // What was on its way already when it came is let end.
    expect(order.indexOf(urgent.id)).toBeLessThanOrEqual(3);
  });
});
