import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { LIFT_OVER, liftBody, liftFile } from '../../../src/adapters/edxml/lift.ts';
import { splice, spliceSync } from '../../../src/adapters/edxml/splice.ts';
import type { Lifted } from '../../../src/routing/package.ts';
import { Rejection } from '../../../src/routing/problem.ts';
import { base64Text, bytesOf, collect, inChunks, runsIn, sha256 } from '../../support/byte-streams.ts';

const folder = mkdtempSync(join(tmpdir(), 'lift-'));
afterAll(() => rmSync(folder, { recursive: true }));

const limits = { packageBytes: 1 << 26, textBytes: 4 << 20 };

async function lift(body: string | Buffer, sizes: readonly number[] = [65536], textBytes = limits.textBytes): Promise<Lifted> {
  return liftBody(inChunks(Buffer.from(body), sizes), runsIn(folder).openRun, { ...limits, textBytes });
}

async function refusalOf(work: Promise<unknown>): Promise<string[]> {
  const error = await work.catch((thrown: unknown) => thrown);
  if (!(error instanceof Rejection)) throw error;
  return error.problems.map((problem) => problem.code);
}

/** What is to be lifted, said by one slow expression over the whole text. */
function runsExpected(text: string): string[] {
  return [...text.matchAll(/>([A-Za-z0-9+/=\t\r\n ]{16385,})(?=<)/g)].map((match) => match[1] ?? '').filter((run) => run.trim() !== '');
}

const long = fc.integer({ min: LIFT_OVER - 2, max: LIFT_OVER + 4000 });
const fragment = fc.oneof(
  fc.constantFrom('<a>', '</a>', '<b/>', '>', '<', 'xin chào', 'công văn', ' ', '\r\n', '&amp;', '<!-- ', ' -->', '<![CDATA[', ']]>', '-_'),
  long.map((length) => base64Text(length)),
  long.map((length) => `>${base64Text(length, 3)}<`),
  long.map((length) => `>${base64Text(length, 5).replace(/.{76}/g, '$&\r\n')}<`),
  long.map((length) => `>${' '.repeat(length)}<`),
  long.map((length) => `>${base64Text(length, 7)}é<`),
);
const texts = fc.array(fragment, { maxLength: 12 }).map((parts) => parts.join(''));
const cuts = fc.array(fc.oneof(fc.integer({ min: 1, max: 40 }), fc.integer({ min: 1000, max: 40_000 })), { minLength: 1, maxLength: 6 });

describe('the lift', () => {
  it('gives back the very bytes, lifts exactly the long base64 texts, and does not care how the body is cut', async () => {
    await fc.assert(
      fc.asyncProperty(texts, cuts, async (text, sizes) => {
        const body = Buffer.from(text);
        const lifted = await lift(body, sizes);
        expect(lifted.runs.map((run) => bytesOf(run).toString('latin1'))).toEqual(runsExpected(body.toString('latin1')));
        expect((await collect(splice(lifted))).equals(body)).toBe(true);
        const hash = createHash('sha256');
        for (const chunk of spliceSync(lifted)) hash.update(chunk);
        expect(hash.digest('hex')).toBe(sha256(body));
        expect([lifted.sha256, lifted.size]).toEqual([sha256(body), body.length]);
        for (const run of lifted.runs) expect(Buffer.from(lifted.text).toString('latin1', run.at, run.at + 32)).toBe(run.token);
      }),
      { numRuns: 50 },
    );
  });

  it('lifts a text of 16,385 bytes and leaves one of 16,384', async () => {
    const lengths = [LIFT_OVER, LIFT_OVER + 1];
    const lifted = await Promise.all(lengths.map((length) => lift(`<a>${base64Text(length)}</a>`, [7])));
    expect(lifted.map((each) => each.runs.length)).toEqual([0, 1]);
  });

  it.each([4096, 8192, 16_384, 32_768, 65_536, 262_144, 1_048_576])('is exact with runs and chunks about %i bytes', async (size) => {
    for (const length of [size - 1, size, size + 1]) {
      const body = Buffer.from(`<a><b>${base64Text(length)}</b>\n</a>`);
      for (const cut of [size - 7, size - 6, size, size + 1]) {
        const lifted = await lift(body, [cut]);
        expect(lifted.runs.length).toBe(length > LIFT_OVER ? 1 : 0);
        expect((await collect(splice(lifted))).equals(body)).toBe(true);
      }
    }
  });

  it('takes a text back that proves to be none after it was spilled', async () => {
    const spilled = runsIn(folder);
    const body = Buffer.from(`<a>${base64Text(100_000)}_</a>`);
    const lifted = await liftBody(inChunks(body, [1000]), spilled.openRun, limits);
    expect([lifted.runs.length, spilled.takenBack(), body.equals(lifted.text)]).toEqual([0, 1, true]);
  });

  it('leaves white space alone, however long', async () => {
    const lifted = await lift(`<a>${' \r\n\t'.repeat(10_000)}</a>`, [5000]);
    expect(lifted.runs).toEqual([]);
  });

  it('leaves the letters of URL-safe base64, NUL and non-ASCII bytes alone', async () => {
    for (const strange of ['-', '_', '\0', 'é', '\u00ff']) {
      expect((await lift(`<a>${base64Text(20_000)}${strange}${base64Text(20_000)}</a>`)).runs).toEqual([]);
    }
  });

  it('makes tokens of 32 base64 characters that differ each time', async () => {
    const body = `<a>${base64Text(20_000)}</a><a>${base64Text(20_000)}</a>`;
    const tokens = [...(await lift(body)).runs, ...(await lift(body)).runs].map((run) => run.token);
    expect(new Set(tokens).size).toBe(4);
    for (const token of tokens) expect(token).toMatch(/^[A-Za-z0-9+/]{32}$/);
  });

  it('refuses a text over its limit, whatever it is made of, and not one byte earlier', async () => {
    const textBytes = 50_000;
    const at = (length: number) => [
      `<a>${'x-'.repeat(length / 2 - 2)}>`,
      `<a>${' '.repeat(length - 4)}<`,
      `<a>${'<b>'.repeat(9)}`.padEnd(length, '<'),
    ];
    for (const text of at(textBytes)) expect((await lift(text, [777], textBytes)).size).toBe(textBytes);
    for (const text of at(textBytes + 2)) expect(await refusalOf(lift(text, [777], textBytes))).toEqual(['TEXT_TOO_LARGE']);
  });

  it('counts what is lifted against the package only', async () => {
    const body = `<a>${base64Text(300_000)}</a>`;
    expect((await lift(body, [4096], 100)).text.length).toBe(7 + 32);
    const tight = { packageBytes: body.length - 1, textBytes: 100 };
    expect(await refusalOf(liftBody(inChunks(Buffer.from(body), [4096]), runsIn(folder).openRun, tight))).toEqual(['PACKAGE_TOO_LARGE']);
  });

  it('calls a body incomplete that ends inside a long base64 text or whose connection breaks', async () => {
    expect(await refusalOf(lift(`<a>${base64Text(300_000)}`, [4096], 1000))).toEqual(['BODY_INCOMPLETE']);
    const broken = (async function* () {
      yield Buffer.from('<a>');
      throw Object.assign(new Error('aborted'), { code: 'ECONNRESET' });
    })();
    expect(await refusalOf(liftBody(broken, runsIn(folder).openRun, limits))).toEqual(['BODY_INCOMPLETE']);
  });

  it('waits for its writer', async () => {
    let writing = 0;
    let most = 0;
    const slow = () => ({
      write: async () => {
        most = Math.max(most, ++writing);
        await new Promise((resolve) => setImmediate(resolve));
        writing--;
      },
      close: async () => ({ path: '', start: 0, length: 0, sha256: '' }),
      takeBack: async () => Buffer.alloc(0),
    });
    await liftBody(inChunks(Buffer.from(`<a>${base64Text(100_000)}</a>`), [5000]), slow, limits);
    expect(most).toBe(1);
  });
});

describe('the lift of a file', () => {
  it('refers to ranges of that file', async () => {
    const body = Buffer.from(`<a>${base64Text(700_000)}</a><b>${base64Text(20_000)}_</b><c>\r\n${base64Text(300_000)}</c>`);
    const path = join(folder, 'package.edxml');
    writeFileSync(path, body);
    const lifted = await liftFile(path, limits);
    expect(lifted.runs.map(({ path: where, start, length, sha256: digest }) => [where, start, length, digest])).toEqual([
      [path, 3, 700_000, ''],
      [path, body.indexOf('\r\n'), 300_002, ''],
    ]);
    expect((await collect(splice(lifted))).equals(body)).toBe(true);
    expect(lifted.sha256).toBe(sha256(body));
  });
});
