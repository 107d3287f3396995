import type { Scene } from '../attack.ts';
import { scenes } from '../attack.ts';
import type { Stage } from '../stage.ts';

const disposition = 'Content-Disposition: form-data; name="package"';
const part = (headers: string, body: string, boundary = 'b') => `--${boundary}\r\n${headers}\r\n\r\n${body}\r\n`;
const end = '--b--\r\n';
const FORM = 'multipart/form-data; boundary=b';
const RELATED = 'multipart/related; boundary=b';

/** Sends a multipart body; `{}` in it stands for a package that is good but for the way it comes. */
function posted(type: string, body: string | ((good: string) => string)): Scene['play'] {
  return async ({ ask, target }: Stage) => {
    const good = target.sign(target.unsigned());
    const text = typeof body === 'string' ? body.replaceAll('{}', () => good) : body(good);
    const { status, codes } = await ask({ path: '/v1/packages', method: 'POST', headers: { 'content-type': type }, body: text });
    return codes.join(' ') || (status === 201 ? 'accepted' : `status ${status}`);
  };
}

const refusals: readonly (readonly [sentence: string, expected: string, type: string, body: string])[] = [
  [
    'two packages in one body',
    'MULTIPART_EXTRA_PART',
    FORM,
    part(disposition, '{}') + part(disposition.replace('package', 'file'), '{}') + end,
  ],
  [
    'a package and another part behind it',
    'MULTIPART_EXTRA_PART',
    FORM,
    part(disposition, '{}') + part('Content-Disposition: form-data; name="x"', 'y') + end,
  ],
  [
    'a part before the package',
    'MULTIPART_EXTRA_PART',
    FORM,
    part('Content-Disposition: form-data; name="x"', 'y') + part(disposition, '{}') + end,
  ],
  [
    'multipart within multipart',
    'LEADING_BYTES',
    FORM,
    part(`${disposition}\r\nContent-Type: multipart/mixed; boundary=c`, '--c\r\n\r\n{}\r\n--c--') + end,
  ],
  ['no last boundary', 'BODY_INCOMPLETE', FORM, part(disposition, '{}')],
  ['no boundary at all in the body', 'MULTIPART_MALFORMED', FORM, '{}'],
  ['no parameter boundary', 'MULTIPART_MALFORMED', 'multipart/form-data', part(disposition, '{}') + end],
  [
    'a boundary of 200 signs',
    'MULTIPART_MALFORMED',
    `multipart/form-data; boundary=${'b'.repeat(200)}`,
    part(disposition, '{}', 'b'.repeat(200)),
  ],
  ['two boundaries in the header', 'MULTIPART_MALFORMED', 'multipart/form-data; boundary=b; boundary=c', part(disposition, '{}') + end],
  ['a boundary of forbidden signs', 'MULTIPART_MALFORMED', 'multipart/form-data; boundary="b<>"', part(disposition, '{}') + end],
  ['line feeds alone', 'MULTIPART_MALFORMED', FORM, `--b\n${disposition}\n\n{}\n--b--\n`],
  ['a header twice in a part', 'MULTIPART_MALFORMED', FORM, part(`${disposition}\r\n${disposition}`, '{}') + end],
  ['a header without a colon', 'MULTIPART_MALFORMED', FORM, part(`${disposition}\r\nx`, '{}') + end],
  ['NUL in a header', 'MULTIPART_MALFORMED', FORM, part(`${disposition}\r\nx: \0`, '{}') + end],
  ['headers of 100 KB in a part', 'MULTIPART_MALFORMED', FORM, part(`${disposition}\r\nx: ${'y'.repeat(100_000)}`, '{}') + end],
  ['a parameter twice in a part', 'MULTIPART_MALFORMED', FORM, part(`${disposition}; name="x"`, '{}') + end],
  ['a boundary in the headers of a part', 'MULTIPART_MALFORMED', FORM, `--b\r\n${disposition}\r\n--b\r\n\r\n{}\r\n${end}`],
  ['signs behind a boundary', 'MULTIPART_MALFORMED', FORM, `--bx\r\n${disposition}\r\n\r\n{}\r\n${end}`],
  ['20 KB before the first boundary', 'MULTIPART_MALFORMED', FORM, `${'x'.repeat(20_000)}\r\n${part(disposition, '{}')}${end}`],
  ['20 KB behind the last boundary', 'MULTIPART_MALFORMED', FORM, `${part(disposition, '{}')}${end}${'x'.repeat(40_000)}`],
  ['10,000 parts', 'MULTIPART_MALFORMED', FORM, part('x: y', '').repeat(1000) + end],
  [
    'base64 as transfer encoding',
    'MULTIPART_ENCODING',
    FORM,
    part(`${disposition}\r\nContent-Transfer-Encoding: base64`, 'PGVkWE1MLz4=') + end,
  ],
  [
    'quoted-printable said, XML sent',
    'MULTIPART_ENCODING',
    FORM,
    part(`${disposition}\r\nContent-Transfer-Encoding: quoted-printable`, '{}') + end,
  ],
  ['no part that is a package', 'MULTIPART_EXTRA_PART', FORM, part('Content-Disposition: form-data; name="x"', 'y') + end],
  ['no part at all', 'MULTIPART_NO_PACKAGE', FORM, end],
  ['a start that names nothing', 'MULTIPART_EXTRA_PART', 'multipart/related; start="<x>"; boundary=b', part('Content-ID: <y>', '{}') + end],
  [
    'two start parameters',
    'MULTIPART_MALFORMED',
    'multipart/related; start="<x>"; start="<y>"; boundary=b',
    part('Content-ID: <x>', '{}') + end,
  ],
  ['one Content-ID on two parts', 'MULTIPART_MALFORMED', RELATED, part('Content-ID: <x>', '') + part('Content-ID: <x>', '{}') + end],
  [
    'a Content-ID with an angle and one without',
    'MULTIPART_MALFORMED',
    RELATED,
    part('Content-ID: <x>', '') + part('Content-ID: x', '{}') + end,
  ],
  ['filename* that is not UTF-8', 'MULTIPART_MALFORMED', FORM, part(`${disposition}; filename*=iso-8859-1''%e9`, '{}') + end],
  ['filename* that is no percent encoding', 'MULTIPART_MALFORMED', FORM, part(`${disposition}; filename*=utf-8''%zz`, '{}') + end],
  ['multipart/mixed', 'CONTENT_TYPE_UNSUPPORTED', 'multipart/mixed; boundary=b', part(disposition, '{}') + end],
  [
    'a type twice by a comma',
    'CONTENT_TYPE_UNSUPPORTED',
    'application/xml, multipart/form-data; boundary=b',
    part(disposition, '{}') + end,
  ],
];

const harmless: readonly (readonly [sentence: string, type: string, body: string])[] = [
  ['a boundary of one sign, folded headers', FORM, part('Content-Disposition: form-data;\r\n name="package"', '{}') + end],
  ['../ in a file name, which is never used as one', FORM, part(`${disposition}; filename="../../etc/passwd"`, '{}') + end],
];

/** Multipart bodies that two readers would read differently. */
export const multipart: readonly Scene[] = [
  ...scenes(
    'M01',
    refusals.map(([sentence, expected, type, body]) => [sentence, expected, posted(type, body)] as const),
  ),
  ...scenes(
    'M01',
    harmless.map(([sentence, type, body]) => [sentence, 'accepted', posted(type, body), 'packages'] as const),
  ),
];
