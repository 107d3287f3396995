import { createHmac, createPublicKey } from 'node:crypto';
import type { Form, Mutant } from '../attack.ts';
import { mutants } from '../attack.ts';
import { C14N, DSIG, digestOf, ENVELOPED, EXCLUSIVE, honestTransforms, MORE, method, partOf, reference, swap, x509Data } from '../forge.ts';

const xmldsig11 = 'http://www.w3.org/2007/05/xmldsig-more#';
const methods = [
  `${DSIG}hmac-sha1`,
  `${MORE}hmac-sha256`,
  `${MORE}hmac-sha384`,
  `${MORE}hmac-sha512`,
  `${MORE}hmac-md5`,
  `${DSIG}dsa-sha1`,
  'http://www.w3.org/2009/xmldsig11#dsa-sha256',
  `${MORE}rsa-md5`,
  `${MORE}rsa-ripemd160`,
  `${MORE}rsa-sha224`,
  `${DSIG}rsa-sha1`,
  `${MORE}ecdsa-sha1`,
  `${MORE}ecdsa-sha224`,
  `${xmldsig11}sha256-rsa-MGF1`,
  `${xmldsig11}rsa-pss`,
  'http://www.w3.org/2021/04/xmldsig-more#eddsa-ed25519',
  '',
  'none',
  `${MORE}RSA-SHA256`,
  `${MORE}rsa-sha256 `,
  'rsa-sha256',
  '__proto__',
  'constructor',
];
const digests = [
  `${DSIG}sha1`,
  `${MORE}md5`,
  `${MORE}sha224`,
  'http://www.w3.org/2001/04/xmlenc#ripemd160',
  `${xmldsig11}sha3-256`,
  '',
  '__proto__',
];

const s14methods = methods.map(
  (uri): Form => [`SignatureMethod ${JSON.stringify(uri)}`, (t) => t.sign(t.unsigned(), { signatureMethod: uri }, t.rsa)],
);
const s14digests = digests.map(
  (uri): Form => [
    `DigestMethod ${JSON.stringify(uri)}`,
    (t) => t.sign(t.unsigned(), { digestMethod: uri, ...(uri.endsWith('#sha1') ? { digestHash: 'sha1' } : {}) }),
  ],
);
const s13 = ['0', '1', '8', '-1', '99999999999'].flatMap((length): Form[] =>
  [`${DSIG}hmac-sha1`, `${MORE}hmac-sha256`].map((uri) => [
    `HMACOutputLength ${length} with ${uri.split('#')[1]}`,
    (t) => t.sign(t.unsigned(), { signatureMethod: uri, inMethod: `<HMACOutputLength>${length}</HMACOutputLength>`, value: 'AA==' }),
  ]),
);
const hmac: Form[] = ['spki', 'pkcs1'].map((type) => [
  `HMAC keyed with the sender’s public key (${type})`,
  (t) => {
    const secret = createPublicKey(t.rsa.certificatePem).export({ type: type as 'spki', format: 'pem' });
    return t.sign(
      t.unsigned(),
      { signatureMethod: `${MORE}hmac-sha256`, value: createHmac('sha256', secret).update('x').digest('base64') },
      t.rsa,
    );
  },
]);

const flipped = (base64: string, change: (bytes: Buffer) => Buffer) => change(Buffer.from(base64, 'base64')).toString('base64');
const valueIn = (xml: string) => partOf(xml, 'SignatureValue').replace(/<[^>]*>/g, '');
const revalued =
  (change: (bytes: Buffer) => Buffer): Form[1] =>
  (t) =>
    swap(t.good, valueIn(t.good), flipped(valueIn(t.good), change));
const values: Form[] = [
  ['an ECDSA value of zeros', revalued((bytes) => Buffer.alloc(bytes.length))],
  ['r is zero', revalued((bytes) => Buffer.concat([Buffer.alloc(32), bytes.subarray(32)]))],
  ['s is zero', revalued((bytes) => Buffer.concat([bytes.subarray(0, 32), Buffer.alloc(32)]))],
  ['r and s exchanged', revalued((bytes) => Buffer.concat([bytes.subarray(32), bytes.subarray(0, 32)]))],
  ['one byte less', revalued((bytes) => bytes.subarray(1))],
  ['one byte more', revalued((bytes) => Buffer.concat([bytes, Buffer.alloc(1)]))],
  ['one bit changed', revalued((bytes) => Buffer.from(bytes.map((byte, i) => (i === 9 ? byte ^ 1 : byte))))],
  ['a value of 2,048 bytes', revalued(() => Buffer.alloc(2048, 1))],
];
const confusions: Form[] = [
  ['an RSA signature said to be ECDSA', (t) => swap(t.sign(t.unsigned(), {}, t.rsa), '#rsa-sha256', '#ecdsa-sha256')],
  ['an ECDSA signature said to be RSA', (t) => swap(t.good, '#ecdsa-sha256', '#rsa-sha256')],
  ['SHA-256 signed, SHA-512 said', (t) => swap(t.sign(t.unsigned(), {}, t.rsa), '#rsa-sha256', '#rsa-sha512')],
  ['the raw digest in place of a signature', (t) => t.sign(t.unsigned(), { value: digestOf(t.unsigned()) })],
];

const transform = (algorithm: string, content = '') => method('Transform', algorithm, content);
const signed =
  (transforms: string): Form[1] =>
  (t) =>
    t.sign(t.unsigned(), { transforms });
const xslt =
  '<xsl:stylesheet xmlns:xsl="http://www.w3.org/1999/XSL/Transform" version="1.0"><xsl:template match="/"><xsl:copy-of select="document(\'/etc/hostname\')"></xsl:copy-of></xsl:template></xsl:stylesheet>';
const s17: Form[] = [
  ['XSLT', signed(honestTransforms + transform('http://www.w3.org/TR/1999/REC-xslt-19991116', xslt))],
  ['XSLT first', signed(transform('http://www.w3.org/TR/1999/REC-xslt-19991116', xslt) + honestTransforms)],
  [
    'XPath that leaves all out',
    signed(honestTransforms + transform('http://www.w3.org/TR/1999/REC-xpath-19991116', '<XPath>false()</XPath>')),
  ],
  [
    'XPath in place of enveloped-signature',
    signed(transform('http://www.w3.org/TR/1999/REC-xpath-19991116', '<XPath>not(ancestor-or-self::Subject)</XPath>')),
  ],
  ['XPath Filter 2', signed(honestTransforms + transform('http://www.w3.org/2002/06/xmldsig-filter2'))],
  ['base64', signed(honestTransforms + transform(`${DSIG}base64`))],
  ['a hundred canonicalisations', signed(transform(ENVELOPED) + transform(EXCLUSIVE).repeat(100))],
  ['no transforms', signed('')],
  ['no enveloped-signature', signed(transform(EXCLUSIVE))],
  ['enveloped-signature twice', signed(transform(ENVELOPED).repeat(2))],
  ['the wrong order', signed(transform(EXCLUSIVE) + transform(ENVELOPED))],
  ['C14N with comments', signed(transform(ENVELOPED) + transform(`${C14N}#WithComments`))],
  ['exclusive C14N with comments', signed(transform(ENVELOPED) + transform(`${EXCLUSIVE}WithComments`))],
  ['the decryption transform', signed(transform('http://www.w3.org/2002/07/decrypt#XML') + honestTransforms)],
  ['an unknown transform', signed(honestTransforms + transform('urn:x'))],
  [
    'InclusiveNamespaces with 100 prefixes',
    signed(transform(ENVELOPED) + transform(EXCLUSIVE, inclusive(Array.from({ length: 100 }, (_, i) => `p${i}`).join(' ')))),
  ],
  ['InclusiveNamespaces with what is no prefix', signed(transform(ENVELOPED) + transform(EXCLUSIVE, inclusive("x' or '1")))],
  ['two InclusiveNamespaces', signed(transform(ENVELOPED) + transform(EXCLUSIVE, inclusive('a').repeat(2)))],
  ['parameters of enveloped-signature', signed(transform(ENVELOPED, '<x></x>') + transform(EXCLUSIVE))],
  ...[`${C14N}#WithComments`, `${EXCLUSIVE}WithComments`, 'urn:x', ''].map(
    (uri): Form => [`CanonicalizationMethod ${JSON.stringify(uri)}`, (t) => t.sign(t.unsigned(), { canonicalization: uri })],
  ),
];

function inclusive(prefixes: string): string {
  return `<InclusiveNamespaces xmlns="${EXCLUSIVE}" PrefixList="${prefixes}"></InclusiveNamespaces>`;
}

const empty = { digest: '47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=' };
const s18: Form[] = [
  ['a digest of nothing, signed', (t) => t.sign(t.unsigned(), empty)],
  [
    'a digest of nothing over a package with a relative namespace',
    (t) => t.sign(swap(t.unsigned(), '<edXML xmlns=', '<edXML xmlns:x="../x" xmlns='), empty),
  ],
  [
    'a digest of nothing, inclusive C14N',
    (t) => t.sign(t.unsigned(), { ...empty, canonicalization: C14N, transforms: transform(ENVELOPED) }),
  ],
];
const relative: Form[] = ['x', '../x', './', '#x'].map((uri) => [
  `a relative namespace URI ${JSON.stringify(uri)} on the root`,
  (t) => t.sign(swap(t.unsigned(), '<edXML xmlns=', `<edXML xmlns:x="${uri}" xmlns=`)),
]);

const uris = [
  'http://127.0.0.1:1/x',
  'file:///etc/hostname',
  'ftp://127.0.0.1/x',
  '#xpointer(/)',
  "#xpointer(id('p'))",
  'xpointer(/)',
  '#',
  '#other',
  ' ',
  '/',
  '?',
  '.',
  'cid:tep-1',
  'data:,x',
  'urn:x',
  '//127.0.0.1/x',
  '%23p',
];
const s16: Form[] = [
  ...uris.map((uri): Form => [`Reference URI ${JSON.stringify(uri)}`, (t) => t.sign(t.unsigned(), { uri })]),
  [
    'Reference without URI',
    (t) => {
      const xml = t.unsigned();
      return t.sign(xml, { references: reference(digestOf(xml), {}).replace(' URI=""', '') });
    },
  ],
  ['no Reference', (t) => t.sign(t.unsigned(), { references: '' })],
  [
    'two References',
    (t) => {
      const xml = t.unsigned();
      return t.sign(xml, { references: reference(digestOf(xml), {}).repeat(2) });
    },
  ],
  [
    '5,000 References',
    (t) => {
      const xml = t.unsigned();
      return t.sign(xml, { references: reference(digestOf(xml), {}).repeat(2000) });
    },
  ],
  ...['Manifest', 'Object', 'SignatureProperties'].map(
    (type): Form => [`a Reference of Type ${type}`, (t) => t.sign(t.unsigned(), { referenceAttributes: ` Type="${DSIG}${type}"` })],
  ),
];

const s15refused: Form[] = [
  ['signed by a stranger, whose certificate is in KeyInfo', (t) => t.sign(t.unsigned(), {}, t.stranger)],
  ['signed by a stranger, the sender’s certificate in KeyInfo', (t) => t.sign(t.unsigned(), { keyInfo: x509Data(t.ec) }, t.stranger)],
  [
    'signed by a stranger, both certificates in KeyInfo',
    (t) =>
      t.sign(
        t.unsigned(),
        { keyInfo: x509Data(t.ec).replace('</X509Data>', `${partOf(x509Data(t.stranger), 'X509Certificate')}</X509Data>`) },
        t.stranger,
      ),
  ],
  [
    'signed by a stranger, only his name in KeyInfo',
    (t) => t.sign(t.unsigned(), { keyInfo: '<KeyInfo><KeyName>Sở Nội vụ</KeyName></KeyInfo>' }, t.stranger),
  ],
  [
    'signed by a stranger, his KeyValue in KeyInfo',
    (t) =>
      t.sign(
        t.unsigned(),
        { keyInfo: '<KeyInfo><KeyValue><RSAKeyValue><Modulus>AQAB</Modulus><Exponent>AQAB</Exponent></RSAKeyValue></KeyValue></KeyInfo>' },
        t.stranger,
      ),
  ],
];
const s15ignored: Form[] = [
  ['a certificate of somebody else in KeyInfo, which is never looked at', (t) => t.sign(t.unsigned(), { keyInfo: x509Data(t.stranger) })],
  [
    'RetrievalMethod to a URL',
    (t) => t.sign(t.unsigned(), { keyInfo: `<KeyInfo><RetrievalMethod URI="${t.canary.url}/key"></RetrievalMethod></KeyInfo>` }),
  ],
  [
    'RetrievalMethod to a file',
    (t) => t.sign(t.unsigned(), { keyInfo: `<KeyInfo><RetrievalMethod URI="file://${t.canary.file}"></RetrievalMethod></KeyInfo>` }),
  ],
  [
    'KeyInfoReference to a URL',
    (t) =>
      t.sign(t.unsigned(), {
        keyInfo: `<KeyInfo><KeyInfoReference xmlns="http://www.w3.org/2009/xmldsig11#" URI="${t.canary.url}/key"></KeyInfoReference></KeyInfo>`,
      }),
  ],
  [
    '500 certificates in KeyInfo',
    (t) =>
      t.sign(t.unsigned(), { keyInfo: `<KeyInfo>${'<X509Data><X509Certificate>AAAA</X509Certificate></X509Data>'.repeat(500)}</KeyInfo>` }),
  ],
];

/** Algorithms, keys, references and transforms, each signed with the sender’s own key where that is possible. */
export const algorithms: readonly Mutant[] = [
  ...mutants('S13', 'SIGNATURE_ALGORITHM', s13),
  ...mutants('S14', 'SIGNATURE_ALGORITHM', [...s14methods, ...s14digests, ...hmac]),
  ...mutants('S14', 'SIGNATURE_INVALID', [...values, ...confusions], 'refuses'),
  ...mutants('S15', 'SIGNATURE_INVALID', s15refused, 'refuses'),
  ...mutants('S15', 'accepted', s15ignored),
  ...mutants('S16', 'SIGNATURE_FORM', s16),
  ...mutants('S17', 'SIGNATURE_FORM', s17),
  ...mutants('S18', 'SIGNATURE_INVALID', [s18[0], s18[2]] as Form[], 'refuses'),
  ...mutants('S18', 'SIGNATURE_FORM', [s18[1] as Form, ...relative]),
];
