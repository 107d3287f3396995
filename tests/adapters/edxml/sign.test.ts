import { createHash, randomBytes } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { liftFile } from '../../../src/adapters/edxml/lift.ts';
import { verifyWithXmlCrypto } from '../../../src/adapters/edxml/second-verifier.ts';
import { signPackage } from '../../../src/adapters/edxml/sign.ts';
import { splice } from '../../../src/adapters/edxml/splice.ts';
import type { TestIdentity } from '../../support/certificates.ts';
import { identity } from '../../support/certificates.ts';
import { signatureOf, swap } from '../../support/forgeries.ts';
import {
  hasTool,
  judge,
  lift,
  packageXml,
  runJdk,
  scratchFolder,
  signatureTemplate,
  signWithXmlsec,
  spliced,
  xmlsecAccepts,
} from '../../support/signed-packages.ts';

const scratch = scratchFolder();
afterAll(() => scratch.remove());

let rsa: TestIdentity;
let ec: TestIdentity;
beforeAll(async () => {
  rsa = await identity('rsa-2048');
  ec = await identity('p256');
});

const limits = { packageBytes: 1 << 30, textBytes: 4 << 20 };

describe('signing a package', () => {
  it('adds the Signature and changes no other byte', async () => {
    const xml = packageXml({ attachments: [randomBytes(40_000).toString('base64')] });
    const signed = signPackage(await lift(scratch.path, xml), rsa);
    const text = spliced(signed);
    expect(swap(text, signatureOf(text), '')).toBe(xml);
    expect(signed.size).toBe(Buffer.byteLength(text));
    expect(signed.sha256).toBe(createHash('sha256').update(text).digest('hex'));
    expect(signatureOf(text)).toContain('<X509Certificate>');
  });

  const header = (xml: string) => xml.replace(/<edXML:TraceHeaderList>.*<\/edXML:TraceHeaderList>/s, '');
  const placed: [string, (xml: string) => string, RegExp][] = [
    ['behind TraceHeaderList', (xml) => xml, /<\/edXML:TraceHeaderList><Signature /],
    ['behind MessageHeader without TraceHeaderList', header, /<\/edXML:MessageHeader><Signature /],
    [
      'before ErrorList',
      (xml) => xml.replace('</edXML:edXMLHeader>', '<ErrorList/></edXML:edXMLHeader>'),
      /<\/edXML:TraceHeaderList><Signature /,
    ],
    [
      'behind an empty TraceHeaderList',
      (xml) => header(xml).replace('</edXML:edXMLHeader>', '<edXML:TraceHeaderList/></edXML:edXMLHeader>'),
      /<edXML:TraceHeaderList\/><Signature /,
    ],
    [
      'with tags in comments and CDATA',
      (xml) => xml.replace('07/SNV', '<!-- </edXML:MessageHeader> --><![CDATA[</edXML:TraceHeaderList>]]>'),
      /<\/edXML:TraceHeaderList><Signature /,
    ],
    [
      'with > in an attribute',
      (xml) => xml.replace('<edXML:Subject>', '<edXML:Subject note="a > b">'),
      /<\/edXML:TraceHeaderList><Signature /,
    ],
    [
      'with other prefixes',
      (xml) => xml.replaceAll('edXML:', 'x:').replaceAll('xmlns:edXML', 'xmlns:x'),
      /<\/x:TraceHeaderList><Signature /,
    ],
    ['with a byte order mark', (xml) => `\ufeff${xml}`, /<\/edXML:TraceHeaderList><Signature /],
    ['with CR LF line ends', (xml) => xml.replaceAll('\n', '\r\n'), /<\/edXML:TraceHeaderList><Signature /],
    ['with a carriage return as a reference', (xml) => xml.replace('07/SNV', '07&#xD;/SNV'), /<\/edXML:TraceHeaderList><Signature /],
  ];
  it.each(placed)('puts it in its place and is accepted: %s', async (_name, change, place) => {
    const signed = signPackage(await lift(scratch.path, change(packageXml())), ec);
    expect(spliced(signed)).toMatch(place);
    expect(judge(await lift(scratch.path, spliced(signed)), [ec.certificate])).toMatchObject({ says: 'valid' });
  });

  it('refuses a package that is signed already, has no header, or is none', async () => {
    const signed = signPackage(await lift(scratch.path, packageXml()), rsa);
    expect(() => signPackage(signed, rsa)).toThrow('SIGNATURE_FORM');
    const headless = await lift(
      scratch.path,
      packageXml()
        .replaceAll('MessageHeader>', 'Message>')
        .replace(/<edXML:TraceHeaderList>.*<\/edXML:TraceHeaderList>/s, ''),
    );
    expect(() => signPackage(headless, rsa)).toThrow('SIGNATURE_FORM');
    const other = await lift(scratch.path, '<edXML/>');
    expect(() => signPackage(other, rsa)).toThrow('SIGNATURE_FORM');
    const brokenXml = await lift(scratch.path, packageXml().replace('</edXML>', ''));
    expect(() => signPackage(brokenXml, rsa)).toThrow('NOT_XML');
  });

  it('refuses a key that is not that of the certificate, or too weak', async () => {
    const lifted = await lift(scratch.path, packageXml());
    expect(() => signPackage(lifted, { keyPem: rsa.keyPem, certificatePem: ec.certificatePem })).toThrow('not that of the private key');
    const weak = await identity('rsa-1024');
    expect(() => signPackage(lifted, weak)).toThrow('cannot be used with rsa-sha256');
    const odd = await identity('ed25519');
    expect(() => signPackage(lifted, odd)).toThrow();
  });
});

describe('a package of 20 MB', () => {
  let xml: string;
  beforeAll(() => {
    xml = packageXml({
      attachments: [
        randomBytes(15 << 20)
          .toString('base64')
          .replace(/.{76}/g, '$&\n'),
        'UEsDBAoAAAAA',
      ],
    });
  });

  it('signed by us is accepted by us, by the second verifier, by xmlsec1 and by the JDK (those that are there)', async () => {
    const commands: string[][] = [];
    for (const [name, signer] of [
      ['rsa', rsa],
      ['ec', ec],
    ] as const) {
      const signed = signPackage(await lift(scratch.path, xml), signer);
      const path = `${scratch.path}/signed-${name}.xml`;
      await pipeline(Readable.from(splice(signed)), createWriteStream(path));
      const lifted = await liftFile(path, limits);
      expect(lifted.sha256).toBe(signed.sha256);
      expect(judge(lifted, [signer.certificate])).toMatchObject({ says: 'valid' });
      expect(verifyWithXmlCrypto(lifted, signer.certificatePem)).toEqual({ valid: true });
      const certificate = scratch.file(`${name}.pem`, signer.certificatePem);
      if (hasTool('xmlsec1')) expect(xmlsecAccepts(path, certificate)).toBe(true);
      commands.push(['verify', path, certificate]);
    }
    if (hasTool('javac')) expect(runJdk(commands)).toEqual(['valid', 'valid']);
  });

  (hasTool('xmlsec1') ? it : it.skip)('signed by xmlsec1 is accepted (needs xmlsec1)', async () => {
    const signed = signWithXmlsec(scratch.path, swap(xml, '</edXML:edXMLHeader>', `${signatureTemplate()}</edXML:edXMLHeader>`), rsa);
    const lifted = await lift(scratch.path, signed);
    expect(lifted.text.length).toBeLessThan(10_000);
    expect(judge(lifted, [rsa.certificate])).toMatchObject({ says: 'valid' });
    expect(verifyWithXmlCrypto(lifted, rsa.certificatePem)).toEqual({ valid: true });
  });
});
