import type { Form, Mutant } from '../attack.ts';
import { mutants } from '../attack.ts';
import { inText, swap } from '../forge.ts';

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

/** Sizes, structures and patterns made to take time or memory. */
export const sizes: readonly Mutant[] = [
  ...Object.entries(x02).flatMap(([code, forms]) => mutants('X02', code as keyof typeof x02, forms as unknown as Form[])),
  ...mutants('X03', 'DATE_FORMAT', x03),
];
