import type { Form, Mutant } from '../attack.ts';
import { mutants } from '../attack.ts';
import { swap } from '../forge.ts';

const declaration = '<?xml version="1.0" encoding="UTF-8"?>';
const declared =
  (to: string): Form[1] =>
  ({ good }) =>
    swap(good, declaration, to);
const inText =
  (added: string): Form[1] =>
  ({ good }) =>
    swap(good, 'V/v báo cáo', `V/v báo cáo${added}`);
const doctype = (name: string, make: (canary: { url: string; file: string }) => string): Form => [
  name,
  ({ good, canary }) => swap(good, `${declaration}\n`, `${declaration}\n${make(canary)}\n`),
];
const used = (xml: string) => swap(xml, 'V/v báo cáo', '&x;');

const x01: Form[] = [
  doctype('an empty DOCTYPE', () => '<!DOCTYPE edXML>'),
  doctype('DOCTYPE in lower case', () => '<!doctype edXML>'),
  doctype('an external DTD on the network', ({ url }) => `<!DOCTYPE edXML SYSTEM "${url}/x.dtd">`),
  doctype('an external DTD in a file', ({ file }) => `<!DOCTYPE edXML SYSTEM "file://${file}">`),
  doctype('a public DTD', ({ url }) => `<!DOCTYPE edXML PUBLIC "-//X" "${url}/x.dtd">`),
  doctype('a parameter entity on the network', ({ url }) => `<!DOCTYPE edXML [<!ENTITY % x SYSTEM "${url}/x"> %x;]>`),
  doctype('a parameter entity in a file', ({ file }) => `<!DOCTYPE edXML [<!ENTITY % x SYSTEM "file://${file}"> %x;]>`),
  doctype('an entity over FTP', () => '<!DOCTYPE edXML [<!ENTITY x SYSTEM "ftp://127.0.0.1/x">]>'),
  doctype('an unparsed entity', ({ url }) => `<!DOCTYPE edXML [<!NOTATION n SYSTEM "n"><!ENTITY x SYSTEM "${url}/x" NDATA n>]>`),
  doctype('an attribute default', () => '<!DOCTYPE edXML [<!ATTLIST edXML Id ID "p">]>'),
  doctype(
    'a billion laughs',
    () =>
      `<!DOCTYPE edXML [<!ENTITY a "${'l'.repeat(10)}">${Array.from({ length: 9 }, (_, i) => `<!ENTITY ${'abcdefghij'[i + 1]} "${`&${'abcdefghij'[i]};`.repeat(10)}">`).join('')}]>`,
  ),
  doctype('quadratic blow-up', () => `<!DOCTYPE edXML [<!ENTITY a "${'a'.repeat(50_000)}">]>`),
  doctype('entities that name each other', () => '<!DOCTYPE edXML [<!ENTITY a "&b;"><!ENTITY b "&a;">]>'),
  doctype('DOCTYPE behind a comment', () => '<!-- x --><!DOCTYPE edXML>'),
  [
    'an entity of a file, used',
    ({ good, canary }) =>
      used(swap(good, `${declaration}\n`, `${declaration}<!DOCTYPE edXML [<!ENTITY x SYSTEM "file://${canary.file}">]>`)),
  ],
  [
    'an entity of the network, used',
    ({ good, canary }) => used(swap(good, `${declaration}\n`, `${declaration}<!DOCTYPE edXML [<!ENTITY x SYSTEM "${canary.url}/x">]>`)),
  ],
  ['DOCTYPE inside the root', inText('<!DOCTYPE x>')],
  ['DOCTYPE behind the root', ({ good }) => `${good}<!DOCTYPE x>`],
  ['ENTITY inside the root', inText('<!ENTITY x "y">')],
];
const notFetched: Form[] = [
  [
    'XInclude of a file',
    (t) =>
      t.sign(
        t
          .unsigned({ inHeader: '{x}' })
          .replace('{x}', `<xi:include xmlns:xi="http://www.w3.org/2001/XInclude" href="file://${t.canary.file}"></xi:include>`),
      ),
  ],
  [
    'XInclude of the network',
    (t) =>
      t.sign(
        t
          .unsigned({ inHeader: '{x}' })
          .replace('{x}', `<xi:include xmlns:xi="http://www.w3.org/2001/XInclude" href="${t.canary.url}/x"></xi:include>`),
      ),
  ],
];
const located: Form = [
  'a schemaLocation on the network',
  (t) =>
    t.sign(
      swap(
        t.unsigned(),
        '<edXML:Subject>',
        `<edXML:Subject xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:schemaLocation="urn:x ${t.canary.url}/x">`,
      ),
    ),
];
const stylesheets: Form[] = [
  [
    'a style sheet on the network',
    ({ good, canary }) => swap(good, `${declaration}\n`, `${declaration}<?xml-stylesheet href="${canary.url}/x" type="text/xsl"?>`),
  ],
  ['a processing instruction before the root', ({ good }) => swap(good, `${declaration}\n`, `${declaration}<?x y?>`)],
  ['a processing instruction behind the root', ({ good }) => `${good}<?x y?>`],
];

const encoded =
  (how: 'utf16le', bom: string): Form[1] =>
  ({ good }) =>
    Buffer.from(bom + good, how);
const swapped = (bytes: Buffer) => bytes.swap16();
const encodings: Form[] = [
  ['UTF-16 with a byte order mark', encoded('utf16le', '\ufeff')],
  ['UTF-16 without', encoded('utf16le', '')],
  ['UTF-16, big end first, with a byte order mark', ({ good }) => swapped(Buffer.from(`\ufeff${good}`, 'utf16le'))],
  ['UTF-16, big end first, without', ({ good }) => swapped(Buffer.from(good, 'utf16le'))],
  ['UTF-32', ({ good }) => Buffer.concat([Buffer.from([0xff, 0xfe, 0, 0]), Buffer.from(good)])],
  ...['UTF-7', 'UTF-16', 'ISO-8859-1', 'windows-1258', 'US-ASCII', 'EBCDIC-CP-US', 'UCS-4', 'x', ''].map(
    (name): Form => [`declared ${JSON.stringify(name)}`, declared(`<?xml version="1.0" encoding="${name}"?>`)],
  ),
  ["declared 'ISO-8859-1' in single quotes", declared("<?xml version='1.0' encoding='ISO-8859-1'?>")],
  ['NUL inside the name of the encoding', declared('<?xml version="1.0" encoding="UTF\0-8"?>')],
];
const broken: Form[] = [
  ['an overlong sequence', ({ good }) => spliced(good, [0xc0, 0xaf])],
  ['a surrogate in UTF-8', ({ good }) => spliced(good, [0xed, 0xa0, 0x80])],
  ['a code point beyond Unicode', ({ good }) => spliced(good, [0xf5, 0x80, 0x80, 0x80])],
  ['a sequence cut off', ({ good }) => spliced(good, [0xe1, 0xbb])],
  ['windows-1258 in UTF-8', ({ good }) => spliced(good, [0xe2])],
];

function spliced(good: string, bytes: readonly number[]): Buffer {
  const at = Buffer.byteLength(good.slice(0, good.indexOf('V/v báo cáo')));
  const all = Buffer.from(good);
  return Buffer.concat([all.subarray(0, at), Buffer.from(bytes), all.subarray(at)]);
}

const s19: Form[] = [
  ['an encoding hidden behind 300 blanks', declared(`<?xml version="1.0" ${' '.repeat(300)}encoding="ISO-8859-1"?>`)],
  ['a version hidden behind 300 blanks', declared(`<?xml ${' '.repeat(300)}version="1.1"?>`)],
  ['XML 1.1', declared('<?xml version="1.1"?>')],
  ['NUL inside the version', declared('<?xml version="1\0"?>')],
  ['NUL in a text', inText('\0')],
  ['NUL behind the root', ({ good }) => `${good}\0`],
  ['NUL and a second package behind the root', ({ good }) => `${good}\0${good}`],
  ['a second root', ({ good }) => good + good.replace(/^<\?xml[^>]*\?>/, '')],
  ['text behind the root', ({ good }) => `${good}x`],
  ['a reference to NUL', inText('&#0;')],
  ['a reference to U+FFFF', inText('&#xFFFF;')],
  ['a reference to a surrogate', inText('&#xD800;')],
  ['a reference to a control character', inText('&#x1b;')],
  ['"]]>" in a text', inText(']]>')],
  ['an attribute twice', ({ good }) => swap(good, 'version="1.0">', 'version="1.0" version="1.0">')],
  [
    'an attribute twice by two prefixes',
    ({ good }) => swap(good, '<edXML:Subject>', '<edXML:Subject xmlns:a="urn:x" xmlns:b="urn:x" a:x="1" b:x="2">'),
  ],
  ['"<" in an attribute', ({ good }) => swap(good, 'version="1.0">', 'version="<">')],
  ['"--" in a comment', inText('<!-- -- -->')],
  ['the prefix xmlns redefined', ({ good }) => swap(good, '<edXML:Subject>', '<edXML:Subject xmlns:xmlns="urn:x">')],
  ['the prefix xml redefined', ({ good }) => swap(good, '<edXML:Subject>', '<edXML:Subject xmlns:xml="urn:x">')],
];
const cut: Form[] = [
  ['an unclosed CDATA section', inText('<![CDATA[')],
  ['an unclosed comment', inText('<!--')],
  ['half a package', ({ good }) => good.slice(0, good.length / 2)],
];
const entities: Form[] = ['&', '&nbsp;', '&x;', '&amp', '&;'].map((entity) => [`the entity ${entity}`, inText(entity)]);

const atEnd = '</edXML:MessageHeader>';
const added =
  (text: () => string): Form[1] =>
  ({ good }) =>
    swap(good, atEnd, text() + atEnd);
const many = (count: number, make: (i: number) => string) => Array.from({ length: count }, (_, i) => make(i)).join('');
const x02 = {
  XML_TOO_DEEP: [
    ['100,000 levels', added(() => '<a>'.repeat(100_000) + '</a>'.repeat(100_000))],
    ['300 levels', added(() => `<x:a xmlns:x="u:x">${'<x:a>'.repeat(300)}${'</x:a>'.repeat(301)}`)],
  ],
  TOO_MANY_ELEMENTS: [['600,000 elements', added(() => '<a/>'.repeat(600_000))]],
  TOO_MANY_ATTRIBUTES: [
    ['100,000 attributes', added(() => `<x:a xmlns:x="u:x" ${many(100_000, (i) => `a${i}=""`)}/>`)],
    [
      'attribute names with one hash',
      added(() => `<x:a xmlns:x="u:x" ${many(65, (i) => `a${i.toString(2).replaceAll('0', 'Aa').replaceAll('1', 'BB')}=""`)}/>`),
    ],
  ],
  TAG_TOO_LONG: [
    ['an attribute of 3 MB', added(() => `<x:a xmlns:x="u:x" b="${'b'.repeat(3_000_000)}"/>`)],
    ['a namespace of 3 MB, used 300 times', added(() => `<x:a xmlns:x="urn:${'a'.repeat(3_000_000)}">${'<x:b/>'.repeat(300)}</x:a>`)],
    [
      'a namespace of 1 MB on a hundred lookalikes',
      ({ good }) =>
        swap(good, '<edXML:Subject>', `<y:a xmlns:y="urn:${'b'.repeat(1_000_000)}">${'<y:Subject/>'.repeat(100)}</y:a><edXML:Subject>`),
    ],
  ],
  NAME_TOO_LONG: [
    ['a name of 3 MB', added(() => `<${'n'.repeat(3_000_000)}/>`)],
    [
      'forty nested names of 40,000 bytes',
      added(() => `${`<x:${'n'.repeat(40_000)} xmlns:x="u:x">`.repeat(40)}${'<edXML:From/>'.repeat(100)}`),
    ],
  ],
  TOO_MANY_NAMESPACES: [
    [
      '14,400 namespaces in force, exclusive C14N',
      added(() => `${many(240, (i) => `<x:a xmlns:x="u:x" ${many(60, (k) => `xmlns:n${i}-${k}="u:n" `)}>`)}${'<x:b/>'.repeat(10_000)}`),
    ],
  ],
  TEXT_IN_PIECES: [
    ['a text in 400,000 pieces by comments', inText('<!---->x'.repeat(400_000))],
    ['a text in 200,000 pieces by CDATA', inText('<![CDATA[a]]>'.repeat(200_000))],
    ['500,000 comments', added(() => '<!---->'.repeat(500_000))],
  ],
  TEXT_TOO_LARGE: [
    ['a comment of 30 MB', added(() => `<!--${'c,'.repeat(15_000_000)}-->`)],
    ['a text of 30 MB', inText('t.'.repeat(15_000_000))],
  ],
  FIELD_TOO_LONG: [
    ['a subject of 3 MB', inText('x.'.repeat(1_500_000))],
    ['half a million character references', inText('&#100;'.repeat(500_000))],
    ['marks stacked on one letter', inText('\u0301\u0323'.repeat(500_000))],
  ],
  ELEMENT_UNKNOWN: [['19,000 unknown elements', added(() => '<edXML:Foo/>'.repeat(19_000))]],
  TEXT_NOT_ALLOWED: [
    [
      'text between 19,000 elements',
      ({ good }) => swap(good, '<edXML:ToPlaces>', `<edXML:ToPlaces>${'x<edXML:Place>y</edXML:Place>'.repeat(19_000)}`),
    ],
  ],
  SIGNATURE_INVALID: [
    [
      '6,000 recipients',
      ({ good }) =>
        swap(
          good,
          '<edXML:DocumentId>',
          `${many(6000, (i) => `<edXML:To><edXML:OrganId>A.${i}</edXML:OrganId></edXML:To>`)}<edXML:DocumentId>`,
        ),
    ],
  ],
  SIGNATURE_FORM: [
    [
      'one long namespace written out 10,000 times by exclusive C14N',
      added(() => `<r xmlns:x="urn:${'a'.repeat(3500)}" xmlns="u:r">${'<x:b/>'.repeat(10_000)}</r>`),
    ],
  ],
} satisfies Readonly<Record<string, readonly Form[]>>;
const x03: Form[] = [`${'a'.repeat(300_000)}!`, '('.repeat(300_000), '1.'.repeat(300_000), '/.'.repeat(300_000)].map((text, i) => [
  `a date made to slow patterns down (${i + 1})`,
  ({ good }) => swap(good, '<edXML:PromulgationDate>2026/03/02', `<edXML:PromulgationDate>${text}`),
]);

/** What the parser must not do, whatever it is given. */
export const parser: readonly Mutant[] = [
  ...mutants('X01', 'DOCTYPE_FORBIDDEN', x01),
  ...mutants('X01', 'accepted', notFetched),
  ...mutants('X01', 'accepted', [located]),
  ...mutants('X01', 'SIGNATURE_FORM', stylesheets),
  ...mutants('S19', 'ENCODING_UNSUPPORTED', encodings),
  ...mutants('S19', 'ENCODING_INVALID', broken),
  ...mutants('S19', 'NOT_XML', s19),
  ...mutants('S19', 'XML_CUT_SHORT', cut),
  ...mutants('S19', 'XML_TAG_MISMATCH', [
    ['a tag closed in the wrong order', ({ good }) => swap(good, '</edXML:Subject>', '</edXML:Content>')],
  ]),
  ...mutants('S19', 'INSTRUCTION_FORBIDDEN', [['an XML declaration inside', inText('<?xml version="1.0"?>')]]),
  ...mutants('S19', 'XML_ENTITY_UNKNOWN', entities),
  ...Object.entries(x02).flatMap(([code, forms]) => mutants('X02', code as keyof typeof x02, forms as unknown as Form[])),
  ...mutants('X03', 'DATE_FORMAT', x03),
];
