import { createHash, randomBytes } from 'node:crypto';
import { XMLParser } from 'fast-xml-parser';
import { eventually } from '../support/eventually.ts';
import type { TestGateway } from '../support/gateway.ts';
import { startTestGateway, usual } from '../support/gateway.ts';
import { bodyOf, faultCodes } from '../support/soap.ts';

const { department, commune } = usual;
const old = '000.00.51.H61';
const soap = 'http://schemas.xmlsoap.org/soap/envelope/';
let gateway: TestGateway;
let documents = 0;

beforeAll(async () => {
  gateway = await startTestGateway({ agencies: [{ code: old, agency: { signaturePolicy: 'optional' } }] });
});
afterAll(() => gateway?.close());

interface Spec {
  readonly from?: string;
  readonly body?: string;
  readonly more?: string;
}

/** A document as systems of the time of CV 512 send it: dates the other way round, empty elements, attributes of SOAP. */
function document({ from = old, body = '', more = '' }: Spec = {}): string {
  const number = `${++documents}${randomBytes(2).toString('hex')}`;
  const party = (name: string, code: string) =>
    `<edXML:${name}><edXML:OrganId>${code}</edXML:OrganId><edXML:OrganName>Đơn vị &amp; ${code}</edXML:OrganName><edXML:Email/></edXML:${name}>`;
  return `<?xml version="1.0" encoding="utf-8"?>
<SOAP-ENV:Envelope xmlns:SOAP-ENV="${soap}" xmlns:edXML="http://www.e-doc.vn/Schema/" xmlns:xlink="http://www.w3.org/1999/xlink">
<SOAP-ENV:Header>
 <edXML:MessageHeader SOAP-ENV:mustUnderstand="1" edXML:version="1.0">${party('From', from)}${party('To', commune)}
  <edXML:Code><edXML:CodeNumber>${number}</edXML:CodeNumber><edXML:CodeNotation>SNV-VP</edXML:CodeNotation></edXML:Code>
  <edXML:PromulgationInfo><edXML:Place>Vĩnh Long</edXML:Place><edXML:PromulgationDate>02/03/2026</edXML:PromulgationDate></edXML:PromulgationInfo>
  <edXML:DocumentType><edXML:Type>2</edXML:Type><edXML:TypeName>Công văn</edXML:TypeName></edXML:DocumentType>
  <edXML:Subject>V/v kết nối hệ thống cũ &lt;thử&gt;</edXML:Subject>
  <edXML:SignerInfo><edXML:FullName>Lê Thị Bưởi</edXML:FullName></edXML:SignerInfo>
  <edXML:DocumentId>${from},2026/03/02,${number}/SNV-VP</edXML:DocumentId>
 </edXML:MessageHeader>
 <edXML:TraceHeaderList SOAP-ENV:actor="urn:x"><edXML:TraceHeader><edXML:OrganId>${from}</edXML:OrganId><edXML:Timestamp>02/03/2026 09:15:00</edXML:Timestamp></edXML:TraceHeader></edXML:TraceHeaderList>
 <edXML:ErrorList/>${more}
</SOAP-ENV:Header><SOAP-ENV:Body>${body}</SOAP-ENV:Body></SOAP-ENV:Envelope>`;
}

const manifest = (...ids: string[]) => {
  const reference = (id: string) =>
    `<edXML:Reference xlink:href="cid:${id}"><edXML:AttachmentName>${id}.pdf</edXML:AttachmentName><edXML:ContentType>application/pdf</edXML:ContentType></edXML:Reference>`;
  return `<edXML:Manifest edXML:version="1.0">${ids.map(reference).join('')}</edXML:Manifest>`;
};

function multipart(envelope: string, parts: Readonly<Record<string, { readonly bytes: Buffer; readonly encoding: string }>>): Buffer {
  const head = (id: string, type: string, encoding: string) =>
    `--MIME_boundary\r\nContent-Type: ${type}\r\nContent-Transfer-Encoding: ${encoding}\r\nContent-ID: <${id}>\r\n\r\n`;
  const files = Object.entries(parts).flatMap(([id, { bytes, encoding }]) => [head(id, 'application/pdf', encoding), bytes, '\r\n']);
  const pieces = [head('Start', 'text/xml; charset=utf-8', '8bit'), envelope, '\r\n', ...files, '--MIME_boundary--\r\n'];
  return Buffer.concat(pieces.map((piece) => Buffer.from(piece)));
}

const related = 'multipart/related; boundary=MIME_boundary; type="text/xml"; start="<Start>"';

async function post(body: Buffer | string, type = related, as = old) {
  const answer = await gateway.request('/soap/edoc', { as, headers: { 'content-type': type, soapaction: '""' }, body });
  return { status: answer.status, xml: await answer.text() };
}

const pdf = (size: number) => Buffer.concat([Buffer.from('%PDF-1.7\n'), randomBytes(size), Buffer.from('\n%%EOF\n')]);
const lines = (bytes: Buffer) => Buffer.from(bytes.toString('base64').replace(/.{76}/g, '$&\r\n'));

// biome-ignore lint/suspicious/noExplicitAny: the test knows the shape
async function delivered(packageId: string): Promise<{ readonly xml: any; readonly sha256: string }> {
  const found = await eventually(async () => {
    const { entries } = await gateway.client(commune).inbox({ limit: 500 });
    return entries.find((entry) => entry.package === packageId);
  });
  const answer = await gateway.request(`/v1/inbox/${found.delivery}/package`, { as: commune });
  const bytes = Buffer.from(await answer.arrayBuffer());
  const parser = new XMLParser({
    removeNSPrefix: true,
    parseTagValue: false,
    ignoreAttributes: false,
    attributeNamePrefix: '',
    processEntities: true,
  });
  return { xml: parser.parse(bytes.toString('utf8')).edXML, sha256: createHash('sha256').update(bytes).digest('hex') };
}

const fileOf = (attachment: { ContentTransferEncoded: string }) => Buffer.from(attachment.ContentTransferEncoded, 'base64');

describe('a document in the form of CV 512', () => {
  it('becomes a package of QCVN 102 that carries its files byte for byte, and the envelope it was made from', async () => {
    const [binary, encoded] = [pdf(200_000), pdf(90_000)];
    const envelope = document({ body: manifest('a@x', 'b@x') });
    const body = multipart(envelope, {
      'b@x': { bytes: lines(encoded), encoding: 'base64' },
      'a@x': { bytes: binary, encoding: 'binary' },
    });
    const { status, xml } = await post(body);
    expect([status, xml]).toEqual([200, expect.stringContaining('Signature')]);
    const { packageId, first } = bodyOf(xml)['sendPackageResponse'];
    expect(first).toBe('true');
    expect(bodyOf((await post(body)).xml)['sendPackageResponse']).toMatchObject({ packageId, first: 'false' });

    const { xml: made } = await delivered(packageId);
    const header = made.edXMLEnvelope.edXMLHeader.MessageHeader;
    expect(header).toMatchObject({
      From: { OrganId: old, OrganName: `Đơn vị & ${old}` },
      PromulgationInfo: { PromulgationDate: '2026/03/02' },
      Subject: 'V/v kết nối hệ thống cũ <thử>',
    });
    expect(made.edXMLEnvelope.edXMLHeader.TraceHeaderList.TraceHeader.Timestamp).toBe('2026/03/02 09:15:00');
    const files = made.AttachmentEncoded.Attachment as { AttachmentName: string; ContentTransferEncoded: string }[];
    expect(files.map((file) => [file.AttachmentName, fileOf(file).equals(file.AttachmentName === 'a@x.pdf' ? binary : encoded)])).toEqual([
      ['b@x.pdf', true],
      ['a@x.pdf', true],
    ]);
    const kept = Buffer.concat([header.converted.text].flat().map((text: string) => Buffer.from(text, 'base64')));
    expect(kept.toString('utf8')).toBe(envelope);
    expect(header.converted.sha256).toBe(createHash('sha256').update(envelope).digest('hex'));

    const shown = await gateway.client(old).package(packageId);
    expect(shown).toMatchObject({ signature: 'absent' });
  });

  it('may have its files in the envelope', async () => {
    const [large, small] = [pdf(150_000), pdf(300)];
    const attach = (name: string, bytes: Buffer) =>
      `<edXML:Attachment Content-Type="application/pdf" Content-Transfer-Encoding="base64"><edXML:name>${name}</edXML:name><edXML:value>${lines(bytes)}</edXML:value></edXML:Attachment>`;
    const all = `<edXML:AllDocument><edXML:Document><edXML:Attach>${attach('lon.pdf', large)}${attach('nho.pdf', small)}</edXML:Attach></edXML:Document></edXML:AllDocument>`;
    const envelope = document({ body: all });
    const { packageId } = bodyOf((await post(envelope, 'text/xml; charset=utf-8')).xml)['sendPackageResponse'];
    const { xml: made } = await delivered(packageId);
    const files = made.AttachmentEncoded.Attachment as { AttachmentName: string; ContentTransferEncoded: string }[];
    expect(files.map((file) => [file.AttachmentName, fileOf(file).equals(file.AttachmentName === 'lon.pdf' ? large : small)])).toEqual([
      ['lon.pdf', true],
      ['nho.pdf', true],
    ]);
    const { sha256, text, file } = made.edXMLEnvelope.edXMLHeader.MessageHeader.converted;
    const [before, after] = text.map((piece: string) => Buffer.from(piece, 'base64').toString('utf8'));
    expect(file.contentId).toBe('cid:file-1');
    expect(sha256).toBe(
      createHash('sha256')
        .update(before + lines(large).toString() + after)
        .digest('hex'),
    );
  });

  it('may be a status, whose prefix means the namespace of SOAP', async () => {
    const bytes = gateway
      .agency(department)
      .document({ to: [{ code: old, name: 'Đơn vị cũ' }], documentId: `${department},2026/03/02,99x/SNV-CCHC`, number: '99x' });
    await gateway.client(department).send(bytes);
    const status = `<SOAP-ENV:Envelope xmlns:SOAP-ENV="${soap}" xmlns:edXML="${soap}"><SOAP-ENV:Header><edXML:Status><edXML:ResponseFor><edXML:OrganId>${department}</edXML:OrganId><edXML:Code>99x/SNV-CCHC</edXML:Code><edXML:PromulgationDate>02/03/2026</edXML:PromulgationDate><edXML:DocumentId>${department},2026/03/02,99x/SNV-CCHC</edXML:DocumentId></edXML:ResponseFor><edXML:From><edXML:OrganId>${old}</edXML:OrganId><edXML:OrganName>Đơn vị cũ</edXML:OrganName></edXML:From><edXML:StatusCode>03</edXML:StatusCode><edXML:Description>Đã tiếp nhận</edXML:Description><edXML:Timestamp>03/03/2026 10:05:00</edXML:Timestamp></edXML:Status></SOAP-ENV:Header><SOAP-ENV:Body/></SOAP-ENV:Envelope>`;
    const { packageId } = bodyOf((await post(status, 'text/xml')).xml)['sendPackageResponse'];
    expect(await gateway.client(old).package(packageId)).toMatchObject({ kind: 'status' });
  });
});

describe('a message of the old form is refused', () => {
  const file = { bytes: pdf(100), encoding: 'binary' };

  it('from an agency that must sign, which this form can not', async () => {
    const body = multipart(document({ from: department, body: manifest('a') }), { a: file });
    expect(faultCodes((await post(body, related, department)).xml)).toEqual(['SIGNATURE_MISSING']);
  });

  it('in the name of somebody else', async () => {
    const body = multipart(document({ from: department, body: manifest('a') }), { a: file });
    expect(faultCodes((await post(body)).xml)).toContain('SENDER_NOT_YOURS');
  });

  it.each<[string, () => Buffer | string, string]>([
    ['without a part that Manifest names', () => multipart(document({ body: manifest('a', 'b') }), { a: file }), 'OLD_EDXML_FORM'],
    ['with a part that Manifest does not name', () => multipart(document({ body: manifest('a') }), { a: file, b: file }), 'OLD_EDXML_FORM'],
    ['with a header that nobody knows', () => multipart(document({ more: '<x:Security xmlns:x="urn:x"/>' }), {}), 'OLD_EDXML_FORM'],
    [
      'with two MessageHeaders',
      () => multipart(document().replace(/(<edXML:MessageHeader.*<\/edXML:MessageHeader>)/s, '$1$1'), {}),
      'OLD_EDXML_FORM',
    ],
    [
      'with a part that is no base64',
      () =>
        multipart(document({ body: manifest('a') }), { a: { bytes: Buffer.from('</ContentTransferEncoded><x/>'), encoding: 'base64' } }),
      'ATTACHMENT_BASE64',
    ],
    [
      'with a DOCTYPE',
      () => multipart(`<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>${document().slice(38)}`, {}),
      'DOCTYPE_FORBIDDEN',
    ],
    ['that is a package of QCVN 102', () => multipart(gateway.agency(department).document().toString(), {}), 'OLD_EDXML_FORM'],
    ['without anything', () => multipart('', {}), 'SOAP_ENVELOPE'],
  ])('%s', async (_, make, code) => {
    expect(faultCodes((await post(make())).xml)).toEqual([code]);
    await eventually(async () => (await gateway.spooled()) === 0);
  });

  it('from nobody', async () => {
    const answer = await fetch(new URL('/soap/edoc', gateway.url), { method: 'POST', headers: { 'content-type': related }, body: '--' });
    expect([answer.status, ...faultCodes(await answer.text())]).toEqual([401, 'UNAUTHENTICATED']);
  });
});
