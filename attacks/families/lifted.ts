import { randomBytes } from 'node:crypto';
import { oneFileZip } from '../../tests/support/one-file-zip.ts';
import { zipOf } from '../../tests/support/zip-files.ts';
import type { Form, Mutant } from '../attack.ts';
import { mutants } from '../attack.ts';
import { signatureOf, swap } from '../forge.ts';
import type { Target } from '../target.ts';

const LIFT_OVER = 16_384;
const pure = 'A'.repeat(LIFT_OVER + 4);
const token = () => randomBytes(24).toString('base64');
const file = (base64: string) => ({ name: 'a.bin', type: 'application/octet-stream', base64 });
const withBody =
  (base64: string): Form[1] =>
  (t) =>
    t.sign(t.unsigned({ attachments: [file(base64)] }));
const inText =
  (added: string): Form[1] =>
  (t) =>
    t.sign(t.unsigned({ subject: added }));
const atEnd = '</edXML:MessageHeader>';
const inHeader =
  (added: string): Form[1] =>
  ({ good }) =>
    swap(good, atEnd, added + atEnd);

const misplaced: Form[] = [
  ['base64 of 16 KB in an agency code', ({ good }) => swap(good, '000.00.12.H61<', `${pure}<`)],
  ['in the subject', inText(pure)],
  ['in an extension', inHeader(`<x xmlns="u:x">${pure}</x>`)],
  ['in a comment, behind ">"', inHeader(`<!-- >${pure}< -->`)],
  ['in CDATA, behind ">"', inText(`<![CDATA[>${pure}<]]>`)],
  ['in two texts side by side', inHeader(`<x xmlns="u:x">${pure}</x><x xmlns="u:x">${pure}</x>`)],
  ['in ContentId', ({ good }) => swap(good, '<ContentId>cid:tep-1', `<ContentId>${pure}`)],
  ['behind a literal ">"', inText(`x &gt;>${pure}`)],
  [
    'half of an attachment, the other half in CDATA',
    ({ good, run }) => swap(good, run, `${run.slice(0, 20_000)}<![CDATA[${run.slice(20_000)}]]>`),
  ],
  ['between two attachments', ({ good }) => swap(good, '</Attachment>', `</Attachment>${pure}`)],
];
const inSignature: Form[] = ['SignatureValue', 'X509Certificate'].map((name) => [
  `base64 of 16 KB in ${name}`,
  ({ good }) => good.replace(new RegExp(`(<${name}>)[^<]*`), `$1${pure}`),
]);
const instructed: Form[] = [['base64 of 16 KB in a processing instruction', inHeader(`<?x >${pure}<?>`)]];
const attributed: Form[] = [['base64 of 16 KB in an attribute, behind ">"', inHeader(`<x xmlns="u:x" a=">${pure}"/>`)]];

const guesses: Form[] = [
  ['a guessed token in place of an attachment', ({ good, run }) => swap(good, run, token())],
  ['a guessed token beside an attachment', ({ good, run }) => swap(good, run, run + token())],
  ['a guessed token in the subject', ({ good }) => swap(good, 'V/v báo cáo', token())],
  ['1,000 guessed tokens', ({ good }) => swap(good, 'V/v báo cáo', Array.from({ length: 1000 }, token).join(' '))],
  ['an attachment exchanged for its own first 32 signs', ({ good, run }) => swap(good, run, run.slice(0, 32))],
  ['an attachment in two texts by a comment', ({ good, run }) => swap(good, run, `${run.slice(0, 20_000)}<!-- -->${run.slice(20_000)} `)],
  ['a run of white space in place of an attachment', ({ good, run }) => swap(good, run, ' '.repeat(run.length))],
  ['CR LF in place of nothing at the end of a run', ({ good, run }) => swap(good, run, `${run}\r\n`)],
  ['a lone CR inside a run', ({ good, run }) => swap(good, run, `${run.slice(0, 100)}\r${run.slice(100)}`)],
  ['tabs inside a run', ({ good, run }) => swap(good, run, run.replace(/.{1000}/g, '$&\t'))],
  ['one run repeated in another attachment', ({ good, run }) => swap(good, /JVBER[^<]*/.exec(good)?.[0] ?? '', run)],
];
const sizes: Form[] = [-1, 0, 1, 2, 65_535 - LIFT_OVER, 65_536 - LIFT_OVER, 65_537 - LIFT_OVER, 262_144 - LIFT_OVER].flatMap(
  (more): Form[] => [
    [`a text of ${LIFT_OVER + more} signs, signed and sound`, withBody('A'.repeat(LIFT_OVER + more - ((LIFT_OVER + more) % 4)))],
  ],
);
const whole = (t: Target, edit: (run: string) => string) => t.sign(t.unsigned({ attachments: [file(edit(t.run))] }));
const pieces: Form[] = [
  ['white space of 20,000 signs before base64, signed', (t) => whole(t, (run) => ' '.repeat(20_000) + run)],
  ['white space of 20,000 signs behind base64, signed', (t) => whole(t, (run) => run + '\n'.repeat(20_000))],
  ['a run all in CDATA', ({ good, run }) => swap(good, run, `<![CDATA[${run}]]>`)],
  [
    'character references inside a run',
    ({ good, run }) => swap(good, run, `${run.slice(0, 20_000)}&#${run.charCodeAt(20_000)};${run.slice(20_001)}`),
  ],
];

const short = (text: string): Form => [`base64 ${JSON.stringify(text)}`, withBody(text)];
const c02padding = ['QQ', 'QQ=', 'QQ===', 'QQ==QQ==', 'Q', 'QQ==A', 'QR==', 'QQ=Q', '=QQ=', 'QQ==.'].map(short);
const c02 = ['ＱＱ==', 'QQ\u00a0==', 'Q-Q_', 'QQ,=='].map(short);
const c02long: Form[] = [
  ['a strange sign at byte 65,536', (t) => whole(t, () => `${'A'.repeat(65_535)}!${'A'.repeat(64)}`)],
  ['a URL-safe sign in a run', (t) => whole(t, (run) => `${run.slice(0, 30_000)}-${run.slice(30_001)}`)],
  ['padding in the middle of a run', (t) => whole(t, (run) => `${run.slice(0, 20_000)}====${run.slice(20_000)}`)],
  ['a run one sign short', (t) => whole(t, (run) => run.slice(0, -1))],
];

const UUID = '5b6b7c1e-2f60-4f0e-9d52-6f4a1d0c9e21';
const zipped =
  (bytes: Buffer, name = 'a.pdf'): Form[1] =>
  (t) =>
    t.sign(t.unsigned({ attachments: [{ name, type: 'application/zip', bytes }] }));
const pdf = Buffer.from('%PDF-1.7\n%%EOF\n');
const bomb = (megabytes: number) => oneFileZip('a.bin', Buffer.alloc(megabytes << 20));
const slips = ['../a.pdf', '/a.pdf', 'C:\\a.pdf', 'a\\..\\b.pdf', 'x/../../a.pdf', 'a\0.pdf', 'a\u001b.pdf'];
const zip: Readonly<Record<string, readonly Form[]>> = {
  ZIP_BOMB: [
    ['50 MB of zeros in 50 KB', zipped(bomb(50), 'a.bin')],
    [
      'ten entries of 20 MB each',
      zipped(zipOf(Array.from({ length: 10 }, (_, i) => ({ name: `${i}.bin`, content: Buffer.alloc(20 << 20) })))),
    ],
  ],
  ZIP_ENTRY_NAME: [
    ...slips.map((name): Form => [`an entry named ${JSON.stringify(name)}`, zipped(zipOf([{ name, content: pdf }]))]),
    ...slips.map(
      (name): Form => [
        `an entry named ${JSON.stringify(name)} in its own header only`,
        zipped(zipOf([{ name: `${UUID}.pdf`, headerName: name, content: pdf }])),
      ],
    ),
    ['a symbolic link', zipped(zipOf([{ name: 'a', content: Buffer.from('/etc/passwd'), unixMode: 0o120777 }]))],
  ],
  ZIP_CHECKSUM: [
    ['a size that lies', zipped(zipOf([{ name: `${UUID}.pdf`, content: pdf, flags: 0, stated: { size: 5 } }]))],
    ['a wrong CRC', zipped(zipOf([{ name: `${UUID}.pdf`, content: pdf, stated: { crc: 1 } }]))],
  ],
  ZIP_MALFORMED: [
    [
      'bytes between entries',
      zipped(
        zipOf([
          { name: 'a', content: pdf, gap: Buffer.from('x') },
          { name: 'b', content: pdf },
        ]),
      ),
    ],
    ['bytes behind the packed content', zipped(zipOf([{ name: `${UUID}.pdf`, content: pdf, hidden: Buffer.from('x') }]))],
    ['cut in the middle', zipped(oneFileZip('a.pdf', randomBytes(5000)).subarray(0, 2500))],
    ['garbage behind it', zipped(Buffer.concat([oneFileZip('a.pdf', pdf), Buffer.from('x')]))],
  ],
  ZIP_UNSUPPORTED: [
    ['encrypted', zipped(zipOf([{ name: `${UUID}.pdf`, content: pdf, flags: 0x809 }]))],
    ['packed by an unknown method', zipped(zipOf([{ name: `${UUID}.pdf`, content: pdf, stated: { method: 99 } }]))],
  ],
  ZIP_EXPECTED: [['gzip said to be ZIP', zipped(Buffer.from('1f8b0800000000000003', 'hex'))]],
};

/** Long texts that leave the XML before it is parsed, and what is in them. */
export const lifted: readonly Mutant[] = [
  ...mutants('L01', 'SIGNATURE_INVALID', guesses, 'refuses'),
  ...mutants('L02', 'LONG_TEXT_MISPLACED', misplaced),
  ...mutants('L02', 'SIGNATURE_FORM', inSignature),
  ...mutants('L02', 'INSTRUCTION_FORBIDDEN', instructed),
  ...mutants('L02', 'TAG_TOO_LONG', attributed),
  ...mutants('L02', 'SIGNATURE_MISSING', [
    ['a token said to be the Signature', ({ good }) => swap(good, signatureOf(good), `<x xmlns="u:x">${token()}</x>`)],
  ]),
  ...mutants('L03', 'accepted', [...sizes, ...pieces], 'accepts'),
  ...mutants('C02', 'ATTACHMENT_BASE64_PADDING', [...c02padding, ...c02long.slice(2)]),
  ...mutants('C02', 'ATTACHMENT_BASE64', [...c02, ...c02long.slice(0, 2)]),
  ...Object.entries(zip).flatMap(([code, forms]) => mutants('C01', code as 'ZIP_BOMB', forms)),
];
