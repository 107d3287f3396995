import type { Form, Mutant } from '../attack.ts';
import { mutants } from '../attack.ts';
import { declaration, inText, swap } from '../forge.ts';

const declared =
  (to: string): Form[1] =>
  ({ good }) =>
    swap(good, declaration, to);
const encoded =
  (how: 'utf16le', bom: string): Form[1] =>
  ({ good }) =>
    Buffer.from(bom + good, how);
const swapped = (bytes: Buffer) => bytes.swap16();
const foreign: Form[] = [
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

/** Other encodings than UTF-8, and what is not well-formed. */
export const encodings: readonly Mutant[] = [
  ...mutants('S19', 'ENCODING_UNSUPPORTED', foreign),
  ...mutants('S19', 'ENCODING_INVALID', broken),
  ...mutants('S19', 'NOT_XML', s19),
  ...mutants('S19', 'XML_CUT_SHORT', cut),
  ...mutants('S19', 'XML_TAG_MISMATCH', [
    ['a tag closed in the wrong order', ({ good }) => swap(good, '</edXML:Subject>', '</edXML:Content>')],
  ]),
  ...mutants('S19', 'INSTRUCTION_FORBIDDEN', [['an XML declaration inside', inText('<?xml version="1.0"?>')]]),
  ...mutants('S19', 'XML_ENTITY_UNKNOWN', entities),
];
