import { createHash, verify, X509Certificate } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import type { XmlElement } from 'libxml2-wasm';
import { XmlDocument, XmlXPath } from 'libxml2-wasm';
import type { Canonicalization } from '../../../src/adapters/edxml/canonical.ts';
import { canonicalSubtree, canonicalWithout } from '../../../src/adapters/edxml/canonical.ts';
import { DSIG_NAMESPACE } from '../../../src/adapters/edxml/namespaces.ts';
import { digestMethods, nameOf, signatureMethods } from '../../../src/adapters/edxml/signature-algorithms.ts';
import { isMadeWith } from '../../../src/adapters/pki/verify-claim.ts';
import { buildPackage } from '../../support/packages.ts';
import { judge } from '../../support/signed-packages.ts';

/** Where tests/support/xmldsig-vectors/prepare.sh puts them. */
const folder = process.env['LIENTHONG_XMLDSIG_VECTORS'] ?? join(homedir(), '.cache/lienthong/xmldsig-vectors');
const here = existsSync(join(folder, 'Copyright'));
if (!here) process.stderr.write('skipped: bash tests/support/xmldsig-vectors/prepare.sh fetches the XML signatures of xmlsec1\n');

const find = (path: string) => XmlXPath.compile(path, { ds: DSIG_NAMESPACE });
const theSignature = find('//ds:Signature');
const inSignature = {
  signedInfo: find('ds:SignedInfo'),
  method: find('ds:SignedInfo/ds:SignatureMethod/@Algorithm'),
  digestMethod: find('ds:SignedInfo/ds:Reference/ds:DigestMethod/@Algorithm'),
  digest: find('ds:SignedInfo/ds:Reference/ds:DigestValue'),
  uri: find('ds:SignedInfo/ds:Reference/@URI'),
  value: find('ds:SignatureValue'),
  certificates: find('ds:KeyInfo/ds:X509Data/ds:X509Certificate'),
};
const inclusive: Canonicalization = { form: 'c14n10', prefixes: [] };
const limit = 1 << 22;

const vectors = (set: string) =>
  readdirSync(join(folder, set))
    .filter((name) => name.endsWith('.xml'))
    .map((name) => `${set}/${name}`);

const textOf = (element: XmlElement, path: XmlXPath) => (element.get(path) as { content: string } | null)?.content ?? '';
const bytesOf = (element: XmlElement, path: XmlXPath) => Buffer.from(textOf(element, path), 'base64');

/** The code that the gateway refuses a package with that carries the vector's Signature in the place of its own. */
function inPackage(name: string): string {
  const source = readFileSync(join(folder, name), 'utf8');
  const signature = /<(\w+:)?Signature[ >][\s\S]*<\/\1Signature>/.exec(source)?.[0] ?? '';
  const xml = buildPackage()
    .toString()
    .replace('</edXML:edXMLHeader>', () => `${signature}</edXML:edXMLHeader>`);
  return judge({ sha256: '', size: xml.length, text: Buffer.from(xml), runs: [] }, []).says;
}

interface Verified {
  readonly digest: boolean;
  readonly value: boolean;
  /** With a key that is strong enough for the gateway. */
  readonly accepted: boolean;
}

/** What our canonical forms, digests and verification say of a vector with one reference, to an Object or to the whole document. */
function verified(name: string, change: (xml: string) => string = (xml) => xml): Verified {
  const doc = XmlDocument.fromString(change(readFileSync(join(folder, name), 'utf8')));
  try {
    const signature = doc.get(theSignature) as XmlElement;
    const algorithm = nameOf(signatureMethods, textOf(signature, inSignature.method));
    const digestAlgorithm = nameOf(digestMethods, textOf(signature, inSignature.digestMethod));
    if (algorithm === undefined || digestAlgorithm === undefined) throw new Error('not on the list');
    const uri = textOf(signature, inSignature.uri);
    const content =
      uri === ''
        ? Buffer.concat(canonicalWithout(doc, signature, inclusive, limit))
        : canonicalSubtree(doc, doc.get(find(`//*[@Id='${uri.slice(1)}']`)) as XmlElement, inclusive, limit);
    const signedInfo = canonicalSubtree(doc, signature.get(inSignature.signedInfo) as XmlElement, inclusive, limit);
    const value = bytesOf(signature, inSignature.value);
    const keys = signature
      .find(inSignature.certificates)
      .map((one) => new X509Certificate(Buffer.from((one as XmlElement).content, 'base64')).publicKey);
    const hash = algorithm.split('-')[1] as string;
    return {
      digest: createHash(digestAlgorithm).update(content).digest().equals(bytesOf(signature, inSignature.digest)),
      value: keys.some((key) => verify(hash, signedInfo, { key, dsaEncoding: 'ieee-p1363' }, value)),
      accepted: keys.some((key) => isMadeWith(key, { algorithm, signedInfo, value })),
    };
  } finally {
    doc.dispose();
  }
}

/** Vectors of aleksey with algorithms that the gateway takes: what comes out, and why where that is not `accepted`. */
const modern: Readonly<Record<string, Verified>> = {
  ...Object.fromEntries(
    ['sha256-ecdsa-sha256', 'sha384-ecdsa-sha384', 'sha512-ecdsa-sha512', 'sha384-rsa-sha384', 'sha512-rsa-sha512'].map((name) => [
      `enveloping-${name}.xml`,
      { digest: true, value: true, accepted: true },
    ]),
  ),
  // made with RSA keys of 512 bits
  'enveloping-sha256-rsa-sha256.xml': { digest: true, value: true, accepted: false },
  'enveloping-sha256-rsa-sha256-verify.xml': { digest: true, value: true, accepted: false },
  // r and s without their leading zeros, as an old Java wrote them: not the form of xmldsig-core1, 6.4.3
  'enveloped-ecdsa-java-bug.xml': { digest: true, value: false, accepted: false },
};

/**
 * All vectors, each put into a package as its Signature. SIGNATURE_ALGORITHM: HMAC, DSA, MD5, RIPEMD-160, SHA-224, ECDSA with SHA-1, GOST.
 * SIGNATURE_FORM: RSA and ECDSA vectors, none of which signs a package as a whole; S13 and S14 of the attacks try their algorithms in ones that do.
 */
const refusals = { SIGNATURE_ALGORITHM: 40, SIGNATURE_FORM: 21 };
const outdated = /hmac|dsa-x509chain|-dsa[-.]|dsa2048|dsa3072|md5|ripemd|sha224|gost|sha1-ecdsa|merlin.*(keyname|rawx509crt|x509-)/;

(here ? describe : describe.skip)('XML signatures of others (merlin, aleksey)', () => {
  it('are all refused in the place of the signature of a package, those of old algorithms by their names', () => {
    const said = [...vectors('merlin-xmldsig-twenty-three'), ...vectors('aleksey-xmldsig-01')].map(
      (name) => [name, inPackage(name)] as const,
    );
    const counts: Record<string, number> = {};
    for (const [, code] of said) counts[code] = (counts[code] ?? 0) + 1;
    expect(counts).toEqual(refusals);
    const notByName = said.filter(([name, code]) => outdated.test(name) && code !== 'SIGNATURE_ALGORITHM').map(([name]) => name);
    expect(notByName).toEqual([]);
  });

  it.each(Object.entries(modern))('of modern algorithms are verified by our canonical forms, digests and keys: %s', (name, expected) => {
    expect(verified(`aleksey-xmldsig-01/${name}`)).toEqual(expected);
  });

  it.each(['value', 'content'])('are not verified with another %s', (what) => {
    const name = 'aleksey-xmldsig-01/enveloping-sha256-ecdsa-sha256.xml';
    const changed = (xml: string) =>
      what === 'value' ? xml.replace(/(<SignatureValue>.)./, '$1A') : xml.replace(/(<Object[^>]*>)/, '$1x');
    expect(verified(name, changed)).toEqual({ digest: what === 'value', value: what !== 'value', accepted: what !== 'value' });
  });
});
