import { jsonOf } from '../cli/command-line.ts';
import { updateOf } from '../support/acts.ts';
import type { TestAxis } from '../support/axis.ts';
import { eDoc, entriesIn, ok, startTestAxis } from '../support/axis.ts';
import { makeIdentity, type TestIdentity } from '../support/certificates.ts';
import { eventually } from '../support/eventually.ts';
import type { PackageSpec } from '../support/packages.ts';
import { buildPackage, buildStatus } from '../support/packages.ts';
import { signQuickly } from '../support/quick-signer.ts';

const [a, b, office] = ['000.00.00.H61', '000.00.00.H53', '000.00.12.H61'];
const wards = Array.from({ length: 12 }, (_, i) => `H53.${i + 1}`);
const [ward, village, hamlet] = wards as [string, string, string];
let axis: TestAxis;
let key: TestIdentity;
let count = 0;

beforeAll(async () => {
  axis = await startTestAxis({ [a]: [office], [b]: wards });
  key = await makeIdentity('p256', { name: 'Bên gửi' });
});
afterAll(() => axis?.close());

const env = () => axis.gateway.env as Record<string, string>;

function document(to: readonly string[], more: Partial<PackageSpec> = {}): Buffer {
  const number = String(++count);
  const spec = { from: { code: office }, to: to.map((code) => ({ code })), number, documentId: `${office},2026/03/02,${number}/X` };
  return signQuickly(buildPackage({ ...spec, ...more }), key);
}

async function send(bytes: Buffer, to?: readonly string[]) {
  const answer = await axis.system(a).sendEdoc({ from: office, ...eDoc, ...(to === undefined ? {} : { to: JSON.stringify(to) }) }, bytes);
  return { answer, docId: String(answer.json?.['DocId'] ?? '') };
}

async function fates(docId: string): Promise<Record<string, string>> {
  const entries = entriesIn(await axis.system(a).call('getSentEdocList', { docId }));
  return Object.fromEntries(entries.map((one) => [one['toCode'], `${one['sendStatus']} ${one['receiveStatus']}`]));
}

const receiptsOf = async (docId: string) =>
  (
    await axis.gateway.rows<{ kind: string; xml: string }>('select kind, xml from receipts where package_id = $1 order by position', [
      docId,
    ])
  ).map(({ kind, xml }) => [kind, ...wards.filter((code) => new RegExp(`[">]${code.replace('.', '\\.')}["<]`).test(xml))]);

const eventsOf = async (docId: string) =>
  (
    await axis.gateway.rows<{ name: string; actor: string; to_state: string | null }>(
      'select name, actor, to_state from events where package_id = $1 order by seq',
      [docId],
    )
  ).map(({ name, to_state }) => [name, to_state].filter((part) => part !== null).join(' '));

async function locked(code: string, work: () => Promise<void>): Promise<void> {
  await jsonOf(['agencies', 'suspend', code, '--reason', 'khóa thử'], env());
  await agencyIsRead();
  await work();
  await jsonOf(['agencies', 'resume', code, '--reason', 'mở khóa'], env());
  await agencyIsRead();
}

/** What was looked up is remembered for a second. */
const agencyIsRead = () => new Promise((resolve) => setTimeout(resolve, 1100));

/** The entries of the package in the inboxes of the other province. */
const listed = async (docId: string) => {
  const ours = new Set(
    (await axis.gateway.rows<{ id: string }>('select id from deliveries where package_id = $1', [docId])).map(({ id }) => id),
  );
  const entries = entriesIn(await axis.system(b).call('getReceivedEdocList', eDoc));
  return entries.filter((one) => ours.has(one['docId'] ?? '')).map((one) => one['to']);
};

describe('the same package for further recipients', () => {
  it('is taken for those alone, under the first DocId, with receipt and events for them', async () => {
    const bytes = document([ward, village, hamlet]);
    const { docId } = await send(bytes, [ward]);
    const [entry] = entriesIn(await axis.system(b).call('getReceivedEdocList', eDoc)).filter((one) => one['to'] === ward);
    await axis.system(b).call('getEdoc', { docId: entry?.['docId'] ?? '' });
    await axis.system(b).call('updateStatus', { docid: entry?.['docId'] ?? '', status: 'done' });
    expect(await send(bytes, [ward, village])).toMatchObject({ docId, answer: { status: 200, json: ok } });
    expect(await fates(docId)).toEqual({ [ward]: 'done done', [village]: 'done initial' });
    expect(await listed(docId)).toEqual([village]);
    expect(await receiptsOf(docId)).toEqual([
      ['accepted', ward],
      ['delivered', ward],
      ['accepted', village],
    ]);
    expect((await eventsOf(docId)).slice(-2)).toEqual(['package.extended', 'delivery.created waiting']);
  });

  it('without `to` goes to all that it names', async () => {
    const bytes = document([ward, village, hamlet]);
    const { docId } = await send(bytes, [village]);
    expect((await send(bytes)).docId).toBe(docId);
    expect(Object.keys(await fates(docId)).sort()).toEqual([ward, village, hamlet].sort());
  });

  it('again for the same changes nothing, not even after one has sent it back', async () => {
    const bytes = document([ward, village]);
    const { docId } = await send(bytes, [ward, village]);
    const entry = entriesIn(await axis.system(a).call('getSentEdocList', { docId })).find((one) => one['toCode'] === ward);
    await axis.system(b).call('updateStatus', { docid: entry?.['receiverDocId'] ?? '', status: 'fail', description: 'sai dia chi' });
    const before = await eventsOf(docId);
    for (const to of [[ward], [village, ward], undefined]) expect((await send(bytes, to)).docId).toBe(docId);
    expect(await eventsOf(docId)).toEqual(before);
    expect(await fates(docId)).toEqual({ [ward]: 'done fail', [village]: 'done initial' });
  });

  it('goes to one that was locked as soon as it is asked for after that, and is refused for it alone before', async () => {
    const bytes = document([ward, village]);
    let docId = '';
    await locked(village, async () => {
      docId = (await send(bytes, [ward, village])).docId;
      expect(await fates(docId)).toEqual({ [ward]: 'done initial', [village]: 'fail fail' });
      expect((await send(bytes, [village])).answer.json).toMatchObject({ status: 'FAIL', ErrorCode: '23', DocId: '' });
      expect((await send(bytes, [ward, village])).docId).toBe(docId);
    });
    expect((await send(bytes, [village])).docId).toBe(docId);
    expect(await fates(docId)).toEqual({ [ward]: 'done initial', [village]: 'done initial' });
    expect((await listed(docId)).sort()).toEqual([ward, village].sort());
    expect((await eventsOf(docId)).slice(-2)).toEqual(['package.extended', 'delivery.replayed waiting']);
    expect((await receiptsOf(docId)).map(([kind]) => kind)).toEqual(['accepted', 'failed', 'accepted']);
  });

  it('fails for those that nobody knows, each by itself when another is served', async () => {
    const bytes = document([ward, village, 'H99.1']);
    const { docId } = await send(bytes, [ward]);
    expect((await send(bytes, ['H99.1'])).answer.json).toMatchObject({ status: 'FAIL', ErrorCode: '18', DocId: '' });
    expect(await fates(docId)).toEqual({ [ward]: 'done initial' });
    expect((await send(bytes, [village, 'H99.1'])).docId).toBe(docId);
    expect(await fates(docId)).toEqual({ [ward]: 'done initial', [village]: 'done initial', 'H99.1': 'fail fail' });
    expect((await send(bytes, ['H53.99'])).answer.json).toMatchObject({ status: 'FAIL', ErrorCode: '18', DocId: '' });
  });

  it('makes each recipient one delivery of 50 posts at once', async () => {
    const bytes = document(wards);
    const sets = Array.from({ length: 50 }, (_, i) => [0, 1, 2].map((k) => wards[(i * 5 + k * 7) % wards.length] as string));
    const answers = await Promise.all(sets.map((to) => send(bytes, [...new Set(to)])));
    const docIds = new Set(answers.map(({ docId }) => docId));
    expect([...docIds]).toEqual([expect.stringMatching(/^[0-9a-f-]{36}$/)]);
    const [docId = ''] = docIds;
    const asked = [...new Set(sets.flat())].sort();
    expect(Object.keys(await fates(docId)).sort()).toEqual(asked);
    expect((await listed(docId)).sort()).toEqual(asked);
    const named = (await receiptsOf(docId)).flatMap(([, ...codes]) => codes);
    expect(named.sort()).toEqual(asked);
    expect((await eventsOf(docId)).filter((one) => one.startsWith('delivery.created'))).toHaveLength(asked.length);
  });

  it('with other bytes is another package', async () => {
    const spec = { number: '900', documentId: `${office},2026/03/02,900/X` };
    const { docId } = await send(document([ward], spec), [ward]);
    const other = await send(document([ward, village], spec), [village]);
    expect(other.answer.json).toMatchObject(ok);
    expect(other.docId).not.toBe(docId);
    expect(await fates(docId)).toEqual({ [ward]: 'done initial' });
  });

  it('is not taken for others any more when it was recalled from all', async () => {
    const documentId = `${office},2026/03/02,901/X`;
    const bytes = document([ward, village], { number: '901', documentId });
    const { docId } = await send(bytes, [ward]);
    await send(document([ward], { number: '901', documentId, action: 'recall', targetId: documentId, attachments: [] }), [ward]);
    await eventually(async () => (await fates(docId))[ward] === 'fail fail');
    expect((await send(bytes, [village])).answer.json).toMatchObject({
      status: 'FAIL',
      DocId: '',
      ErrorDesc: expect.stringContaining('TARGET_RECALLED'),
    });
    expect(await fates(docId)).toEqual({ [ward]: 'fail fail' });
  });

  it('is the first DocId again for a status, whatever `to` says', async () => {
    const status = buildStatus({ from: { code: ward }, about: { code: office }, status: '03' });
    const post = async () =>
      (await axis.system(b).sendEdoc({ from: ward, servicetype: 'eDoc', messagetype: 'status', to: office }, status)).json?.['DocId'];
    expect(await post()).toBe(await post());
  });
});

describe('a package that acts upon a document, for further recipients', () => {
  /** A document that two have, and an act upon it. */
  async function documentAnd(number: string, spec: Partial<PackageSpec>) {
    const documentId = `${office},2026/03/02,${number}/X`;
    const bytes = document([ward, village], { number, documentId });
    const { docId } = await send(bytes, [ward, village]);
    const act = document([ward, village], { number, documentId, targetId: documentId, ...spec });
    return { bytes, docId, act };
  }

  it('recalls from each of them, once', async () => {
    const { docId, act } = await documentAnd('910', { action: 'recall', attachments: [] });
    const recall = await send(act, [ward]);
    await eventually(async () => (await fates(docId))[ward] === 'fail fail');
    expect((await fates(docId))[village]).toBe('done initial');
    expect((await send(act, [ward, village])).docId).toBe(recall.docId);
    await eventually(async () => (await fates(docId))[village] === 'fail fail');
    await eventually(async () => Object.values(await fates(recall.docId)).length === 2);
    const ended = await axis.gateway.rows(
      'select recipient, state, problem->>$2 as why from deliveries where package_id = $1 order by recipient',
      [recall.docId, 'code'],
    );
    expect(ended).toEqual([
      { recipient: ward, state: 'cancelled', why: 'ACT_BEFORE_DELIVERY' },
      { recipient: village, state: 'cancelled', why: 'ACT_BEFORE_DELIVERY' },
    ]);
  });

  it('adds by an update whom the document does not name: it is taken for it when it comes, and never overtaken', async () => {
    const { bytes, docId, act } = await documentAnd('911', {
      act: updateOf(`${office},2026/03/02,911/X`, { added: [hamlet], data: true }),
    });
    expect((await send(bytes, [hamlet])).answer.json).toMatchObject({ ErrorCode: '18' });
    const update = await send(act, [ward, village]);
    expect((await send(bytes, [hamlet])).docId).toBe(docId);
    expect((await send(act, [hamlet])).docId).toBe(update.docId);
    await eventually(async () => (await fates(update.docId))[hamlet] !== undefined);
    expect(await fates(docId)).toEqual({ [ward]: 'done initial', [village]: 'done initial', [hamlet]: 'done initial' });
    expect(await listed(update.docId)).toEqual([]);
    const entry = entriesIn(await axis.system(a).call('getSentEdocList', { docId })).find((one) => one['toCode'] === hamlet);
    await axis.system(b).call('getEdoc', { docId: entry?.['receiverDocId'] ?? '' });
    await eventually(async () => (await listed(update.docId)).join() === hamlet);
  });
});
