import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { DocumentAnswer, DocumentList } from '../../src/client/client.ts';
import { jsonOf, lienthong } from '../cli/command-line.ts';
import { actors, freshId, replacementOf, updateOf } from '../support/acts.ts';
import { eventually } from '../support/eventually.ts';
import type { TestGateway } from '../support/gateway.ts';
import { startTestGateway, usual } from '../support/gateway.ts';

const { department, commune } = usual;
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

const send = (documentId: string, number = '15') =>
  act.send(department, (a) => a.document({ documentId, number, notation: 'VB-SO', to: to(commune, another) }));
const recall = (documentId: string) =>
  act.send(department, (a) =>
    a.document({ action: 'recall', targetId: documentId, documentId, attachments: [], to: to(commune, another) }),
  );
const status = (from: string, documentId: string, code: string) =>
  act.send(from, (a) => a.status({ status: code, description: 'Lý do', about: { code: department, documentId, number: '', date: '' } }));
const shown = (id: string) => gateway.client(department).document(id);
/** Waits until what takes this document back has been carried out: at the latest by the sweeper, which may just be at it. */
const carriedOut = (id: string, code: string) => eventually(async () => at(await shown(id), code).transport.state === 'cancelled');
const at = (document: DocumentAnswer, code: string) => {
  const found = document.recipients.find(({ recipient }) => recipient === code);
  if (found === undefined) throw new Error(`no recipient ${code}`);
  return found;
};

describe('a document', () => {
  it('shows its packages, and at each recipient transport and business state side by side, with times and persons', async () => {
    const documentId = freshId();
    const document = await send(documentId);
    await act.take(commune, document);
    await status(commune, documentId, '03');
    const update = await act.send(department, (a) =>
      a.document({ documentId, act: updateOf(documentId, { data: true }), to: to(commune, another) }),
    );
    const found = await eventually(async () => {
      const one = await shown(document);
      return at(one, commune).business.current !== undefined && at(one, commune).notices.length === 1 && one;
    });
    expect(found.packages).toMatchObject([
      { package: document, act: 'new' },
      { package: update, act: 'update', reason: 'Điều chỉnh nơi nhận' },
    ]);
    expect(at(found, commune)).toMatchObject({
      transport: { state: 'delivered', law: { state: 'kept' } },
      business: { current: { code: '03', staff: { name: 'Trần Văn Cần' } } },
      owed: { state: 'kept' },
      notices: [{ package: update, act: 'update' }],
    });
    expect(at(found, another)).toMatchObject({ transport: { state: 'waiting' }, business: { history: [] } });
    expect(at(found, another).owed).toBeUndefined();
  });

  it('shows both sides of a recall after delivery: asked, and the answer once it comes; and that none is needed before it', async () => {
    const documentId = freshId();
    const document = await send(documentId);
    await act.take(commune, document);
    const recalled = await recall(documentId);
    await carriedOut(document, another);
    expect(at(await shown(document), commune).recall).toMatchObject({
      package: recalled,
      answer: 'waiting',
      transport: { state: 'waiting' },
    });
    expect(at(await shown(document), another)).toMatchObject({ transport: { state: 'cancelled' }, recall: { answer: 'needless' } });
    await act.take(commune, recalled);
    expect(at(await shown(document), commune).recall).toMatchObject({ answer: 'waiting', transport: { state: 'delivered' } });
    await status(commune, documentId, '15');
    const answered = await eventually(async () => {
      const { recall: one } = at(await shown(document), commune);
      return one?.answer === 'agreed' ? one : undefined;
    });
    expect(answered).toMatchObject({ said: { code: '15', staff: { name: 'Trần Văn Cần' } } });
    // named by the recall, too
    expect((await shown(recalled)).id).toBe(document);
  });

  it('that replaces another names it, and is named by it', async () => {
    const documentId = freshId();
    const old = await send(documentId);
    const replacing = await act.send(department, (a) =>
      a.document({ documentId: freshId(), act: replacementOf([[documentId, []]]), to: to(commune, another) }),
    );
    const { replaces } = await eventually(async () => {
      const one = await shown(replacing);
      return (one.replaces?.length ?? 0) > 0 && one;
    });
    expect(replaces).toEqual([old]);
    expect((await shown(old)).packages.map((one) => [one.package, one.act])).toEqual([
      [old, 'new'],
      [replacing, 'replace'],
    ]);
  });

  it('is shown to its sender and to operators, to nobody else', async () => {
    const document = await send(freshId(), '77');
    for (const refused of [gateway.client(stranger), gateway.client(commune)]) {
      await expect(refused.document(document)).rejects.toMatchObject({ status: 404 });
    }
    expect((await gateway.operator.document(document)).id).toBe(document);
    const listed = async (client: Pick<typeof gateway.operator, 'documents'>, query = {}) =>
      (await client.documents({ reference: '077/VB-SO', ...query })).documents.map(({ id }) => id);
    expect(await listed(gateway.operator)).toEqual([document]);
    expect(await listed(gateway.client(department))).toEqual([document]);
    expect(await listed(gateway.operator, { sender: department })).toEqual([document]);
    expect(await listed(gateway.client(stranger))).toEqual([]);
    expect(await listed(gateway.client(stranger), { sender: department })).toEqual([]);
    const status03 = await status(commune, 'khong-co', '03');
    await expect(gateway.operator.document(status03)).rejects.toMatchObject({ status: 404 });
  });

  it('is listed while its recipient owes a report, until that comes', async () => {
    const documentId = freshId();
    const document = await send(documentId);
    await act.take(commune, document);
    const { delivery } = at(await shown(document), commune);
    await gateway.database?.pool.query(`insert into law_warnings (delivery_id, duty, level, at) values ($1, 'owed', 'late', now())`, [
      delivery,
    ]);
    const owing = async () => (await gateway.client(department).documents({ owed: 'late' })).documents.map(({ id }) => id);
    expect(await owing()).toEqual([document]);
    expect((await gateway.operator.operator.deliveries({ owed: 'late' })).deliveries.map(({ id }) => id)).toEqual([delivery]);
    await status(commune, documentId, '01');
    await eventually(async () => (await owing()).length === 0);
    const { rows } = (await gateway.database?.pool.query('select reported_at from law_warnings where delivery_id = $1', [delivery])) ?? {
      rows: [],
    };
    expect(rows).toEqual([{ reported_at: expect.any(Date) }]);
  });
});

describe('lienthong documents', () => {
  it('lists and shows them from the store, and with a client as that client sees them', async () => {
    const documentId = freshId();
    const document = await send(documentId, '99');
    await act.take(commune, document);
    await recall(documentId);
    await carriedOut(document, another);
    const secret = join(gateway.folder, 'secret');
    const login = gateway.agency(stranger).client;
    await writeFile(secret, gateway.agency(department).client.secret);
    const as = ['--url', gateway.url, '--client', gateway.agency(department).client.id, '--secret-file', secret];
    const list = ['documents', 'list', '--reference', '99/VB-SO'];
    const ours = await jsonOf<DocumentList>([...list, '--sender', department], gateway.env);
    expect(ours.documents).toMatchObject([{ id: document, done: { recall: 1 }, reported: 0 }]);
    expect(await jsonOf<DocumentList>([...list, ...as])).toEqual(ours);
    const view = await jsonOf<DocumentAnswer>(['documents', 'show', document], gateway.env);
    expect(await jsonOf<DocumentAnswer>(['documents', 'show', document, ...as])).toEqual(view);
    const { stdout } = await lienthong(['documents', 'show', document], gateway.env);
    expect(stdout).toMatch(new RegExp(`${commune}.*đang chờ \\(waiting\\).*chờ trả lời \\(waiting\\)`));
    expect(stdout).toMatch(new RegExp(`${another}.*không cần: chưa đến nơi \\(needless\\)`));
    await writeFile(secret, login.secret);
    const foreign = await lienthong(['documents', 'show', document, '--url', gateway.url, '--client', login.id, '--secret-file', secret]);
    expect(foreign.code).not.toBe(0);
    expect(foreign.stderr).toContain('DOCUMENT_UNKNOWN');
    expect((await lienthong(['documents', 'list', '--client', 'x'], gateway.env)).code).toBe(2);
  });
});
