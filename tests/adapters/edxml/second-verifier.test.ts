import { randomBytes } from 'node:crypto';
import { SignedXml } from 'xml-crypto';
import { verifyReceipt, verifyWithXmlCrypto } from '../../../src/adapters/edxml/second-verifier.ts';
import { signPackage } from '../../../src/adapters/edxml/sign.ts';
import type { Lifted } from '../../../src/routing/package.ts';
import type { TestIdentity } from '../../support/certificates.ts';
import { identity } from '../../support/certificates.ts';
import { asElement, partOf, signatureOf, swap, withoutSignature } from '../../support/forgeries.ts';
import * as packages from '../../support/signed-packages.ts';
import { hasTool, lift, packageXml, scratchFolder, signatureTemplate, signWithXmlsec, spliced } from '../../support/signed-packages.ts';

const { C14N, C14N_11, ECDSA_SHA256, EXCLUSIVE, RSA_SHA256 } = packages;
const ENVELOPED = 'http://www.w3.org/2000/09/xmldsig#enveloped-signature';
const attachments = [randomBytes(30_000).toString('base64'), 'UEsDBAoAAAAA'];

const scratch = scratchFolder();
afterAll(() => scratch.remove());

let rsa: TestIdentity;
let good: string;
beforeAll(async () => {
  rsa = await identity('rsa-2048');
  good = spliced(signPackage(await lift(scratch.path, packageXml({ attachments })), rsa));
});

const opinionOn = async (xml: string | Uint8Array) => verifyWithXmlCrypto(await lift(scratch.path, xml), rsa.certificatePem);
const xmlsec = hasTool('xmlsec1') ? describe : describe.skip;

describe('the second verifier', () => {
  it('accepts what our signer made, and reads lifted texts from disk', async () => {
    expect(await opinionOn(good)).toEqual({ valid: true });
  });

  it.each<[string, (xml: string) => string, string]>([
    ['a changed subject', (xml) => swap(xml, 'báo cáo', 'xóa bỏ'), 'digest does not match'],
    ['a changed attachment', (xml) => swap(xml, attachments[0] as string, randomBytes(30_000).toString('base64')), 'digest does not match'],
    [
      'a foreign signature value',
      (xml) => swap(xml, partOf(xml, 'SignatureValue'), '<SignatureValue>AAAA</SignatureValue>'),
      'invalid signature',
    ],
    [
      'an algorithm outside the profile',
      (xml) => swap(xml, '2001/04/xmldsig-more#rsa-sha256', '2000/09/xmldsig#hmac-sha1'),
      'is not supported',
    ],
    ['two Signatures', (xml) => swap(xml, signatureOf(xml), signatureOf(xml).repeat(2)), '2 Signature elements'],
    ['no Signature', withoutSignature, '0 Signature elements'],
    ['two SignedInfo', (xml) => swap(xml, partOf(xml, 'SignedInfo'), partOf(xml, 'SignedInfo').repeat(2)), 'multiple SignedInfo'],
    ['no Reference', (xml) => swap(xml, partOf(xml, 'Reference'), ''), 'Reference'],
    ['two References', (xml) => swap(xml, partOf(xml, 'Reference'), partOf(xml, 'Reference').repeat(2)), ''],
    ['a comment in DigestValue', (xml) => swap(xml, '<DigestValue>', '<DigestValue>AA<!--x-->'), ''],
    ['a Signature elsewhere', (xml) => swap(withoutSignature(xml), '</edXML>', `${signatureOf(xml)}</edXML>`), 'must be a child of'],
    ['a DOCTYPE', (xml) => swap(xml, '<edXML ', '<!DOCTYPE edXML><edXML '), 'DOCTYPE'],
    ['an undeclared entity', (xml) => swap(xml, 'báo cáo', '&x;'), ''],
    ['text outside the root', (xml) => `${xml}text`, 'not well-formed'],
    ['a forbidden character', (xml) => swap(xml, 'báo cáo', '&#1;'), 'not well-formed'],
    ['an open element', (xml) => swap(xml, '</edXML>', ''), 'not well-formed'],
    ['nothing', () => '', ''],
  ])('refuses %s', async (_name, change, reason) => {
    expect(await opinionOn(change(good))).toMatchObject({ valid: false, reason: expect.stringContaining(reason) });
  });

  it('refuses bytes that are no UTF-8', async () => {
    expect(await opinionOn(Buffer.concat([Buffer.from(good), Buffer.from([0xff])]))).toMatchObject({ valid: false });
  });

  it('refuses a run that is not covered exactly once', async () => {
    const lifted = await lift(scratch.path, good);
    const twice: Lifted = { ...lifted, runs: [...lifted.runs, { ...(lifted.runs[0] as Lifted['runs'][0]), token: 'x'.repeat(32) }] };
    expect(verifyWithXmlCrypto(twice, rsa.certificatePem)).toMatchObject({ valid: false, reason: expect.stringContaining('exactly once') });
  });

  it('does not look at the certificate in the message, nor take a weak or foreign key', async () => {
    const lifted = await lift(scratch.path, good);
    for (const kind of ['rsa-3072', 'p256', 'rsa-1024', 'ed25519'] as const) {
      expect(verifyWithXmlCrypto(lifted, (await identity(kind)).certificatePem)).toMatchObject({ valid: false });
    }
    expect(verifyWithXmlCrypto(lifted, 'no certificate')).toMatchObject({ valid: false });
  });

  it('takes a package with a thousand recipients, by methods that xml-crypto still has', async () => {
    const to = '<edXML:To><edXML:OrganId>000.00.45.H61</edXML:OrganId><edXML:OrganName>UBND</edXML:OrganName></edXML:To>';
    const crowded = swap(packageXml(), '<edXML:DocumentId>', `${to.repeat(1000)}<edXML:DocumentId>`);
    const signed = signPackage(await lift(scratch.path, crowded), rsa);
    expect(verifyWithXmlCrypto(signed, rsa.certificatePem)).toEqual({ valid: true });
    expect(await opinionOn(swap(spliced(signed), '000.00.45.H61', '000.00.46.H61'))).toMatchObject({ valid: false });
    const methods = Object.getOwnPropertyNames(SignedXml.prototype);
    expect(methods).toEqual(expect.arrayContaining(['validateReference', 'getCanonReferenceXml', 'findHashAlgorithm']));
  });

  it('refuses anything that is no receipt as a receipt', () => {
    expect(verifyReceipt(good, rsa.certificatePem)).toMatchObject({ valid: false });
    expect(verifyReceipt('', rsa.certificatePem)).toMatchObject({ valid: false });
  });
});

xmlsec('the second verifier and xmlsec1 (needs xmlsec1)', () => {
  const forms = [C14N, C14N_11, EXCLUSIVE].flatMap((canonicalization) =>
    [C14N, EXCLUSIVE, undefined].map((transform) => [canonicalization, transform] as const),
  );
  it.each(forms)('agree on CanonicalizationMethod %s with transform %s', async (canonicalization, transform) => {
    const transforms = transform === undefined ? [ENVELOPED] : [ENVELOPED, transform];
    for (const kind of ['rsa-2048', 'p256', 'p384'] as const) {
      const signer = await identity(kind);
      const algorithm = kind === 'rsa-2048' ? RSA_SHA256 : ECDSA_SHA256;
      const signature = signatureTemplate({ canonicalization, algorithm, transforms, prefix: 'ds' });
      const lifted = await lift(scratch.path, signWithXmlsec(scratch.path, packageXml({ attachments, signature }), signer));
      expect(verifyWithXmlCrypto(lifted, signer.certificatePem)).toEqual({ valid: true });
    }
  });

  it('take SHA-1 only when told to', async () => {
    const sha1 = 'http://www.w3.org/2000/09/xmldsig#sha1';
    const signature = signatureTemplate({ algorithm: 'http://www.w3.org/2000/09/xmldsig#rsa-sha1', digest: sha1 });
    const lifted = await lift(scratch.path, signWithXmlsec(scratch.path, packageXml({ attachments, signature }), rsa));
    expect(verifyWithXmlCrypto(lifted, rsa.certificatePem)).toMatchObject({
      valid: false,
      reason: expect.stringContaining('not supported'),
    });
    expect(verifyWithXmlCrypto(lifted, rsa.certificatePem, { sha1: true })).toEqual({ valid: true });
  });

  it('refuse a signed root wrapped in an evil one, where xml-crypto alone says it is valid', async () => {
    const xml = packageXml({ signature: signatureTemplate({ uri: '#p' }), rootAttributes: ' Id="p"' });
    const byId = signWithXmlsec(scratch.path, xml, rsa, 'edXML');
    expect(await opinionOn(byId)).toEqual({ valid: true });
    const evil = swap(byId.replace('báo cáo', 'xóa bỏ'), ' Id="p"', ' Id="other"');
    const wrapped = swap(evil, '<AttachmentEncoded>', `${asElement(withoutSignature(byId))}<AttachmentEncoded>`);
    expect(await opinionOn(wrapped)).toMatchObject({ valid: false, reason: 'the Reference does not cover the root element' });
  });
});
