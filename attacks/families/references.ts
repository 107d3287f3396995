import type { Form, Mutant } from '../attack.ts';
import { mutants } from '../attack.ts';
import { C14N, DSIG, digestOf, ENVELOPED, EXCLUSIVE, honestTransforms, method, partOf, reference, swap, x509Data } from '../forge.ts';

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

/** Keys that come along, references and transforms, each signed with the sender’s own key where that is possible. */
export const references: readonly Mutant[] = [
  ...mutants('S15', 'SIGNATURE_INVALID', s15refused, 'refuses'),
  ...mutants('S15', 'accepted', s15ignored),
  ...mutants('S16', 'SIGNATURE_FORM', s16),
  ...mutants('S17', 'SIGNATURE_FORM', s17),
  ...mutants('S18', 'SIGNATURE_INVALID', [s18[0], s18[2]] as Form[], 'refuses'),
  ...mutants('S18', 'SIGNATURE_FORM', [s18[1] as Form, ...relative]),
];
