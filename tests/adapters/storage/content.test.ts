import { existsSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { liftBody } from '../../../src/adapters/edxml/lift.ts';
import type { Storage } from '../../../src/adapters/storage/content.ts';
import { createStorage } from '../../../src/adapters/storage/content.ts';
import { base64Text, collect, inChunks, sha256 } from '../../support/byte-streams.ts';
import { codesOf, filesBelow, keep, limits, newFolder, packageOf, removeFolders, takeIn } from '../../support/storage.ts';

afterAll(removeFolders);

describe('taking a package in', () => {
  it('stores its runs under the names of their content, and nothing is left in the spool', async () => {
    const dir = newFolder();
    const storage = createStorage({ dir });
    const texts = [base64Text(20_000, 1), base64Text(700_000, 2), base64Text(262_144, 3), base64Text(262_145, 4)];
    const { lifted } = await keep(storage, packageOf(...texts));
    const digests = texts.map((text) => sha256(Buffer.from(text)));
    expect(lifted.runs.map((run) => [run.sha256, run.length, run.start])).toEqual(texts.map((text, i) => [digests[i], text.length, 0]));
    expect(filesBelow(join(dir, 'content'))).toEqual([...digests].sort());
    expect(filesBelow(join(dir, 'spool'))).toEqual([]);
    for (const [i, text] of texts.entries()) {
      const path = storage.contentPath(digests[i] ?? '');
      expect(path).toBe(join(dir, 'content', digests[i]?.slice(0, 2) ?? '', digests[i] ?? ''));
      expect(readFileSync(path, 'latin1')).toBe(text);
      expect(await storage.contentSize(digests[i] ?? '')).toBe(text.length);
    }
  });

  it('leaves nothing when it is not kept', async () => {
    const dir = newFolder();
    const taken = await takeIn(createStorage({ dir }), packageOf(base64Text(500_000)));
    expect(filesBelow(dir).length).toBe(1);
    await taken.discard();
    await taken.discard();
    expect(filesBelow(dir)).toEqual([]);
  });

  it('leaves nothing when the body is refused or breaks off within a run', async () => {
    const dir = newFolder();
    const storage = createStorage({ dir });
    const body = packageOf(base64Text(5_000_000));
    const tight = (openRun: Parameters<Parameters<Storage['takeIn']>[0]>[0]) =>
      liftBody(inChunks(body, [65536]), openRun, { ...limits, packageBytes: 1_000_000 });
    expect(await codesOf(storage.takeIn(tight))).toEqual(['PACKAGE_TOO_LARGE']);
    const broken = async function* () {
      yield body.subarray(0, 2_000_000);
      throw new Error('connection lost');
    };
    await expect(storage.takeIn((openRun) => liftBody(broken(), openRun, limits))).rejects.toThrow('connection lost');
    expect(filesBelow(dir)).toEqual([]);
  });

  it('does not touch the disk for a run that is taken back early, and gives a late one back whole', async () => {
    const dir = newFolder();
    const storage = createStorage({ dir });
    for (const length of [20_000, 1_000_000]) {
      const body = packageOf(`${base64Text(length)}_`);
      const { lifted, discard } = await takeIn(storage, body, [999]);
      expect([lifted.runs, body.equals(lifted.text)]).toEqual([[], true]);
      expect(existsSync(join(dir, 'spool'))).toBe(length > 262_144);
      expect(filesBelow(dir)).toEqual([]);
      await discard();
    }
  });

  it('stores the same content once, within a package and between packages', async () => {
    const dir = newFolder();
    const storage = createStorage({ dir });
    const text = base64Text(30_000);
    await keep(storage, packageOf(text, text, 'short'));
    const path = storage.contentPath(sha256(Buffer.from(text)));
    await keep(storage, packageOf('other', text));
    expect(filesBelow(dir)).toEqual([sha256(Buffer.from(text))]);
    expect(readFileSync(path, 'latin1')).toBe(text);
  });

  it('replaces stored content of the wrong size', async () => {
    const storage = createStorage({ dir: newFolder() });
    const text = base64Text(30_000);
    await keep(storage, packageOf(text));
    const path = storage.contentPath(sha256(Buffer.from(text)));
    truncateSync(path, 10);
    await keep(storage, packageOf(text));
    expect(readFileSync(path, 'latin1')).toBe(text);
  });

  it('keeps many packages at the same time', async () => {
    const dir = newFolder();
    const storage = createStorage({ dir });
    const bodies = Array.from({ length: 30 }, (_, i) => packageOf(base64Text(17_000, i + 1), base64Text(17_000, 1)));
    const kept = await Promise.all(bodies.map((body) => keep(storage, body)));
    for (const [i, { lifted }] of kept.entries()) {
      expect((await collect(storage.openPackage(lifted.text, lifted.runs))).equals(bodies[i] ?? Buffer.alloc(0))).toBe(true);
    }
    expect(filesBelow(dir).length).toBe(30);
  });
});

describe('reading a package', () => {
  const dir = newFolder();
  const storage = createStorage({ dir });
  const body = packageOf(base64Text(300_000, 5), 'short', base64Text(20_000, 6));

  it('gives the very bytes, or those of any range', async () => {
    const { lifted } = await keep(storage, body);
    expect((await collect(storage.openPackage(lifted.text, lifted.runs))).equals(body)).toBe(true);
    expect((await collect(storage.openPackage(lifted.text, lifted.runs, undefined, lifted.sha256))).equals(body)).toBe(true);
    const positions = fc.oneof(fc.nat(body.length), fc.constantFrom(0, 6, 7, 300_006, 300_007, body.length));
    await fc.assert(
      fc.asyncProperty(positions, positions, async (one, other) => {
        const range = { start: Math.min(one, other), end: Math.max(one, other) };
        const bytes = await collect(storage.openPackage(lifted.text, lifted.runs, range, lifted.sha256));
        expect(bytes.equals(body.subarray(range.start, range.end))).toBe(true);
      }),
      { numRuns: 60 },
    );
  });

  it('gives chunks that stay as they are', async () => {
    const { lifted } = await keep(storage, body);
    const chunks: Uint8Array[] = [];
    for await (const chunk of storage.openPackage(lifted.text, lifted.runs)) chunks.push(chunk);
    expect(Buffer.concat(chunks).equals(body)).toBe(true);
  });

  it('says whether it is sound, altered or missing', async () => {
    const { lifted } = await keep(storage, body);
    const check = () => storage.check(lifted.text, lifted.runs, lifted.sha256);
    const path = storage.contentPath(lifted.runs[0]?.sha256 ?? '');
    const good = readFileSync(path);
    expect(await check()).toBe('sound');
    expect(await storage.check(Buffer.concat([lifted.text, Buffer.from(' ')]), lifted.runs, lifted.sha256)).toBe('altered');
    const changed = Buffer.from(good);
    changed[150_000] = 0x21;
    writeFileSync(path, changed);
    expect(await check()).toBe('altered');
    writeFileSync(path, good.subarray(1));
    expect(await check()).toBe('altered');
    rmSync(path);
    expect(await check()).toBe('missing');
    expect(await storage.contentSize(lifted.runs[0]?.sha256 ?? '')).toBeUndefined();
    writeFileSync(path, good);
  });

  it('never gives a damaged package whole', async () => {
    const { lifted } = await keep(storage, body);
    const path = storage.contentPath(lifted.runs[0]?.sha256 ?? '');
    const good = readFileSync(path);
    writeFileSync(
      path,
      good.map((byte, i) => (i === 5 ? 0x21 : byte)),
    );
    let given = 0;
    const read = async () => {
      for await (const chunk of storage.openPackage(lifted.text, lifted.runs, undefined, lifted.sha256)) given += chunk.length;
    };
    await expect(read()).rejects.toThrow('stored content is altered');
    expect(given).toBeLessThan(body.length);
    writeFileSync(path, good);
  });

  it('lets go of its file when the reader stops', async () => {
    const { lifted } = await keep(storage, body);
    const open = () => readdirSync('/proc/self/fd').length;
    const before = open();
    for (let i = 0; i < 50; i++)
      for await (const chunk of storage.openPackage(lifted.text, lifted.runs, { start: 10, end: 400 })) if (chunk.length > 0) break;
    expect(open()).toBeLessThan(before + 10);
  });
});
