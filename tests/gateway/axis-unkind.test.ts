import { createHash } from 'node:crypto';
import { XmlDocument } from 'libxml2-wasm';
import { readConfig } from '../../src/config.ts';
import { misbehaviours } from '../../src/routing/unkind.ts';
import type { TestAxis } from '../support/axis.ts';
import { eDoc, entriesIn, ok, startTestAxis } from '../support/axis.ts';
import { makeIdentity, type TestIdentity } from '../support/certificates.ts';
import { eventually } from '../support/eventually.ts';
import { buildPackage, pdf } from '../support/packages.ts';
import { signQuickly } from '../support/quick-signer.ts';

const [a, b, office, ward] = ['000.00.00.H61', '000.00.00.H53', '000.00.12.H61', 'H53.7'];
let axis: TestAxis;
let key: TestIdentity;
let count = 0;

beforeAll(async () => {
  // an answer that never comes must not hold up the end
  axis = await startTestAxis({ [a]: [office], [b]: [ward] }, { LIENTHONG_STOP_SECONDS: '1' });
  key = await makeIdentity('p256', { name: 'Bên gửi' });
  await axis.gateway.restart({ LIENTHONG_AXIS_UNKIND: once.join(', ') });
});
afterAll(() => axis?.close());

/** Everything happens on the first occasion; packages are written anew every second time. */
const once = Object.keys(misbehaviours).map((name) => `${name}=${name === 'reserialise' ? 0.5 : 0.000001}`);

function document(): Buffer {
  const number = String(++count);
  const spec = { from: { code: office }, to: [{ code: ward }], number, documentId: `${office},2026/03/02,${number}/X` };
  return signQuickly(buildPackage({ ...spec, attachments: [pdf('a.pdf'), pdf('b.pdf')] }), key);
}

const send = (bytes: Buffer) => axis.system(a).sendEdoc({ from: office, ...eDoc }, bytes);
const pending = async () => entriesIn(await axis.system(b).call('getReceivedEdocList', eDoc)).map((one) => one['docId'] ?? '');
const fetched = async (docId: string) => Buffer.from(String((await axis.system(b).call('getEdoc', { docId })).json?.['data']), 'base64');

/** What a package says, however it is written: every text with the names around it; white space between elements aside. */
function textsIn(bytes: Buffer): string[] {
  using doc = XmlDocument.fromBuffer(bytes);
  return doc.find('//*[not(*)]').map((node) => `${(node as unknown as { name: string }).name} ${node.content.trim()}`);
}

describe('the unkind mode', () => {
  it('is refused outside the profile axis, as are names and rates that there are not', () => {
    const faultOf = (env: Record<string, string>) => () => readConfig({ LIENTHONG_DATA: axis.gateway.folder, ...env });
    expect(faultOf({ LIENTHONG_AXIS_UNKIND: 'reserialise' })).toThrow(/LIENTHONG_AXIS_UNKIND: is for LIENTHONG_PROFILE=axis alone/);
    const profile = { LIENTHONG_PROFILE: 'axis' };
    for (const wrong of ['reserialize', 'html=0', 'html=1.5', 'html=x', 'html;null-trace'])
      expect(faultOf({ ...profile, LIENTHONG_AXIS_UNKIND: wrong })).toThrow(/must be names with rates/);
    const { axisUnkind } = faultOf({ ...profile, LIENTHONG_AXIS_UNKIND: 'html=0.25, silent-send' })();
    expect(axisUnkind).toEqual({ html: 0.25, 'silent-send': 1 });
  });

  it('refuses right signatures, answers with pages, and says OK of what it refused', async () => {
    const list = () => axis.system(b).call('countReceiveEdoc');
    expect(await list()).toMatchObject({ status: 401, json: { status: 'FAIL', ErrorCode: '15' } });
    expect(await list()).toMatchObject({ status: 200, json: undefined, headers: { 'content-type': 'text/html' } });
    expect((await list()).json).toMatchObject(ok);
    expect(await send(Buffer.from('<edXML/>'))).toMatchObject({
      status: 200,
      json: { status: 'OK', success: true, ErrorCode: '22', DocId: '' },
    });
    expect(await send(Buffer.from('<edXML/>'))).toMatchObject({ status: 422, json: { status: 'FAIL' } });
  });

  it('takes a package and does not say so, or says otherwise', async () => {
    const [silent, cut, lied] = [document(), document(), document()];
    const count = async () => (await axis.system(b).call('countReceiveEdoc')).json?.['count'];
    const late = send(silent);
    late.catch(() => undefined);
    await eventually(async () => (await count()) === 1);
    expect(await Promise.race([late, new Promise((resolve) => setTimeout(resolve, 300, 'nothing'))])).toBe('nothing');
    await expect(send(cut)).rejects.toThrow();
    expect((await send(lied)).json).toEqual({ status: 'FAIL', ErrorCode: '20', ErrorDesc: 'Loi he thong', DocId: '' });
    expect(await count()).toBe(3);
    for (const bytes of [cut, lied, silent]) expect((await send(bytes)).json).toMatchObject(ok);
    expect(await count()).toBe(3);
  });

  it('writes packages anew: what they say stays, bytes and signature do not', async () => {
    const bytes = document();
    const sent = String((await send(bytes)).json?.['DocId']);
    const [entry] = entriesIn(await axis.system(a).call('getSentEdocList', { docId: sent }));
    const docId = entry?.['receiverDocId'] ?? '';
    const first = await fetched(docId);
    expect(first.toString()).toMatch(/\r\n {2}<edXML:edXMLEnvelope/);
    expect(first.toString()).not.toContain('Signature');
    expect(textsIn(first).filter((one) => one === 'OrganId null')).toHaveLength(1);
    expect(textsIn(first).filter((one) => one === 'ContentType text/plain')).toHaveLength(2);
    const digests = (file: Buffer) => textsIn(file).filter((one) => one.startsWith('ContentTransferEncoded '));
    expect(digests(first)).toEqual(digests(bytes));
    expect(textsIn(first).filter((one) => one.startsWith('Subject '))).toEqual(textsIn(bytes).filter((one) => one.startsWith('Subject ')));
    expect(await fetched(docId)).toEqual(bytes);
    const third = await axis.system(b).call('downloadEdoc', { docId });
    expect(textsIn(third.body)).toContain('OrganId 000.00.00.G22');
    expect(third.body.length).toBe(Number(third.headers['content-length']));
    expect(createHash('sha256').update(third.body).digest('hex')).not.toBe(createHash('sha256').update(bytes).digest('hex'));
  });

  it('lists entries twice, and again after they were acknowledged', async () => {
    const ids = await pending();
    expect(ids).toHaveLength(2 * new Set(ids).size);
    const [docId = ''] = ids;
    await fetched(docId);
    expect((await axis.system(b).call('updateStatus', { docid: docId, status: 'done' })).json).toEqual(ok);
    expect(await pending()).toContain(docId);
    expect((await axis.system(b).call('updateStatus', { docid: docId, status: 'done' })).json).toEqual(ok);
    expect(await pending()).not.toContain(docId);
  });
});
