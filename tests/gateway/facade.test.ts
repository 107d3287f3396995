import { openVault } from '../../src/adapters/pki/sealed-secrets.ts';
import { readConfig } from '../../src/config.ts';
import { openSecretsVault } from '../../src/facade.ts';
import { openStore } from '../../src/store.ts';
import { jsonOf } from '../cli/command-line.ts';
import { newId } from '../support/acceptance.ts';
import { type AxisAnswer, AxisClient, type Oddity } from '../support/axis-client.ts';
import type { TestGateway } from '../support/gateway.ts';
import { startTestGateway, usual } from '../support/gateway.ts';
import { pdf } from '../support/packages.ts';
import { exchangeRaw } from '../support/raw-http.ts';

const { department, commune } = usual;
const other = '000.00.47.H61';
const secretOf = (code: string) => `secret of ${code}, kept as it is `;
const eDoc = { servicetype: 'eDoc', messagetype: 'edoc' } as const;
const silent = { info: () => undefined, warn: () => undefined, error: () => undefined };
let gateway: TestGateway;

beforeAll(async () => {
  gateway = await startTestGateway({ agencies: [{ code: other }] });
  const config = readConfig(gateway.env);
  const vault = await openSecretsVault(config);
  const store = await openStore(config, silent);
  for (const code of [department, commune, other]) {
    const given = { systemId: `vxp.${code}`, clientId: gateway.agency(code).client.id, endOlderAt: new Date() };
    await store.facade.addSecret({ ...given, secret: { id: newId(), sealed: vault.seal(secretOf(code), given.systemId) } }, 'cli:test');
  }
  await store.close();
});
afterAll(() => gateway?.close());

const system = (code: string, made?: Date) => new AxisClient(`${gateway.url}/vxp`, `vxp.${code}`, secretOf(code), made);
const list = (answer: AxisAnswer) => answer.json?.['data'] as Record<string, string>[];
const ok = { status: 'OK', ErrorCode: '0', ErrorDesc: 'Thanh cong' };

/** Sends a document and returns its DocId with the entry of each recipient. */
async function sendOne(
  to: readonly string[] = [commune],
  bytes = gateway.agency(department).document({ to: to.map((code) => ({ code })) }),
) {
  const sent = await system(department).sendEdoc({ from: department, ...eDoc }, bytes);
  expect(sent.json).toMatchObject(ok);
  const docId = String(sent.json?.['DocId']);
  const answer = await system(department).call('getSentEdocList', { ...eDoc, docId });
  const entries = new Map(list(answer).map((entry) => [entry['toCode'] as string, entry['receiverDocId'] as string]));
  return { bytes, docId, entry: (code: string) => entries.get(code) ?? '' };
}

async function pending(code: string, values: Record<string, string> = eDoc): Promise<string[]> {
  return list(await system(code).call('getReceivedEdocList', values)).map((entry) => entry['docId'] as string);
}

async function fateOf(docId: string) {
  return list(await system(department).call('getSentEdocList', { ...eDoc, docId }))[0];
}

describe('a system that was written for the client library of the axis', () => {
  it('sends a document, and gets the same DocId when it sends it again', async () => {
    const bytes = gateway.agency(department).document();
    const client = system(department);
    const first = await client.sendEdoc({ from: department, ...eDoc }, bytes);
    expect(first).toMatchObject({ status: 200, json: { ...ok, DocId: expect.stringMatching(/^[0-9a-f-]{36}$/) } });
    const again = await client.sendEdoc({ from: department, ...eDoc }, bytes);
    expect(again.body).toEqual(first.body);
    expect((await system(department).sendEdoc({ from: department, ...eDoc }, bytes)).json?.['DocId']).toBe(first.json?.['DocId']);
    expect(list(await client.call('getSentEdocList', { docId: String(first.json?.['DocId']) }))).toHaveLength(1);
  });

  it('fetches what its sender signed, byte for byte', async () => {
    const { bytes, entry } = await sendOne();
    const client = system(commune);
    const found = list(await client.call('getReceivedEdocList', eDoc)).find((one) => one['docId'] === entry(commune));
    expect(found).toEqual({
      docId: entry(commune),
      serviceType: 'eDoc',
      messageType: 'edoc',
      created_time: expect.stringMatching(/^\d\d\/\d\d\/\d{4} \d\d:\d\d:\d\d$/),
      updated_time: expect.stringMatching(/^\d\d\/\d\d\/\d{4} \d\d:\d\d:\d\d$/),
      from: department,
      to: commune,
      status: 'initial',
      status_desc: expect.any(String),
    });
    const fetched = await client.call('getEdoc', { docId: entry(commune), filePath: 'xml' });
    expect(fetched.json).toMatchObject(ok);
    expect(Buffer.from(String(fetched.json?.['data']), 'base64')).toEqual(bytes);
    expect(Number(fetched.headers['content-length'])).toBe(fetched.body.length);
    const downloaded = await client.call('downloadEdoc', { docId: entry(commune), filePath: 'xml' });
    expect(downloaded.body).toEqual(bytes);
  });

  it('fetches large packages', async () => {
    const attachments = [
      { ...pdf('lon.pdf'), bytes: Buffer.concat([Buffer.from('%PDF-1.7\n'), Buffer.alloc(3_000_001, 'x'), Buffer.from('\n%%EOF\n')]) },
    ];
    const { bytes, entry } = await sendOne([commune], gateway.agency(department).document({ attachments }));
    const { json } = await system(commune).call('getEdoc', { docId: entry(commune) });
    expect(Buffer.from(String(json?.['data']), 'base64').equals(bytes)).toBe(true);
  });

  it('finds an entry in its list until updateStatus says done, and may say so twice', async () => {
    const { docId, entry } = await sendOne();
    const client = system(commune);
    const id = entry(commune);
    expect((await client.call('updateStatus', { docid: id, status: 'done' })).json).toMatchObject({ status: 'FAIL', ErrorCode: '409' });
    await client.call('getEdoc', { docId: id });
    expect(await pending(commune)).toContain(id);
    expect((await client.call('updateStatus', { docid: id, status: 'processing' })).json).toEqual(ok);
    expect(list(await client.call('getReceivedEdocList', eDoc)).find((one) => one['docId'] === id)).toMatchObject({ status: 'processing' });
    expect(await fateOf(docId)).toMatchObject({ sendStatus: 'done', receiveStatus: 'processing' });
    expect((await client.call('updateStatus', { docid: id, status: 'done' })).json).toEqual(ok);
    expect((await client.call('updateStatus', { docid: id, status: 'done' })).json).toEqual(ok);
    expect(await pending(commune)).not.toContain(id);
    expect(await fateOf(docId)).toMatchObject({ sendStatus: 'done', receiveStatus: 'done', receivedTime: expect.any(String) });
  });

  it('has one entry for each recipient, which lives by itself', async () => {
    const { docId, entry } = await sendOne([commune, other]);
    expect(entry(commune)).not.toBe(entry(other));
    await system(other).call('getEdoc', { docId: entry(other) });
    await system(other).call('updateStatus', { docId: entry(other), status: 'done' });
    expect(await pending(other)).not.toContain(entry(other));
    expect(await pending(commune)).toContain(entry(commune));
    const fates = list(await system(department).call('getSentEdocList', { docId }));
    expect(new Map(fates.map((one) => [one['toCode'], one['receiveStatus']]))).toEqual(
      new Map([
        [commune, 'initial'],
        [other, 'done'],
      ]),
    );
  });

  it('sends a document back with fail and a reason that its sender reads', async () => {
    const { docId, entry } = await sendOne();
    const description = 'Không đúng thẩm quyền';
    const fail = { docid: entry(commune), status: 'fail', description };
    const client = system(commune);
    expect((await client.call('updateStatus', fail)).json).toEqual(ok);
    expect((await client.call('updateStatus', fail)).json).toEqual(ok);
    expect(await pending(commune)).not.toContain(entry(commune));
    expect(await fateOf(docId)).toMatchObject({ receiveStatus: 'fail', receiveStatusDesc: expect.stringContaining(description) });
    expect((await client.call('updateStatus', { ...fail, status: 'done' })).json).toMatchObject({ status: 'FAIL', ErrorCode: '409' });
  });

  it('sends and lists business statuses apart from documents', async () => {
    const { bytes, entry } = await sendOne();
    const documentId = /<[^>]*DocumentId>([^<]+)</.exec(bytes.toString())?.[1] ?? '';
    const status = gateway.agency(commune).status({ status: '01', about: { code: department, documentId } });
    const before = Number((await system(department).call('countReceiveStatus')).json?.['count']);
    const sent = await system(commune).sendEdoc({ from: commune, servicetype: 'eDoc', messagetype: 'status' }, status);
    expect(sent.json).toMatchObject(ok);
    expect((await system(department).call('countReceiveStatus')).json).toEqual({ ...ok, count: before + 1 });
    const entries = list(await system(department).call('getReceivedEdocList', { servicetype: 'eDoc', messagetype: 'status' }));
    expect(entries.at(-1)).toMatchObject({ messageType: 'status', from: commune, to: department });
    expect(await pending(department, eDoc)).not.toContain(entries.at(-1)?.['docId']);
    expect(Number((await system(commune).call('countReceiveEdoc')).json?.['count'])).toBe((await pending(commune)).length);
    expect(await pending(commune)).toContain(entry(commune));
  });

  it('is not confused by values that its service object carries over from earlier calls', async () => {
    const { docId, entry } = await sendOne();
    const client = system(commune);
    await client.call('getEdoc', { docId: entry(commune), filePath: 'xml' });
    await client.call('updateStatus', { docid: entry(commune), status: 'processing' });
    expect(list(await client.call('getReceivedEdocList', eDoc)).length).toBe((await pending(commune)).length);
    const status = gateway.agency(commune).status({ status: '01', about: { code: department } });
    await client.sendEdoc({ from: commune, servicetype: 'eDoc', messagetype: 'status' }, status);
    // docId is that of the entry it fetched: nothing that it sent
    expect(list(await client.call('getSentEdocList', { messagetype: 'status' })).length).toBeGreaterThan(0);
    expect(await fateOf(docId)).toBeDefined();
    expect(list(await system(department).call('getSentEdocList', { docId: newId() }))).toEqual([]);
  });

  it('narrows lists by dates', async () => {
    const { entry } = await sendOne();
    expect(await pending(commune, { ...eDoc, fromDate: '01/01/2020 00:00:00' })).toContain(entry(commune));
    expect(await pending(commune, { ...eDoc, toDate: '01/01/2020 00:00:00' })).toEqual([]);
    const wrong = await system(commune).call('getReceivedEdocList', { ...eDoc, fromDate: '31/02/2026' });
    expect(wrong.json).toMatchObject({ status: 'FAIL', ErrorCode: '400' });
  });

  it('reads who there is', async () => {
    const { json } = await system(commune).call('getAgenciesList');
    expect(json).toMatchObject(ok);
    const found = list({ json } as AxisAnswer).find((one) => one['code'] === department);
    expect(found).toMatchObject({ id: expect.any(String), code: department, name: expect.any(String), pid: expect.any(String) });
    expect(list(await system(commune).call('getAgenciesListQD20', { level: '1' })).map((one) => one['code'])).not.toContain(department);
    expect(list(await system(commune).call('getAgenciesListQD20', { level: '2' })).map((one) => one['code'])).toContain(department);
    const units = list(await system(commune).call('getSynchronizeUnit'));
    expect(units.find((one) => one['code'] === department)).toMatchObject({ version: 1, deleted: false, isAgency: true });
    expect(JSON.stringify([json, units])).not.toContain('null');
  });

  it('may have a base address that ends in a slash, and 2,000 recipients in a header', async () => {
    const bytes = gateway.agency(department).document();
    const client = new AxisClient(`${gateway.url}/vxp/`, `vxp.${department}`, secretOf(department));
    const to = JSON.stringify(Array(2000).fill(commune));
    expect((await client.sendEdoc({ from: department, to, ...eDoc }, bytes)).json).toMatchObject(ok);
  });

  it('goes on with a service object of weeks ago', async () => {
    const weeks = new Date(Date.now() - 21 * 86_400_000);
    expect((await system(commune, weeks).call('getReceivedEdocList', eDoc)).json).toMatchObject(ok);
  });

  it('is believed in what it signed alone', async () => {
    const { entry } = await sendOne();
    const forge = ([name, value]: readonly [string, string]): [string, string] => [name, name === 'XroadVnpt-status' ? 'done' : value];
    const forged: Oddity = { headers: (made) => made.map(forge) };
    const client = system(commune);
    await client.call('getEdoc', { docId: entry(commune) });
    expect((await client.call('updateStatus', { docid: entry(commune), status: 'processing' }, forged)).json).toEqual(ok);
    expect(await pending(commune)).toContain(entry(commune));
  });
});

describe('what is refused is told so that every version of the library reads it', () => {
  const refused = (code: string | RegExp) => ({
    status: 'FAIL',
    ErrorCode: typeof code === 'string' ? code : expect.stringMatching(code),
    ErrorDesc: expect.stringMatching(/\S/),
  });

  it('a wrong secret, an unknown system', async () => {
    for (const [id, secret] of [
      [`vxp.${commune}`, 'another'],
      ['nobody', secretOf(commune)],
    ] as const) {
      const answer = await new AxisClient(`${gateway.url}/vxp`, id, secret).call('getReceivedEdocList', eDoc);
      expect(answer).toMatchObject({ status: 401, json: refused('15') });
      expect(answer.json?.['ErrorDesc']).toMatch(/^AXIS_SIGNATURE: SystemId hoặc SecretKey không đúng/);
    }
  });

  it.each([-40, 2])('a timestamp %d days from now', async (days) => {
    const answer = await system(commune, new Date(Date.now() + days * 86_400_000)).call('getReceivedEdocList', eDoc);
    expect(answer).toMatchObject({ status: 401, json: refused('15') });
    expect(answer.json?.['ErrorDesc']).toMatch(/^AXIS_STALE/);
  });

  it('a sender that is not the system’s, in the words of the axis', async () => {
    const answer = await system(department).sendEdoc({ from: commune, ...eDoc }, gateway.agency(department).document());
    expect(answer.json).toEqual({
      status: 'FAIL',
      ErrorCode: '19',
      ErrorDesc: `Don vi gui ${commune} khong dung voi ma da dang ky: vxp.${department}`,
      DocId: '',
    });
    const inside = await system(department).sendEdoc({ from: department, ...eDoc }, gateway.agency(commune).document());
    expect(inside.json).toEqual({ ...answer.json });
  });

  it('a file that was changed on the way, or is no package', async () => {
    const bytes = gateway.agency(department).document();
    const changed = await system(department).sendEdoc({ from: department, ...eDoc }, bytes, { body: Buffer.from('<edXML/>\r\n') });
    expect(changed.json).toEqual({ ...refused('10'), DocId: '' });
    const broken = await system(department).sendEdoc({ from: department, ...eDoc }, Buffer.from('<edXML>'));
    expect(broken.json).toMatchObject({ ...refused('22'), DocId: '' });
    expect(broken.body.every((byte) => byte < 0x80)).toBe(true);
    expect(await gateway.spooled()).toBe(0);
  });

  it("an entry that there is not, or that is another's", async () => {
    const { entry } = await sendOne();
    for (const docId of ['0dbc', newId(), '../../etc/passwd']) {
      expect((await system(commune).call('getEdoc', { docId })).json).toEqual({ ...refused('404'), data: '' });
    }
    expect((await system(other).call('getEdoc', { docId: entry(commune) })).json).toEqual({ ...refused('404'), data: '' });
    for (const status of ['processing', 'done', 'fail']) {
      expect((await system(other).call('updateStatus', { docid: entry(commune), status })).json).toEqual(refused('404'));
    }
    expect(await pending(commune)).toContain(entry(commune));
    const download = await system(other).call('downloadEdoc', { docId: entry(commune) });
    expect(download).toMatchObject({ status: 404, body: Buffer.alloc(0) });
    expect(download.headers['content-length']).toBe('0');
  });

  it('a status that there is not, such as a business status', async () => {
    const { entry } = await sendOne();
    expect((await system(commune).call('updateStatus', { docid: entry(commune), status: '03' })).json).toEqual(refused('400'));
  });

  it('headers of the signature that are absent or there twice', async () => {
    for (const name of ['sign-header', 'sign-header-key', 'hash-header']) {
      const header = `XroadVnpt-${name}`;
      const without = await system(commune).call('getReceivedEdocList', eDoc, {
        headers: (made) => made.filter(([key]) => key !== header),
      });
      expect(without).toMatchObject({ status: 400, json: refused('400') });
      const twice = await system(commune).call('getReceivedEdocList', eDoc, { headers: (made) => [...made, [header, 'x']] });
      expect(twice).toMatchObject({ status: 400, json: refused('400') });
    }
  });

  it('operations that there are not, and the wrong method', async () => {
    expect(await system(commune).call('getEdoc', {}, { path: '/nothing' })).toMatchObject({
      status: 404,
      json: { ...refused('404'), DocId: '', data: '' },
    });
    expect(await system(commune).call('getEdoc', {}, { method: 'PUT' })).toMatchObject({
      status: 405,
      json: { ...refused('405'), data: '' },
    });
  });

  it('more headers than there may be, and what is no HTTP', async () => {
    const { port } = new URL(gateway.url);
    const large = await exchangeRaw(Number(port), `POST /vxp/sendEdoc HTTP/1.1\r\nHost: x\r\nXroadVnpt-to: ${'x'.repeat(200_000)}\r\n\r\n`);
    expect(large).toMatch(/^HTTP\/1\.1 431 /);
    const control = await exchangeRaw(
      Number(port),
      'POST /vxp/getEdoc HTTP/1.1\r\nHost: x\r\nXroadVnpt-to: \u0010\r\nContent-Length: 0\r\n\r\n',
    );
    expect(control).toMatch(/^HTTP\/1\.1 400 /);
    for (const answer of [large, control]) {
      expect(JSON.parse(answer.split('\r\n\r\n')[1] ?? '')).toEqual({ ...refused('400'), DocId: '', data: '' });
    }
  });
});

describe('its secret', () => {
  it('is issued on the command line, rotates with an overlap, and ends with the client', async () => {
    const issue = (...more: string[]) =>
      jsonOf<{ systemId: string; secret: string }>(
        ['credentials', 'issue', '--kind', 'vxp', '--client', 'phan-mem', '--system-id', 'vxp.saas.03', ...more],
        gateway.env as Record<string, string>,
      );
    const first = await issue('--name', 'Phần mềm', '--agencies', commune, '--scopes', 'receive');
    const ask = async (secret: string) =>
      (await new AxisClient(`${gateway.url}/vxp`, 'vxp.saas.03', secret).call('countReceiveEdoc')).json?.['status'];
    expect(await ask(first.secret)).toBe('OK');
    const second = await issue('--overlap', '7d');
    await new Promise((resolve) => setTimeout(resolve, 1100));
    expect(await Promise.all([ask(first.secret), ask(second.secret)])).toEqual(['OK', 'OK']);
    await jsonOf(['clients', 'suspend', 'phan-mem', '--reason', 'thử'], gateway.env as Record<string, string>);
    await new Promise((resolve) => setTimeout(resolve, 1100));
    expect(await ask(second.secret)).toBe('FAIL');
    const { rows } = (await gateway.database?.pool.query('select sealed from vxp_secrets')) ?? { rows: [] };
    expect(rows.length).toBeGreaterThan(0);
    for (const { sealed } of rows as { sealed: Buffer }[]) expect(sealed.toString('latin1')).not.toContain('lts_');
  });

  it('opens with its own key and for its own system only', async () => {
    const folder = `${gateway.folder}/vaults`;
    const vault = await openVault(`${folder}/a`);
    const sealed = vault.seal('bí mật', 'x');
    expect((await openVault(`${folder}/a`)).open(sealed, 'x')).toBe('bí mật');
    expect(() => vault.open(sealed, 'y')).toThrow();
    const another = await openVault(`${folder}/b`);
    expect(() => another.open(sealed, 'x')).toThrow();
  });
});
