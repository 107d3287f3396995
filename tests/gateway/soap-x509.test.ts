import { randomBytes, X509Certificate } from 'node:crypto';
import { readConfig } from '../../src/config.ts';
import { openStore } from '../../src/store.ts';
import type { TestIdentity } from '../support/certificates.ts';
import { makeIdentity } from '../support/certificates.ts';
import { eventually } from '../support/eventually.ts';
import type { TestGateway } from '../support/gateway.ts';
import { startTestGateway, usual } from '../support/gateway.ts';
import { pdf } from '../support/packages.ts';
import type { SoapName } from '../support/soap.ts';
import { bodyOf, faultCodes, operation, related, soapType, xopInclude } from '../support/soap.ts';
import type { SignedSpec, Signer } from '../support/wss.ts';
import { signedEnvelope, wsse } from '../support/wss.ts';

const { department, commune } = usual;
let gateway: TestGateway;
let bound: Signer;
let rsa: Signer;
let stranger: Signer;
let impostor: Signer;
let expired: Signer;

const signerOf = ({ keyPem, certificatePem }: TestIdentity): Signer => ({ keyPem, certPem: certificatePem });
const readSearch = operation('getAgencies', { search: commune });

beforeAll(async () => {
  gateway = await startTestGateway();
  const made = await Promise.all([
    makeIdentity('p256', { name: 'qlvb' }),
    makeIdentity('rsa-2048', { name: 'qlvb rsa' }),
    makeIdentity('p256', { name: 'nguoi la' }),
    makeIdentity('p256', { name: 'theo ten' }),
    makeIdentity('p256', { name: 'het han', notAfter: new Date('2021-01-01T00:00:00Z') }),
  ]);
  [bound, rsa, stranger, impostor, expired] = made.map(signerOf) as [Signer, Signer, Signer, Signer, Signer];
  const silent = { info: () => undefined, warn: () => undefined, error: () => undefined };
  const store = await openStore(readConfig(gateway.env), silent);
  const { id } = gateway.agency(department).client;
  const bind = (binding: { fingerprint: string } | { subject: string; issuer: string }) =>
    store.clients.bindCertificate(id, { id: store.newId(), ...binding }, 'cli:test');
  for (const i of [0, 1, 4]) await bind({ fingerprint: (made[i] as TestIdentity).certificate.fingerprint });
  const { subject, issuer } = new X509Certificate(impostor.certPem);
  await bind({ subject, issuer });
  await store.close();
});
afterAll(() => gateway?.close());

async function post(body: string | Buffer, headers: Record<string, string> = { 'content-type': soapType('1.1') }) {
  const answer = await fetch(new URL('/soap', gateway.url), { method: 'POST', headers, body });
  return { status: answer.status, xml: await answer.text() };
}

async function codesOf(spec: SignedSpec, { signer = bound, content = readSearch }: { signer?: Signer; content?: string } = {}) {
  const { status, xml } = await post(signedEnvelope(content, signer, spec));
  return status === 200 ? ['accepted'] : faultCodes(xml);
}

const document = (bytes = 0) => {
  const content = Buffer.concat([Buffer.from('%PDF-1.7\n'), randomBytes(bytes), Buffer.from('\n%%EOF\n')]);
  return gateway.agency(department).document({ attachments: [pdf('x.pdf', { bytes: content })] });
};
const sending = (base64: string) => operation('sendPackage', { package: base64 });

describe.each<SoapName>(['1.1', '1.2'])('an X.509 token with its signature, SOAP %s', (version) => {
  it('lets the client of the certificate in, its scopes with it', async () => {
    const headers = { 'content-type': soapType(version) };
    const answer = await post(signedEnvelope(readSearch, bound, { version }), headers);
    expect([answer.status, [bodyOf(answer.xml)['getAgenciesResponse'].agencies].flat().length]).toEqual([200, expect.any(Number)]);
    expect((await post(signedEnvelope(readSearch, rsa, { version }), headers)).status).toBe(200);
  });

  it.each([0, 400_000])('takes a package that is signed over, inline (%s bytes more)', async (bytes) => {
    const package64 = document(bytes).toString('base64').replace(/.{76}/g, '$&\n');
    const answer = await post(signedEnvelope(sending(package64), bound, { version }), { 'content-type': soapType(version) });
    expect(bodyOf(answer.xml)['sendPackageResponse']).toMatchObject({ first: 'true' });
  });

  it('takes a package by MTOM that is signed as the base64 it stands for, and no other in its place', async () => {
    const [bytes, other] = [document(300_000), document(300_000)];
    const change = (envelope: string) => envelope.replace(bytes.toString('base64'), xopInclude('goi-tin'));
    const envelope = signedEnvelope(sending(bytes.toString('base64')), bound, { version, change });
    const sendWith = async (part: Buffer) => {
      const { headers, body } = related({ envelope, parts: { 'goi-tin': part } }, version);
      return (await post(body, headers)).xml;
    };
    expect(faultCodes(await sendWith(other))).toEqual(['WSS_SIGNATURE_INVALID']);
    expect(bodyOf(await sendWith(bytes))['sendPackageResponse']).toMatchObject({ first: 'true' });
  });

  it('refuses parts that the signature does not cover', async () => {
    const ask = async (content: string, parts: Record<string, Buffer>) => {
      const { headers, body } = related({ envelope: signedEnvelope(content, bound, { version }), parts }, version);
      return faultCodes((await post(body, headers)).xml);
    };
    const signedAsWritten = '<x:Include xmlns:x="http://www.w3.org/2004/08/xop/include" href="cid:a"></x:Include>';
    expect(await ask(sending(signedAsWritten), { a: document() })).toEqual(['WSS_SIGNATURE_INVALID']);
    expect(await ask(sending('cid:a'), { a: document() })).toEqual(['WSS_SIGNATURE']);
    expect(await ask(operation('getAgencies', { search: signedAsWritten }), {})).toEqual(['WSS_SIGNATURE']);
  });
});

describe('a signature is refused', () => {
  const wrapper = (inside: string) => `<h:Wrap xmlns:h="urn:h">${inside}</h:Wrap>`;
  const evil = operation('getAgencies', { search: 'evil' });
  const stamped = '<u:Created>2026-01-01T00:00:00Z</u:Created>';
  const moved = (place: (envelope: string, body: string) => string): SignedSpec => ({
    change: (envelope, { body }) => {
      const others = body.replace(/ u:Id="[^"]*"/, '').replace(readSearch, evil);
      return place(envelope.replace(body, others), body);
    },
  });

  it.each<[string, SignedSpec, string]>([
    [
      'with its Body moved into a header',
      moved((envelope, body) => envelope.replace('<s:Header>', `<s:Header>${wrapper(body)}`)),
      'SOAP_ENVELOPE',
    ],
    [
      'with its Body moved into the Security header',
      moved((envelope, body) => envelope.replace('</w:Security>', `${wrapper(body)}</w:Security>`)),
      'SOAP_ENVELOPE',
    ],
    [
      'with its Body moved behind the Body',
      moved((envelope, body) => envelope.replace('</s:Envelope>', `${body}</s:Envelope>`)),
      'SOAP_ENVELOPE',
    ],
    [
      'with its Body moved into the Body',
      moved((envelope, body) => envelope.replace('</s:Body></s:Envelope>', `${wrapper(body)}</s:Body></s:Envelope>`)),
      'SOAP_ENVELOPE',
    ],
    [
      'with its Body moved into the operation',
      moved((envelope, body) => envelope.replace('</g:getAgencies>', `<g:under>${wrapper(body)}</g:under></g:getAgencies>`)),
      'SOAP_PARAMETER',
    ],
    [
      'with the Id of its Body elsewhere too',
      { change: (envelope, { bodyId }) => envelope.replace('<s:Header>', `<s:Header><h:a xmlns:h="urn:h" id="${bodyId}"/>`) },
      'WSS_SIGNATURE',
    ],
    [
      'with the Id of its Body elsewhere too, in another namespace',
      { change: (envelope, { bodyId }) => envelope.replace('<g:search>', `<g:search xmlns:z="urn:z" z:ID="${bodyId}">`) },
      'WSS_SIGNATURE',
    ],
    ['that signs only the Timestamp', { parts: ({ stamp }) => ({ [idOf(stamp)]: stamp }) }, 'WSS_SIGNATURE'],
    ['that signs only the Body', { parts: ({ body }) => ({ [idOf(body)]: body }) }, 'WSS_SIGNATURE'],
    [
      'that signs the operation instead of the Body',
      {
        parts: ({ stamp }) => ({ [idOf(stamp)]: stamp, op: readSearch.replace('<g:getAgencies', '<g:getAgencies Id="op"') }),
        change: (envelope) => envelope.replace('<g:getAgencies', '<g:getAgencies Id="op"'),
      },
      'WSS_SIGNATURE',
    ],
    [
      'that names what is not there',
      { parts: ({ stamp, body }) => ({ [idOf(stamp)]: stamp, [idOf(body)]: body, x: body }) },
      'WSS_SIGNATURE',
    ],
    ['with two Security headers', { change: (envelope, { security }) => envelope.replace(security, security + security) }, 'WSS_MALFORMED'],
    [
      'with an empty Security header before it',
      { change: (envelope) => envelope.replace('<w:Security', `<v:Security xmlns:v="${wsse}"/><w:Security`) },
      'WSS_MALFORMED',
    ],
    ['with two tokens', { change: (envelope) => envelope.replace(/(<w:Binary.*?<\/w:BinarySecurityToken>)/, '$1$1') }, 'WSS_MALFORMED'],
    ['with two Timestamps', { change: (envelope) => envelope.replace(/(<u:Timestamp.*<\/u:Timestamp>)/, '$1$1') }, 'WSS_MALFORMED'],
    [
      'with a Timestamp that says two things',
      { change: (envelope) => envelope.replace('<u:Created>', `${stamped}<u:Created>`) },
      'WSS_MALFORMED',
    ],
    [
      'with another Timestamp',
      { change: (envelope) => envelope.replace(/\d\dZ<\/u:Created>/, '00Z</u:Created>').replace('Created>20', 'Created>21') },
      'WSS_SIGNATURE_INVALID',
    ],
    ['with another Body', { change: (envelope) => envelope.replace(commune, department) }, 'WSS_SIGNATURE_INVALID'],
    [
      'with a comment that cuts a text',
      { change: (envelope) => envelope.replace('search>0', 'search>0<!---->').replace('H61<', '<!--x-->H62<') },
      'WSS_SIGNATURE_INVALID',
    ],
    ['that is old', { created: new Date(Date.now() - 400_000) }, 'WSS_EXPIRED'],
    ['that is of the future', { created: new Date(Date.now() + 400_000) }, 'WSS_EXPIRED'],
    ['with a digest by SHA-1', { digest: 'http://www.w3.org/2000/09/xmldsig#sha1' }, 'WSS_UNSUPPORTED'],
    ['by HMAC', { change: (envelope) => envelope.replace(/xmldsig-more#ecdsa-sha256/, 'xmldsig-more#hmac-sha256') }, 'WSS_UNSUPPORTED'],
    ['with a token that is rubbish', { token: 'AAAA' }, 'CERTIFICATE_UNREADABLE'],
    ['with a token that is no base64', { token: 'xin chào' }, 'WSS_MALFORMED'],
    ['with its token in a part of its own', { token: xopInclude('a') }, 'WSS_UNSUPPORTED'],
    ['without a token', { change: (envelope) => envelope.replace(/<w:Binary.*?<\/w:BinarySecurityToken>/, '') }, 'WSS_MALFORMED'],
    ['without a signature', { change: (envelope) => envelope.replace(/<d:Signature .*<\/d:Signature>/, '') }, 'WSS_MALFORMED'],
    [
      'with a key beside the token',
      { change: (envelope) => envelope.replace('<d:KeyInfo>', '<d:KeyInfo><d:KeyName>k</d:KeyName>') },
      'WSS_UNSUPPORTED',
    ],
    [
      'whose KeyInfo names something else',
      { change: (envelope) => envelope.replace('<w:Reference URI="#x', '<w:Reference URI="#y') },
      'WSS_MALFORMED',
    ],
    [
      'with a UsernameToken beside it',
      {
        change: (envelope) =>
          envelope.replace(
            '</w:Security>',
            '<w:UsernameToken><w:Username>a</w:Username><w:Password>b</w:Password></w:UsernameToken></w:Security>',
          ),
      },
      'WSS_MALFORMED',
    ],
    [
      'with a Timestamp of another namespace',
      { change: (envelope) => envelope.replaceAll(`u:Timestamp`, 'w:Timestamp') },
      'WSS_UNSUPPORTED',
    ],
  ])('%s', async (_, spec, code) => {
    expect(await codesOf(spec)).toEqual([code]);
  });

  it('by the key of somebody else under the certificate of the client', async () => {
    expect(await codesOf({ key: stranger.keyPem })).toEqual(['WSS_SIGNATURE_INVALID']);
  });

  it('by who is not known, and by who only has the name of a client', async () => {
    expect(await codesOf({}, { signer: stranger })).toEqual(['CLIENT_CERTIFICATE_UNKNOWN']);
    // nothing says who issued it: without authorities of clients a name is worth nothing
    expect(await codesOf({}, { signer: impostor })).toEqual(['CLIENT_CERTIFICATE_UNKNOWN']);
    expect(await codesOf({}, { signer: expired })).toEqual(['CLIENT_CERTIFICATE_UNTRUSTED']);
  });

  it('when it comes twice, but not when somebody had changed it the first time', async () => {
    const envelope = signedEnvelope(readSearch, bound);
    expect(faultCodes((await post(envelope.replace(commune, department))).xml)).toEqual(['WSS_SIGNATURE_INVALID']);
    expect((await post(envelope)).status).toBe(200);
    const again = await post(envelope);
    expect([again.status, ...faultCodes(again.xml)]).toEqual([500, 'WSS_REPLAYED']);
  });

  it('of another client than the one that logs in by HTTP, or without its scope', async () => {
    const { id, secret } = gateway.agency(commune).client;
    const authorization = `Basic ${Buffer.from(`${id}:${secret}`).toString('base64')}`;
    const answer = await post(signedEnvelope(readSearch, bound), { 'content-type': soapType('1.1'), authorization });
    expect(faultCodes(answer.xml)).toEqual(['WSS_OF_ANOTHER']);
  });

  it('over a package that was changed, and leaves nothing in the spool', async () => {
    const package64 = document(300_000).toString('base64');
    const change = (envelope: string) => envelope.replace(package64.slice(60_000, 60_010), 'AAAAAAAAAA');
    expect(await codesOf({ change }, { content: sending(package64) })).toEqual(['WSS_SIGNATURE_INVALID']);
    await eventually(async () => (await gateway.spooled()) === 0);
  });
});

function idOf(part: string): string {
  return /u:Id="([^"]*)"/.exec(part)?.[1] ?? '';
}
