import { jsonOf, lienthong } from '../cli/command-line.ts';
import type { TestAxis } from '../support/axis.ts';
import { eDoc, entriesIn, ok, startTestAxis } from '../support/axis.ts';
import { makeIdentity, type TestIdentity } from '../support/certificates.ts';
import { buildPackage, buildStatus } from '../support/packages.ts';
import { signQuickly } from '../support/quick-signer.ts';

const [a, b] = ['000.00.00.H61', '000.00.00.H53'];
const [office, commune] = ['000.00.12.H61', 'H61.45'];
const [ward, village] = ['H53.7', 'H53.8'];
let axis: TestAxis;
let key: TestIdentity;
let count = 0;

beforeAll(async () => {
  axis = await startTestAxis({ [a]: [office, commune], [b]: [ward, village] });
  key = await makeIdentity('p256', { name: 'Bên gửi' });
});
afterAll(() => axis?.close());

const env = () => axis.gateway.env as Record<string, string>;

/** A package from the office of province A, signed with a key that nobody on the axis knows. */
function document(to: readonly string[], from = office): Buffer {
  const number = String(++count);
  const spec = { from: { code: from }, to: to.map((code) => ({ code })), number, documentId: `${from},2026/03/02,${number}/X` };
  return signQuickly(buildPackage(spec), key);
}

async function send(bytes: Buffer, values: Record<string, string> = {}) {
  const answer = await axis.system(a).sendEdoc({ from: office, ...eDoc, ...values }, bytes);
  return { answer, docId: String(answer.json?.['DocId'] ?? '') };
}

const fates = async (docId: string) =>
  new Map(entriesIn(await axis.system(a).call('getSentEdocList', { docId })).map((one) => [one['toCode'], one]));

const inboxOf = async (top: string) => entriesIn(await axis.system(top).call('getReceivedEdocList', eDoc));

describe('a lienthong with --profile axis', () => {
  it('carries a document from one province to another, byte for byte, and tells when the other has it', async () => {
    const bytes = document([ward]);
    const { answer, docId } = await send(bytes);
    expect(answer.json).toMatchObject(ok);
    expect((await fates(docId)).get(ward)).toMatchObject({ sendStatus: 'done', receiveStatus: 'initial' });
    const entry = (await inboxOf(b)).find((one) => one['to'] === ward)?.['docId'] ?? '';
    const fetched = await axis.system(b).call('getEdoc', { docId: entry });
    expect(Buffer.from(String(fetched.json?.['data']), 'base64')).toEqual(bytes);
    await axis.system(b).call('updateStatus', { docid: entry, status: 'done' });
    expect((await fates(docId)).get(ward)).toMatchObject({ receiveStatus: 'done', receivedTime: expect.any(String) });
  });

  it('carries a status back', async () => {
    const status = buildStatus({ from: { code: ward }, about: { code: office }, status: '03' });
    const sent = await axis.system(b).sendEdoc({ from: ward, servicetype: 'eDoc', messagetype: 'status' }, status);
    expect(sent.json).toMatchObject(ok);
    const found = entriesIn(await axis.system(a).call('getReceivedEdocList', { ...eDoc, messagetype: 'status' }));
    expect(found).toContainEqual(expect.objectContaining({ from: ward, to: office, messageType: 'status' }));
  });

  it('narrows the recipients to those in `to`, and adds none', async () => {
    const narrowed = await send(document([ward, village, commune]), { to: JSON.stringify([ward, village]) });
    expect([...(await fates(narrowed.docId)).keys()].sort()).toEqual([ward, village].sort());
    const one = await send(document([ward, village]), { to: village });
    expect([...(await fates(one.docId)).keys()]).toEqual([village]);
    const added = await send(document([ward]), { to: JSON.stringify([ward, village]) });
    expect(added.answer.json).toMatchObject({ status: 'FAIL', ErrorCode: '18', DocId: '' });
    expect(added.answer.json?.['ErrorDesc']).toMatch(/^RECIPIENT_NOT_NAMED: .*H53\.8/);
    for (const to of ['[]', '[1]', '{"a":1}', '[']) {
      expect((await send(document([ward]), { to })).answer.json).toMatchObject({ status: 'FAIL', DocId: '' });
    }
  });

  it('tells the fate of each recipient: 18 for one that nobody knows, and refuses what has no other', async () => {
    const { answer, docId } = await send(document([ward, 'H99.1']));
    expect(answer.json).toMatchObject(ok);
    const found = await fates(docId);
    expect(found.get(ward)).toMatchObject({ sendStatus: 'done' });
    expect(found.get('H99.1')).toMatchObject({
      sendStatus: 'fail',
      receiveStatus: 'fail',
      sendStatusDesc: expect.stringContaining(': 18 RECIPIENT_UNKNOWN'),
    });
    expect((await send(document(['H99.1']))).answer.json).toMatchObject({ status: 'FAIL', ErrorCode: '18', DocId: '' });
  });

  it('refuses for a locked recipient with 23', async () => {
    await jsonOf(['agencies', 'suspend', village, '--reason', 'khóa thử'], env());
    await new Promise((resolve) => setTimeout(resolve, 1100));
    const { docId } = await send(document([ward, village]));
    expect((await fates(docId)).get(village)).toMatchObject({
      sendStatus: 'fail',
      sendStatusDesc: expect.stringContaining(': 23 RECIPIENT_LOCKED'),
    });
    expect((await send(document([village]))).answer.json).toMatchObject({ ErrorCode: '23' });
    await jsonOf(['agencies', 'resume', village, '--reason', 'mở khóa'], env());
  });

  it.each([
    ['19', 'a sender that is not registered', () => ({ from: 'H61.99' }), () => document([ward], 'H61.99')],
    ['19', "another system's sender", () => ({ from: ward }), () => document([office], ward)],
    ['22', 'what is no package', () => ({}), () => Buffer.from('<edXML/>')],
  ])('refuses with %s %s', async (code, _, values, bytes) => {
    expect((await send(bytes(), values())).answer.json).toMatchObject({ status: 'FAIL', ErrorCode: code, DocId: '' });
  });

  it('has inboxes only, and new agencies need no signature', async () => {
    const shown = await jsonOf<{ signaturePolicy: string; channel: string }>(['agencies', 'show', office], env());
    expect(shown).toMatchObject({ signaturePolicy: 'optional', channel: 'inbox' });
    const added = await jsonOf<{ signaturePolicy: string }>(['agencies', 'add', '000.00.00.H57', '--name', 'UBND thành phố Huế'], env());
    expect(added.signaturePolicy).toBe('optional');
    const pushed = await lienthong(['agencies', 'channel', office, 'push', '--push-url', 'http://127.0.0.1:1/x'], env());
    expect(pushed.code).not.toBe(0);
    expect(pushed.stderr).toContain('CHANNEL_NOT_SERVED');
  });
});
