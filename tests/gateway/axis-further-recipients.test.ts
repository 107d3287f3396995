import { jsonOf } from '../cli/command-line.ts';
import { freshId, updateOf } from '../support/acts.ts';
import { eDoc, startTestAxis, systemOf, type TestAxis } from '../support/axis.ts';
import { openAxisRoute } from '../support/axis-pair.ts';
import { eventually } from '../support/eventually.ts';
import type { TestGateway } from '../support/gateway.ts';
import { startTestGateway, usual } from '../support/gateway.ts';

const { department, commune } = usual;
const [ours, theirs] = ['000.00.00.H61', '000.00.00.H53'];
const [ward, village, hamlet] = ['H53.7', 'H53.8', 'H53.9'];
let province: TestGateway;
let axis: TestAxis;

// The first answer of sendEdoc is lost. Of submissions that some recipients make impossible, the first is refused and nobody is named.
const unkindness = 'cut-send=0.000001, whole-refusal=0.000001, named-refusal';

beforeAll(async () => {
  const agencies = [{ code: 'TRUC.QG', agency: { channel: 'upward', signaturePolicy: 'optional' } as const }];
  [axis, province] = await Promise.all([
    startTestAxis({ [ours]: [department], [theirs]: [ward, village, hamlet] }),
    startTestGateway({ agencies, env: { LIENTHONG_BREAKER: '{"opensAfter": 1000}' } }),
  ]);
  await axis.gateway.restart({ LIENTHONG_AXIS_UNKIND: unkindness });
  const { id: systemId, secret } = systemOf(ours);
  await openAxisRoute(province, 'TRUC.QG', { endpoint: axis.endpoint, systemId, secret, settings: { syncHours: 0 } });
});
afterAll(async () => void (await Promise.all([province?.close(), axis?.close()])));

const to = (codes: readonly string[]) => codes.map((code) => ({ code, name: code }));

async function send(codes: readonly string[], more: { documentId?: string; act?: string } = {}) {
  const documentId = more.documentId ?? freshId();
  const bytes = province.agency(department).document({ ...more, documentId, to: to(codes) });
  const { receipt } = await province.client(department).send(bytes);
  return { documentId, id: receipt.package.id };
}

/** The states of a package's deliveries by recipient. */
async function states(gateway: TestGateway, packageId: string): Promise<Record<string, string>> {
  const found = await gateway.rows<{ recipient: string; state: string }>('select recipient, state from deliveries where package_id = $1', [
    packageId,
  ]);
  return Object.fromEntries(found.map(({ recipient, state }) => [recipient, state]));
}

const reach = (packageId: string, wanted: Readonly<Record<string, string>>) =>
  eventually(async () => {
    const found = await states(province, packageId);
    return Object.entries(wanted).every(([code, state]) => found[code] === state);
  });

/** What the axis has of a package of the province, and what the province calls it. */
async function above(packageId: string) {
  const found = await axis.gateway.rows<{ id: string }>('select id from packages where accepted and sha256 = $1', [
    (await province.rows<{ sha256: Buffer }>('select sha256 from packages where id = $1', [packageId]))[0]?.sha256,
  ]);
  const known = await province.rows<{ doc_ids: string[] }>('select doc_ids from submissions where package_id = $1', [packageId]);
  return { copies: found.length, id: found[0]?.id ?? '', docIds: known[0]?.doc_ids ?? [] };
}

const eventsAbove = async (packageId: string) =>
  (await axis.gateway.rows<{ name: string }>('select name from events where package_id = $1 order by seq', [packageId])).map(
    ({ name }) => name,
  );

async function lock(code: string, how: 'suspend' | 'resume'): Promise<void> {
  await jsonOf(['agencies', how, code, '--reason', 'thử'], axis.gateway.env as Record<string, string>);
  // what was looked up is remembered for a second
  await new Promise((resolve) => setTimeout(resolve, 1100));
}

async function replay(packageId: string, code: string): Promise<void> {
  const { deliveries } = await province.operator.operator.package(packageId);
  await province.operator.operator.replay(deliveries.find(({ recipient }) => recipient === code)?.id ?? '', 'đã mở khóa');
}

describe('a package that the axis has, for further recipients', () => {
  it('after a lost answer is found in the sent list, and goes to whom an update adds, first the update', async () => {
    const { documentId, id } = await send([ward]);
    await reach(id, { [ward]: 'delivered' });
    const details = await province.rows<{ detail: string }>(
      `select a.detail from attempts a join deliveries d on d.id = a.delivery_id where d.package_id = $1 and a.result = 'delivered'`,
      [id],
    );
    expect(details).toEqual([{ detail: expect.stringContaining('found in the sent list') }]);
    const update = await send([ward], { documentId, act: updateOf(documentId, { added: [hamlet], data: true }) });
    await reach(id, { [hamlet]: 'delivered' });
    await reach(update.id, { [ward]: 'delivered', [hamlet]: 'delivered' });
    const [document, amendment] = [await above(id), await above(update.id)];
    expect(document).toEqual({ copies: 1, id: document.id, docIds: [document.id] });
    expect(amendment).toEqual({ copies: 1, id: amendment.id, docIds: [amendment.id] });
    expect(await states(axis.gateway, document.id)).toEqual({ [ward]: 'waiting', [hamlet]: 'waiting' });
    expect(await states(axis.gateway, amendment.id)).toEqual({ [ward]: 'waiting', [hamlet]: 'waiting' });
    // nobody gets the update before the document
    const entries = (await axis.system(theirs).call('getReceivedEdocList', eDoc)).json?.['data'] as { docId: string }[];
    const gated = await axis.gateway.rows<{ id: string }>('select id from deliveries where package_id = $1', [amendment.id]);
    expect(entries.map(({ docId }) => docId).filter((one) => gated.some(({ id: other }) => other === one))).toEqual([]);
  });

  it('brings a document that the axis has never seen to whom an update adds', async () => {
    const { documentId, id } = await send([commune]);
    const update = await send([commune], { documentId, act: updateOf(documentId, { added: [ward] }) });
    await reach(id, { [ward]: 'delivered' });
    await reach(update.id, { [ward]: 'delivered' });
    const [document, amendment] = [await above(id), await above(update.id)];
    await eventually(async () => (await states(axis.gateway, amendment.id))[ward] === 'waiting');
    expect(await states(axis.gateway, document.id)).toEqual({ [ward]: 'waiting' });
    expect([document.copies, amendment.copies]).toEqual([1, 1]);
  });

  it.each(['and nobody says which', 'who is named'])(
    'goes apart when one of three is locked, %s, and to that one once it is not',
    async () => {
      await lock(village, 'suspend');
      const { id } = await send([ward, village, hamlet]);
      await reach(id, { [ward]: 'delivered', [village]: 'failed', [hamlet]: 'delivered' });
      const document = await above(id);
      expect(document).toEqual({ copies: 1, id: document.id, docIds: [document.id] });
      expect(await states(axis.gateway, document.id)).toEqual({ [ward]: 'waiting', [hamlet]: 'waiting' });
      await lock(village, 'resume');
      await replay(id, village);
      await reach(id, { [village]: 'delivered' });
      expect(await above(id)).toEqual(document);
      expect(await states(axis.gateway, document.id)).toEqual({ [ward]: 'waiting', [village]: 'waiting', [hamlet]: 'waiting' });
      const created = (await eventsAbove(document.id)).filter((name) => name === 'delivery.created');
      expect(created).toHaveLength(3);
    },
  );
});
