import type { Form, Mutant } from '../attack.ts';
import { mutants } from '../attack.ts';
import { declaration, inText, swap } from '../forge.ts';

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

/** What the parser must not read, fetch or follow, whatever it is given. */
export const parser: readonly Mutant[] = [
  ...mutants('X01', 'DOCTYPE_FORBIDDEN', x01),
  ...mutants('X01', 'accepted', notFetched),
  ...mutants('X01', 'accepted', [located]),
  ...mutants('X01', 'SIGNATURE_FORM', stylesheets),
];
