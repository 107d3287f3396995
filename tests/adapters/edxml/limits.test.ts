import { buildPackage } from '../../support/packages.ts';
import { examineBytes } from '../../support/sample-folder.ts';

const QCVN = 'http://www.mic.gov.vn/TBT/QCVN_102_2016';

async function codesOf(text: string | Buffer, limits = {}): Promise<string[]> {
  const { problems } = await examineBytes(Buffer.from(text), limits);
  return problems.map((problem) => problem.code);
}

async function quickly(text: string | Buffer): Promise<string[]> {
  const start = performance.now();
  const codes = await codesOf(text);
  expect(performance.now() - start).toBeLessThan(10_000);
  return codes;
}

const root = (inner: string) => `<edXML xmlns="${QCVN}">${inner}</edXML>`;
const header = (inner: string) => root(`<edXMLEnvelope><edXMLHeader><MessageHeader>${inner}</MessageHeader></edXMLHeader></edXMLEnvelope>`);

describe('a hostile package is answered clearly and soon', () => {
  it('100,000 levels deep', async () => {
    expect(await quickly('<a>'.repeat(100_000))).toEqual(['XML_TOO_DEEP']);
    expect(await quickly(root('<a>'.repeat(100_000) + '</a>'.repeat(100_000)))).toEqual(['XML_TOO_DEEP']);
  });

  it('1,000,000 attributes', async () => {
    const attributes = Array.from({ length: 1_000_000 }, (_, i) => `a${i}="1"`).join(' ');
    expect(await quickly(`<edXML xmlns="${QCVN}" ${attributes}/>`)).toEqual(['TOO_MANY_ATTRIBUTES']);
  });

  it('1,000,000 namespaces', async () => {
    const namespaces = Array.from({ length: 1_000_000 }, (_, i) => `xmlns:a${i}="u"`).join(' ');
    expect(await quickly(`<edXML xmlns="${QCVN}" ${namespaces}/>`)).toEqual(['TOO_MANY_ATTRIBUTES']);
  });

  it('1,000,000 elements', async () => {
    expect(await quickly(root('<a/>'.repeat(1_000_000)))).toEqual(['TOO_MANY_ELEMENTS']);
  });

  it('thousands of mistakes, of which 100 are told', async () => {
    const unknown = await quickly(header('<To><X/></To>'.repeat(9_900)));
    expect(unknown).toHaveLength(100);
    const texts = await quickly(header('<To>x<OrganId/></To>'.repeat(9_900)));
    expect(texts).toHaveLength(100);
    expect(new Set([...unknown, ...texts])).toEqual(new Set(['ELEMENT_UNKNOWN', 'TEXT_NOT_ALLOWED']));
  });

  it('10,000 undeclared prefixes', async () => {
    expect(await quickly(header('<p:a/>'.repeat(10_000)))).toEqual(['PREFIX_UNDECLARED']);
  });

  it('marks stacked on one letter, which take quadratic time to compose', async () => {
    expect(await quickly(header(`<Subject>a${'\u0301\u0323'.repeat(500_000)}</Subject>`))).toContain('FIELD_TOO_LONG');
  });

  it('names and texts made to slow regular expressions down', async () => {
    const nasty = ['{', '>', '&lt;', 'cid:', ' ', '.', '1', 'a.'].map((piece) => `<Subject>${piece.repeat(100_000)}</Subject>`);
    for (const one of nasty) expect(await quickly(header(one))).toContain('FIELD_MISSING');
    const ids = ['cid:', '&lt;', '>', ' '].map(
      (piece) => `<AttachmentEncoded><Attachment><ContentId>${piece.repeat(100_000)}x</ContentId></Attachment></AttachmentEncoded>`,
    );
    for (const one of ids) expect(await quickly(root(one))).toContain('FIELD_MISSING');
    expect(await quickly(header(`<From><OrganId>${'0.'.repeat(100_000)}!</OrganId></From>`))).toContain('ORGAN_ID_FORM');
  });

  it('a billion laughs', async () => {
    const entities = '<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;">';
    expect(await quickly(`<!DOCTYPE edXML [${entities}]>${root('&b;')}`)).toEqual(['DOCTYPE_FORBIDDEN']);
    expect(await quickly(`<!doctype edXML>${root('')}`)).toEqual(['DOCTYPE_FORBIDDEN']);
  });

  it('a schema location, an include and a stylesheet, none of which is followed', async () => {
    const xsi = 'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:schemaLocation="urn:x http://127.0.0.1:9/x.xsd"';
    const include = '<xi:include xmlns:xi="http://www.w3.org/2001/XInclude" href="file:///etc/passwd"/>';
    const bytes = buildPackage({ inHeader: include }).toString().replace('<edXML ', `<edXML ${xsi} `);
    expect(await codesOf(bytes.replace('edXML:xi:include', 'xi:include'))).toEqual([]);
  });
});

describe('limits count what they say', () => {
  const good = buildPackage().toString();

  it('a DOCTYPE in a comment or CDATA is only text', async () => {
    const subject = '<![CDATA[<!DOCTYPE html>]]>';
    const text = buildPackage({ subject, inHeader: '<!-- <!DOCTYPE x> -->' });
    expect(await codesOf(text)).toEqual([]);
  });

  it('quotes hide brackets and equals signs', async () => {
    const attribute = `ghi-chu='a>b="c" d="e"'`;
    expect(await codesOf(good.replace('<edXML ', `<edXML ${attribute} `), { attributes: 2 })).toEqual([]);
    expect(await codesOf(good.replace('<edXML ', `<edXML ${attribute} `), { attributes: 1 })).toEqual(['TOO_MANY_ATTRIBUTES']);
  });

  it('depth is the number of open elements', async () => {
    expect(await codesOf(good, { depth: 6 })).toEqual([]);
    expect(await codesOf(good, { depth: 5 })).toEqual(['XML_TOO_DEEP']);
  });
});
