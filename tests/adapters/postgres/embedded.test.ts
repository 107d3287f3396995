import { mkdir, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { startEmbedded } from '../../../src/adapters/postgres/embedded.ts';
import { copyPackage, EmbeddedFolder, silent } from '../../support/embedded-folder.ts';
import { query } from '../../support/embedded-processes.ts';

const log = silent;

describe('the embedded server', () => {
  let seed: EmbeddedFolder;
  let folder: EmbeddedFolder;

  beforeAll(async () => {
    seed = await EmbeddedFolder.make();
    await (await startEmbedded({ dataDir: seed.dataDir, log })).stop();
  });
  afterAll(() => seed.remove());
  beforeEach(async () => {
    folder = await EmbeddedFolder.make();
  });
  afterEach(() => folder.remove());

  it('starts on an empty folder, on a private socket and on no port', async () => {
    const { connection, stop, adopted } = await startEmbedded({ dataDir: folder.dataDir, log });
    expect(adopted).toBe(false);
    expect(connection).toMatchObject({ user: 'postgres', database: 'lienthong' });
    const [row] = await query(
      connection,
      `select current_setting('listen_addresses') as addresses,
              current_setting('fsync') as fsync, current_setting('synchronous_commit') as commit,
              current_setting('timezone') as zone, current_setting('data_checksums') as checksums,
              current_setting('max_connections') as connections,
              pg_encoding_to_char(encoding) as encoding, lower('ĐIỆN BIÊN') as lower
         from pg_database where datname = current_database()`,
    );
    expect(row).toEqual({
      addresses: '',
      fsync: 'on',
      commit: 'on',
      zone: 'UTC',
      checksums: 'on',
      connections: '60',
      encoding: 'UTF8',
      lower: 'điện biên',
    });
    expect((await stat(connection.host)).mode & 0o777).toBe(0o700);
    expect((await stat(join(folder.dataDir, 'cluster'))).mode & 0o777).toBe(0o700);
    await stop();
    await stop();
    expect(await folder.running()).toBe(false);
  });

  it('keeps the data over a stop and a start, and takes settings', async () => {
    await folder.copyFrom(seed);
    const first = await startEmbedded({ dataDir: folder.dataDir, log });
    await query(first.connection, 'create table letters as select 7 as number');
    await first.stop();
    const settings = { max_connections: 20, listen_addresses: 'localhost' };
    const second = await startEmbedded({ dataDir: folder.dataDir, log, settings });
    expect(second.adopted).toBe(false);
    expect(await query(second.connection, 'select number from letters')).toEqual([{ number: 7 }]);
    expect(await query(second.connection, 'show max_connections')).toEqual([{ max_connections: '20' }]);
    expect(await query(second.connection, 'show listen_addresses')).toEqual([{ listen_addresses: '' }]);
    await second.stop();
  });

  it('survives the kill -9 of its owner and is adopted, and stopped, by the next', async () => {
    await folder.copyFrom(seed);
    const owner = await folder.user();
    const pid = await folder.postmaster();
    await owner.kill();
    await query(owner.connection, 'create table kept as select 1 as one');
    const next = await folder.user();
    expect(next.adopted).toBe(true);
    expect(await folder.postmaster()).toBe(pid);
    expect(await query(next.connection, 'select one from kept')).toEqual([{ one: 1 }]);
    await next.stop();
    expect(await folder.running()).toBe(false);
  });

  it('is started again when it is killed under its owner', async () => {
    await folder.copyFrom(seed);
    const owner = await folder.user();
    await query(owner.connection, 'create table kept as select 1 as one');
    const pid = await folder.postmaster();
    process.kill(pid, 'SIGKILL');
    await owner.event('postgres.started');
    expect(await folder.postmaster()).not.toBe(pid);
    expect(await query(owner.connection, 'select one from kept')).toEqual([{ one: 1 }]);
    await owner.stop();
    expect(await folder.running()).toBe(false);
  });

  it('is started again by a process that had only joined it', async () => {
    await folder.copyFrom(seed);
    const owner = await folder.user();
    const guest = await folder.user();
    await owner.kill();
    process.kill(await folder.postmaster(), 'SIGKILL');
    await guest.event('postgres.started');
    expect(await query(guest.connection, 'select 1 as one')).toEqual([{ one: 1 }]);
    await guest.stop();
    expect(await folder.running()).toBe(false);
  });

  it('recovers when both its owner and itself were killed', async () => {
    await folder.copyFrom(seed);
    const owner = await folder.user();
    await query(owner.connection, 'create table kept as select 1 as one');
    await owner.kill();
    process.kill(await folder.postmaster(), 'SIGKILL');
    const next = await folder.user();
    expect(next.adopted).toBe(false);
    expect(await query(next.connection, 'select one from kept')).toEqual([{ one: 1 }]);
  });

  it('is shared by two processes, and only the last one out stops it', async () => {
    await folder.copyFrom(seed);
    const first = await folder.user();
    const second = await folder.user();
    expect([first.adopted, second.adopted]).toEqual([false, true]);
    expect(second.connection).toEqual(first.connection);
    await second.stop();
    expect(await query(first.connection, 'select 1 as one')).toEqual([{ one: 1 }]);
    const third = await folder.user();
    await first.stop();
    expect(await query(third.connection, 'select 1 as one')).toEqual([{ one: 1 }]);
    await third.stop();
    expect(await folder.running()).toBe(false);
  });

  it('is one server for processes that start at once on an empty folder', async () => {
    const all = await Promise.all([folder.user(), folder.user(), folder.user()]);
    expect(all.filter((each) => !each.adopted)).toHaveLength(1);
    for (const each of all) {
      expect(await query(each.connection, 'select 1 as one')).toEqual([{ one: 1 }]);
    }
    expect((await readdir(folder.dataDir)).sort()).toEqual(['cluster', 'run', 'seats']);
    await Promise.all(all.map((each) => each.stop()));
    expect(await folder.running()).toBe(false);
  });

  it('makes the cluster again when the first start was killed half-way', async () => {
    const interrupted = folder.launch();
    const halfDone = async () => (await readdir(folder.dataDir).catch(() => [])).some((name) => name.startsWith('initdb-'));
    while (!(await halfDone())) {
      await sleep(5);
    }
    await interrupted.kill();
    expect(await readdir(folder.dataDir)).not.toContain('cluster');
    const next = await folder.user();
    expect(next.adopted).toBe(false);
    expect(await query(next.connection, 'select 1 as one')).toEqual([{ one: 1 }]);
  });

  it('is not held up by a stranger that got the number of a dead server', async () => {
    await folder.copyFrom(seed);
    const owner = await folder.user();
    await owner.kill();
    const pid = await folder.postmaster();
    const file = join(folder.dataDir, 'cluster/postmaster.pid');
    const text = await readFile(file, 'utf8');
    process.kill(pid, 'SIGKILL');
    await sleep(300);
    await writeFile(file, text.replace(/^\d+/, String(process.pid)));
    const next = await folder.user();
    expect(next.adopted).toBe(false);
    expect(await query(next.connection, 'select 1 as one')).toEqual([{ one: 1 }]);
  });

  it('replaces a living server whose socket is gone', async () => {
    await folder.copyFrom(seed);
    const owner = await folder.user();
    await owner.kill();
    const pid = await folder.postmaster();
    await rm(join(owner.connection.host, '.s.PGSQL.5432'));
    const next = await folder.user();
    expect(next.adopted).toBe(false);
    expect(await folder.postmaster()).not.toBe(pid);
  });

  it('puts its socket elsewhere when the path of the folder is too long for one', async () => {
    folder.dataDir = join(folder.parent, 'a-rather-long-name/'.repeat(6), 'data');
    const { connection, stop } = await startEmbedded({ dataDir: folder.dataDir, log });
    expect(connection.host.startsWith(join(tmpdir(), 'lienthong-'))).toBe(true);
    expect((await stat(connection.host)).mode & 0o777).toBe(0o700);
    expect(await query(connection, 'select 1 as one')).toEqual([{ one: 1 }]);
    const again = await folder.user();
    expect(again.connection.host).toBe(connection.host);
    await again.stop();
    await stop();
    await expect(stat(connection.host)).rejects.toThrow('ENOENT');
    await mkdir(connection.host, { mode: 0o755 });
    await expect(startEmbedded({ dataDir: folder.dataDir, log })).rejects.toThrow('not a private folder');
    await rm(connection.host, { recursive: true });
  });

  it('removes the socket folder of a server that was killed and whose data is gone, and of no other', async () => {
    const [killed, living] = [await EmbeddedFolder.make(), await EmbeddedFolder.make()];
    for (const one of [killed, living]) {
      one.dataDir = join(one.parent, 'a-rather-long-name/'.repeat(6), 'data');
      await mkdir(dirname(one.dataDir), { recursive: true });
      await one.copyFrom(seed);
    }
    const owner = await killed.user();
    const other = await living.user();
    await owner.kill();
    process.kill(await killed.postmaster(), 'SIGKILL');
    await rm(killed.parent, { recursive: true });
    expect(await readdir(owner.connection.host)).toContain('home');
    await folder.copyFrom(seed);
    await folder.user();
    await expect(stat(owner.connection.host)).rejects.toThrow('ENOENT');
    expect(await query(other.connection, 'select 1 as one')).toEqual([{ one: 1 }]);
    await living.remove();
    await expect(stat(other.connection.host)).rejects.toThrow('ENOENT');
  });

  it('makes the symbolic links that npm leaves out with --ignore-scripts', async () => {
    const packageDir = await copyPackage(join(folder.parent, 'package'));
    const { connection, stop } = await startEmbedded({ dataDir: folder.dataDir, log, packageDir });
    expect(await query(connection, 'select 1 as one')).toEqual([{ one: 1 }]);
    await stop();
    expect(await readdir(join(packageDir, 'native/lib'))).toContain('libicuuc.so.60');
  });

  it('says what to do where there are no binaries', async () => {
    const packageDir = join(folder.parent, 'absent');
    await expect(startEmbedded({ dataDir: folder.dataDir, log, packageDir })).rejects.toThrow('Set DATABASE_URL');
  });

  it('tells the last words of a server that can not start', async () => {
    await folder.copyFrom(seed);
    const settings = { shared_buffers: 'plenty' };
    const failed = startEmbedded({ dataDir: folder.dataDir, log, settings });
    await expect(failed).rejects.toThrow('invalid value for parameter "shared_buffers": "plenty"');
  });
});
