import { randomBytes } from 'node:crypto';
import { jsonOf } from '../cli/command-line.ts';
import { eventually } from '../support/eventually.ts';
import type { TestGateway } from '../support/gateway.ts';
import { startTestGateway, usual } from '../support/gateway.ts';
import { pdf } from '../support/packages.ts';

const { department, commune } = usual;
let gateway: TestGateway;

beforeAll(async () => {
  gateway = await startTestGateway({ env: { LIENTHONG_PROVINCIAL: 'quang-nam,lang-son', LIENTHONG_MAX_PACKAGE_BYTES: '8000000' } });
});
afterAll(() => gateway?.close());

// biome-ignore lint/suspicious/noExplicitAny: the test knows the shape
type Json = any;

async function call(path: string, init: RequestInit = {}): Promise<{ readonly status: number; readonly json: Json }> {
  const answer = await fetch(new URL(path, gateway.url), init);
  return { status: answer.status, json: await answer.json() };
}

const secretOf = (code: string) => gateway.agency(code).client.secret;
const basic = (code: string) => {
  const { id, secret } = gateway.agency(code).client;
  return `Basic ${Buffer.from(`${id}:${secret}`).toString('base64')}`;
};
const document = (bytes = 20) => {
  const content = Buffer.concat([Buffer.from('%PDF-1.7\n'), randomBytes(bytes), Buffer.from('\n%%EOF\n')]);
  return gateway.agency(department).document({ attachments: [pdf('cong-van.pdf', { bytes: content })] });
};

async function entryOf(list: () => Promise<Json[]>, known: ReadonlySet<string>): Promise<Json> {
  return eventually(async () => (await list()).find(({ docId }) => !known.has(docId)));
}

describe('Quảng Nam', () => {
  const base = '/profiles/quang-nam/truclienthong/v1.0.0';
  const tokenOf = async (code: string): Promise<string> => {
    const headers = { authorization: basic(code), 'content-type': 'application/x-www-form-urlencoded' };
    const { json } = await call('/profiles/quang-nam/token', { method: 'POST', headers, body: 'grant_type=client_credentials' });
    expect(json).toMatchObject({ token_type: 'Bearer', expires_in: 600, scope: expect.stringContaining('send') });
    return json.access_token;
  };
  const asked = async (code: string, path: string, init: RequestInit & { readonly headers?: Record<string, string> } = {}) =>
    call(base + path, { ...init, headers: { authorization: `Bearer ${await tokenOf(code)}`, ...init.headers } });

  it.each<[string, (bytes: Buffer) => { readonly type: string; readonly body: string }]>([
    ['as text', (bytes) => ({ type: 'text/plain', body: bytes.toString('base64') })],
    ['as a JSON string', (bytes) => ({ type: 'application/json', body: JSON.stringify(bytes.toString('base64')) })],
  ])(
    'takes a document as base64 (%s), lists it, gives it byte for byte and has its status set',
    async (_, wrap) => {
      const listed = async (place: 'header' | 'query' = 'header') => {
        const secretDonVi = secretOf(commune);
        const path = place === 'query' ? `/vanbans?secretDonVi=${secretDonVi}` : '/vanbans';
        return (await asked(commune, path, place === 'query' ? {} : { headers: { secretDonVi } })).json.data as Json[];
      };
      const known = new Set((await listed()).map(({ docId }) => docId));
      const bytes = document(3_000_000);
      const { type, body } = wrap(bytes);
      const headers = { 'content-type': type, secretDonVi: secretOf(department), loaiVanBan: 'edoc' };
      const sent = await asked(department, '/vanbans', { method: 'POST', headers, body });
      expect(sent).toEqual({ status: 200, json: { status: 'OK', errorCode: '0', errorDesc: '', docId: expect.any(String) } });

      const entry = await entryOf(() => listed('query'), known);
      expect(entry).toMatchObject({ serviceType: 'eDoc', messageType: 'edoc', from: department, to: commune, status: 'INITIAL' });
      const fetched = await asked(commune, `/vanbans/${entry.docId}`, { headers: { secretDonVi: secretOf(commune) } });
      expect(Buffer.from(fetched.json.data, 'base64').equals(bytes)).toBe(true);
      const put = (status: string) => {
        const form = new URLSearchParams({ secretDonVi: secretOf(commune), status });
        return asked(commune, `/vanbans/${entry.docId}`, { method: 'PUT', body: form });
      };
      expect((await put('PROCESSING')).json.status).toBe('OK');
      expect((await listed()).find(({ docId }) => docId === entry.docId).status).toBe('PROCESSING');
      expect((await put('DONE')).json.status).toBe('OK');
      expect((await put('DONE')).json.status).toBe('OK');
      expect((await listed()).map(({ docId }) => docId)).not.toContain(entry.docId);
    },
    30_000,
  );

  it('registers agencies below those of the system, with their contacts, and closes them', async () => {
    const code = '000.01.45.H61';
    const headers = { secretDonVi: secretOf(commune) };
    const post = (data: object) => asked(commune, '/donvilienthongs', { method: 'POST', headers, body: JSON.stringify(data) });
    const unit = { code, pcode: commune, name: 'Trạm Y tế', email: 'tram@vidu.gov.vn', mobile: '', fax: '' };
    expect(await post(unit)).toEqual({ status: 200, json: { status: 'OK', errorCode: '0', errorDesc: '' } });
    expect((await post(unit)).json.status).toBe('OK');
    const { json } = await asked(commune, '/donvilienthongs', { headers });
    const parent = json.data.find((one: Json) => one.code === commune);
    expect(json.data).toContainEqual(expect.objectContaining({ code, name: 'Trạm Y tế', pid: parent.id }));
    expect(await jsonOf(['agencies', 'show', code], gateway.env)).toMatchObject({
      contacts: { mail: 'tram@vidu.gov.vn' },
      parent: commune,
    });
    expect(await post({ ...unit, code: '000.01.12.H61', pcode: department })).toMatchObject({
      status: 403,
      json: { status: 'FAIL', errorDesc: expect.stringContaining('AXIS_UNIT_NOT_BELOW') },
    });
    expect((await post({ ...unit, code: 'mã' })).json.errorDesc).toContain('PROFILE_VALUE');

    const close = (agencyCode: string) => {
      const body = new URLSearchParams({ secretDonVi: secretOf(commune), agencyCode });
      return asked(commune, '/donvilienthongs', { method: 'PUT', body });
    };
    expect((await close(code)).json.status).toBe('OK');
    expect((await close(code)).json.status).toBe('OK');
    expect((await close(department)).json.errorDesc).toContain('AXIS_UNIT_NOT_YOURS');
    expect((await asked(commune, '/donvilienthongs', { headers })).json.data.map((one: Json) => one.code)).not.toContain(code);
  });

  it('lists agencies, all and those of the province', async () => {
    for (const path of ['/donvilienthongs', '/donvilienthongs/qn']) {
      const { json } = await asked(commune, path, { headers: { secretDonVi: secretOf(commune) } });
      expect(json.data).toContainEqual(expect.objectContaining({ code: department, pid: expect.any(String) }));
    }
  });

  it('says what is wrong in its own shape', async () => {
    const good = { secretDonVi: secretOf(commune) };
    const answers: [string, Json, number, string, string][] = [
      ['/vanbans', {}, 401, '15', 'UNAUTHENTICATED'],
      ['/vanbans', { headers: { secretDonVi: secretOf(department) } }, 401, '15', 'UNAUTHENTICATED'],
      ['/vanbans/x', { headers: good }, 404, '404', 'DELIVERY_UNKNOWN'],
      ['/vanbans', { method: 'DELETE', headers: good }, 404, '404', 'PROFILE_OPERATION_UNKNOWN'],
      ['/vanbans?loaiVanBan=x', { headers: good }, 400, '400', 'PROFILE_VALUE'],
      ['/vanbans', { method: 'POST', headers: good, body: 'PHg#' }, 422, '22', 'PROFILE_BASE64'],
      ['/vanbans', { method: 'POST', headers: good, body: Buffer.from('<x/>').toString('base64') }, 422, '22', 'ROOT_UNKNOWN'],
      ['/vanbans', { method: 'POST', headers: good, body: document().toString('base64') }, 403, '19', 'SENDER_NOT_YOURS'],
      ['/vanbans', { method: 'POST', headers: good, body: 'A'.repeat(12_000_000) }, 413, '10', 'PACKAGE_TOO_LARGE'],
    ];
    for (const [path, init, status, errorCode, code] of answers) {
      const found = await asked(commune, path, init);
      expect([path, found.status, found.json]).toEqual([
        path,
        status,
        { status: 'FAIL', errorCode, errorDesc: expect.stringContaining(code) },
      ]);
    }
    const headers = { authorization: `Bearer ${await tokenOf(commune)}` };
    expect((await call('/profiles/quang-nam/token', { method: 'POST', headers })).status).toBe(401);
  }, 30_000);
});

describe('Lạng Sơn', () => {
  const base = '/profiles/lang-son/v1';
  const system = (code: string) => ({ 'X-SystemId': gateway.agency(code).client.id, 'X-SecretKey': secretOf(code) });
  const login = async (code: string): Promise<Record<string, string>> => {
    const { json } = await call(`${base}/auth/login?allow_anonymous=true`, { method: 'POST', headers: system(code) });
    expect(json).toMatchObject({ code: 0, data: { data: { token: expect.stringMatching(/^[\w-]+\.[\w-]+\.[\w-]+$/) } } });
    return { authorization: `Bearer ${json.data.data.token}`, ...system(code) };
  };
  const sending = (bytes: Buffer, messageType = 'edoc') => {
    const form = new FormData();
    form.append('messageType', messageType);
    form.append('edocFile', new Blob([new Uint8Array(bytes)]), 'goi-tin.edxml');
    return form;
  };

  it('takes a document, lists it by days, gives it byte for byte and has its status set', async () => {
    const [sender, recipient] = [await login(department), await login(commune)];
    const today = new Date(Date.now() + 7 * 3_600_000).toISOString().slice(0, 10).replaceAll('-', '/');
    const list = async (from: string) => {
      const { json } = await call(`${base}/syncReceivedEdocList?messageType=edoc&fromDate=${from}&toDate=${today}`, { headers: recipient });
      return json.data.data as Json[];
    };
    const known = new Set((await list('2020/01/01')).map(({ docId }) => docId));
    const bytes = document(300_000);
    const sent = await call(`${base}/sendEdoc`, { method: 'POST', headers: sender, body: sending(bytes) });
    expect(sent).toMatchObject({ status: 200, json: { success: true, code: 0, data: { docId: expect.any(String) } } });
    expect((await call(`${base}/sendEdoc`, { method: 'POST', headers: sender, body: sending(bytes) })).json.data.docId).toBe(
      sent.json.data.docId,
    );

    const { docId } = await entryOf(() => list('2020/01/01'), known);
    const fetched = await call(`${base}/getEdoc?docId=${docId}`, { headers: recipient });
    expect(Buffer.from(fetched.json.data.data, 'base64').equals(bytes)).toBe(true);
    const headers = { ...recipient, 'content-type': 'application/json' };
    const done = await call(`${base}/updateStatus`, { method: 'POST', headers, body: JSON.stringify({ docId, status: 'done' }) });
    expect(done.json).toMatchObject({ success: true, code: 0 });
    expect((await list('2020/01/01')).map((entry) => entry.docId)).not.toContain(docId);
    const { json } = await call(`${base}/getAgenciesList`, { headers: recipient });
    expect(json.data.data).toContainEqual(expect.objectContaining({ code: commune }));
  });

  it('logs in by what the body says, too', async () => {
    const { id, secret } = gateway.agency(commune).client;
    const body = JSON.stringify({ username: id, password: secret });
    const { json } = await call(`${base}/auth/login`, { method: 'POST', headers: { 'content-type': 'application/json' }, body });
    expect(json.code).toBe(0);
  });

  it('says what is wrong by its codes, without pretending success', async () => {
    const sender = await login(department);
    const other = await login(commune);
    const to = (code: string) => sending(gateway.agency(department).document({ to: [{ code, name: 'Đơn vị' }] }));
    const answers: [string, Json, number, string][] = [
      ['sendEdoc', { method: 'POST', headers: { ...sender, ...system(commune) }, body: sending(document()) }, 15, 'UNAUTHENTICATED'],
      ['sendEdoc', { method: 'POST', headers: { ...sender, 'X-SecretKey': 'lts_sai' }, body: sending(document()) }, 15, 'UNAUTHENTICATED'],
      ['sendEdoc', { method: 'POST', headers: system(department), body: sending(document()) }, 15, 'UNAUTHENTICATED'],
      ['sendEdoc', { method: 'POST', headers: other, body: sending(document()) }, 19, 'SENDER_NOT_YOURS'],
      ['sendEdoc', { method: 'POST', headers: sender, body: sending(Buffer.from('<x/>')) }, 22, 'ROOT_UNKNOWN'],
      ['sendEdoc', { method: 'POST', headers: sender, body: to('999.99.99.H61') }, 18, 'RECIPIENT_UNKNOWN'],
      ['syncReceivedEdocList?fromDate=2026/02/30', { headers: sender }, 400, 'PROFILE_VALUE'],
      ['getEdoc?docId=x', { headers: sender }, 404, 'DELIVERY_UNKNOWN'],
      [
        'updateStatus',
        { method: 'POST', headers: { ...sender, 'content-type': 'application/json' }, body: '{"status":"03"}' },
        400,
        'PROFILE_VALUE',
      ],
    ];
    for (const [path, init, code, text] of answers) {
      const { status, json } = await call(`${base}/${path}`, init);
      expect([path, status >= 400, json]).toEqual([
        path,
        true,
        expect.objectContaining({ success: false, code, errorDetail: expect.stringContaining(text) }),
      ]);
    }
    await eventually(async () => (await gateway.spooled()) === 0);
  });
});

describe('a profile that is not switched on', () => {
  it('is not there', async () => {
    expect((await call('/profiles/tay-ninh/v1/getEdoc')).status).toBe(404);
    await gateway.restart({ LIENTHONG_PROVINCIAL: '' });
    expect((await call('/profiles/lang-son/v1/getEdoc')).json.problems[0].code).toBe('PATH_UNKNOWN');
  });
});
