import { buildPackage } from '../../tests/support/packages.ts';
import type { Mutant } from '../attack.ts';
import { mutants } from '../attack.ts';
import { C14N, ENVELOPED, EXCLUSIVE, MORE, method, swap } from '../forge.ts';
import { cast } from '../target.ts';

/** What must be accepted: a gateway that refuses everything would survive every attack. */
export const controls: readonly Mutant[] = mutants(
  'C00',
  'accepted',
  [
    ['the package, untouched', (t) => t.good],
    ['signed by the Id of the root with RSA', (t) => t.byId],
    ['signed with RSA and SHA-384', (t) => t.sign(t.unsigned(), { hash: 'sha384' }, t.rsa)],
    [
      'signed with ECDSA, digest SHA-512',
      (t) => t.sign(t.unsigned(), { digestMethod: 'http://www.w3.org/2001/04/xmlenc#sha512', digestHash: 'sha512' }),
    ],
    [
      'inclusive C14N in both places',
      (t) => t.sign(t.unsigned(), { canonicalization: C14N, transforms: method('Transform', ENVELOPED) + method('Transform', C14N) }),
    ],
    ['inclusive C14N of SignedInfo, exclusive of the package', (t) => t.sign(t.unsigned(), { canonicalization: C14N })],
    ['no canonicalisation named in the transforms', (t) => t.sign(t.unsigned(), { transforms: method('Transform', ENVELOPED) })],
    ['elements in the order of the clauses', (t) => t.sign(t.unsigned({ order: 'clause' }))],
    [
      'a comment between elements, which no signature covers',
      (t) => swap(t.sign(t.unsigned()), '<edXML:Subject>', '<!-- trích yếu --><edXML:Subject>'),
    ],
    ['CDATA in place of escaped text', (t) => swap(t.sign(t.unsigned()), 'V/v báo cáo', '<![CDATA[V/v báo cáo]]>')],
    [
      'other quotation marks and blanks in tags',
      (t) => swap(t.sign(t.unsigned()), '<edXML:edXMLManifest version="1.0">', "<edXML:edXMLManifest  version='1.0' >"),
    ],
    ['line ends of Windows', (t) => t.sign(t.unsigned()).replaceAll('\n', '\r\n')],
    ['a byte order mark', (t) => `\ufeff${t.sign(t.unsigned())}`],
    ['no KeyInfo', (t) => t.sign(t.unsigned(), { keyInfo: '' })],
    ['pretty-printed before signing', (t) => t.sign(t.unsigned().replace(/(<edXML:(?:Subject|Code|To|From)>)/g, '  $1'))],
    [
      'an extension in a namespace of its own',
      (t) => t.sign(t.unsigned({ inHeader: '<x:ma xmlns:x="urn:mo-rong">1</x:ma>' }).replaceAll('edXML:x:ma', 'x:ma')),
    ],
  ],
  'accepts',
);

/** Variants that no signature can show: sent by the sender in another way. */
export const plainControls: readonly Mutant[] = mutants('C00', 'accepted', [
  [
    'an attachment of 3 MB',
    (t) => t.sign(t.unsigned({ attachments: [{ name: 'lon.bin', type: 'application/octet-stream', bytes: Buffer.alloc(3_000_000, 7) }] })),
  ],
  [
    'an attachment in lines of 76',
    (t) =>
      t.sign(
        t.unsigned({ attachments: [{ name: 'a.bin', type: 'application/octet-stream', bytes: Buffer.alloc(30_000, 7), wrapped: true }] }),
      ),
  ],
  [
    'packed as the library of the axis does',
    (t) => t.sign(t.unsigned({ attachments: [{ name: 'a.pdf', bytes: Buffer.from('%PDF-1.7\n%%EOF\n'), zip: true }] })),
  ],
  [
    'signed with RSA by another tool’s prefixes',
    (t) => {
      const signed = t.sign(t.unsigned(), { signatureMethod: `${MORE}rsa-sha256` }, t.rsa);
      return signed.includes(EXCLUSIVE) ? signed : buildPackage({ from: { code: cast.sender } });
    },
  ],
]);
