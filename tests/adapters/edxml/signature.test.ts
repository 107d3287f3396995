import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { signPackage } from '../../../src/adapters/edxml/sign.ts';
import type { TestIdentity } from '../../support/certificates.ts';
import { identity } from '../../support/certificates.ts';
import * as packages from '../../support/signed-packages.ts';
import {
  hasTool,
  judge,
  lift,
  packageXml,
  scratchFolder,
  signatureTemplate,
  signWithXmlsec,
  spliced,
} from '../../support/signed-packages.ts';

const { C14N, C14N_11, ECDSA_SHA256, EXCLUSIVE, RSA_SHA256 } = packages;
const ENVELOPED = 'http://www.w3.org/2000/09/xmldsig#enveloped-signature';
const long = randomBytes(30_000).toString('base64');
const broken = (base64: string, lineEnd: string) => base64.replace(/.{76}/g, (line) => line + lineEnd);
const attachments = [long, 'UEsDBAoAAAAA', broken(randomBytes(30_000).toString('base64'), '\n')];

const scratch = scratchFolder();
afterAll(() => scratch.remove());

let rsa: TestIdentity;
let ec: TestIdentity;
beforeAll(async () => {
  rsa = await identity('rsa-2048');
  ec = await identity('p256');
});

const xmlsec = hasTool('xmlsec1') ? describe : describe.skip;
const java = hasTool('javac') ? describe : describe.skip;

describe('the signature of a package', () => {
  it('is absent when there is none', async () => {
    const lifted = await lift(scratch.path, packageXml());
    expect(judge(lifted, [rsa.certificate]).says).toBe('SIGNATURE_MISSING');
    expect(judge(lifted, [rsa.certificate], 'optional').says).toBe('absent');
  });

  it('is valid when our own signer made it, and reading it changes nothing in the tree', async () => {
    const signed = signPackage(await lift(scratch.path, packageXml({ attachments })), rsa);
    expect(signed.runs).toHaveLength(2);
    expect(judge(signed, [rsa.certificate]).says).toBe('valid');
  });

  it.each(['\r\n', '\r', '\n'])('is valid over a long base64 text with line ends %j', async (lineEnd) => {
    const signed = signPackage(await lift(scratch.path, packageXml({ attachments: [broken(long, lineEnd)] })), ec);
    expect(judge(signed, [ec.certificate]).says).toBe('valid');
    const again = await lift(scratch.path, spliced(signed));
    expect(again.sha256).toBe(signed.sha256);
    expect(judge(again, [ec.certificate]).says).toBe('valid');
  });

  it('is valid when attributes, entities and CDATA are written in another way, for the canonical form is the same', async () => {
    const signed = spliced(signPackage(await lift(scratch.path, packageXml()), rsa));
    const same = signed
      .replace('version="1.0">', "version = '1.0' >")
      .replace('07/SNV', '&#x30;7/SNV')
      .replace('Vĩnh Long', '<![CDATA[Vĩnh Long]]>');
    expect(same).not.toBe(signed);
    expect(judge(await lift(scratch.path, same), [rsa.certificate]).says).toBe('valid');
  });

  it('is valid with a comment added later, which no same-document reference covers', async () => {
    const signed = spliced(signPackage(await lift(scratch.path, packageXml()), rsa));
    const noted = await lift(scratch.path, signed.replace('<edXML:Subject>', '<edXML:Subject><!-- note -->'));
    expect(judge(noted, [rsa.certificate]).says).toBe('valid');
  });

  it('is found in the certificate of the signer among several', async () => {
    const signed = signPackage(await lift(scratch.path, packageXml()), ec);
    expect(judge(signed, [rsa.certificate, ec.certificate]).says).toBe('valid');
    expect(judge(signed, [rsa.certificate]).says).toBe('SIGNATURE_INVALID');
    expect(judge(signed, []).says).toBe('CERTIFICATE_UNKNOWN');
  });
});

xmlsec('a package signed by xmlsec1 (needs xmlsec1)', () => {
  const forms = [C14N, C14N_11, EXCLUSIVE].flatMap((canonicalization) =>
    [C14N, EXCLUSIVE, undefined].map((transform) => [canonicalization, transform] as const),
  );

  it.each(forms)('is accepted with CanonicalizationMethod %s and transform %s', async (canonicalization, transform) => {
    const transforms = transform === undefined ? [ENVELOPED] : [ENVELOPED, transform];
    for (const [signer, algorithm] of [
      [rsa, RSA_SHA256],
      [ec, ECDSA_SHA256],
    ] as const) {
      const signature = signatureTemplate({ canonicalization, algorithm, transforms, prefix: 'ds' });
      const signed = signWithXmlsec(scratch.path, packageXml({ attachments, signature }), signer);
      expect(judge(await lift(scratch.path, signed), [signer.certificate])).toMatchObject({ says: 'valid' });
    }
  });

  it.each([
    ['rsa-sha384', 'rsa-3072', 'http://www.w3.org/2001/04/xmldsig-more#sha384'],
    ['rsa-sha512', 'rsa-2048', 'http://www.w3.org/2001/04/xmlenc#sha512'],
    ['ecdsa-sha384', 'p384', 'http://www.w3.org/2001/04/xmldsig-more#sha384'],
    ['ecdsa-sha512', 'p521', 'http://www.w3.org/2001/04/xmlenc#sha512'],
  ] as const)('is accepted with %s and a key %s', async (algorithm, kind, digest) => {
    const signer = await identity(kind);
    const signature = signatureTemplate({ algorithm: `http://www.w3.org/2001/04/xmldsig-more#${algorithm}`, digest });
    const signed = signWithXmlsec(scratch.path, packageXml({ attachments, signature }), signer);
    expect(judge(await lift(scratch.path, signed), [signer.certificate])).toMatchObject({ says: 'valid' });
  });

  it('is accepted when the Reference names the Id of the root element', async () => {
    const signature = signatureTemplate({ uri: '#package' });
    const xml = packageXml({ attachments, signature, rootAttributes: ' Id="package"' });
    const signed = signWithXmlsec(scratch.path, xml, rsa, 'edXML');
    expect(judge(await lift(scratch.path, signed), [rsa.certificate])).toMatchObject({ says: 'valid' });
  });

  it('is weak with SHA-1 under the policy legacy and refused under any other', async () => {
    const sha1 = 'http://www.w3.org/2000/09/xmldsig#sha1';
    const signature = signatureTemplate({ algorithm: 'http://www.w3.org/2000/09/xmldsig#rsa-sha1', digest: sha1, canonicalization: C14N });
    const signed = await lift(scratch.path, signWithXmlsec(scratch.path, packageXml({ attachments, signature }), rsa));
    expect(judge(signed, [rsa.certificate], 'legacy').says).toBe('weak');
    expect(judge(signed, [rsa.certificate], 'required')).toMatchObject({ says: 'SIGNATURE_ALGORITHM', detail: 'rsa-sha1' });
    expect(judge(signed, [rsa.certificate], 'optional').says).toBe('SIGNATURE_ALGORITHM');
    const half = signatureTemplate({ digest: sha1 });
    const mixed = await lift(scratch.path, signWithXmlsec(scratch.path, packageXml({ signature: half }), rsa));
    expect(judge(mixed, [rsa.certificate], 'legacy').says).toBe('weak');
    expect(judge(mixed, [rsa.certificate], 'required')).toMatchObject({ detail: 'rsa-sha256 with digest sha1' });
  });

  it('is refused when the key has 1024 bits, though the certificate is registered', async () => {
    const weak = await identity('rsa-1024');
    const signed = signWithXmlsec(scratch.path, packageXml({ signature: signatureTemplate() }), weak);
    expect(judge(await lift(scratch.path, signed), [weak.certificate]).says).toBe('SIGNATURE_INVALID');
  });
});

java('a package signed by the JDK (needs a JDK)', () => {
  it('is accepted, with RSA and ECDSA, both canonical forms and its base64 with carriage returns', async () => {
    const input = scratch.file('jdk.xml', packageXml({ attachments }));
    const cases = [
      ['rsa', rsa, RSA_SHA256, EXCLUSIVE, EXCLUSIVE],
      ['ec', ec, ECDSA_SHA256, C14N, C14N],
      ['default', ec, ECDSA_SHA256, C14N_11, ''],
    ] as const;
    const commands = cases.map(([name, signer, method, canonicalization, transform]) => {
      const key = scratch.file(`jdk-${name}-key.pem`, signer.keyPem);
      const certificate = scratch.file(`jdk-${name}.pem`, signer.certificatePem);
      const words = ['sign', input, `${scratch.path}/jdk-${name}.xml`, key, certificate, method, canonicalization];
      return transform === '' ? words : [...words, transform];
    });
    expect(packages.runJdk(commands)).toEqual(['signed', 'signed', 'signed']);
    for (const [name, signer] of cases) {
      const signed = readFileSync(`${scratch.path}/jdk-${name}.xml`);
      expect(judge(await lift(scratch.path, signed), [signer.certificate])).toMatchObject({ says: 'valid' });
    }
  });
});
