import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { XmlC14NMode, XmlDocument } from 'libxml2-wasm';
import { liftBody } from '../../../src/adapters/edxml/lift.ts';
import { hashCanonical, splice } from '../../../src/adapters/edxml/splice.ts';
import type { Run } from '../../../src/routing/package.ts';
import { base64Text, collect, inChunks, runsIn, sha256 } from '../../support/byte-streams.ts';

const folder = mkdtempSync(join(tmpdir(), 'splice-'));
afterAll(() => rmSync(folder, { recursive: true }));

const limits = { packageBytes: 1 << 26, textBytes: 4 << 20 };

function canonical(xml: Uint8Array): Buffer {
  const doc = XmlDocument.fromBuffer(xml);
  try {
    return Buffer.from(doc.canonicalizeToString({ mode: XmlC14NMode.XML_C14N_1_0 }));
  } finally {
    doc.dispose();
  }
}

function* cut(bytes: Buffer, sizes: readonly number[]): Generator<Buffer, void, undefined> {
  for (let at = 0, turn = 0; at < bytes.length; turn++) {
    const size = sizes[turn % sizes.length] ?? 1;
    yield bytes.subarray(at, at + size);
    at += size;
  }
}

function fileRun(name: string, bytes: string, token: string): Run {
  const path = join(folder, name);
  writeFileSync(path, `before${bytes}behind`);
  return { token, at: 0, length: bytes.length, path, start: 6, sha256: '' };
}

const tokenA = 'A'.repeat(32);
const tokenB = `${'A'.repeat(16)}${'b'.repeat(16)}`;
const sha = (text: string) => sha256(Buffer.from(text));
const lineEnds = fc.constantFrom('', '\n', '\r\n', '\r', '\r\n\r', ' \t');
const content = fc
  .record({
    length: fc.integer({ min: 16_000, max: 40_000 }),
    seed: fc.integer({ min: 1, max: 99 }),
    end: lineEnds,
    width: fc.integer({ min: 1, max: 200 }),
  })
  .map(({ length, seed, end, width }) => end + base64Text(length, seed).replace(new RegExp(`.{${width}}`, 'g'), `$&${end}`));
const element = fc.oneof(
  content.map((text) => `<file>${text}</file>`),
  content.map((text) => `<file note=">${text.replace(/[\r\n\t]/g, ' ')}">x</file>`),
  content.map((text) => `<![CDATA[>${text}<]]>`),
  content.map((text) => `<?note >${text}<?>`),
  fc.constant('<a b="1"  a="2">công văn &amp; &lt;\r\n</a>\r\n'),
);
const sizes = fc.array(fc.oneof(fc.integer({ min: 1, max: 50 }), fc.integer({ min: 1000, max: 70_000 })), { minLength: 1, maxLength: 5 });

describe('the digest of a canonical text with runs', () => {
  it('is that of the canonical form of the package as it was before the lift', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(element, { minLength: 1, maxLength: 5 }), sizes, sizes, async (elements, chunks, pieces) => {
        const plain = Buffer.from(`<?xml version="1.0" encoding="UTF-8"?>\r\n<edXML xmlns="urn:x">${elements.join('')}</edXML>`);
        const lifted = await liftBody(inChunks(plain, chunks), runsIn(folder).openRun, limits);
        const { digest, complete } = hashCanonical('sha256', cut(canonical(lifted.text), pieces), lifted.runs);
        expect(complete).toBe(true);
        expect(digest.toString('hex')).toBe(sha256(canonical(plain)));
      }),
      { numRuns: 40 },
    );
  });

  it('turns CR LF and lone CR into LF, also at the edges of its buffer', () => {
    for (const shift of [0, 1, 2]) {
      const lines = `${'a'.repeat((1 << 20) - shift)}\r\n\r\r\n${'b'.repeat((1 << 20) - 3)}\r\n\n\r`;
      const run = fileRun('edges', lines, tokenA);
      const { digest, complete } = hashCanonical('sha256', [Buffer.from(`x${tokenA}y`)], [run]);
      expect([digest.toString('hex'), complete]).toEqual([sha(`x${lines.replace(/\r\n?/g, '\n')}y`), true]);
    }
  });

  it('is right and quick for a text that is nothing but CR', () => {
    const lines = '\r'.repeat(3 << 20);
    const { digest } = hashCanonical('sha1', [Buffer.from(tokenA)], [fileRun('cr', lines, tokenA)]);
    expect(digest).toEqual(createHash('sha1').update(lines.replaceAll('\r', '\n')).digest());
  });

  it('says when a token is missing, or stands twice', () => {
    const runs = [fileRun('a', 'one', tokenA), fileRun('b', 'two', tokenB)];
    const complete = (text: string) => hashCanonical('sha256', [Buffer.from(text)], runs).complete;
    expect(complete(`${tokenA}<${tokenB}`)).toBe(true);
    expect(complete(`${tokenB}<${tokenA}`)).toBe(true);
    expect(complete(`<${tokenB}`)).toBe(false);
    expect(complete('')).toBe(false);
    expect(complete(`${tokenA}<${tokenB}<${tokenA}`)).toBe(false);
    expect(complete(`${tokenA}<${tokenB.slice(0, 31)}`)).toBe(false);
  });

  it('says when a run was in a comment, which has no place in a canonical text', async () => {
    const plain = Buffer.from(`<a><!-- >${base64Text(20_000)}< --></a>`);
    const lifted = await liftBody(inChunks(plain, [4096]), runsIn(folder).openRun, limits);
    expect(lifted.runs.length).toBe(1);
    expect(hashCanonical('sha256', [canonical(lifted.text)], lifted.runs).complete).toBe(false);
  });

  it('needs no run', () => {
    const { digest, complete } = hashCanonical('sha256', [Buffer.from('ab'), Buffer.from('c')], []);
    expect([digest.toString('hex'), complete]).toEqual([sha('abc'), true]);
  });

  it('uses a piece before it asks for the next', () => {
    const reused = Buffer.alloc(40);
    function* pieces(text: string): Generator<Buffer, void, undefined> {
      for (let at = 0; at < text.length; at += 40) yield reused.subarray(0, reused.write(text.slice(at, at + 40), 'latin1'));
    }
    const text = `${'-'.repeat(33)}${tokenA}${'-'.repeat(70)}`;
    const { digest } = hashCanonical('sha256', pieces(text), [fileRun('reused', 'content', tokenA)]);
    expect(digest.toString('hex')).toBe(sha(text.replace(tokenA, 'content')));
  });

  it('throws when the run is not there in full', () => {
    const run = fileRun('cut', 'x'.repeat(1000), tokenA);
    truncateSync(run.path, 500);
    expect(() => hashCanonical('sha256', [Buffer.from(tokenA)], [run])).toThrow('ends before');
    expect(() => hashCanonical('sha256', [Buffer.from(tokenA)], [{ ...run, path: `${run.path}-none` }])).toThrow('ENOENT');
  });
});

describe('splice', () => {
  it('throws when a run is not there in full, so that nothing cut is taken for whole', async () => {
    const run = fileRun('short', 'x'.repeat(1000), tokenA);
    truncateSync(run.path, 500);
    await expect(collect(splice({ text: Buffer.from(tokenA), runs: [run] }))).rejects.toThrow('ends before');
  });
});
