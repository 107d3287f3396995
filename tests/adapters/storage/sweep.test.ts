import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createStorage } from '../../../src/adapters/storage/content.ts';
import { base64Text, sha256 } from '../../support/byte-streams.ts';
import { keep, newFolder, nobody, packageOf, removeFolders, takeIn } from '../../support/storage.ts';

afterAll(removeFolders);

describe('the sweeper', () => {
  const age = (path: string, seconds: number) => utimesSync(path, Date.now() / 1000 - seconds, Date.now() / 1000 - seconds);

  it('removes old content that nothing refers to, asking in batches', async () => {
    const storage = createStorage({ dir: newFolder() });
    const texts = Array.from({ length: 5 }, (_, i) => base64Text(17_000, i + 1));
    const digests = texts.map((text) => sha256(Buffer.from(text)));
    await keep(storage, packageOf(...texts));
    for (const digest of digests.slice(1)) age(storage.contentPath(digest), 100);
    const asked: string[] = [];
    const isReferenced = async (some: readonly string[]) => {
      asked.push(...some);
      return new Set(some.filter((digest) => digest === digests[1]));
    };
    expect(await storage.sweepOrphans({ olderThanMs: 50_000, isReferenced })).toEqual({ content: 3, spool: 0 });
    expect(asked.sort()).toEqual(digests.slice(1).sort());
    expect(await Promise.all(digests.map((digest) => storage.contentSize(digest)))).toEqual([
      17_000,
      17_000,
      undefined,
      undefined,
      undefined,
    ]);
  });

  it('leaves content alone that a new package found in the meantime', async () => {
    const storage = createStorage({ dir: newFolder() });
    const body = packageOf(base64Text(17_000));
    const { lifted } = await keep(storage, body);
    age(storage.contentPath(lifted.runs[0]?.sha256 ?? ''), 100);
    const isReferenced = async () => {
      await keep(storage, body);
      return new Set<string>();
    };
    expect(await storage.sweepOrphans({ olderThanMs: 50_000, isReferenced })).toEqual({ content: 0, spool: 0 });
    expect(await storage.check(lifted.text, lifted.runs, lifted.sha256)).toBe('sound');
  });

  it('puts back what a sweeper had in its hands when it died', async () => {
    const storage = createStorage({ dir: newFolder() });
    const { lifted } = await keep(storage, packageOf(base64Text(17_000)));
    const path = storage.contentPath(lifted.runs[0]?.sha256 ?? '');
    writeFileSync(`${path}.orphan`, readFileSync(path));
    rmSync(path);
    await storage.sweepOrphans({ olderThanMs: 50_000, isReferenced: nobody });
    expect([await storage.check(lifted.text, lifted.runs, lifted.sha256), existsSync(`${path}.orphan`)]).toEqual(['sound', false]);
  });

  it('removes what dead processes left in the spool, and only that', async () => {
    const dir = newFolder();
    const storage = createStorage({ dir });
    const taken = await takeIn(storage, packageOf(base64Text(300_000)));
    age(taken.lifted.runs[0]?.path ?? '', 100);
    for (const [process, seconds] of [
      ['1-dead', 100],
      ['2-alive', 1],
    ] as const) {
      mkdirSync(join(dir, 'spool', process));
      writeFileSync(join(dir, 'spool', process, 'run'), 'x');
      age(join(dir, 'spool', process, 'run'), seconds);
    }
    expect(await storage.sweepOrphans({ olderThanMs: 50_000, isReferenced: nobody })).toEqual({ content: 0, spool: 1 });
    expect(readdirSync(join(dir, 'spool')).filter((name) => /dead|alive/.test(name))).toEqual(['2-alive']);
    await taken.keep();
    expect(await storage.check(taken.lifted.text, taken.lifted.runs, taken.lifted.sha256)).toBe('sound');
    await taken.discard();
  });

  it('finds nothing in a folder that is not there', async () => {
    expect(await createStorage({ dir: join(newFolder(), 'none') }).sweepOrphans({ olderThanMs: 1, isReferenced: nobody })).toEqual({
      content: 0,
      spool: 0,
    });
  });
});
