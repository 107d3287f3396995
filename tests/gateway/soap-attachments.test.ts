import { randomBytes } from 'node:crypto';
import { request } from 'node:http';
import { eventually } from '../support/eventually.ts';
import type { TestGateway } from '../support/gateway.ts';
import { startTestGateway, usual } from '../support/gateway.ts';
import { pdf } from '../support/packages.ts';
import type { SoapName } from '../support/soap.ts';
import { bodyOf, envelope, faultCodes, operation, related, soapType, xopInclude } from '../support/soap.ts';

const { department, commune } = usual;
let gateway: TestGateway;

beforeAll(async () => {
  gateway = await startTestGateway();
});
afterAll(() => gateway?.close());

async function post(body: string | Buffer, headers: Record<string, string>, as: string = department) {
  const answer = await gateway.request('/soap', { as, headers, body });
  const bytes = Buffer.from(await answer.arrayBuffer());
  return { status: answer.status, type: answer.headers.get('content-type') ?? '', bytes, xml: bytes.toString('utf8') };
}

const document = () =>
  gateway.agency(department).document({
    attachments: [pdf('lon.pdf', { bytes: Buffer.concat([Buffer.from('%PDF-1.7\n'), randomBytes(300_000), Buffer.from('\n%%EOF\n')]) })],
  });

const calling = (inside: string, version: SoapName = '1.1') => envelope(operation('sendPackage', { package: inside }), version);

async function codesOf(parts: Parameters<typeof related>[0], change: (type: string) => string = (type) => type): Promise<string[]> {
  const { headers, body } = related(parts, '1.1');
  return faultCodes((await post(body, { 'content-type': change(headers['content-type']) })).xml);
}

async function deliveryOf(packageId: string): Promise<string> {
  return eventually(async () => {
    const { entries } = await gateway.client(commune).inbox({ limit: 500 });
    return entries.find((entry) => entry.package === packageId)?.delivery;
  });
}

describe.each<SoapName>(['1.1', '1.2'])('a package as MTOM, SOAP %s', (version) => {
  it('is taken and given byte for byte', async () => {
    const bytes = document();
    const sent = related({ envelope: calling(xopInclude('goi-tin@qlvb'), version), parts: { 'goi-tin@qlvb': bytes } }, version);
    const answer = await post(sent.body, sent.headers);
    expect([answer.status, answer.type]).toEqual([200, soapType(version)]);
    const { packageId, first } = bodyOf(answer.xml)['sendPackageResponse'];
    expect(first).toBe('true');

    const asked = envelope(operation('getPackage', { delivery: await deliveryOf(packageId) }), version);
    const headers = { 'content-type': soapType(version), accept: 'multipart/related' };
    const fetched = await post(asked, headers, commune);
    expect(fetched.type).toMatch(/^multipart\/related; type="application\/xop\+xml"; start="<envelope@lienthong>"/);
    const boundary = /boundary="([^"]+)"/.exec(fetched.type)?.[1] as string;
    const [, root, part, end] = fetched.bytes.toString('latin1').split(`--${boundary}`);
    expect(root).toContain('href="cid:package@lienthong"');
    expect(end).toBe('--\r\n');
    expect(Buffer.from(part?.slice(part.indexOf('\r\n\r\n') + 4, -2) ?? '', 'latin1').equals(bytes)).toBe(true);
  });
});

describe('SOAP with Attachments', () => {
  it.each<[string, (id: string) => string]>([
    ['href', (id) => envelope(operation('sendPackage').replace('></g:', `><g:package href="cid:${id}"/></g:`))],
    ['a swaRef', (id) => calling(`cid:${id}`)],
    ['a percent-encoded id', (id) => calling(`cid:${encodeURIComponent(id)}`)],
  ])('names the part by %s', async (_, make) => {
    const { headers, body } = related({ envelope: make('a@b'), parts: { 'a@b': document() } }, '1.1', 'text/xml');
    const answer = await post(body, headers);
    expect(bodyOf(answer.xml)['sendPackageResponse'].first).toBe('true');
  });
});

describe('a multipart request that is wrong is a fault', () => {
  it('as it is told', async () => {
    const bytes = document();
    const include = calling(xopInclude('a'));
    expect(await codesOf({ envelope: calling(xopInclude('b')), parts: { a: bytes } })).toEqual(['SOAP_PARAMETER']);
    expect(await codesOf({ envelope: include, parts: {} })).toEqual(['SOAP_PARAMETER']);
    expect(await codesOf({ envelope: include, parts: { a: bytes, b: bytes } })).toEqual(['MULTIPART_EXTRA_PART']);
    expect(await codesOf({ envelope: calling(bytes.toString('base64')), parts: { a: bytes } })).toEqual(['MULTIPART_EXTRA_PART']);
    expect(await codesOf({ envelope: include, parts: { a: bytes } }, (type) => type.replace('start="', 'start="x'))).toEqual([
      'MULTIPART_MALFORMED',
    ]);
    expect(await codesOf({ envelope: include, parts: { a: bytes } }, (type) => type.replace(/boundary="[^"]*"/, 'boundary=""'))).toEqual([
      'MULTIPART_MALFORMED',
    ]);
    expect(await codesOf({ envelope: '<!DOCTYPE s []><s/>', parts: { a: bytes } })).toEqual(['DOCTYPE_FORBIDDEN']);
    expect(await codesOf({ envelope: include, parts: { a: Buffer.from('<x/>') } })).toEqual(['ROOT_UNKNOWN']);
    await eventually(async () => (await gateway.spooled()) === 0);
  });

  it('also when it is cut short', async () => {
    const { headers, body } = related({ envelope: calling(xopInclude('a')), parts: { a: document() } }, '1.1');
    const cut = await post(body.subarray(0, -30), headers);
    expect(faultCodes(cut.xml)).toEqual(['BODY_INCOMPLETE']);
    await eventually(async () => (await gateway.spooled()) === 0);
  });
});

describe('WS-Security', () => {
  const wsse = 'http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd';
  const wsu = 'http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-utility-1.0.xsd';
  const profile = 'http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-username-token-profile-1.0';

  const token = (fields: string, more = '') =>
    `<w:Security xmlns:w="${wsse}" xmlns:u="${wsu}" s:mustUnderstand="1">${more}<w:UsernameToken>${fields}</w:UsernameToken></w:Security>`;
  const login = (more = '', code: string = department) => {
    const { id, secret } = gateway.agency(code).client;
    return `<w:Username>${id}</w:Username><w:Password Type="${profile}#PasswordText">${secret}</w:Password>${more}`;
  };
  const ask = async (header: string, headers: Record<string, string> = {}, body = operation('getAgencies', { search: commune })) => {
    const init = { method: 'POST', headers: { 'content-type': soapType('1.1'), ...headers }, body: envelope(body, '1.1', header) };
    const answer = await fetch(new URL('/soap', gateway.url), init);
    return { status: answer.status, xml: await answer.text() };
  };
  const created = (offset = 0) => new Date(Date.now() + offset).toISOString();

  it('lets a client in by its id and secret, packages included', async () => {
    const answer = await ask(token(login()), {}, operation('sendPackage', { package: document().toString('base64') }));
    expect(bodyOf(answer.xml)['sendPackageResponse'].first).toBe('true');
  });

  it('takes a nonce once', async () => {
    const header = token(login(`<w:Nonce>${randomBytes(16).toString('base64')}</w:Nonce><u:Created>${created()}</u:Created>`));
    expect((await ask(header)).status).toBe(200);
    const again = await ask(header);
    expect([again.status, ...faultCodes(again.xml)]).toEqual([500, 'WSS_REPLAYED']);
  });

  it.each<[string, () => string, string]>([
    ['a wrong secret', () => token('<w:Username>he-thong-x</w:Username><w:Password>sai</w:Password>'), 'UNAUTHENTICATED'],
    ['no header at all', () => '', 'UNAUTHENTICATED'],
    ['an old token', () => token(login(`<u:Created>${created(-400_000)}</u:Created>`)), 'WSS_EXPIRED'],
    ['a token of the future', () => token(login(`<u:Created>${created(400_000)}</u:Created>`)), 'WSS_EXPIRED'],
    ['an expired timestamp', () => token(login(), `<u:Timestamp><u:Expires>${created(-400_000)}</u:Expires></u:Timestamp>`), 'WSS_EXPIRED'],
    ['a nonce without time', () => token(login('<w:Nonce>AAAA</w:Nonce>')), 'WSS_MALFORMED'],
    ['a digest', () => token(login().replace('#PasswordText', '#PasswordDigest')), 'WSS_UNSUPPORTED'],
    ['a token of SAML', () => token(login(), '<a:Assertion xmlns:a="urn:oasis:names:tc:SAML:2.0:assertion"/>'), 'WSS_UNSUPPORTED'],
    ['a certificate without a signature', () => token(login(), '<w:BinarySecurityToken>AAAA</w:BinarySecurityToken>'), 'WSS_MALFORMED'],
    ['two names', () => token(login('<w:Username>a</w:Username>')), 'WSS_MALFORMED'],
    ['two headers', () => token(login()) + token(login()), 'WSS_MALFORMED'],
    ['an entity', () => token('<w:Username>&e;</w:Username><w:Password>x</w:Password>'), 'SOAP_ENVELOPE'],
  ])('refuses %s', async (_, make, code) => {
    expect(faultCodes((await ask(make())).xml)).toEqual([code]);
  });

  it('refuses the token of another client than the one that logs in by HTTP', async () => {
    const { id, secret } = gateway.agency(commune).client;
    const headers = { authorization: `Basic ${Buffer.from(`${id}:${secret}`).toString('base64')}` };
    expect(faultCodes((await ask(token(login()), headers)).xml)).toEqual(['WSS_OF_ANOTHER']);
    expect((await ask(token(login('', commune)), headers)).status).toBe(200);
  });

  it('asks for no package of somebody it does not know', async () => {
    const { hostname, port } = new URL(gateway.url);
    const sending = request({ hostname, port, path: '/soap', method: 'POST', headers: { 'content-type': soapType('1.1') } });
    sending.on('error', () => undefined);
    const answered = new Promise<number>((resolve) => sending.on('response', (answer) => resolve(answer.statusCode ?? 0)));
    // the body is never ended: the answer comes after the header of the envelope
    sending.write(envelope(operation('sendPackage', { package: 'A'.repeat(100_000) })).slice(0, 50_000));
    expect(await answered).toBe(401);
    sending.destroy();
  });
});
