import { signPackage } from '../../../src/adapters/edxml/sign.ts';
import type { TestIdentity } from '../../support/certificates.ts';
import { identity } from '../../support/certificates.ts';
import * as forgeries from '../../support/forgeries.ts';
import { lift, packageXml, scratchFolder, spliced } from '../../support/signed-packages.ts';

const { partOf, signatureOf, swap } = forgeries;
const DSIG = 'http://www.w3.org/2000/09/xmldsig#';
const attachments = ['UEsDBAoAAAAA'];

const scratch = scratchFolder();
afterAll(() => scratch.remove());

let signer: TestIdentity;
let good: string;
beforeAll(async () => {
  signer = await identity('rsa-2048');
  scratch.file('signer.pem', signer.certificatePem);
  good = spliced(signPackage(await lift(scratch.path, packageXml({ attachments })), signer));
});

const judged = (xml: string, oracles = true) => forgeries.judged(scratch.path, xml, signer, oracles);

describe('a Signature outside the profile is refused before anything is computed', () => {
  const inSignature = (from: string, to: string) => (xml: string) => swap(xml, signatureOf(xml), swap(signatureOf(xml), from, to));
  const digest = (xml: string) => partOf(signatureOf(xml), 'DigestValue');
  const second = '<Transform Algorithm="http://www.w3.org/2001/10/xml-exc-c14n#"/>';
  const transform = (algorithm: string) => inSignature(second, `<Transform Algorithm="${algorithm}"/>`);
  const method = (algorithm: string) => inSignature('http://www.w3.org/2001/04/xmldsig-more#rsa-sha256', algorithm);
  const uri = (value: string) => inSignature('URI=""', value);

  const forms: [string, (xml: string) => string, string][] = [
    ['two SignedInfo', (xml) => swap(xml, partOf(xml, 'SignedInfo'), partOf(xml, 'SignedInfo').repeat(2)), 'SignatureValue expected'],
    [
      'SignedInfo wrapped in another element',
      (xml) => swap(xml, partOf(xml, 'SignedInfo'), `<w xmlns="urn:w">${partOf(xml, 'SignedInfo')}</w>`),
      'SignedInfo expected',
    ],
    ['SignedInfo of another namespace', inSignature('<SignedInfo>', '<SignedInfo xmlns="urn:w">'), 'SignedInfo expected'],
    ['no Reference', (xml) => swap(xml, partOf(xml, 'Reference'), ''), 'Reference is missing'],
    ['two References', (xml) => swap(xml, partOf(xml, 'Reference'), partOf(xml, 'Reference').repeat(2)), 'exactly one Reference'],
    ['a Reference without URI', uri(''), 'Reference has no URI'],
    ['a Reference to a web page', uri('URI="http://example.com/"'), 'Reference URI must be'],
    ['a Reference to a file', uri('URI="file:///etc/passwd"'), 'Reference URI must be'],
    ['a Reference by XPointer', uri('URI="#xpointer(/)"'), 'Reference URI must be'],
    ['a Reference to an Id that is not there', uri('URI="#p"'), 'does not name the root'],
    ['a Reference of type Manifest', uri(`URI="" Type="${DSIG}Manifest"`), 'Reference with a Type'],
    ['an XPath transform', transform('http://www.w3.org/TR/1999/REC-xpath-19991116'), 'is not accepted'],
    ['an XSLT transform', transform('http://www.w3.org/TR/1999/REC-xslt-19991116'), 'is not accepted'],
    ['a base64 transform', transform(`${DSIG}base64`), 'is not accepted'],
    ['C14N with comments', transform('http://www.w3.org/TR/2001/REC-xml-c14n-20010315#WithComments'), 'is not accepted'],
    ['enveloped-signature twice', transform(`${DSIG}enveloped-signature`), 'is not accepted'],
    ['three transforms', inSignature(second, second + second), 'at most one Transform'],
    ['no enveloped-signature', inSignature(`<Transform Algorithm="${DSIG}enveloped-signature"/>`, ''), 'the first Transform must be'],
    ['no Transforms', (xml) => swap(xml, partOf(xml, 'Transforms'), ''), 'Transforms expected'],
    [
      'a PrefixList without end',
      inSignature(
        second,
        second.replace(
          '/>',
          `><InclusiveNamespaces xmlns="http://www.w3.org/2001/10/xml-exc-c14n#" PrefixList="${'a '.repeat(17)}"/></Transform>`,
        ),
      ),
      'more than 16 prefixes',
    ],
    ['an XPath inside a C14N transform', inSignature(second, second.replace('/>', '><XPath>1</XPath></Transform>')), 'with parameters'],
    [
      'a canonicalisation of their own',
      inSignature(
        '<CanonicalizationMethod Algorithm="http://www.w3.org/2001/10/xml-exc-c14n#"/>',
        '<CanonicalizationMethod Algorithm="urn:mine"/>',
      ),
      'is not accepted',
    ],
    ['a comment in DigestValue', (xml) => swap(xml, digest(xml), digest(xml).replace('>', '><!--x-->')), 'comment inside DigestValue'],
    [
      'CDATA in DigestValue',
      (xml) => swap(xml, digest(xml), '<DigestValue><![CDATA[AAAA]]></DigestValue>'),
      'CDATA section inside DigestValue',
    ],
    [
      'a processing instruction in SignatureValue',
      inSignature('<SignatureValue>', '<SignatureValue><?x?>'),
      'processing instruction inside SignatureValue',
    ],
    ['an element in DigestValue', (xml) => swap(xml, digest(xml), digest(xml).replace('>', '><x/>')), 'element x inside DigestValue'],
    ['a comment in SignedInfo', inSignature('<SignedInfo>', '<SignedInfo><!--x-->'), 'comment inside SignedInfo'],
    ['an empty DigestValue', (xml) => swap(xml, digest(xml), '<DigestValue/>'), 'DigestValue is empty'],
    ['a DigestValue cut short', (xml) => swap(xml, digest(xml), '<DigestValue>AAAA</DigestValue>'), 'DigestValue has 3 bytes'],
    ['a DigestValue that is no base64', (xml) => swap(xml, digest(xml), '<DigestValue>AA*A</DigestValue>'), 'not strict base64'],
    ['a DigestValue with loose last bits', (xml) => swap(xml, digest(xml), '<DigestValue>AB==</DigestValue>'), 'not strict base64'],
    ['an Object without unsigned properties', inSignature('</Signature>', '<Object/></Signature>'), 'unsigned XAdES properties'],
    ['a DigestMethod with parameters', inSignature('xmlenc#sha256"/>', 'xmlenc#sha256"><x/></DigestMethod>'), 'with parameters'],
    [
      'a relative namespace URI, which has no canonical form',
      (xml) => swap(xml, '<AttachmentEncoded>', '<AttachmentEncoded xmlns:x="relative">'),
      'no canonical form',
    ],
    ['a processing instruction before the root', (xml) => swap(xml, '<edXML ', '<?x?><edXML '), 'not exactly the root element'],
    ['a processing instruction after the root', (xml) => `${xml}<?x?>`, 'not exactly the root element'],
    [
      'a long base64 text inside KeyInfo',
      inSignature('</X509Data>', `<X509CRL>${'QUJD'.repeat(5000)}</X509CRL></X509Data>`),
      'long base64 text',
    ],
    [
      'a long base64 text in a comment',
      (xml) => swap(xml, '<AttachmentEncoded>', `<!-- >${'QUJD'.repeat(5000)}< --><AttachmentEncoded>`),
      'long base64 text',
    ],
  ];
  // No oracle here: other verifiers follow other profiles, and some of these are valid to them.
  it.each(forms)('%s', async (_name, change, detail) => {
    const found = await judged(change(good), false);
    expect(found).toMatchObject({ says: 'SIGNATURE_FORM', detail: expect.stringContaining(detail) });
    expect(found.at).toContain('/edXML/edXMLEnvelope/edXMLHeader/Signature');
  });

  const algorithms: [string, (xml: string) => string][] = [
    ['HMAC with the certificate as secret', method(`${DSIG}hmac-sha1`)],
    ['HMAC-SHA256', method('http://www.w3.org/2001/04/xmldsig-more#hmac-sha256')],
    ['RSA with MD5', method('http://www.w3.org/2001/04/xmldsig-more#rsa-md5')],
    ['DSA', method(`${DSIG}dsa-sha1`)],
    ['ECDSA with SHA-1', method('http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha1')],
    ['RSA-PSS', method('http://www.w3.org/2007/05/xmldsig-more#sha256-rsa-MGF1')],
    ['an MD5 digest', inSignature('http://www.w3.org/2001/04/xmlenc#sha256', 'http://www.w3.org/2001/04/xmldsig-more#md5')],
    ['no algorithm at all', method('')],
  ];
  it.each(algorithms)('%s', async (_name, change) => {
    expect((await judged(change(good))).says).toBe('SIGNATURE_ALGORITHM');
  });

  it('HMACOutputLength in an allowed method', async () => {
    const forged = inSignature('#rsa-sha256"/>', '#rsa-sha256"><HMACOutputLength>8</HMACOutputLength></SignatureMethod>')(good);
    expect(await judged(forged, false)).toMatchObject({ says: 'SIGNATURE_FORM' });
  });
});

it('a canonical form that grows out of all proportion is refused, not computed', async () => {
  const declared = `xmlns:a="urn:${'x'.repeat(9000)}"`;
  const xml = swap(good, '<edXML ', `<edXML ${declared} `).replace('<AttachmentEncoded>', `<AttachmentEncoded>${'<a:b/>'.repeat(4000)}`);
  expect(await judged(xml, false)).toMatchObject({
    says: 'SIGNATURE_FORM',
    detail: expect.stringContaining('the canonical form is longer than'),
  });
});
