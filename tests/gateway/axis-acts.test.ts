import { lienthong } from '../cli/command-line.ts';
import { actors, freshId } from '../support/acts.ts';
import { entry, outside, serve } from '../support/axis-mailbox.ts';
import { openAxisRoute } from '../support/axis-pair.ts';
import { makeIdentity } from '../support/certificates.ts';
import { eventually } from '../support/eventually.ts';
import type { TestGateway } from '../support/gateway.ts';
import { startTestGateway, usual } from '../support/gateway.ts';
import type { PackageSpec } from '../support/packages.ts';
import { buildPackage } from '../support/packages.ts';
import { signQuickly } from '../support/quick-signer.ts';
import { type AskedCall, fail, ok, startUnkindAxis, type UnkindAxis } from '../support/unkind-axis.ts';

const { department } = usual;
const elsewhere = '000.00.02.G22';
const carrier = 'TRUC.QG';
const secret = 'bi mat';

let axis: UnkindAxis;

beforeAll(async () => {
  axis = await startUnkindAxis(secret);
});
afterAll(() => axis?.close());
beforeEach(() => {
  axis.script = {};
  axis.calls.length = 0;
});

async function startProvince(signaturePolicy: 'required' | 'optional'): Promise<TestGateway> {
  const province = await startTestGateway({
    agencies: [
      { code: carrier, agency: { channel: 'upward', signaturePolicy } },
      { code: outside, agency: { channel: 'upward' } },
    ],
    env: { LIENTHONG_PUSH_SECONDS: '5', LIENTHONG_BREAKER: '{"opensAfter": 1000}' },
  });
  await openAxisRoute(province, carrier, { endpoint: axis.endpoint, systemId: 'tinh.h61', secret, settings: { syncHours: 0 } });
  return province;
}

/** Lists entries for the department until they are told done or fail. */
const serveAll = (packages: Readonly<Record<string, Buffer>>) =>
  serve(
    packages,
    Object.keys(packages).map((id) => entry(id)),
  );

const entryState = async (province: TestGateway, id: string) =>
  (await province.rows<{ state: string }>('select state from upward_entries where entry_id = $1', [id]))[0]?.state;

/** What the province has of packages with this document id: action, recipients with their states and why. */
const held = (province: TestGateway, documentId: string) =>
  province.rows<{ action: string; state: string; why: string | null; signature: string }>(
    `select p.action, d.state, d.problem->>'code' as why, p.signature_state as signature from packages p join deliveries d on d.package_id = p.id
     where p.document_id = $1 and p.accepted order by p.action`,
    [documentId],
  );

describe('a recall over the link', () => {
  let province: TestGateway;
  beforeAll(async () => {
    province = await startProvince('optional');
  });
  afterAll(() => province?.close());

  const send = (spec: PackageSpec) => actors(province).send(department, (one) => one.document({ to: [{ code: outside }], ...spec }));
  const recall = (documentId: string) => send({ documentId, targetId: documentId, action: 'recall', attachments: [] });
  const sent = () => axis.asked('sendEdoc').map(({ body }) => (body.includes(':BussinessDocType>1<') ? 'recall' : 'document'));
  const attempts = async (id: string) =>
    (await province.rows('select from attempts a join deliveries d on d.id = a.delivery_id where d.package_id = $1', [id])).length;

  it('takes back what the axis was not given: neither goes up when its door opens', async () => {
    const documentId = freshId();
    axis.script = { sendEdoc: () => ({ status: 401, body: JSON.stringify(fail('15', 'het han')) }) };
    const id = await send({ documentId });
    await eventually(async () => (await attempts(id)) > 0);
    await recall(documentId);
    await eventually(async () => (await held(province, documentId)).every(({ state }) => state === 'cancelled'));
    expect((await held(province, documentId)).map(({ action, why }) => [action, why])).toEqual([
      ['new', 'RECALLED_BY_SENDER'],
      ['recall', 'ACT_BEFORE_DELIVERY'],
    ]);
    axis.calls.length = 0;
    axis.script = { sendEdoc: ({ nth }) => ({ ...ok, DocId: `open-${nth}` }) };
    // what goes up after them shows that they had their turn
    const later = await send({});
    await eventually(async () => (await actors(province).deliveryOf(department, later, outside)).state === 'delivered');
    expect(sent()).toEqual(['document']);
  });

  it('is submitted for what the axis has, and for what it may have', async () => {
    const [known, doubted] = [freshId(), freshId()];
    axis.script = { sendEdoc: ({ nth }) => ({ ...ok, DocId: `known-${nth}` }) };
    const id = await send({ documentId: known });
    await actors(province).settles(department, id, outside, 'delivered');
    axis.script = { sendEdoc: () => 'cut', getSentEdocList: () => ({ status: 502, body: 'Bad gateway' }) };
    const lost = await send({ documentId: doubted });
    await eventually(async () => (await attempts(lost)) > 0);
    axis.calls.length = 0;
    axis.script = { ...axis.script, sendEdoc: ({ nth }: AskedCall) => ({ ...ok, DocId: `recall-${nth}` }) };
    const recalls = [await recall(known), await recall(doubted)];
    for (const one of recalls) await actors(province).settles(department, one, outside, 'delivered');
    expect(sent()).toEqual(['recall', 'recall']);
    expect(axis.asked('sendEdoc').map(({ values }) => values.get('to'))).toEqual([JSON.stringify([outside]), JSON.stringify([outside])]);
    expect((await actors(province).deliveryOf(department, id, outside)).state).toBe('delivered');
    expect((await actors(province).deliveryOf(department, lost, outside)).state).toBe('cancelled');
  });

  /** A document of the agency outside, and its recall. */
  function theirs() {
    const documentId = freshId();
    const spec = { from: { code: outside }, to: [{ code: department }], documentId, number: documentId.replace(/\D/g, '').slice(-9) };
    return {
      documentId,
      document: buildPackage(spec),
      recalled: buildPackage({ ...spec, action: 'recall', targetId: documentId, attachments: [] }),
    };
  }

  it('that comes down before its document is held for it, and then neither is delivered', async () => {
    const { documentId, document, recalled } = theirs();
    axis.script = serveAll({ 'early-recall': recalled });
    await eventually(async () => (await entryState(province, 'early-recall')) === 'done');
    expect((await held(province, documentId)).map(({ state, why }) => [state, why])).toEqual([['held', 'TARGET_UNKNOWN']]);
    axis.script = serveAll({ 'late-document': document });
    await eventually(async () => (await held(province, documentId)).filter(({ state }) => state === 'cancelled').length === 2);
    expect([axis.told('early-recall'), axis.told('late-document')]).toEqual([['done'], ['done']]);
  });

  it('that comes down takes back what nobody has read, and is delivered to whoever has', async () => {
    const [unread, read] = [theirs(), theirs()];
    axis.script = serveAll({ unread: unread.document, read: read.document });
    await eventually(async () => (await entryState(province, 'unread')) === 'done' && (await entryState(province, 'read')) === 'done');
    const [{ id } = { id: '' }] = await province.rows<{ id: string }>('select id from packages where document_id = $1', [read.documentId]);
    await actors(province).fetch(department, id);
    axis.script = serveAll({ 'unread-recall': unread.recalled, 'read-recall': read.recalled });
    await eventually(async () => (await held(province, unread.documentId)).every(({ state }) => state === 'cancelled'));
    await eventually(async () => (await held(province, read.documentId)).length === 2);
    expect((await held(province, read.documentId)).map(({ action, state }) => [action, state])).toEqual([
      ['new', 'waiting'],
      ['recall', 'waiting'],
    ]);
    const [notice] = await province.rows<{ id: string }>(`select id from packages where document_id = $1 and action = 'recall'`, [
      read.documentId,
    ]);
    await eventually(async () => (await actors(province).inbox(department)).includes(notice?.id ?? ''));
  });
});

describe('a carrier whose packages must be signed', () => {
  let province: TestGateway;
  beforeAll(async () => {
    province = await startProvince('required');
  });
  afterAll(() => province?.close());

  it('brings what the sender elsewhere signed, and keeps in quarantine what nobody signed, or somebody else, or was altered', async () => {
    const signed = () => province.agency(outside).document({ to: [{ code: department }] });
    const stranger = await makeIdentity('p256', { name: 'Người lạ' });
    const spec = { to: [{ code: department }] };
    const unsigned = buildPackage({ ...spec, from: { code: outside }, number: '801', documentId: freshId() });
    const unknown = signQuickly(buildPackage({ ...spec, from: { code: elsewhere }, number: '802', documentId: freshId() }), stranger);
    const foreign = signQuickly(buildPackage({ ...spec, from: { code: outside }, number: '803', documentId: freshId() }), stranger);
    const altered = Buffer.from(signed().toString().replace('<edXML:Subject>', '<edXML:Subject>Sửa: '));
    const packages = { right: signed(), unsigned, unknown, foreign, altered };
    axis.script = serveAll(packages);
    await eventually(async () => {
      const states = await Promise.all(Object.keys(packages).map((id) => entryState(province, id)));
      return states.join() === 'done,quarantined,quarantined,quarantined,quarantined';
    });
    const found = await province.rows<{ entry_id: string; problems: { code: string }[] }>(
      'select entry_id, problems from upward_entries where state = $1',
      ['quarantined'],
    );
    expect(Object.fromEntries(found.map(({ entry_id, problems }) => [entry_id, problems.map(({ code }) => code)]))).toEqual({
      unsigned: ['SIGNATURE_MISSING'],
      unknown: ['CERTIFICATE_UNKNOWN'],
      foreign: ['SIGNATURE_INVALID'],
      altered: ['SIGNATURE_INVALID'],
    });
    expect(await province.rows('select signature_state, route from packages where accepted')).toEqual([
      { signature_state: 'valid', route: 'axis' },
    ]);
    expect(Object.keys(packages).map(axis.told)).toEqual([['done'], [], [], [], []]);
  });

  it('brings it when the operator has it fetched again under another policy, and tells the axis fail when it is refused', async () => {
    axis.script = serveAll({
      again: buildPackage({ from: { code: outside }, to: [{ code: department }], number: '804', documentId: freshId() }),
    });
    await eventually(async () => (await entryState(province, 'again')) === 'quarantined');
    const { stdout } = await lienthong(['axis', 'show', 'axis', 'again'], province.env);
    expect(stdout).toContain('SIGNATURE_MISSING');
    await province.rows(`update agencies set signature_policy = 'optional' where id = $1`, [province.agency(carrier).agencyId]);
    await lienthong(['axis', 'retry', 'axis', 'again', '--reason', 'trục không giữ chữ ký'], province.env);
    await eventually(async () => (await entryState(province, 'again')) === 'done');
    await lienthong(['axis', 'refuse', 'axis', 'unsigned', '--reason', 'không có chữ ký'], province.env);
    await eventually(async () => (await entryState(province, 'unsigned')) === 'refused');
    expect([axis.told('again'), axis.told('unsigned')]).toEqual([['done'], ['fail']]);
  });
});
