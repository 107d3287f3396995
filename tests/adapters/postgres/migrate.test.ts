import { mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { migrate } from '../../../src/adapters/postgres/migrate.ts';
import { type TestDatabase, testDatabase } from '../../support/database.ts';
import { poolFor } from '../../support/server.ts';

describe('migrate', () => {
  let database: TestDatabase;
  let dir: string;

  beforeEach(async () => {
    database = await testDatabase({ empty: true });
    dir = await mkdtemp(join(tmpdir(), 'migrations-'));
  });
  afterEach(async () => {
    await database.drop();
    await rm(dir, { recursive: true });
  });

  const file = (name: string, sql: string) => writeFile(join(dir, name), sql);
  const run = () => migrate(database.pool, dir);
  const rows = async (sql: string) => (await database.pool.query(sql)).rows;

  it('runs the files of a folder in the order of their numbers, and each only once', async () => {
    await file('0002_fill.sql', "insert into letters values ('a'); insert into letters values ('b')");
    await file('0001_letters.sql', 'create table letters (letter text)');
    expect(await run()).toEqual(['0001_letters.sql', '0002_fill.sql']);
    expect(await run()).toEqual([]);
    await file('0003_more.sql', "insert into letters values ('c');");
    expect(await run()).toEqual(['0003_more.sql']);
    expect(await rows('select letter from letters order by 1')).toEqual([{ letter: 'a' }, { letter: 'b' }, { letter: 'c' }]);
    const history = await rows('select version, name, sha256, applied_at from schema_migrations');
    expect(history).toHaveLength(3);
    expect(history[0]).toEqual({
      version: 1,
      name: '0001_letters.sql',
      sha256: expect.stringMatching(/^[0-9a-f]{64}$/),
      applied_at: expect.any(Date),
    });
  });

  it('has nothing to do for an empty folder and for one that does not exist', async () => {
    expect(await run()).toEqual([]);
    expect(await migrate(database.pool, join(dir, 'absent'))).toEqual([]);
  });

  it('takes back a file that fails half-way, keeps those before it and names file and line', async () => {
    await file('0001_letters.sql', 'create table letters (letter text)');
    await file('0002_broken.sql', "insert into letters values ('a');\n\nselect * from nowhere;");
    await expect(run()).rejects.toThrow('Migration 0002_broken.sql failed in line 3: relation "nowhere" does not exist');
    expect(await rows('select * from letters')).toEqual([]);
    expect(await rows('select version from schema_migrations')).toEqual([{ version: 1 }]);
    await file('0002_broken.sql', "insert into letters values ('a');");
    expect(await run()).toEqual(['0002_broken.sql']);
  });

  it('records a file before running it, so that a migration can see its own row', async () => {
    await file('0001_self.sql', 'create table seen as select version from schema_migrations');
    await run();
    expect(await rows('select version from seen')).toEqual([{ version: 1 }]);
  });

  it('refuses a file that was changed after it was applied, and runs nothing', async () => {
    await file('0001_letters.sql', 'create table letters (letter text)');
    await run();
    await file('0001_letters.sql', 'create table letters (letter char)');
    await file('0002_more.sql', 'create table more ()');
    await expect(run()).rejects.toThrow('0001_letters.sql was changed after it was applied');
    expect(await rows("select to_regclass('more') as found")).toEqual([{ found: null }]);
  });

  it('does not take other line ends for a change', async () => {
    await file('0001_letters.sql', 'create table letters (\n letter text\n);\n');
    await run();
    await file('0001_letters.sql', 'create table letters (\r\n letter text\r\n);\r\n');
    expect(await run()).toEqual([]);
  });

  it('refuses a database that a newer release has made', async () => {
    await file('0001_letters.sql', 'create table letters (letter text)');
    await file('0002_more.sql', 'create table more ()');
    await run();
    await rm(join(dir, '0002_more.sql'));
    await expect(run()).rejects.toThrow('migration 0002_more.sql, which this release does not know');
  });

  it('refuses a new file whose number is lower than an applied one', async () => {
    await file('0002_more.sql', 'create table more ()');
    await run();
    await file('0001_late.sql', 'create table late ()');
    await expect(run()).rejects.toThrow('0001_late.sql is new, but 0002_more.sql is already applied');
  });

  it('refuses two files of one number and names that are not of the pattern', async () => {
    await file('0001_a.sql', '');
    await file('0001_b.sql', '');
    await expect(run()).rejects.toThrow('have the number of 0001_a.sql');
    await rename(join(dir, '0001_b.sql'), join(dir, '2_b.sql'));
    await expect(run()).rejects.toThrow('2_b.sql is not named like a migration');
  });

  it('lets processes that migrate at once take turns', async () => {
    await file('0001_letters.sql', 'select pg_sleep(0.2); create table letters (letter text)');
    await file('0002_fill.sql', "insert into letters values ('a')");
    const pools = Array.from({ length: 4 }, () => poolFor({ connectionString: database.url }));
    const done = await Promise.all(pools.map((pool) => migrate(pool, dir)));
    expect(done.flat().sort()).toEqual(['0001_letters.sql', '0002_fill.sql']);
    expect(await rows('select * from letters')).toHaveLength(1);
    await Promise.all(pools.map((pool) => pool.end()));
  });

  it('is not bound by the statement timeout of requests', async () => {
    await file('0001_slow.sql', 'select pg_sleep(0.3)');
    const hasty = poolFor({ connectionString: database.url, statement_timeout: 100 });
    expect(await migrate(hasty, dir)).toEqual(['0001_slow.sql']);
    await hasty.end();
  });

  it('brings the migrations of the project into every test database', async () => {
    const migrated = await testDatabase();
    const { rows: found } = await migrated.pool.query("select to_regclass('schema_migrations') as t");
    await migrated.drop();
    expect(found).toEqual([{ t: 'schema_migrations' }]);
  });
});
