import type { Form, Mutant } from '../attack.ts';
import { mutants } from '../attack.ts';
import { asElement, partOf, swap, withoutSignature } from '../forge.ts';
import { cast } from '../target.ts';

const fields = [
  'OrganName',
  'DocumentId',
  'CodeNumber',
  'CodeNotation',
  'Place',
  'PromulgationDate',
  'Type',
  'TypeDetail',
  'TypeName',
  'Subject',
  'Content',
  'Competence',
  'Position',
  'FullName',
  'DueDate',
  'Priority',
  'PageAmount',
  'Direction',
  'SteeringType',
  'Timestamp',
  'BussinessDocType',
  'BussinessDocReason',
  'Paper',
  'ContentId',
  'ContentType',
  'AttachmentName',
];
const s20fields = fields.map(
  (name): Form => [
    `${name} changed after signing`,
    ({ good }) => good.replace(new RegExp(`(<edXML:${name}>)([^<]*)`), (_, tag: string, text: string) => `${tag}${text}1`),
  ],
);
const s20: Form[] = [
  ['the recipient exchanged', ({ good }) => swap(good, cast.recipient, cast.other)],
  [
    'one sign in the middle of a lifted attachment',
    ({ good, run }) => swap(good, run.slice(20_000, 20_040), `${run.slice(20_000, 20_039)}${run[20_039] === 'A' ? 'B' : 'A'}`),
  ],
  ['a line break inside a lifted attachment', ({ good, run }) => swap(good, run.slice(0, 76), `${run.slice(0, 76)}\n`)],
  ['a blank behind a lifted attachment', ({ good, run }) => swap(good, run, `${run} `)],
  ['a blank before a lifted attachment', ({ good, run }) => swap(good, run, ` ${run}`)],
  ['a lifted attachment in lines of 76', ({ good, run }) => swap(good, run, run.replace(/.{76}/g, '$&\n'))],
  ['an attachment exchanged for another of the same size', ({ good, run }) => swap(good, run, Buffer.alloc(30_000, 9).toString('base64'))],
  ['a lifted attachment made so short that it is none', ({ good, run }) => swap(good, run, run.slice(0, 400))],
  ['an attachment taken out', ({ good }) => swap(good, partOf(good, 'Attachment'), '')],
  [
    'an attachment added',
    ({ good }) => swap(good, '<AttachmentEncoded>', `<AttachmentEncoded>${partOf(good, 'Attachment').replace('tep-1', 'tep-3')}`),
  ],
  [
    'two attachments exchanged',
    ({ good, run }) => {
      const small = /JVBER[^<]*/.exec(good)?.[0] ?? '';
      return good.replace(small, '{}').replace(run, small).replace('{}', run);
    },
  ],
  [
    'the names of two attachments exchanged',
    ({ good }) => good.replaceAll('cong-van.pdf', '{}').replaceAll('phu-luc.bin', 'cong-van.pdf').replaceAll('{}', 'phu-luc.bin'),
  ],
  [
    'a cid referred to twice',
    ({ good }) => swap(good, '</edXML:edXMLManifest>', `${partOf(good, 'edXML:Reference')}</edXML:edXMLManifest>`),
  ],
  ['all attachments taken out', ({ good }) => swap(good, partOf(good, 'AttachmentEncoded'), '')],
  ['white space between elements', ({ good }) => swap(good, '</edXML:From>', '</edXML:From> ')],
  ['a line end in a text', ({ good }) => swap(good, 'V/v báo cáo', 'V/v\nbáo cáo')],
  ['an extension added', ({ good }) => swap(good, '</edXML:MessageHeader>', '<x xmlns="urn:x"/></edXML:MessageHeader>')],
  ['composed letters taken apart (NFD)', ({ good }) => swap(good, 'V/v báo cáo', 'V/v báo cáo'.normalize('NFD'))],
];

const as = (code: string, name = 'Sở Nội vụ') => ({ from: { code, name } });
const s21: Form[] = [
  ['another agency of the gateway, with its own key', (t) => t.sign(t.unsigned(as(cast.other)))],
  ['an agency that nobody knows', (t) => t.sign(t.unsigned(as('000.00.99.H61')))],
  ['the recipient itself', (t) => t.sign(t.unsigned(as(cast.recipient)))],
];
const codes: Form[] = [
  '000.00.12.\u212a61',
  '000.00.１２.H61',
  '000.00.12.Н61',
  "000.00.12.H61'--",
  '000.00.12.H61%',
  '../../000',
  '000.00.12.H61.'.repeat(4),
  '000..12.H61',
  '*',
  '__proto__',
].map((code) => [`From ${JSON.stringify(code)}`, (t) => t.sign(t.unsigned(as(code)))]);

const dated = (name: 'promulgationDate' | 'dueDate', value: string): Form => [
  `${name} ${value}`,
  (t) => t.sign(t.unsigned({ [name]: value })),
];
const q01: Form[] = ['2026/02/30', '0000/00/00', '2999/01/01', '2026-03-02', '02/03/2026', '2026/3/2'].map((value) =>
  dated('promulgationDate', value),
);

const named = (name: string): Form => [
  `attachment name ${JSON.stringify(name.length > 60 ? `${name.slice(0, 20)}… of ${name.length}` : name)}`,
  (t) => t.sign(t.unsigned({ attachments: [{ name, bytes: Buffer.from('%PDF-1.7\n%%EOF\n') }] })),
];
const m02 = [
  '../../etc/passwd',
  '..',
  '.',
  '/etc/passwd',
  'C:\\x.pdf',
  'a\\b.pdf',
  'a/../../b.pdf',
  'a\u202efdp.exe',
  'a\u2066b.pdf',
  'a\u009b31m.pdf',
  'a\u2028b.pdf',
  'a\tb.pdf',
  'a:b.pdf',
  `${'a'.repeat(4096)}.pdf`,
  ' ',
].map(named);
const m02odd = [
  'con.pdf',
  'a.pdf.',
  'a?b.pdf',
  'báo cáo.pdf'.normalize('NFD'),
  '-rf.pdf',
  '%2e%2e%2fa.pdf',
  '=cmd|calc!A0.pdf',
  "'; drop table packages; --.pdf",
  '$(reboot).pdf',
  '&lt;script&gt;.pdf',
].map(named);

const h03: Form[] = [
  '&lt;script&gt;alert(1)&lt;/script&gt;',
  '=HYPERLINK("http://x")',
  '{{7*7}}',
  '\u0024{jndi:ldap://x}',
  '\u009b2J',
  '\u202etxet',
  "' or 1=1 --",
  '%s%s%n',
  ']]&gt;&lt;/receipt&gt;',
].map((subject) => [`Subject ${JSON.stringify(subject)}`, (t) => t.sign(t.unsigned({ subject }))]);

/** What a package says: nothing of it can be changed, and nobody can speak for somebody else. */
export const content: readonly Mutant[] = [
  ...mutants('S20', 'SIGNATURE_INVALID', [...s20fields, ...s20], 'refuses'),
  ...mutants('S21', 'SENDER_NOT_YOURS', s21),
  ...mutants('S21', 'ORGAN_ID_FORM', codes),
  ...mutants('S21', 'SIGNATURE_MISSING', [['an unsigned package', ({ good }) => withoutSignature(good)]]),
  ...mutants('S24', 'ROOT_UNKNOWN', [
    ['a receipt of the gateway sent as a package', () => '<receipt xmlns="urn:lienthong:receipt:1" id="x" kind="accepted"></receipt>'],
    [
      'the package inside a SOAP envelope',
      ({ good }) => `<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body>${asElement(good)}</s:Body></s:Envelope>`,
    ],
  ]),
  ...mutants('Q01', 'DATE_FORMAT', q01.slice(3)),
  ...mutants('Q01', 'DATE_IMPOSSIBLE', q01.slice(0, 3)),
  ...mutants('M02', 'ATTACHMENT_NAME', m02),
  ...mutants('M02', 'accepted', m02odd),
  ...mutants('H03', 'accepted', h03),
];
