import { randomBytes } from 'node:crypto';
import { verifyWithXmlCrypto } from '../../../src/adapters/edxml/second-verifier.ts';
import { signPackage } from '../../../src/adapters/edxml/sign.ts';
import type { Lifted, Run } from '../../../src/routing/package.ts';
import type { TestIdentity } from '../../support/certificates.ts';
import { identity } from '../../support/certificates.ts';
import * as forgeries from '../../support/forgeries.ts';
import {
  hasTool,
  judge,
  lift,
  packageXml,
  scratchFolder,
  signatureTemplate,
  signWithXmlsec,
  spliced,
  xmlsecAccepts,
} from '../../support/signed-packages.ts';

const { asElement, partOf, signatureOf, swap, withoutSignature } = forgeries;
const DSIG = 'http://www.w3.org/2000/09/xmldsig#';
const first = randomBytes(30_000).toString('base64');
const third = randomBytes(30_000).toString('base64');
const attachments = [first, 'UEsDBAoAAAAA', third];
const xmlsec = hasTool('xmlsec1') ? describe : describe.skip;

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

it('the package that the forgeries below are made of is good', async () => {
  const lifted = await lift(scratch.path, good, 'good.xml');
  expect(judge(lifted, [signer.certificate]).says).toBe('valid');
  expect(verifyWithXmlCrypto(lifted, signer.certificatePem)).toEqual({ valid: true });
  if (hasTool('xmlsec1')) expect(xmlsecAccepts(`${scratch.path}/good.xml`, `${scratch.path}/signer.pem`)).toBe(true);
});

describe('a package changed after signing is refused', () => {
  const changes: [string, (xml: string) => string][] = [
    ['the subject', (xml) => swap(xml, 'báo cáo cải cách', 'báo cáo cải tiến')],
    [
      'one character in the middle of a lifted attachment',
      (xml) => swap(xml, first.slice(20_000, 20_040), `${first.slice(20_000, 20_039)}${first[20_039] === 'A' ? 'B' : 'A'}`),
    ],
    ['a line break inside a lifted attachment', (xml) => swap(xml, first.slice(0, 76), `${first.slice(0, 76)}\n`)],
    ['a small attachment', (xml) => swap(xml, 'UEsDBAoAAAAA', 'UEsDBAoAAAAB')],
    ['two attachments exchanged', (xml) => swap(swap(swap(xml, first, '{0}'), third, first), '{0}', third)],
    ['white space between elements', (xml) => swap(xml, '</edXML:From>', '</edXML:From> ')],
    ['an attribute added', (xml) => swap(xml, '<edXML:Subject>', '<edXML:Subject lang="vi">')],
    ['an element in no namespace of ours added', (xml) => swap(xml, '</edXML:MessageHeader>', '<x xmlns="urn:x"/></edXML:MessageHeader>')],
    ['a processing instruction added', (xml) => swap(xml, '<edXML:Subject>', '<edXML:Subject><?x y?>')],
    [
      'a second envelope added',
      (xml) => swap(xml, '<AttachmentEncoded>', `${partOf(xml, 'edXML:edXMLEnvelope').replace(signatureOf(xml), '')}<AttachmentEncoded>`),
    ],
  ];
  it.each(changes)('%s', async (_name, change) => {
    expect((await judged(change(good))).says).toBe('SIGNATURE_INVALID');
  });

  it('two runs exchanged behind the lift, and a token repeated', async () => {
    const lifted = await lift(scratch.path, good);
    const [one, two] = lifted.runs as [Run, Run];
    const exchanged: Lifted = {
      ...lifted,
      runs: [
        { ...one, token: two.token },
        { ...two, token: one.token },
      ],
    };
    expect(judge(exchanged, [signer.certificate]).says).toBe('SIGNATURE_INVALID');
    const text = Buffer.from(Buffer.from(lifted.text).toString().replace('<edXML:Subject>', `<edXML:Subject>${one.token}`));
    expect(judge({ ...lifted, text }, [signer.certificate])).toMatchObject({
      says: 'SIGNATURE_FORM',
      detail: expect.stringContaining('long base64'),
    });
  });
});

describe('signature wrapping is refused', () => {
  it('the signed root below an evil root, Signature still inside it', async () => {
    const inner = asElement(good);
    const evil = withoutSignature(good).replace('báo cáo', 'xóa bỏ');
    expect(await judged(swap(evil, '<AttachmentEncoded>', `${inner}<AttachmentEncoded>`))).toMatchObject({
      says: 'SIGNATURE_FORM',
      detail: expect.stringContaining('child of'),
    });
  });

  it('Signature moved into the evil header, the signed root kept elsewhere', async () => {
    const signature = signatureOf(good);
    const inner = asElement(withoutSignature(good));
    const evil = good.replace('báo cáo', 'xóa bỏ');
    expect((await judged(swap(evil, '<AttachmentEncoded>', `${inner}<AttachmentEncoded>`))).says).toBe('SIGNATURE_INVALID');
    const inObject = swap(evil, signature, swap(signature, '</Signature>', `<Object>${inner}</Object></Signature>`));
    expect(await judged(inObject)).toMatchObject({ says: 'SIGNATURE_FORM', detail: expect.stringContaining('Object') });
  });

  it.each(['edXML:MessageHeader', 'edXML:edXMLManifest', 'edXML:edXMLEnvelope', 'AttachmentEncoded', 'edXML'])(
    'Signature moved to the end of %s',
    async (name) => {
      // Where the element itself is signed an enveloped signature stays valid: only its place is wrong.
      expect(await judged(swap(withoutSignature(good), `</${name}>`, `${signatureOf(good)}</${name}>`), false)).toMatchObject({
        says: 'SIGNATURE_FORM',
        detail: 'Signature must be a child of edXML/edXMLEnvelope/edXMLHeader',
      });
    },
  );

  it('two Signatures, side by side or one inside the KeyInfo of the other', async () => {
    const signature = signatureOf(good);
    expect(await judged(swap(good, signature, signature + signature))).toMatchObject({
      says: 'SIGNATURE_FORM',
      detail: 'more than one Signature in the package',
    });
    const nested = swap(signature, '</X509Data>', `</X509Data>${signature}`);
    expect(await judged(swap(good, signature, nested), false)).toMatchObject({ detail: 'more than one Signature in the package' });
  });

  it('a Signature whose namespace a relay has dropped, told from a missing one', async () => {
    const stripped = good.replace(`<Signature xmlns="${DSIG}">`, '<Signature>');
    expect(await judged(stripped)).toMatchObject({ says: 'SIGNATURE_FORM', detail: expect.stringContaining('QCVN 102') });
    expect(judge(await lift(scratch.path, stripped), [], 'optional').says).toBe('absent');
  });
});

xmlsec('wrapping of a package signed by Id is refused (needs xmlsec1)', () => {
  let byId: string;
  beforeAll(() => {
    const xml = packageXml({ signature: signatureTemplate({ uri: '#p' }), rootAttributes: ' Id="p"' });
    byId = signWithXmlsec(scratch.path, xml, signer, 'edXML');
  });

  it.each(['', ' Id="other"'])('the signed root as an inner element, evil root with attributes %j', async (attributes) => {
    const inner = asElement(withoutSignature(byId));
    const evil = swap(byId.replace('báo cáo', 'xóa bỏ'), ' Id="p"', attributes);
    const wrapped = swap(evil, '<AttachmentEncoded>', `${inner}<AttachmentEncoded>`);
    expect(await judged(wrapped, false)).toMatchObject({
      says: 'SIGNATURE_FORM',
      detail: expect.stringContaining('does not name the root'),
    });
  });

  it('a root whose Id is an attribute of another vocabulary', async () => {
    const forged = swap(byId, ' Id="p"', ' x:Id="p" xmlns:x="urn:x"');
    expect(await judged(forged, false)).toMatchObject({
      says: 'SIGNATURE_FORM',
      detail: expect.stringContaining('does not name the root'),
    });
  });

  it.each(['Id="p"', 'ID="p"', 'id="p"', 'xml:id="p"', 'x:Id="p" xmlns:x="urn:x"'])('a second element with %s', async (attribute) => {
    const forged = swap(byId, '<AttachmentEncoded>', `<AttachmentEncoded ${attribute}>`);
    expect(await judged(forged, false)).toMatchObject({ says: 'SIGNATURE_FORM', detail: expect.stringContaining('2 times') });
  });
});

describe('a signature by somebody else is refused', () => {
  it("the attacker's own certificate in KeyInfo, under the name of the agency", async () => {
    const attacker = await identity('rsa-3072');
    const forged = signPackage(await lift(scratch.path, packageXml({ attachments })), attacker);
    expect(judge(forged, [signer.certificate]).says).toBe('SIGNATURE_INVALID');
    expect(verifyWithXmlCrypto(forged, signer.certificatePem)).toMatchObject({ valid: false });
  });

  it('an RSA signature said to be ECDSA, and with the digest of another strength', async () => {
    for (const algorithm of ['ecdsa-sha256', 'rsa-sha512', 'rsa-sha384']) {
      const forged = swap(good, '#rsa-sha256', `#${algorithm}`);
      expect((await judged(forged)).says).toBe('SIGNATURE_INVALID');
    }
  });

  it('a SignatureValue of another package by the same signer', async () => {
    const other = spliced(signPackage(await lift(scratch.path, packageXml()), signer));
    const forged = swap(good, partOf(good, 'SignatureValue'), partOf(other, 'SignatureValue'));
    expect((await judged(forged)).says).toBe('SIGNATURE_INVALID');
  });

  it('the whole Signature of another package by the same signer', async () => {
    const other = spliced(signPackage(await lift(scratch.path, packageXml()), signer));
    expect((await judged(swap(good, signatureOf(good), signatureOf(other)))).says).toBe('SIGNATURE_INVALID');
  });
});
