import { verifyWithXmlCrypto } from '../../src/adapters/edxml/second-verifier.ts';
import type { TestIdentity } from './certificates.ts';
import type { Judgement } from './signed-packages.ts';
import { hasTool, judge, lift, xmlsecAccepts } from './signed-packages.ts';

/** The Signature element of a package as it is written, with what is inside it. */
export function signatureOf(xml: string): string {
  return /<(\w+:)?Signature[ >].*?<\/(\w+:)?Signature>/s.exec(xml)?.[0] ?? '';
}

/** The first element of this qualified name. */
export function partOf(xml: string, name: string): string {
  return new RegExp(`<${name}[ >].*?</${name}>`, 's').exec(xml)?.[0] ?? '';
}

/** Replaces the first `from`, which must be there: a forgery that changes nothing would prove nothing. */
export function swap(xml: string, from: string, to: string): string {
  if (from === '' || !xml.includes(from)) throw new Error(`not in the package: ${from}`);
  return xml.replace(from, () => to);
}

/** The package as if it had never been signed. */
export function withoutSignature(xml: string): string {
  return swap(xml, signatureOf(xml), '');
}

/** The package without its XML declaration, to be put inside another. */
export function asElement(xml: string): string {
  return xml.replace(/^<\?xml[^>]*\?>\s*/, '');
}

const haveXmlsec = hasTool('xmlsec1');

/** What the gateway says of a forgery. With `oracles`, fails when xmlsec1 (if it is there) or the second verifier accepts it. */
export async function judged(folder: string, xml: string, signer: TestIdentity, oracles: boolean): Promise<Judgement> {
  const lifted = await lift(folder, xml, 'forgery.xml');
  if (oracles) {
    expect(verifyWithXmlCrypto(lifted, signer.certificatePem)).toMatchObject({ valid: false });
    if (haveXmlsec) expect(xmlsecAccepts(`${folder}/forgery.xml`, `${folder}/signer.pem`)).toBe(false);
  }
  return judge(lifted, [signer.certificate]);
}
