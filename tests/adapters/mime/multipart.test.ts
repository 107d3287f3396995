import { Readable } from 'node:stream';
import { Busboy } from '@fastify/busboy';
import fc from 'fast-check';
import { parts } from '../../../src/adapters/mime/multipart.ts';
import { collect, inChunks } from '../../support/byte-streams.ts';
import { bodies, FORM, form, part, RELATED, read, refusal } from '../../support/multipart-bodies.ts';

async function busboy(body: Buffer, contentType: string, sizes: readonly number[]): Promise<[string, string][]> {
  const found: [string, string][] = [];
  const parser = new Busboy({ headers: { 'content-type': contentType }, isPartAFile: () => true });
  parser.on('file', (name: string, file: NodeJS.ReadableStream) => {
    const chunks: Buffer[] = [];
    file.on('data', (chunk: Buffer) => chunks.push(chunk));
    file.on('end', () => found.push([name, Buffer.concat(chunks).toString('latin1')]));
  });
  await new Promise((resolve, reject) => {
    parser.on('finish', resolve).on('error', reject);
    Readable.from(inChunks(body, sizes)).pipe(parser);
  });
  return found;
}

describe('the parts of a multipart body', () => {
  it('are those that @fastify/busboy finds, however the body is cut', async () => {
    const content = fc.array(
      fc.constantFrom('\r', '\n', '-', '--', '\r\n', '\r\n-', '\r\n--', '\r\n--x', 'boundary', '\0', '\xff', 'văn', ' '),
      { maxLength: 30 },
    );
    const sizes = fc.array(fc.integer({ min: 1, max: 60 }), { minLength: 1, maxLength: 5 });
    await fc.assert(
      fc.asyncProperty(fc.array(content, { minLength: 1, maxLength: 5 }), sizes, async (contents, cuts) => {
        const type = 'multipart/form-data; boundary="xboundary:1"';
        const text = contents.map(
          (each, i) => `--xboundary:1\r\nContent-Disposition: form-data; name="n${i}"; filename="f"\r\n\r\n${each.join('')}\r\n`,
        );
        const body = Buffer.from(`${text.join('')}--xboundary:1--\r\n`);
        const ours = (await read(body, type, cuts)).map(({ name = '', body: found }) => [name, found]);
        expect(ours).toEqual(await busboy(body, type, cuts));
      }),
      { numRuns: 150 },
    );
  });

  it('are exact with content about the size of the chunks', async () => {
    for (const size of [4096, 65_536, 1 << 20]) {
      for (const length of [size - 5, size, size + 1]) {
        const [found] = await read(`${form('package', 'x'.repeat(length))}--b--`, FORM, [size]);
        expect(found?.body.length).toBe(length);
      }
    }
  });

  it('come with their headers: folded, in any case, quoted or not', async () => {
    const text = part(
      'CONTENT-Disposition:form-data;\r\n\tname = "a \\"b\\""; filename="C:\\x\\công văn.xml"\r\nContent-ID: <id@x>\r\nX: ',
      'y',
    );
    expect(await read(Buffer.from(`${text}--b--`))).toEqual([
      {
        headers: { 'content-disposition': 'form-data; name = "a \\"b\\""; filename="C:\\x\\công văn.xml"', 'content-id': '<id@x>', x: '' },
        name: 'a "b"',
        filename: 'C:\\x\\công văn.xml',
        contentId: 'id@x',
        body: 'y',
      },
    ]);
    const [extended] = await read(`${form('f', 'y', `; filename=a; filename*=UTF-8''c%C3%B4ng%20v%C4%83n.xml`)}--b--`);
    expect(extended?.filename).toBe('công văn.xml');
    expect((await read(`${part('Content-ID: no-brackets', '')}--b--`, RELATED))[0]?.contentId).toBe('no-brackets');
  });

  it('may have no headers, no body, neither, text before and little behind', async () => {
    expect(await bodies('preamble\r\n--b\r\n\r\none\r\n--b \t\r\n\r\n\r\n--b\r\n\r\n--b\r\nA: b\r\n\r\n--b--\r\nepilogue')).toEqual([
      'one',
      '',
      '',
      '',
    ]);
  });

  it('may look like boundaries where none can be', async () => {
    const text = 'a--b\r\n--c\r\n-- b\n--b\n\r--b\r\n';
    expect(await bodies(`${form('f', text)}--b--`)).toEqual([text]);
    expect(
      await bodies(
        `${part('A: b', 'x').replaceAll('--b', `--${'b'.repeat(70)}`)}--${'b'.repeat(70)}--`,
        `multipart/related; boundary=${'b'.repeat(70)}`,
      ),
    ).toEqual(['x']);
  });

  it('are skipped when nobody reads them', async () => {
    const names: (string | undefined)[] = [];
    const text = `${form('a', 'x'.repeat(1000))}${form('b', 'y')}--b--`;
    for await (const { name } of parts(inChunks(Buffer.from(text), [7]), FORM)) names.push(name);
    expect(names).toEqual(['a', 'b']);
  });

  it('can no longer be read once the next one is there', async () => {
    const text = `${form('a', 'one')}${form('b', 'two')}--b--`;
    const kept: AsyncIterable<Uint8Array>[] = [];
    for await (const { body } of parts(inChunks(Buffer.from(text), [9]), FORM)) kept.push(body);
    expect((await Promise.all(kept.map(collect))).map(String)).toEqual(['', '']);
  });

  it('are asked for only as fast as they are read', async () => {
    let asked = 0;
    const slow = async function* () {
      for (const chunk of [form('a', ''), '--b\r\n\r\n', ...Array.from({ length: 50 }, () => 'x'.repeat(100)), '\r\n--b--']) {
        asked++;
        yield Buffer.from(chunk);
      }
    };
    for await (const { body } of parts(slow(), FORM)) {
      const first = await body[Symbol.asyncIterator]().next();
      if (first.done !== true) break;
    }
    expect(asked).toBeLessThan(6);
  });
});

const long = 'x'.repeat(20_000);

describe('a malformed multipart body', () => {
  it.each<readonly [string, string, string, string?]>([
    ['no boundary parameter', 'the boundary is not 1 to 70 permitted characters', '', 'multipart/form-data'],
    ['an empty boundary', 'the boundary is not 1 to 70 permitted characters', '', 'multipart/form-data; boundary=""'],
    [
      'a boundary of 71 characters',
      'the boundary is not 1 to 70 permitted characters',
      '',
      `multipart/form-data; boundary=${'b'.repeat(71)}`,
    ],
    [
      'two boundaries',
      'the parameter boundary occurs twice in "multipart/form-data; boundary=b; Boundary=c"',
      '',
      'multipart/form-data; boundary=b; Boundary=c',
    ],
    ['another type', 'the type is multipart/mixed', '', 'multipart/mixed; boundary=b'],
    ['unreadable parameters', 'cannot read the parameters of "multipart/related; boundary=b c"', '', 'multipart/related; boundary=b c'],
    ['a long preamble', 'no boundary at its beginning', long],
    ['lines that end in LF', 'nothing but CR LF may follow a boundary', part('A: b', 'x').replaceAll('\r', '')],
    ['text behind a boundary', 'nothing but CR LF may follow a boundary', '--bc\r\n\r\nx\r\n--b--'],
    ['headers that end in LF', 'a header line is not "name: value" ending in CR LF', '--b\r\nA: b\nC: d\r\n\r\nx\r\n--b--'],
    ['a header line without a name', 'a header line is not "name: value" ending in CR LF', `${part('just text', 'x')}--b--`],
    ['a header twice', 'the header content-id occurs twice in a part', `${part('Content-ID: a\r\nContent-Id: b', 'x')}--b--`],
    ['a parameter twice', 'the parameter name occurs twice in "form-data; name="a"; name="b""', `${form('a', 'x', '; name="b"')}--b--`],
    ['a Content-ID twice', 'the Content-ID a occurs twice', `${part('Content-ID: <a>', 'x')}${part('Content-ID: a', 'y')}--b--`],
    ['long headers', 'headers of a part are longer than 16384 bytes or do not end in CR LF', `${part(`A: ${long}`, 'x')}--b--`],
    ['headers without an end', 'headers of a part are longer than 16384 bytes or do not end in CR LF', `--b\r\nA: ${long}${long}`],
    ['a boundary within headers', 'a boundary within the headers of a part', '--b\r\nA: b\r\n--b\r\nC: d\r\n\r\nx\r\n--b--'],
    [
      'a boundary that reads as a header',
      'a boundary within the headers of a part',
      '--a:b\r\n--a:b\r\nC: d\r\n\r\nx\r\n--a:b--',
      'multipart/form-data; boundary="a:b"',
    ],
    ['content behind its end', 'content behind the last boundary', `${part('A: b', 'x')}--b--${long}`],
    ['too many parts', 'more than 200 parts', part('A: b', '').repeat(10_000)],
    ['a filename* in another charset', 'filename* is not percent-encoded UTF-8', `${form('a', 'x', "; filename*=latin1''%E9")}--b--`],
  ])('is refused for %s', async (...[, detail, text = '', contentType]) => {
    for (const sizes of [[65_536], [3]]) expect(await refusal(read(text, contentType, sizes))).toBe(`MULTIPART_MALFORMED: ${detail}`);
  });

  it('is incomplete without its last boundary, wherever it stops', async () => {
    const text = `${form('a', 'one\r\n')}${form('b', '')}--b--`;
    for (let end = 0; end < text.length; end++) {
      expect(await refusal(read(text.slice(0, end)))).toBe('BODY_INCOMPLETE: the last boundary is missing');
    }
    expect((await read(text)).length).toBe(2);
  });

  it('is refused for an encoding of its parts', async () => {
    for (const encoding of ['base64', 'Quoted-Printable', 'x-y']) {
      expect(await refusal(read(`${form('a', 'eA==', `\r\nContent-Transfer-Encoding: ${encoding}`)}--b--`))).toBe('MULTIPART_ENCODING: a');
    }
    expect(await bodies(`${form('a', 'x', '\r\nContent-Transfer-Encoding: BINARY')}--b--`)).toEqual(['x']);
  });

  it('is refused quickly, whatever it is made of', async () => {
    const started = performance.now();
    await refusal(read(`${part(`A:${' '.repeat(16_000)}b\0`, 'x').repeat(100)}--b--`));
    await refusal(read(`${form('a', '', `; ${'a=b ;'.repeat(3000)}"`)}--b--`));
    await read(`${form('a', '\r\n--'.repeat(200_000))}--b--`, FORM, [1000]);
    expect(performance.now() - started).toBeLessThan(5000);
  });
});
