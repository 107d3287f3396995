import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { TestAxis } from '../support/axis.ts';
import { eDoc, ok, startTestAxis, systemOf } from '../support/axis.ts';
import { makeIdentity, type TestIdentity } from '../support/certificates.ts';
import { hasJavaAxis, JavaAxis, type Seen } from '../support/java-axis.ts';
import { buildPackage, buildStatus } from '../support/packages.ts';
import { signQuickly } from '../support/quick-signer.ts';

const [a, b, office, ward] = ['000.00.00.H61', '000.00.00.H53', '000.00.12.H61', 'H53.7'];
let axis: TestAxis;
let key: TestIdentity;
let sender: JavaAxis;
let receiver: JavaAxis;
let count = 0;

if (!hasJavaAxis)
  console.warn('skipped: the Java client is not built; it needs javac, mvn and Maven Central (tests/support/prepare-java.sh)');

beforeAll(async () => {
  if (!hasJavaAxis) return;
  axis = await startTestAxis({ [a]: [office], [b]: [ward] }, { LIENTHONG_AXIS_UNKIND: 'cut-send=0.000001' });
  key = await makeIdentity('p256', { name: 'Bên gửi' });
  sender = new JavaAxis(axis.endpoint, systemOf(a));
  receiver = new JavaAxis(axis.endpoint, systemOf(b));
});
afterAll(async () => {
  sender?.close();
  receiver?.close();
  await axis?.close();
});

/** Writes a package of the office to a file, as the library wants it. */
async function fileOf(bytes?: Buffer) {
  const number = String(++count);
  const spec = { from: { code: office }, to: [{ code: ward }], number, documentId: `${office},2026/03/02,${number}/X` };
  const content = bytes ?? signQuickly(buildPackage(spec), key);
  const file = join(axis.gateway.folder, `${number}.edxml`);
  await writeFile(file, content);
  return { file, content };
}

const items = (seen: Seen) => (seen?.['data'] ?? []) as Record<string, string>[];
const send = (file: string, more: object = {}) => sender.call('sendEdoc', { from: office, ...eDoc, ...more }, { file });

(hasJavaAxis ? describe : describe.skip)("a Java client on the libraries of the axis' own, one object for each system", () => {
  it('sends again by itself when the answer is lost, and gets the DocId of the one package that was taken', async () => {
    const { file } = await fileOf();
    const sent = await send(file);
    expect(sent).toMatchObject(ok);
    expect(items(await receiver.call('getReceivedEdocList', eDoc))).toHaveLength(1);
    expect(items(await sender.call('getSentEdocList', { docId: sent?.['DocId'] }))).toHaveLength(1);
    const [entry] = items(await receiver.call('getReceivedEdocList', eDoc));
    expect(await receiver.call('updateStatus', { docid: entry?.['docId'], status: 'fail', description: 'tra lai' })).toEqual(ok);
  });

  it('sends, lists, fetches and acknowledges a document; its values of earlier calls do no harm', async () => {
    const { file, content } = await fileOf();
    const docId = (await send(file, { to: [ward] }))?.['DocId'];
    expect(await receiver.call('countReceiveEdoc')).toEqual({ ...ok, count: 1 });
    const [entry] = items(await receiver.call('getReceivedEdocList', eDoc));
    expect(entry).toMatchObject({ from: office, to: ward, status: 'initial', messageType: 'edoc' });
    const filePath = join(axis.gateway.folder, 'xml');
    const id = entry?.['docId'] ?? '';
    expect(await receiver.call('getEdoc', { docId: id, filePath })).toMatchObject({ ...ok, data: content.toString() });
    expect(await stored(filePath, id)).toEqual(content);
    expect(await receiver.call('downloadEdoc', { docId: id, filePath })).toEqual({ status: 'SUCCESS', ErrorCode: '0' });
    expect(await stored(filePath, id)).toEqual(content);
    expect(await receiver.call('updateStatus', { docid: id, status: 'processing' })).toEqual(ok);
    expect(await receiver.call('updateStatus', { docid: id, status: 'done' })).toEqual(ok);
    expect(items(await receiver.call('getReceivedEdocList', eDoc))).toEqual([]);
    const [fate] = items(await sender.call('getSentEdocList', { docId }));
    expect(fate).toMatchObject({ senderDocId: docId, toCode: ward, sendStatus: 'done', receiveStatus: 'done' });
  });

  it('sends a status and counts it', async () => {
    const { file } = await fileOf(buildStatus({ from: { code: ward }, about: { code: office }, status: '03' }));
    expect(await receiver.call('sendEdoc', { from: ward, servicetype: 'eDoc', messagetype: 'status' }, { file })).toMatchObject(ok);
    expect(await sender.call('countReceiveStatus')).toEqual({ ...ok, count: 1 });
    expect(items(await sender.call('getReceivedEdocList', { servicetype: 'eDoc', messagetype: 'status' }))).toMatchObject([{ from: ward }]);
  });

  it('reads the lists of agencies, registers one and closes it', async () => {
    const body = JSON.stringify({ id: '', pcode: a, code: 'H61.77', name: 'Đơn vị thử', mail: 'a@vidu.gov.vn', mobile: '', fax: '' });
    expect(await sender.call('registerAgency', {}, { body })).toEqual(ok);
    expect(items(await receiver.call('getAgenciesList'))).toContainEqual(expect.objectContaining({ code: 'H61.77', name: 'Đơn vị thử' }));
    expect(items(await receiver.call('getAgenciesListQD20', { level: '2' })).map((one) => one['code'])).toContain('H61.77');
    expect(await sender.call('deleteAgency', { AgencyCode: 'H61.77' })).toEqual(ok);
    expect(items(await receiver.call('getSynchronizeUnit'))).toContainEqual(expect.objectContaining({ code: 'H61.77', deleted: true }));
  });

  it('is told what was refused, whatever it asked for', async () => {
    const { file } = await fileOf();
    expect(await send(file, { to: [ward], from: ward })).toEqual({
      status: 'FAIL',
      ErrorCode: '19',
      ErrorDesc: `Don vi gui ${ward} khong dung voi ma da dang ky: ${systemOf(a).id}`,
      DocId: '',
    });
    const broken = await send((await fileOf(Buffer.from('<edXML>'))).file, { to: [ward], from: office });
    expect(broken).toMatchObject({ status: 'FAIL', ErrorCode: '22', DocId: '' });
    // every letter of the description came through, as escapes in ASCII
    expect(broken?.['ErrorDesc']).toMatch(/[ạ-ỹ]/);
    const docId = '11111111-1111-1111-1111-111111111111';
    const filePath = join(axis.gateway.folder, 'none');
    expect(await receiver.call('getEdoc', { docId, filePath })).toMatchObject({ status: 'FAIL', ErrorCode: '404', data: '' });
    expect(await receiver.call('downloadEdoc', { docId, filePath })).toEqual({ status: 'FAIL', ErrorCode: '100' });
    expect(await receiver.call('updateStatus', { docid: docId, status: 'done' })).toMatchObject({ status: 'FAIL', ErrorCode: '404' });
    const stranger = new JavaAxis(axis.endpoint, { id: systemOf(a).id, secret: 'wrong' });
    expect(await stranger.call('getReceivedEdocList', eDoc)).toMatchObject({ status: 'FAIL', ErrorCode: '15' });
    // over http with a port the library destroys what is not ASCII, and nothing it says can be believed
    expect(await stranger.call('updateStatus', { docid: docId, status: 'fail', description: 'Không rõ Đ' })).toMatchObject({
      status: 'FAIL',
    });
    stranger.close();
  });

  it('sends with 2,000 recipients in a header', async () => {
    const { file } = await fileOf();
    expect(await send(file, { from: office, to: Array(2000).fill(ward) })).toMatchObject(ok);
  });
});

async function stored(folder: string, docId: string): Promise<Buffer> {
  const [name = ''] = (await readdir(folder, { recursive: true })).filter((one) => one.endsWith(`${docId}.edxml`));
  return readFile(join(folder, name));
}
