import { setTimeout as pause } from 'node:timers/promises';
import { actors, freshId } from '../support/acts.ts';
import { eventually } from '../support/eventually.ts';
import type { TestGateway } from '../support/gateway.ts';
import { startTestGateway, usual } from '../support/gateway.ts';
import type { Manner } from '../support/push-receiver.ts';

const { department, pushed } = usual;
const to = [{ code: pushed, name: 'UBND xã' }];
let gateway: TestGateway;
let act: ReturnType<typeof actors>;

beforeAll(async () => {
  gateway = await startTestGateway();
  act = actors(gateway);
});
afterAll(() => gateway?.close());

/** A document whose push has reached a slow recipient, and its recall, accepted while that says nothing; `answer` lets it speak. */
async function recalledInFlight(manner: (when: Promise<void>) => Manner) {
  let answer: () => void = () => undefined;
  const when = new Promise<void>((resolve) => {
    answer = resolve;
  });
  let reached = false;
  gateway.receiver.behave(() => {
    if (reached) return { does: 'take' };
    reached = true;
    return manner(when);
  });
  const documentId = freshId();
  const document = await act.send(department, (a) => a.document({ documentId, to }));
  await eventually(async () => reached);
  const recall = await act.send(department, (a) => a.document({ action: 'recall', targetId: documentId, documentId, attachments: [], to }));
  // the recall has been looked at: its document is marked
  await eventually(async () => (await act.deliveryOf(department, document, pushed)).life?.standing === 'recalled');
  expect((await act.deliveryOf(department, document, pushed)).state).toBe('waiting');
  return { document, recall, answer };
}

/** How the two deliveries end, and how often each package was taken by the recipient. */
async function outcome({ document, recall }: { readonly document: string; readonly recall: string }) {
  const states = await eventually(async () => {
    const found = [await act.deliveryOf(department, document, pushed), await act.deliveryOf(department, recall, pushed)];
    return found.some(({ state }) => state === 'waiting') ? undefined : found.map(({ state }) => state);
  }, 30);
  const taken = (id: string) => gateway.receiver.pushes.filter(({ packageId }) => packageId === id).length;
  const receipts = async (id: string) => (await gateway.client(department).package(id)).receipts.map(({ kind }) => kind);
  return { states, taken: [taken(document), taken(recall)], receipts: [await receipts(document), await receipts(recall)] };
}

describe('a recall while a slow recipient has said nothing yet', () => {
  it('follows the document when the recipient takes it', async () => {
    const pair = await recalledInFlight((when) => ({ does: 'take', when }));
    pair.answer();
    expect(await outcome(pair)).toEqual({
      states: ['delivered', 'delivered'],
      taken: [1, 1],
      receipts: [
        ['accepted', 'delivered'],
        ['accepted', 'delivered'],
      ],
    });
    const { recipients } = await gateway.client(department).document(pair.document);
    expect(recipients).toMatchObject([
      { transport: { state: 'delivered' }, recall: { answer: 'waiting', transport: { state: 'delivered' } } },
    ]);
  });

  it('cancels the document when the recipient answers that it did not take it, and is not sent itself', async () => {
    const pair = await recalledInFlight((when) => ({ does: 'answer', status: 503, when }));
    pair.answer();
    expect(await outcome(pair)).toEqual({
      states: ['cancelled', 'cancelled'],
      taken: [0, 0],
      receipts: [
        ['accepted', 'cancelled'],
        ['accepted', 'cancelled'],
      ],
    });
  });

  it('goes, and the document is not sent again, when the recipient took it and nobody hears of it', async () => {
    // on a connection of its own: over one that was kept the push is made again at once, the recipient knows it by its delivery
    await gateway.receiver.down();
    await gateway.receiver.up();
    const pair = await recalledInFlight((when) => ({ does: 'take', when, silently: true }));
    pair.answer();
    expect(await outcome(pair)).toMatchObject({ states: ['cancelled', 'delivered'], taken: [1, 1] });
  });

  it('goes, and the document is not sent again, when the gateway is killed and the recipient takes it meanwhile', async () => {
    const pair = await recalledInFlight((when) => ({ does: 'take', when }));
    await gateway.processes[0]?.kill();
    pair.answer();
    await gateway.receiver.until((pushes) => pushes.some(({ packageId }) => packageId === pair.document));
    await gateway.restart();
    expect(await outcome(pair)).toMatchObject({
      states: ['cancelled', 'delivered'],
      taken: [1, 1],
      receipts: [
        ['accepted', 'cancelled'],
        ['accepted', 'delivered'],
      ],
    });
    const { attemptList } = await act.deliveryOf(department, pair.document, pushed);
    expect(attemptList.map(({ result }) => result)).toEqual(['fault']);
  });

  it('loses nothing when the gateway is killed at any moment around it', async () => {
    for (const wait of [0, 5, 20, 60, 150]) {
      const documentId = freshId();
      gateway.receiver.behave(() => ({ does: 'take', when: pause(40) }));
      const document = await act.send(department, (a) => a.document({ documentId, to }));
      const recalling = { action: 'recall', targetId: documentId, documentId, attachments: [], to } as const;
      const bytes = gateway.agency(department).document(recalling);
      const asked = act.send(department, () => bytes).catch(() => undefined);
      await pause(wait);
      await gateway.processes[0]?.kill();
      await asked;
      await gateway.restart();
      // the same bytes again: their first receipt, or the first time
      const recall = await act.send(department, () => bytes);
      const { taken } = await outcome({ document, recall });
      // the recipient has the document and then its recall, or neither
      expect(Math.min(taken[0] ?? 0, 1)).toBeLessThanOrEqual(taken[1] ?? 0);
      const order = gateway.receiver.pushes.map(({ packageId }) => packageId);
      if ((taken[0] ?? 0) > 0) expect(order.lastIndexOf(document)).toBeLessThan(order.indexOf(recall));
    }
  });
});
