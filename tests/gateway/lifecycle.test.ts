import { newId } from '../support/acceptance.ts';
import { actors, freshId, replacementOf, updateOf } from '../support/acts.ts';
import { eventually } from '../support/eventually.ts';
import type { TestGateway } from '../support/gateway.ts';
import { startTestGateway, usual } from '../support/gateway.ts';

const { department, commune, pushed } = usual;
const another = '000.00.47.H61';
const stranger = '000.00.13.H61';
const to = (...codes: string[]) => codes.map((code) => ({ code, name: code }));
let gateway: TestGateway;
let act: ReturnType<typeof actors>;

beforeAll(async () => {
  gateway = await startTestGateway({ agencies: [{ code: another }, { code: stranger }] });
  act = actors(gateway);
});
afterAll(() => gateway?.close());
beforeEach(() => gateway.receiver.behave({ does: 'take' }));

const send = (documentId: string, ...codes: string[]) => act.send(department, (a) => a.document({ documentId, to: to(...codes) }));
const recall = (documentId: string, from: string, ...codes: string[]) =>
  act.send(from, (a) => a.document({ action: 'recall', targetId: documentId, documentId, attachments: [], to: to(...codes) }));
const update = (documentId: string, change: Parameters<typeof updateOf>[1], ...codes: string[]) =>
  act.send(department, (a) => a.document({ documentId, act: updateOf(documentId, change), to: to(...codes) }));
const status = (from: string, documentId: string, code: string, more: { timestamp?: string; number?: string; date?: string } = {}) =>
  act.send(from, (a) =>
    a.status({
      status: code,
      description: 'Lý do',
      ...(more.timestamp === undefined ? {} : { timestamp: more.timestamp }),
      about: { code: department, documentId, number: more.number ?? '', date: more.date ?? '' },
    }),
  );
const lifeOf = async (id: string, code: string) =>
  (await act.deliveryOf(department, id, code)) as Awaited<ReturnType<typeof act.deliveryOf>>;

describe('acts whose document can not be told', () => {
  it('wait, held, for a document that has not come, which is then never delivered when it was recalled', async () => {
    const documentId = freshId();
    const early = await recall(documentId, department, commune);
    expect(await act.deliveryOf(department, early, commune)).toMatchObject({ state: 'held', problem: { code: 'TARGET_UNKNOWN' } });
    const document = await send(documentId, commune);
    await act.settles(department, document, commune, 'cancelled');
    await act.settles(department, early, commune, 'cancelled');
    expect(await act.inbox(commune)).not.toEqual(expect.arrayContaining([document]));
  });

  it('are held for a person when several fit, and go on with the one that the person names', async () => {
    const documentId = freshId();
    const first = await send(documentId, commune);
    const second = await send(documentId, commune);
    const id = await recall(documentId, department, commune);
    expect(await act.deliveryOf(department, id, commune)).toMatchObject({ state: 'held', problem: { code: 'TARGET_AMBIGUOUS' } });
    const [found] = (await gateway.operator.operator.acts()).acts.filter((one) => one.package === id);
    expect(found?.candidates).toEqual([first, second].sort());
    const other = await act.send(stranger, (a) => a.document({ to: to(commune) }));
    await expect(gateway.operator.operator.matchAct(found?.id ?? '', other)).rejects.toMatchObject({
      problems: [expect.objectContaining({ code: 'ACT_TARGET_REFUSED' })],
    });
    await gateway.operator.operator.matchAct(found?.id ?? '', first);
    expect(await act.deliveryOf(department, first, commune)).toMatchObject({ state: 'cancelled' });
    expect(await act.deliveryOf(department, second, commune)).toMatchObject({ state: 'waiting' });
    await expect(gateway.operator.operator.dismissAct(found?.id ?? '', 'x')).rejects.toMatchObject({ status: 404 });
  });

  it('of somebody else are refused: only the sender of a document may act upon it', async () => {
    const documentId = freshId();
    const document = await send(documentId, commune);
    const id = await recall(documentId, stranger, commune);
    expect(await act.deliveryOf(stranger, id, commune)).toMatchObject({ state: 'failed', problem: { code: 'TARGET_FOREIGN' } });
    expect(await act.deliveryOf(department, document, commune)).toMatchObject({ state: 'waiting' });
  });
});

describe('an update', () => {
  it('waits behind its document, for an inbox and for a push', async () => {
    const documentId = freshId();
    gateway.receiver.behave({ does: 'answer', status: 503 });
    const document = await send(documentId, commune, pushed);
    const changed = await update(documentId, { data: true }, commune, pushed);
    expect(await act.inbox(commune)).not.toEqual(expect.arrayContaining([changed]));
    await act.take(commune, document);
    await act.take(commune, changed);
    gateway.receiver.behave({ does: 'take' });
    await act.settles(department, changed, pushed, 'delivered');
    const order = gateway.receiver.pushes.map(({ packageId }) => packageId).filter((id) => id === document || id === changed);
    expect(order).toEqual([document, changed]);
  });

  it('brings the document to a recipient that it adds, and takes it back from one that it removes', async () => {
    const documentId = freshId();
    const document = await send(documentId, commune);
    const changed = await update(documentId, { added: [another], removed: [commune] }, commune);
    expect(await act.deliveryOf(department, document, commune)).toMatchObject({
      state: 'cancelled',
      problem: { code: 'REMOVED_BY_SENDER' },
    });
    expect(await act.deliveryOf(department, changed, commune)).toMatchObject({ state: 'cancelled' });
    await act.take(another, document);
    await act.take(another, changed);
    await expect(gateway.operator.operator.release((await act.deliveryOf(department, document, commune)).id, 'x')).rejects.toMatchObject({
      problems: [expect.objectContaining({ code: 'DELIVERY_WITHDRAWN' })],
    });
  });

  it('of a recalled document fails, and its sender is told', async () => {
    const documentId = freshId();
    const document = await send(documentId, commune);
    await act.take(commune, document);
    await recall(documentId, department, commune);
    const changed = await update(documentId, { data: true }, commune);
    expect(await act.deliveryOf(department, changed, commune)).toMatchObject({ state: 'failed', problem: { code: 'TARGET_RECALLED' } });
    const { receipts } = await gateway.client(department).package(changed);
    expect(receipts.map(({ kind }) => kind)).toContain('failed');
  });
});

describe('a replacement', () => {
  it('replaces for the agencies that it lists, behind the old document', async () => {
    const documentId = freshId();
    const document = await send(documentId, commune, another);
    const replacing = await act.send(department, (a) =>
      a.document({ documentId: freshId(), act: replacementOf([[documentId, [commune]]]), to: to(commune, another) }),
    );
    expect(await act.inbox(another)).toEqual(expect.arrayContaining([document, replacing]));
    expect(await act.inbox(commune)).not.toEqual(expect.arrayContaining([replacing]));
    await act.take(commune, document);
    await act.take(commune, replacing);
    expect((await lifeOf(document, commune)).life?.standing).toBe('replaced');
    expect((await lifeOf(document, another)).life?.standing).toBeUndefined();
  });
});

describe('a replaced document', () => {
  it('is recalled as any other, by itself: its replacement stays; and is updated no more', async () => {
    const documentId = freshId();
    const document = await send(documentId, commune);
    await act.take(commune, document);
    const replacing = await act.send(department, (a) =>
      a.document({ documentId: freshId(), act: replacementOf([[documentId, []]]), to: to(commune) }),
    );
    await act.take(commune, replacing);
    const changed = await update(documentId, { data: true }, commune);
    expect(await act.deliveryOf(department, changed, commune)).toMatchObject({ state: 'failed', problem: { code: 'TARGET_REPLACED' } });
    const recalled = await recall(documentId, department, commune);
    await act.take(commune, recalled);
    expect((await lifeOf(document, commune)).life?.standing).toBe('recalled');
    expect((await lifeOf(replacing, commune)).life?.standing).toBeUndefined();
  });

  it('that has not been fetched is taken out of the inbox by a recall, and the replacement goes on', async () => {
    const documentId = freshId();
    const document = await send(documentId, commune);
    const replacing = await act.send(department, (a) =>
      a.document({ documentId: freshId(), act: replacementOf([[documentId, []]]), to: to(commune) }),
    );
    await recall(documentId, department, commune);
    await act.settles(department, document, commune, 'cancelled');
    await act.take(commune, replacing);
    expect(await act.inbox(commune)).not.toEqual(expect.arrayContaining([document]));
  });
});

describe('statuses', () => {
  it('stand beside the transport state, with times and the person who acted, in whatever order they come', async () => {
    const documentId = freshId();
    const document = await send(documentId, commune);
    await act.take(commune, document);
    await status(commune, documentId, '03', { timestamp: '2026/03/02 10:05:00' });
    await status(commune, documentId, '01', { timestamp: '2026/03/02 09:05:00' });
    await status(commune, documentId, '02', { timestamp: '2026/03/02 11:05:00' });
    const { state, life } = await eventually(async () => {
      const found = await lifeOf(document, commune);
      return found.life?.history.length === 3 ? found : undefined;
    });
    expect(state).toBe('delivered');
    expect(life?.history.map(({ code, regression }) => [code, regression])).toEqual([
      ['01', false],
      ['03', false],
      ['02', true],
    ]);
    expect(life?.history[1]).toMatchObject({ statedAt: '2026-03-02T10:05:00.000+07:00', staff: { name: 'Trần Văn Cần' } });
  });

  it('are matched by number, notation and year when there is no id, and later when the document comes later', async () => {
    const number = String(700 + (process.pid % 200));
    const notation = 'LC-ND';
    const early = await status(commune, '', '01', { number: `0${number}/${notation}`, date: '2026/05/01' });
    await eventually(async () => (await gateway.client(commune).package(early)).acts.find(({ state }) => state === 'unmatched'));
    const document = await act.send(department, (a) => a.document({ number, notation, documentId: freshId(), to: to(commune) }));
    await eventually(async () => (await lifeOf(document, commune)).life?.current?.code === '01');
  });

  it('are matched in their own year only: a number is unique for a year', async () => {
    const number = String(100 + (process.pid % 200));
    const notation = 'LC-NAM';
    const of = (year: number) =>
      act.send(department, (a) =>
        a.document({ number, notation, promulgationDate: `${year}/03/02`, documentId: freshId(), to: to(commune) }),
      );
    const [before, document] = [await of(2025), await of(2026)];
    await status(commune, '', '03', { number: `${number}/${notation}`, date: '2026/05/01' });
    await eventually(async () => (await lifeOf(document, commune)).life?.current?.code === '03');
    expect((await lifeOf(before, commune)).life?.history).toEqual([]);
    const undated = await status(commune, '', '05', { number: `${number}/${notation}` });
    await eventually(async () => (await gateway.client(commune).package(undated)).acts.find(({ state }) => state === 'unmatched'));
  });

  it('of somebody who did not get the document are passed on and recorded for nobody', async () => {
    const documentId = freshId();
    const document = await send(documentId, commune);
    const said = await status(stranger, documentId, '03');
    await eventually(async () => (await gateway.client(stranger).package(said)).acts.find(({ state }) => state === 'unmatched'));
    expect((await lifeOf(document, commune)).life?.history).toEqual([]);
    expect(await act.inbox(department)).toEqual(expect.arrayContaining([said]));
  });

  it('take a document back by 13, and a 16 lets the sender ask again', async () => {
    const documentId = freshId();
    const document = await send(documentId, commune);
    await act.take(commune, document);
    const takeBack = await act.send(department, (a) =>
      a.status({ status: '13', description: 'Ban hành nhầm', about: { code: commune, documentId, number: '', date: '' } }),
    );
    await act.take(commune, takeBack);
    const again = await recall(documentId, department, commune);
    expect(await act.deliveryOf(department, again, commune)).toMatchObject({ state: 'cancelled', problem: { code: 'ACT_REPEATED' } });
    await status(commune, documentId, '16');
    await eventually(async () => (await lifeOf(document, commune)).life?.answer?.code === '16');
    const insisting = await recall(documentId, department, commune);
    await act.take(commune, insisting);
    const { life } = await lifeOf(document, commune);
    expect(life?.notices.map(({ act: name, state }) => [name, state])).toEqual([
      ['status', 'delivered'],
      ['recall', 'cancelled'],
      ['recall', 'delivered'],
    ]);
  });

  it('are never made by the gateway: the database refuses one that no package of the agency says', async () => {
    const documentId = freshId();
    const document = await send(documentId, commune);
    const delivery = (await act.deliveryOf(department, document, commune)).id;
    const forged = (packageId: string, agency: string) =>
      gateway.database?.pool.query(
        `insert into statuses (id, package_id, delivery_id, agency_id, status_code, received_at, description, staff)
         values ($1, $2, $3, $4, '03', now(), '', '{}')`,
        [newId(), packageId, delivery, gateway.agency(agency).agencyId],
      );
    await expect(forged(document, commune)).rejects.toThrow('was not said by its agency');
    const said = await status(stranger, documentId, '03');
    await expect(forged(said, stranger)).rejects.toThrow('was not said by its agency');
    await expect(forged(said, commune)).rejects.toThrow('was not said by its agency');
  });
});
