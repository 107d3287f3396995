import type { Form, Mutant } from '../attack.ts';
import { mutants } from '../attack.ts';
import { DSIG, digestOf, partOf, reference, swap, turnedEvil, withoutSignature } from '../forge.ts';

const ids = ['Id="p"', 'ID="p"', 'id="p"', 'xml:id="p"', 'wsu:Id="p" xmlns:wsu="urn:wsu"', 'x:iD="p" xmlns:x="urn:x"'];
const bearers = ['<AttachmentEncoded', '<edXML:edXMLHeader', '<edXML:edXMLManifest'];

const s10: Form[] = bearers.flatMap((bearer) =>
  ids.map((id): Form => [`a second ${id} on ${bearer}>`, ({ byId }) => swap(byId, bearer, `${bearer} ${id}`)]),
);
const quoted = ["#p'", "#p' or '1'='1", '#p&quot;', "#'p'", '#p]', '#id(p)', '#*', '#p|//*'];
const injected = quoted.map(
  (uri): Form => [`Reference URI ${uri}`, (t) => t.sign(swap(t.unsigned(), '<edXML xmlns=', '<edXML Id="p" xmlns='), { uri })],
);

const s11: Form[] = [
  ['a false SignedInfo before the true one', ({ good }) => swap(turnedEvil(good), '<SignedInfo>', `${falseSignedInfo(good)}<SignedInfo>`)],
  [
    'a false SignedInfo behind the true one',
    ({ good }) => swap(turnedEvil(good), '</SignedInfo>', `</SignedInfo>${falseSignedInfo(good)}`),
  ],
  ['the true SignedInfo twice', ({ good }) => swap(good, '<SignedInfo>', `${partOf(good, 'SignedInfo')}<SignedInfo>`)],
  ['a SignedInfo inside SignedInfo', ({ good }) => swap(good, '<SignedInfo>', `<SignedInfo>${falseSignedInfo(good)}`)],
  [
    'the SignedInfo wrapped in an element of another namespace',
    ({ good }) =>
      swap(
        swap(good, '<SignedInfo>', '<x xmlns="urn:x"><SignedInfo xmlns="http://www.w3.org/2000/09/xmldsig#">'),
        '</SignedInfo>',
        '</SignedInfo></x>',
      ),
  ],
  ['the SignedInfo in another namespace', ({ good }) => swap(good, '<SignedInfo>', '<SignedInfo xmlns="urn:x">')],
  ['a false SignedInfo in an Object', ({ good }) => swap(good, '</Signature>', `<Object>${falseSignedInfo(good)}</Object></Signature>`)],
  ['a SignedInfo inside SignatureValue', ({ good }) => swap(good, '<SignatureValue>', `<SignatureValue>${falseSignedInfo(good)}`)],
];

function falseSignedInfo(good: string): string {
  const digest = digestOf(turnedEvil(withoutSignature(good)));
  return partOf(good, 'SignedInfo').replace(/<Reference.*<\/Reference>/s, () => reference(digest, {}));
}

const splitters: readonly (readonly [string, string])[] = [
  ['a comment', '<!-- x -->'],
  ['a CDATA section', '<![CDATA[]]>'],
  ['an element', '<x xmlns="urn:x"/>'],
];
const s12: Form[] = ['DigestValue', 'SignatureValue'].flatMap((name) =>
  splitters.map(
    ([what, markup]): Form => [
      `${what} in ${name}`,
      ({ good }) => swap(good, partOf(good, name), partOf(good, name).replace('>', `>${markup}`)),
    ],
  ),
);
const inSignature: Form[] = ['SignedInfo', 'Reference', 'Transforms', 'DigestMethod', 'SignatureMethod', 'Transform'].map((name) => [
  `a comment in ${name}`,
  ({ good }) => good.replace(new RegExp(`<${name}( [^>]*)?>`), '$&<!-- x -->'),
]);

const texts = [
  'edXML:OrganId',
  'edXML:DocumentId',
  'edXML:CodeNumber',
  'edXML:CodeNotation',
  'edXML:Subject',
  'edXML:PromulgationDate',
  'edXML:BussinessDocType',
  'edXML:AttachmentName',
  'ContentId',
];
const split =
  (name: string, markup: string): Form[1] =>
  ({ good }) =>
    swap(good, `<${name}>`, `<${name}>${markup}`);
const s12texts: Form[] = texts.map((name) => [
  `a comment in ${name.replace('edXML:', '')}, which C14N leaves out`,
  split(name, '<!-- x -->'),
]);
const s12instructions: Form[] = texts
  .slice(0, 4)
  .map((name) => [`a processing instruction in ${name.replace('edXML:', '')}`, split(name, '<?x y?>')]);

const s18pollution: Form[] = [
  ['an attribute without namespace on SignedInfo', ({ good }) => swap(good, '<SignedInfo>', '<SignedInfo evil="1">')],
  ['an xml:base on the root', ({ good }) => swap(good, '<edXML xmlns=', '<edXML xml:base="http://x/" xmlns=')],
  [
    'an xsi:schemaLocation on the root',
    ({ good }) =>
      swap(good, '<edXML xmlns=', '<edXML xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:schemaLocation="a b" xmlns='),
  ],
  [
    'an xsi:type on Subject',
    ({ good }) => swap(good, '<edXML:Subject>', '<edXML:Subject xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:type="x">'),
  ],
];

/** What stands in the Signature and what the Id of a reference may mean. */
export const signatureParts: readonly Mutant[] = [
  ...mutants('S10', 'SIGNATURE_FORM', s10),
  ...mutants('S10', 'SIGNATURE_FORM', injected),
  ...mutants('S11', 'SIGNATURE_FORM', s11),
  ...mutants('S12', 'SIGNATURE_FORM', s12),
  ...mutants('S12', 'SIGNATURE_FORM', inSignature),
  ...mutants('S12', 'TEXT_SPLIT', s12texts),
  ...mutants('S12', 'INSTRUCTION_FORBIDDEN', s12instructions),
  ...mutants('S18', 'SIGNATURE_INVALID', s18pollution, 'refuses'),
  ...mutants('S18', 'SIGNATURE_FORM', [
    ['a Signature in the namespace of QCVN 102', ({ good }) => swap(good, `<Signature xmlns="${DSIG}">`, '<Signature>')],
    [
      'a Signature in a prefix of its own, and a second with none',
      ({ good }) => swap(good, '<Signature ', `<d:Signature xmlns:d="${DSIG}"/><Signature `),
    ],
  ]),
];
