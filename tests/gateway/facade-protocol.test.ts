import { contentTypeOf, type OperationName, operations } from '../../src/adapters/vxp/wire.ts';
import { signedHeaders } from '../../src/adapters/vxp/wire-sign.ts';
import { timestampOf } from '../../src/adapters/vxp/wire-time.ts';
import { admitSystems, eDoc, entriesIn, ok, systemOf } from '../support/axis.ts';
import { type AxisAnswer, AxisClient } from '../support/axis-client.ts';
import type { TestGateway } from '../support/gateway.ts';
import { startTestGateway, usual } from '../support/gateway.ts';
import { exchangeRaw } from '../support/raw-http.ts';

const [department, commune]: readonly [string, string] = [usual.department, usual.commune];
const names = Object.keys(operations) as OperationName[];
const calls = names.filter((name): name is Exclude<OperationName, 'sendEdoc'> => name !== 'sendEdoc');
let gateway: TestGateway;

beforeAll(async () => {
  gateway = await startTestGateway();
  await admitSystems(gateway, [department, commune]);
});
afterAll(() => gateway?.close());

function system(code: string, secret = systemOf(code).secret): AxisClient {
  return new AxisClient(`${gateway.url}/vxp`, systemOf(code).id, secret);
}

/** Every field that the library reads is there and a text, and there is nothing in it but ASCII. */
function isReadable({ json, body }: AxisAnswer): boolean {
  const fields = ['status', 'ErrorCode', 'ErrorDesc'].map((name) => json?.[name]);
  return fields.every((field) => typeof field === 'string') && body.every((byte) => byte < 0x80);
}

describe('every operation', () => {
  it.each(calls)('%s tells a wrong secret in what the library reads, or in an empty body', async (name) => {
    const answer = await system(department, 'wrong').call(name);
    expect(answer.status).toBe(401);
    if (name === 'downloadEdoc') expect([answer.body.length, answer.headers['content-length']]).toEqual([0, '0']);
    else expect([isReadable(answer), answer.json?.['ErrorCode']]).toEqual([true, '15']);
    if (name === 'getEdoc') expect(answer.json?.['data']).toBe('');
  });

  it.each(calls.filter((name) => operations[name].method === 'POST'))('%s with GET is refused in the same way', async (name) => {
    const answer = await system(department).call(name, {}, { method: 'GET', body: Buffer.alloc(0) });
    expect([answer.status, isReadable(answer)]).toEqual([405, true]);
  });

  it.each(['/vxp//getAgenciesList', '//vxp/getAgenciesList', '/vxp/getAgenciesList/'])('is found at %s', async (path) => {
    const { id, secret } = systemOf(department);
    const client = new AxisClient(gateway.url, id, secret);
    expect((await client.call('getAgenciesList', {}, { path })).json).toMatchObject(ok);
  });

  it('looks at no content type: the library says JSON of bodies that are none', async () => {
    for (const name of ['getReceivedEdocList', 'countReceiveEdoc'] as const) {
      const odd = { headers: (made: readonly (readonly [string, string])[]) => made.filter(([header]) => header !== 'Content-Type') };
      expect((await system(department).call(name, eDoc, odd)).json).toMatchObject(ok);
    }
  });

  it('names lists, counts and items as the library does, and no value of an item is null', async () => {
    await system(department).sendEdoc({ from: department, ...eDoc }, gateway.agency(department).document());
    expect((await system(commune).call('countReceiveEdoc')).json).toEqual({ ...ok, count: expect.any(Number) });
    for (const [name, code] of [
      ['getReceivedEdocList', commune],
      ['getSentEdocList', department],
      ['getAgenciesList', department],
      ['getAgenciesListQD20', department],
      ['getSynchronizeUnit', department],
    ] as const) {
      const answer = await system(code).call(name, eDoc);
      const items = entriesIn(answer);
      expect(items.length).toBeGreaterThan(0);
      const values = items.flatMap((item) => Object.values(item) as unknown[]);
      expect(values.every((value) => ['string', 'number', 'boolean'].includes(typeof value))).toBe(true);
      expect([isReadable(answer), answer.status]).toEqual([true, 200]);
    }
  });

  it('gives out ids that can be no path', async () => {
    const { json } = await system(department).sendEdoc({ from: department, ...eDoc }, gateway.agency(department).document());
    const [entry] = entriesIn(await system(department).call('getSentEdocList', { docId: String(json?.['DocId']) }));
    for (const id of [json?.['DocId'], entry?.['receiverDocId']]) expect(id).toMatch(/^[0-9a-f-]{36}$/);
  });
});

describe('values', () => {
  it('count as they were signed, with blanks and line ends that the header lost', async () => {
    const values = { ...eDoc, note: ' đầu dòng\r\ncuối ' };
    expect((await system(department).call('getReceivedEdocList', values)).json).toMatchObject(ok);
  });

  it('docid counts in updateStatus, docId in getEdoc, when an object carries both', async () => {
    const sent = await system(department).sendEdoc({ from: department, ...eDoc }, gateway.agency(department).document());
    const [entry] = entriesIn(await system(department).call('getSentEdocList', { docId: String(sent.json?.['DocId']) }));
    const [real, none] = [entry?.['receiverDocId'] ?? '', '11111111-1111-1111-1111-111111111111'];
    expect((await system(commune).call('getEdoc', { docId: real, docid: none })).json).toMatchObject(ok);
    expect((await system(commune).call('updateStatus', { docId: none, docid: real, status: 'done' })).json).toEqual(ok);
  });

  it('a flipped letter of what was signed, of the list of names or of the MAC is refused', async () => {
    for (const name of ['sign-header', 'sign-header-key', 'hash-header']) {
      const flip = ([header, value]: readonly [string, string]): readonly [string, string] =>
        header === `XroadVnpt-${name}` ? [header, value.replace(/[ae]/, (letter) => (letter === 'a' ? 'e' : 'a'))] : [header, value];
      const answer = await system(department).call('getReceivedEdocList', eDoc, { headers: (made) => made.map(flip) });
      expect(answer.status).toBeGreaterThanOrEqual(400);
      expect(isReadable(answer)).toBe(true);
    }
  });

  it('that the library destroyed over a URL with a port are refused, not believed', async () => {
    const answer = await system(department).call(
      'getReceivedEdocList',
      { ...eDoc, note: 'Đ' },
      {
        headers: (made) =>
          made.map(([name, value]) => [name, name.endsWith('sign-header') ? value.replace(/[\u0080-\u00ff]+/g, 'x') : value]),
      },
    );
    expect(answer).toMatchObject({ status: 401, json: { ErrorCode: '15' } });
  });
});

describe('the connection', () => {
  it('answers a call that waits for 100 Continue with it, or at once with the refusal', async () => {
    const made = (secret: string) =>
      signedHeaders({
        systemId: systemOf(department).id,
        secret,
        timestamp: timestampOf(new Date()),
        contentType: contentTypeOf('countReceiveEdoc'),
        values: {},
      });
    const head = (secret: string) =>
      `POST /vxp/countReceiveEdoc HTTP/1.1\r\nHost: x\r\nConnection: close\r\nExpect: 100-continue\r\nContent-Length: 2\r\n${made(secret)
        .map(([name, value]) => `${name}: ${value}\r\n`)
        .join('')}\r\n`;
    const port = Number(new URL(gateway.url).port);
    expect(await exchangeRaw(port, `${head(systemOf(department).secret)}{}`)).toMatch(/^HTTP\/1\.1 100 Continue\r\n\r\nHTTP\/1\.1 200 /);
    expect(await exchangeRaw(port, `${head('wrong')}{}`)).toMatch(/HTTP\/1\.1 401 /);
  });
});
