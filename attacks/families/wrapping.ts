import type { Form, Mutant } from '../attack.ts';
import { mutants } from '../attack.ts';
import { asElement, atEndOf, digestOf, partOf, signatureOf, swap, turnedEvil, withoutSignature } from '../forge.ts';

const places = [
  'edXML:MessageHeader',
  'edXML:TraceHeaderList',
  'edXML:edXMLHeader',
  'edXML:edXMLBody',
  'edXML:edXMLManifest',
  'edXML:edXMLEnvelope',
  'Attachment',
  'AttachmentEncoded',
  'edXML',
];

const short = (name: string) => name.replace('edXML:', '');
const everywhere = (what: string, make: (place: string) => Form[1]): Form[] =>
  places.map((place) => [`${what} at the end of ${short(place)}`, make(place)]);

const s01 = everywhere(
  'an evil package holds the signed one whole,',
  (place) =>
    ({ good }) =>
      atEndOf(turnedEvil(withoutSignature(good)), place, asElement(good)),
);
const s02 = everywhere(
  'an evil package has the Signature in its header and the signed root',
  (place) =>
    ({ good }) =>
      atEndOf(turnedEvil(good), place, asElement(withoutSignature(good))),
);
const s03 = everywhere(
  'the root that the Id names stands',
  (place) =>
    ({ byId }) =>
      atEndOf(swap(turnedEvil(byId), ' Id="p"', ''), place, asElement(withoutSignature(byId))),
);
const s04 = everywhere(
  'the Id stands twice: on an evil root and on the signed one',
  (place) =>
    ({ byId }) =>
      atEndOf(turnedEvil(byId), place, asElement(withoutSignature(byId))),
);

const s05: Form[] = ['<Object>', '<Object Id="p">', '<Object Encoding="">', '<KeyInfo>'].map((open) => [
  `the signed root inside ${open} of the Signature of an evil package`,
  ({ good }) => {
    const close = `</${/\w+/.exec(open)?.[0]}>`;
    return swap(turnedEvil(good), '</KeyInfo></Signature>', `</KeyInfo>${open}${asElement(withoutSignature(good))}${close}</Signature>`);
  },
]);

const s06 = places
  .filter((place) => place !== 'edXML:edXMLHeader')
  .map(
    (place): Form => [
      `the Signature moved to the end of ${short(place)}`,
      ({ good }) => atEndOf(withoutSignature(good), place, signatureOf(good)),
    ],
  );

const doubled = [
  'edXML:MessageHeader',
  'edXML:edXMLBody',
  'edXML:edXMLManifest',
  'edXML:From',
  'edXML:To',
  'edXML:Subject',
  'edXML:Bussiness',
  'AttachmentEncoded',
];
const s07 = doubled.flatMap((name): Form[] => [
  [
    `an evil copy of ${short(name)} before the signed one`,
    ({ good }) => swap(good, partOf(good, name), evilCopy(partOf(good, name)) + partOf(good, name)),
  ],
  [
    `an evil copy of ${short(name)} behind the signed one`,
    ({ good }) => swap(good, partOf(good, name), partOf(good, name) + evilCopy(partOf(good, name))),
  ],
]);

/** Two senders are none, so there is nobody whose key could be tried. */
const isOfSender = ([sentence]: Form) => /MessageHeader|From/.test(sentence);
const evilCopy = (part: string) => part.replace('V/v báo cáo', 'V/v hủy bỏ').replace('000.00.45.H61', '000.00.47.H61');

const s08: Form[] = [
  ...['edXML:MessageHeader', 'edXML:edXMLHeader', 'edXML:edXMLEnvelope', 'AttachmentEncoded'].map(
    (name): Form => [
      `the signed ${short(name)} kept in an extension, an evil one in its place`,
      ({ good }) => {
        const signed = partOf(good, name).replace(signatureOf(good), '');
        const evil = evilCopy(partOf(good, name));
        return swap(good, partOf(good, name), `<x:giu xmlns:x="urn:x">${signed}</x:giu>${evil}`);
      },
    ],
  ),
  ...['Header', 'Body'].map(
    (part): Form => [
      `an evil package with the signed one in a SOAP ${part}`,
      ({ good }) =>
        atEndOf(
          turnedEvil(good),
          'edXML',
          `<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:${part}>${asElement(withoutSignature(good))}</s:${part}></s:Envelope>`,
        ),
    ],
  ),
];

const s09: Form[] = [
  ['the digest of an evil package put into the SignedInfo of a good one', ({ good }) => fakeDigest(good)],
  [
    'a second DigestValue with the digest of an evil package, behind',
    ({ good }) => swap(turnedEvil(good), '</DigestValue>', `</DigestValue><DigestValue>${evilDigest(good)}</DigestValue>`),
  ],
  [
    'a second DigestValue with the digest of an evil package, before',
    ({ good }) => swap(turnedEvil(good), '<DigestValue>', `<DigestValue>${evilDigest(good)}</DigestValue><DigestValue>`),
  ],
  [
    'the true SignedInfo in an Object, a false one in its place',
    ({ good }) => swap(fakeDigest(good), '</Signature>', `<Object>${partOf(good, 'SignedInfo')}</Object></Signature>`),
  ],
  [
    'the Signature of another package of the same sender',
    (t) => swap(t.good, signatureOf(t.good), signatureOf(t.sign(t.unsigned({ number: '9' })))),
  ],
  [
    'the SignatureValue of another package of the same sender',
    (t) => swap(t.good, partOf(t.good, 'SignatureValue'), partOf(t.sign(t.unsigned({ number: '8' })), 'SignatureValue')),
  ],
];

const evilDigest = (good: string) => digestOf(turnedEvil(withoutSignature(good)));
const fakeDigest = (good: string) => swap(turnedEvil(good), partOf(good, 'DigestValue'), `<DigestValue>${evilDigest(good)}</DigestValue>`);

/** Signature wrapping, XSW 1 to 9, over the elements of an edXML package. */
export const wrapping: readonly Mutant[] = [
  ...mutants('S01', 'SIGNATURE_FORM', s01, 'refuses'),
  ...mutants('S02', 'SIGNATURE_INVALID', s02, 'refuses'),
  ...mutants('S03', 'SIGNATURE_FORM', s03),
  ...mutants('S04', 'SIGNATURE_FORM', s04),
  ...mutants('S05', 'SIGNATURE_FORM', s05, 'refuses'),
  ...mutants('S06', 'SIGNATURE_FORM', s06),
  ...mutants('S07', 'ELEMENT_REPEATED', s07.filter(isOfSender), 'refuses'),
  ...mutants(
    'S07',
    'SIGNATURE_INVALID',
    s07.filter((form) => !isOfSender(form)),
    'refuses',
  ),
  ...mutants('S08', 'SIGNATURE_INVALID', s08, 'refuses'),
  ...mutants('S09', 'SIGNATURE_INVALID', [s09[0], s09[4], s09[5]] as Form[], 'refuses'),
  ...mutants('S09', 'SIGNATURE_FORM', [s09[1], s09[2], s09[3]] as Form[], 'refuses'),
];
