import { actors, freshId } from '../support/acts.ts';
import { eventually } from '../support/eventually.ts';
import type { TestGateway } from '../support/gateway.ts';
import { startTestGateway, usual } from '../support/gateway.ts';

const { department, commune, pushed } = usual;
const toPushed = [{ code: pushed, name: 'UBND xã' }];
let gateway: TestGateway;
let act: ReturnType<typeof actors>;

beforeAll(async () => {
  gateway = await startTestGateway();
  act = actors(gateway);
});
afterAll(() => gateway?.close());
beforeEach(() => gateway.receiver.behave({ does: 'take' }));

const recallOf = (documentId: string, to?: typeof toPushed) =>
  act.send(department, (a) => a.document({ action: 'recall', targetId: documentId, documentId, attachments: [], ...(to ? { to } : {}) }));

describe('a recall before delivery', () => {
  it('takes the document out of an inbox that was not fetched, with a receipt, and is not passed on itself', async () => {
    const documentId = freshId();
    const document = await act.send(department, (a) => a.document({ documentId }));
    const recall = await recallOf(documentId);
    expect(await act.deliveryOf(department, document, commune)).toMatchObject({
      state: 'cancelled',
      problem: { code: 'RECALLED_BY_SENDER' },
    });
    expect(await act.deliveryOf(department, recall, commune)).toMatchObject({
      state: 'cancelled',
      problem: { code: 'ACT_BEFORE_DELIVERY' },
    });
    expect(await act.inbox(commune)).not.toEqual(expect.arrayContaining([document]));
    const { receipts } = await gateway.client(department).package(document);
    expect(receipts.map(({ kind }) => kind)).toEqual(['accepted', 'cancelled']);
  });

  it('cancels a push that waits for its next attempt, and the recipient never hears of it', async () => {
    gateway.receiver.behave({ does: 'answer', status: 503 });
    const documentId = freshId();
    const document = await act.send(department, (a) => a.document({ documentId, to: toPushed }));
    await eventually(async () => (await act.deliveryOf(department, document, pushed)).attempts >= 1);
    const recall = await recallOf(documentId, toPushed);
    await act.settles(department, document, pushed, 'cancelled');
    await act.settles(department, recall, pushed, 'cancelled');
    gateway.receiver.behave({ does: 'take' });
    await new Promise((resolve) => setTimeout(resolve, 800));
    expect(gateway.receiver.pushes.map(({ packageId }) => packageId)).not.toEqual(expect.arrayContaining([document]));
  });
});

describe('a recall after delivery', () => {
  it('is forwarded, and what the recipient fetched but has not acknowledged counts as delivered', async () => {
    const documentId = freshId();
    const document = await act.send(department, (a) => a.document({ documentId }));
    const entry = await act.fetch(commune, document);
    const recall = await recallOf(documentId);
    expect(await act.deliveryOf(department, recall, commune)).toMatchObject({ state: 'waiting' });
    expect(await act.inbox(commune)).toEqual(expect.arrayContaining([document, recall]));
    expect(await gateway.client(commune).ack(entry.delivery)).toMatchObject({ state: 'delivered' });
  });
});

describe('a recall during an attempt', () => {
  it('loses no race: whatever comes first, the recipient has both or neither', async () => {
    gateway.receiver.behave({ does: 'take' });
    const pairs = await Promise.all(
      Array.from({ length: 12 }, async () => {
        const documentId = freshId();
        const document = await act.send(department, (a) => a.document({ documentId, to: toPushed }));
        return { document, recall: await recallOf(documentId, toPushed) };
      }),
    );
    for (const { document, recall } of pairs) {
      const final = await eventually(async () => {
        const states = [await act.deliveryOf(department, document, pushed), await act.deliveryOf(department, recall, pushed)];
        return states.some(({ state }) => state === 'waiting') ? undefined : states.map(({ state }) => state);
      });
      expect([
        ['delivered', 'delivered'],
        ['cancelled', 'cancelled'],
      ]).toContainEqual(final);
    }
  });
});
