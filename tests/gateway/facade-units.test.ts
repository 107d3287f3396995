import { jsonOf, lienthong } from '../cli/command-line.ts';
import { admitSystems, eDoc, entriesIn, ok, systemOf } from '../support/axis.ts';
import { AxisClient } from '../support/axis-client.ts';
import { eventually } from '../support/eventually.ts';
import type { TestGateway } from '../support/gateway.ts';
import { startTestGateway, usual } from '../support/gateway.ts';

const [department, commune]: readonly [string, string] = [usual.department, usual.commune];
let gateway: TestGateway;

beforeAll(async () => {
  gateway = await startTestGateway();
  await jsonOf(['level-one', 'load'], gateway.env as Record<string, string>);
  await admitSystems(gateway, [department, commune]);
});
afterAll(() => gateway?.close());

function system(code: string): AxisClient {
  const { id, secret } = systemOf(code);
  return new AxisClient(`${gateway.url}/vxp`, id, secret);
}

const body = (text: string) => ({ body: Buffer.from(text) });
const unit = (code: string, more: Record<string, unknown> = {}) =>
  JSON.stringify({ id: '', pcode: department, code, name: `Đơn vị ${code}`, mail: 'a@vidu.gov.vn', mobile: '', fax: '', ...more });
const register = (text: string, as = department) => system(as).call('registerAgency', {}, body(text));
const remove = (code: string, as = department) => system(as).call('deleteAgency', { AgencyCode: code });
const listed = async (operation: 'getAgenciesList' | 'getSynchronizeUnit', code: string) =>
  entriesIn(await system(commune).call(operation)).find((one) => one['code'] === code);

describe('registerAgency', () => {
  it('adds an agency below one of the system, which speaks for it at once', async () => {
    const code = '000.01.12.H61';
    expect((await register(unit(code, { name: '  Chi cục  Văn thư\u200b ' }))).json).toEqual(ok);
    const parent = await listed('getAgenciesList', department);
    expect(await listed('getAgenciesList', code)).toMatchObject({ code, name: 'Chi cục Văn thư', pid: parent?.['id'] });
    expect(parent?.['id']).toMatch(/^[0-9a-f-]{36}$/);
    const sent = await system(department).sendEdoc({ from: code, ...eDoc }, gateway.agency(department).document({ from: { code } }));
    // it may send for it; what is missing is a certificate, which only an operator registers
    expect(sent.json).toMatchObject({ status: 'FAIL', ErrorCode: '22', ErrorDesc: expect.stringMatching(/^CERTIFICATE_UNKNOWN/) });
    const received = gateway.agency(commune).document({ to: [{ code }] });
    expect((await system(commune).sendEdoc({ from: commune, ...eDoc }, received)).json).toMatchObject(ok);
    const waiting = entriesIn(await system(department).call('getReceivedEdocList', eDoc));
    expect(waiting).toContainEqual(expect.objectContaining({ from: commune, to: code }));
  });

  it('changes nothing when it is repeated, also at the same time, as the library does', async () => {
    const code = '000.02.12.H61';
    const answers = await Promise.all([1, 2, 3].map(() => register(unit(code))));
    expect(answers.map(({ json }) => json)).toEqual([ok, ok, ok]);
    expect((await register(unit(code))).json).toEqual(ok);
  });

  it('keeps mail, mobile and fax, shows them with the agency, and takes new ones with the same registration', async () => {
    const code = '000.15.12.H61';
    const contactsOf = async () => (await jsonOf<{ contacts?: object }>(['agencies', 'show', code], gateway.env)).contacts;
    expect((await register(unit(code, { mobile: ' 0900000000 ', fax: '' }))).json).toEqual(ok);
    expect(await contactsOf()).toEqual({ mail: 'a@vidu.gov.vn', mobile: '0900000000' });
    expect((await register(unit(code, { mail: '', fax: '02990000000' }))).json).toEqual(ok);
    expect(await contactsOf()).toEqual({ fax: '02990000000' });
    const { stdout } = await lienthong(['agencies', 'show', code], gateway.env);
    expect(stdout).toMatch(/Fax +02990000000/);
    expect((await register(unit(code, { mail: 'x'.repeat(201) }))).json).toMatchObject({
      status: 'FAIL',
      ErrorDesc: expect.stringContaining('mail'),
    });
    expect(await contactsOf()).toEqual({ fax: '02990000000' });
  });

  it('finds the parent by the code when none is named', async () => {
    expect((await register(unit('000.03.12.H61', { pcode: '' }))).json).toEqual(ok);
    expect((await register(unit('001.03.12.H61', { pcode: undefined }))).json).toEqual(ok);
  });

  it("reads the example of the library's documentation, which is no JSON", async () => {
    const example = `{"id":"","pcode":"${department}","code":"000.04.12.H61","name":"Đơn vị thử","mail":cc"","mobile":"","fax":""}`;
    expect((await register(example)).json).toEqual(ok);
  });

  it.each([
    ['no JSON', '{"code":', '400', 'AXIS_BODY'],
    ['an empty body', '', '400', 'AXIS_BODY'],
    ['a list', '[]', '400', 'AXIS_BODY'],
    ['a number as code', unit('x', { code: 7 }), '400', 'AXIS_BODY'],
    ['quotes missing elsewhere', `{"pcode":${department},"code":"000.05.12.H61","name":"x"}`, '400', 'AXIS_BODY'],
    ['more than 16 KB', unit('000.05.12.H61', { fax: 'x'.repeat(17_000) }), '400', 'AXIS_BODY'],
    ['no code', unit(''), '400', 'AXIS_VALUE'],
    ['a malformed code', unit('000.1137.H61'), '400', 'AXIS_VALUE'],
    ['a code that is too long', unit(`H61.${'1'.repeat(32)}`), '400', 'AXIS_VALUE'],
    ['no name', unit('000.05.12.H61', { name: ' \u200b' }), '400', 'AXIS_VALUE'],
    ['an unknown parent', unit('000.05.12.H61', { pcode: '000.05.99.H61' }), '404', 'AGENCY_UNKNOWN'],
    ["another's agency as parent", unit('000.05.45.H61', { pcode: commune }), '403', 'AXIS_UNIT_NOT_BELOW'],
    ['a code that leads to another parent', unit('000.05.45.H61', { pcode: '' }), '403', 'AXIS_UNIT_NOT_BELOW'],
    ['a code that is at the top', unit('H77', { pcode: '' }), '403', 'AXIS_UNIT_NOT_BELOW'],
    ["another's code", unit(commune), '409', 'CODE_TAKEN'],
  ])('refuses %s and registers nothing', async (_, text, errorCode, code) => {
    const { json } = await register(text);
    expect(json).toEqual({ status: 'FAIL', ErrorCode: errorCode, ErrorDesc: expect.stringMatching(new RegExp(`^${code}: `)) });
    expect(await listed('getAgenciesList', '000.05.12.H61')).toBeUndefined();
  });

  it('refuses a name other than the one under which the code is registered', async () => {
    await register(unit('000.06.12.H61'));
    const { json } = await register(unit('000.06.12.H61', { name: 'Tên khác' }));
    expect(json).toMatchObject({ ErrorCode: '409', ErrorDesc: expect.stringMatching(/^AXIS_UNIT_DIFFERS/) });
  });

  it('is for whole document systems alone', async () => {
    const env = gateway.env as Record<string, string>;
    await lienthong(['clients', 'set-scopes', gateway.agency(commune).client.id, 'receive'], env);
    await new Promise((resolve) => setTimeout(resolve, 1100));
    const { json } = await register(unit('001.00.45.H61', { pcode: commune }), commune);
    expect(json).toMatchObject({ status: 'FAIL', ErrorCode: '15', ErrorDesc: expect.stringMatching(/^SCOPE_MISSING/) });
    await lienthong(['clients', 'set-scopes', gateway.agency(commune).client.id, 'send,receive'], env);
    await new Promise((resolve) => setTimeout(resolve, 1100));
  });
});

describe('deleteAgency', () => {
  it('closes what the system registered, for good: mail to it fails and is told, its code is not given out again', async () => {
    const code = '000.07.12.H61';
    await register(unit(code));
    const sent = await system(commune).sendEdoc({ from: commune, ...eDoc }, gateway.agency(commune).document({ to: [{ code }] }));
    expect((await remove(code)).json).toEqual(ok);
    expect((await remove(code)).json).toEqual(ok);
    expect(await listed('getAgenciesList', code)).toBeUndefined();
    expect(await listed('getSynchronizeUnit', code)).toMatchObject({ deleted: true });
    const docId = String(sent.json?.['DocId']);
    const fate = await eventually(async () => {
      const [entry] = entriesIn(await system(commune).call('getSentEdocList', { docId }));
      return entry?.['receiveStatus'] === 'fail' && entry;
    });
    expect(fate).toMatchObject({ receiveStatusDesc: expect.stringContaining('18 RECIPIENT_CLOSED') });
    const late = await system(commune).sendEdoc({ from: commune, ...eDoc }, gateway.agency(commune).document({ to: [{ code }] }));
    expect(late.json).toMatchObject({ status: 'FAIL', ErrorCode: '18', DocId: '' });
    expect((await register(unit(code))).json).toMatchObject({ ErrorCode: '409', ErrorDesc: expect.stringMatching(/^AXIS_UNIT_CLOSED/) });
    expect((await register(unit(code), commune)).json).toMatchObject({ ErrorDesc: expect.stringMatching(/^CODE_TAKEN/) });
  });

  it("refuses another's agency, its own that an operator registered, and none at all", async () => {
    const code = '000.08.12.H61';
    await register(unit(code));
    for (const [wanted, as] of [
      [code, commune],
      [department, department],
      ['000.09.12.H61', department],
    ] as const) {
      const { json } = await remove(wanted, as);
      expect(json).toMatchObject({ status: 'FAIL', ErrorCode: '403', ErrorDesc: expect.stringMatching(/^AXIS_UNIT_NOT_YOURS/) });
    }
    expect((await system(department).call('deleteAgency', {})).json).toMatchObject({ ErrorCode: '400' });
    expect(await listed('getAgenciesList', code)).toBeDefined();
  });
});
