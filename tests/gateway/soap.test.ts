import { createHash, randomBytes } from 'node:crypto';
import { eventually } from '../support/eventually.ts';
import type { TestGateway } from '../support/gateway.ts';
import { startTestGateway, usual } from '../support/gateway.ts';
import { pdf } from '../support/packages.ts';
import type { SoapName } from '../support/soap.ts';
import { bodyOf, envelope, faultCodes, operation, soapType } from '../support/soap.ts';

const { department, commune } = usual;
const limit = 8_000_000;
let gateway: TestGateway;

beforeAll(async () => {
  gateway = await startTestGateway({ env: { LIENTHONG_MAX_PACKAGE_BYTES: String(limit), LIENTHONG_BODY_IDLE_SECONDS: '2' } });
});
afterAll(() => gateway?.close());

interface Answer {
  readonly status: number;
  readonly xml: string;
  readonly headers: Headers;
}

async function post(
  body: string | Buffer,
  version: SoapName = '1.1',
  headers: Record<string, string> = {},
  as: string = department,
): Promise<Answer> {
  const answer = await gateway.request('/soap', { as, headers: { 'content-type': soapType(version), ...headers }, body });
  return { status: answer.status, xml: await answer.text(), headers: answer.headers };
}

async function call(name: string, fields: Record<string, string> = {}, version: SoapName = '1.1', as: string = department) {
  const answer = await post(envelope(operation(name, fields), version), version, {}, as);
  expect([answer.status, answer.xml]).toEqual([200, expect.any(String)]);
  expect(answer.headers.get('content-type')).toBe(soapType(version));
  return bodyOf(answer.xml)[`${name}Response`];
}

async function send(bytes = gateway.agency(department).document(), version: SoapName = '1.1') {
  return call('sendPackage', { package: bytes.toString('base64') }, version);
}

async function deliveryOf(packageId: string): Promise<string> {
  return eventually(async () => {
    const { entries } = await gateway.client(commune).inbox({ limit: 500 });
    const found = entries.find((entry) => entry.package === packageId);
    if (found === undefined) throw new Error('not in the inbox yet');
    return found.delivery;
  });
}

/** A package of about so many bytes. */
function large(size: number): Buffer {
  const bytes = Buffer.concat([Buffer.from('%PDF-1.7\n'), randomBytes(size), Buffer.from('\ntrailer<<>>\n%%EOF\n')]);
  return gateway.agency(department).document({ attachments: [pdf('lon.pdf', { bytes })] });
}

describe.each<SoapName>(['1.1', '1.2'])('SOAP %s', (version) => {
  it('carries a package through all operations, byte for byte', async () => {
    const bytes = gateway.agency(department).document();
    const sha256 = createHash('sha256').update(bytes).digest('hex');
    expect((await call('validatePackage', { package: bytes.toString('base64') }, version)).valid).toBe('true');
    const sent = await send(bytes, version);
    expect(sent).toMatchObject({ first: 'true', receipt: expect.stringContaining('Signature') });
    expect(await send(bytes, version)).toEqual({ ...sent, first: 'false' });

    const delivery = await deliveryOf(sent.packageId);
    const inbox = await call('getInbox', { limit: '500' }, version, commune);
    expect([inbox.entries].flat()).toContainEqual(expect.objectContaining({ delivery, package: sent.packageId, sha256 }));
    const fetched = await call('getPackage', { delivery }, version, commune);
    expect(fetched).toMatchObject({ delivery, packageId: sent.packageId, sha256, size: String(bytes.length) });
    expect(Buffer.from(fetched.package, 'base64').equals(bytes)).toBe(true);
    expect(await call('acknowledge', { delivery, sha256 }, version, commune)).toMatchObject({ state: 'delivered' });

    const status = await call('getPackageStatus', { packageId: sent.packageId }, version);
    expect([status.deliveries].flat()).toContainEqual(expect.objectContaining({ recipient: commune, state: 'delivered' }));
    const receipts = await eventually(async () => {
      const found = [(await call('getReceipts', { limit: '500' }, version)).receipts].flat();
      if (!found.some((one) => one.package === sent.packageId && one.kind === 'delivered')) throw new Error('no receipt yet');
      return found;
    });
    expect(receipts.map(({ id }) => id)).toContain(sent.receiptId);
  });

  it('sends a package back with a reason', async () => {
    const { packageId } = await send(undefined, version);
    const delivery = await deliveryOf(packageId);
    const reason = 'Không đúng thẩm quyền &lt;UBND&gt;';
    expect(await call('refuse', { delivery, reason }, version, commune)).toMatchObject({ state: 'failed' });
  });

  it('finds agencies', async () => {
    const { agencies } = await call('getAgencies', { search: commune }, version);
    expect([agencies].flat()).toContainEqual(expect.objectContaining({ code: commune }));
  });

  it('takes and gives packages of megabytes', async () => {
    const bytes = large(3_000_000);
    const wrapped = bytes.toString('base64').replace(/.{76}/g, '$&\r\n');
    const { packageId } = await call('sendPackage', { package: `\n${wrapped}\n` }, version);
    const fetched = await call('getPackage', { delivery: await deliveryOf(packageId) }, version, commune);
    expect(Buffer.from(fetched.package, 'base64').equals(bytes)).toBe(true);
  });
});

describe('the description', () => {
  it('is open to everyone and names where it was asked for', async () => {
    const answer = await fetch(new URL('/soap?wsdl', gateway.url));
    const text = await answer.text();
    expect(answer.headers.get('content-type')).toBe('text/xml; charset=utf-8');
    expect(text.match(/location="([^"]*)"/g)).toEqual(Array(2).fill(`location="${gateway.url.replace(/\/$/, '')}/soap"`));
  });
});

describe('what is wrong is a fault', () => {
  const good = () => gateway.agency(department).document().toString('base64');

  it('with code, place and both languages, in SOAP 1.1', async () => {
    const { status, xml } = await post(envelope(operation('sendPackage', { package: Buffer.from('<x/>').toString('base64') })));
    expect(status).toBe(500);
    expect(faultCodes(xml)).toEqual(['ROOT_UNKNOWN']);
    const { Fault } = bodyOf(xml);
    expect(Fault.faultcode).toBe('soap:Client');
    expect(Fault.detail.problems.problem).toMatchObject({
      vi: expect.any(String),
      en: expect.any(String),
      fixVi: expect.any(String),
      at: '/x',
    });
    expect(Fault.faultstring).toContain(Fault.detail.problems.problem.vi);
  });

  it('with code and both languages, in SOAP 1.2', async () => {
    const { status, xml } = await post(envelope(operation('getPackage', { delivery: 'x' }), '1.2'), '1.2', {}, commune);
    const { Fault } = bodyOf(xml);
    expect([status, Fault.Code.Value, Fault.Code.Subcode.Value]).toEqual([500, 'soap:Sender', 'lt:DELIVERY_UNKNOWN']);
    expect(xml).toMatch(/<soap:Text xml:lang="vi">[^<]+<\/soap:Text><soap:Text xml:lang="en">/);
  });

  it.each<[string, () => string, string]>([
    ['a DOCTYPE', () => `<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>${envelope('').slice(38)}`, 'DOCTYPE_FORBIDDEN'],
    ['an unknown operation', () => envelope(operation('deleteAll')), 'SOAP_OPERATION_UNKNOWN'],
    ['an operation that objects have', () => envelope(operation('constructor')), 'SOAP_OPERATION_UNKNOWN'],
    ['an operation of another service', () => envelope('<x xmlns="urn:x"/>'), 'SOAP_ENVELOPE'],
    ['two operations', () => envelope(operation('getInbox') + operation('getInbox')), 'SOAP_ENVELOPE'],
    ['no XML', () => 'xin chào', 'SOAP_ENVELOPE'],
    ['nothing', () => '<s/>', 'SOAP_ENVELOPE'],
    ['another version', () => envelope('').replace(/xmlns:s="[^"]*"/, 'xmlns:s="urn:soap:2"'), 'SOAP_VERSION'],
    ['the other version', () => envelope(operation('getInbox'), '1.2'), 'SOAP_ENVELOPE'],
    ['a processing instruction', () => envelope(`<?php x?>${operation('getInbox')}`), 'SOAP_ENVELOPE'],
    [
      'a header that must be understood',
      () => envelope(operation('getInbox'), '1.1', '<h:T xmlns:h="urn:h" s:mustUnderstand="1"/>'),
      'SOAP_HEADER_UNKNOWN',
    ],
    ['an unknown element', () => envelope(operation('getInbox', { from: 'x' })), 'SOAP_PARAMETER'],
    ['a value out of range', () => envelope(operation('getInbox', { limit: '0' })), 'SOAP_PARAMETER'],
    ['a missing element', () => envelope(operation('acknowledge')), 'SOAP_PARAMETER'],
    ['a missing package', () => envelope(operation('sendPackage')), 'SOAP_PARAMETER'],
    [
      'a part that is not there',
      () => envelope(operation('sendPackage', { package: '<i:Include xmlns:i="http://www.w3.org/2004/08/xop/include" href="cid:a"/>' })),
      'SOAP_PARAMETER',
    ],
    ['short text that is not base64', () => envelope(operation('sendPackage', { package: 'PHg#' })), 'SOAP_PACKAGE_BASE64'],
    [
      'long text that is not base64',
      () => envelope(operation('sendPackage', { package: `${'A'.repeat(300_000)}#` })),
      'SOAP_PACKAGE_BASE64',
    ],
    ['long text without padding', () => envelope(operation('sendPackage', { package: `${'A'.repeat(300_001)}` })), 'SOAP_PACKAGE_BASE64'],
    ['a long text in another place', () => envelope(operation('refuse', { reason: 'A'.repeat(40_000) })), 'SOAP_ENVELOPE'],
    ['two packages', () => envelope(operation('sendPackage', { package: 'A'.repeat(40_000), again: 'A'.repeat(40_000) })), 'SOAP_ENVELOPE'],
    ['megabytes of text', () => envelope(operation('refuse', { reason: '<a/>'.repeat(100_000) })), 'TEXT_TOO_LARGE'],
    [
      'a package over the limit',
      () => envelope(operation('sendPackage', { package: large(limit).toString('base64') })),
      'PACKAGE_TOO_LARGE',
    ],
    ['an envelope cut short', () => envelope(operation('sendPackage', { package: good() })).slice(0, -40), 'SOAP_ENVELOPE'],
  ])('%s', async (_, make, code) => {
    const { status, xml } = await post(make());
    expect([status, ...faultCodes(xml)]).toEqual([500, code]);
  });

  it.each<[string, Record<string, string>, string]>([
    ['a SOAPAction of another operation', { soapaction: '"urn:lienthong:soap:1:refuse"' }, 'SOAP_ACTION'],
    ['another media type', { 'content-type': 'application/json' }, 'CONTENT_TYPE_UNSUPPORTED'],
    ['another charset', { 'content-type': 'text/xml; charset=utf-16' }, 'CONTENT_TYPE_UNSUPPORTED'],
    ['a compressed body', { 'content-encoding': 'gzip' }, 'CONTENT_ENCODING_UNSUPPORTED'],
  ])('%s', async (_, headers, code) => {
    expect(faultCodes((await post(envelope(operation('getInbox')), '1.1', headers)).xml)).toEqual([code]);
  });

  it('also for who is not let in', async () => {
    const headers = { authorization: `Basic ${Buffer.from('he-thong-x:sai').toString('base64')}` };
    const { status, xml, headers: answered } = await post(envelope(operation('getInbox')), '1.1', headers);
    expect([status, ...faultCodes(xml)]).toEqual([401, 'UNAUTHENTICATED']);
    expect(answered.get('www-authenticate')).toContain('Basic');
  });

  it('and leaves nothing in the spool, and the next package is taken', async () => {
    expect(await gateway.spooled()).toBe(0);
    expect((await send(large(200_000))).first).toBe('true');
    await eventually(async () => (await gateway.spooled()) === 0);
  });
});
