import { randomBytes } from 'node:crypto';
import { AnswerMalformed, piecesOf } from '../../../../src/adapters/vxp/client/answer.ts';
import { bytesIn, mostEvidence, PackageUnreadable } from '../../../../src/adapters/vxp/client/package-text.ts';
import { inChunks } from '../../../support/byte-streams.ts';

async function read(answer: string | Buffer, size: number) {
  const pieces = piecesOf(inChunks(Buffer.from(answer), [size]));
  const rows: object[] = [];
  let text = '';
  for (;;) {
    const next = await pieces.next();
    if (next.done === true) return { rows, text, around: next.value };
    if ('row' in next.value) rows.push(next.value.row);
    else text += next.value.text;
  }
}

async function* texts(pieces: readonly string[]) {
  yield* pieces;
}

async function decoded(pieces: readonly string[]): Promise<Buffer> {
  const begun: Buffer[] = [];
  const all: Uint8Array[] = [];
  for await (const piece of bytesIn(texts(pieces), begun)) all.push(piece);
  expect(Buffer.concat(begun)).toEqual(Buffer.concat(all).subarray(0, mostEvidence));
  return Buffer.concat(all);
}

describe('an answer of the axis', () => {
  const item = { code: 'H61.1', name: 'Sở "Nội vụ" \\ {[', extra: { data: [1, { data: 'x' }] } };
  const list = JSON.stringify({ data: [item, { a: 1 }, item], status: 'OK', note: { data: 'not the data' }, ErrorCode: 0 });

  it.each([1, 2, 3, 7, 1000])('is read row by row, whatever the pieces of %d bytes cut apart', async (size) => {
    expect(await read(list, size)).toEqual({
      rows: [item, { a: 1 }, item],
      text: '',
      around: { data: null, status: 'OK', note: { data: 'not the data' }, ErrorCode: 0 },
    });
    expect(await read(`\uFEFF ${JSON.stringify({ status: 'OK', data: 'QUJD' }, null, 2)}`, size)).toMatchObject({
      text: 'QUJD',
      around: { status: 'OK' },
    });
    expect(await read('{"status":"FAIL","ErrorDesc":"data","data":null}', size)).toEqual({
      rows: [],
      text: '',
      around: { status: 'FAIL', ErrorDesc: 'data', data: null },
    });
    expect((await read('{"data":[]}', size)).rows).toEqual([]);
  });

  it.each([
    '',
    '<html>',
    '[]',
    '"x"',
    '{"data":[1]}',
    '{"data":["a"]}',
    '{"data":[{"a":1}',
    '{"data":"abc',
    '{"status":"OK"',
    '{"data":[{a}]}',
    '{} {}',
  ])('is malformed: %s', async (answer) => {
    await expect(read(answer, 5)).rejects.toThrow(AnswerMalformed);
  });

  it('is refused when a row or what is around the data grows without end', async () => {
    await expect(read(`{"data":[{"a":"${'x'.repeat(70_000)}"}]}`, 4096)).rejects.toThrow('too long');
    await expect(read(`{"a":"${'x'.repeat(70_000)}"}`, 4096)).rejects.toThrow('too long');
  });

  it('is read in memory that does not grow with 111,000 rows', async () => {
    const row = Buffer.from(
      `${JSON.stringify({ id: '1', pid: '0', code: '000.00.01.H61', name: 'Ủy ban nhân dân xã Bình Phước', mail: 'a@example.vn' })},`,
    );
    async function* body() {
      yield Buffer.from('{"status":"OK","ErrorCode":"0","data":[');
      for (let i = 0; i < 111; i += 1) yield Buffer.concat(Array.from({ length: 1000 }, () => row));
      yield Buffer.from('{"code":"last"}]}');
    }
    let [count, most] = [0, 0];
    const before = process.memoryUsage().arrayBuffers;
    for await (const piece of piecesOf(body())) {
      if ('row' in piece) count += 1;
      if (count % 10_000 === 0) most = Math.max(most, process.memoryUsage().arrayBuffers - before);
    }
    expect(count).toBe(111_001);
    expect(most).toBeLessThan(40_000_000);
  });
});

describe('the package in an answer', () => {
  it('is decoded wherever its text is cut, with escapes of JSON and line ends', async () => {
    const bytes = randomBytes(20_000);
    const lines = bytes.toString('base64').replace(/.{76}/g, '$&\r\n');
    const text = JSON.stringify(lines).slice(1, -1).replaceAll('/', '\\/').replaceAll('=', '\\u003d');
    for (const size of [1, 5, 4096]) {
      const pieces = Array.from({ length: Math.ceil(text.length / size) }, (_, i) => text.slice(i * size, (i + 1) * size));
      expect((await decoded(pieces)).equals(bytes)).toBe(true);
    }
    expect((await decoded(['QQ'])).toString()).toBe('A');
    expect(await decoded(['-_-_'])).toEqual(Buffer.from('+/+/', 'base64'));
  });

  it.each([[['!!!!']], [['QUJD', 'Q']], [['QQ==', 'QUJD']], [['']], [['Q=JD']]])('is unreadable: %j', async (pieces) => {
    await expect(decoded(pieces)).rejects.toThrow(PackageUnreadable);
  });
});
