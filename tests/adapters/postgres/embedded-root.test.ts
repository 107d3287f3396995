import { chmod, mkdir, readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { copyPackage, EmbeddedFolder } from '../../support/embedded-folder.ts';
import { query } from '../../support/embedded-processes.ts';

const NOBODY = 65534;
/** `daemon`: a user of every Linux system that nothing runs as. */
const DAEMON = 1;

const describeForRoot = process.getuid?.() === 0 ? describe : describe.skip;

describeForRoot('the embedded server, started by root', () => {
  let folder: EmbeddedFolder;

  beforeEach(async () => {
    folder = await EmbeddedFolder.make();
  });
  afterEach(() => folder.remove());

  const ownerOf = async (path: string) => (await stat(path)).uid;

  it('runs as nobody and gives its folders to nobody', async () => {
    const owner = await folder.user();
    expect(await ownerOf(`/proc/${await folder.postmaster()}`)).toBe(NOBODY);
    expect(await ownerOf(join(folder.dataDir, 'cluster'))).toBe(NOBODY);
    expect(await ownerOf(owner.connection.host)).toBe(NOBODY);
  });

  it('works in a folder that only root may enter, and is adopted and recovers there', async () => {
    await chmod(folder.parent, 0o700);
    const owner = await folder.user();
    await query(owner.connection, 'create table kept as select 1 as one');
    await owner.kill();
    const next = await folder.user();
    expect(next.adopted).toBe(true);
    process.kill(await folder.postmaster(), 'SIGKILL');
    await next.event('postgres.started');
    expect(await query(next.connection, 'select one from kept')).toEqual([{ one: 1 }]);
    await next.stop();
    expect(await folder.running()).toBe(false);
    await expect(stat(next.connection.host)).rejects.toThrow('ENOENT');
  });

  it('copies binaries that only root can reach, without their links, beside the data', async () => {
    const closed = join(folder.parent, 'closed');
    await mkdir(closed, { mode: 0o700 });
    const packageDir = await copyPackage(join(closed, 'package'));
    await chmod(join(packageDir, 'native/lib'), 0o700);
    const owner = await folder.user([packageDir]);
    expect(await query(owner.connection, 'select 1 as one')).toEqual([{ one: 1 }]);
    const copies = (await readdir(folder.dataDir)).filter((name) => /^(native|partial)-/.test(name));
    expect(copies).toEqual([expect.stringMatching(/^native-\d/)]);
  });

  it('belongs to another user who started it first, before, beside and after root', async () => {
    await chmod(folder.parent, 0o777);
    const owner = await folder.user([], DAEMON);
    expect(await ownerOf(`/proc/${await folder.postmaster()}`)).toBe(DAEMON);
    const root = await folder.user();
    expect(root.adopted).toBe(true);
    await owner.stop();
    expect(await query(root.connection, 'select 1 as one')).toEqual([{ one: 1 }]);
    await root.stop();
    expect(await folder.running()).toBe(false);
    const again = await folder.user();
    expect(await ownerOf(`/proc/${await folder.postmaster()}`)).toBe(DAEMON);
    await again.stop();
    const back = await folder.user([], DAEMON);
    expect(back.adopted).toBe(false);
  });

  it('is refused to a user it does not belong to', async () => {
    await (await folder.user()).stop();
    await expect(folder.user([], DAEMON)).rejects.toThrow('belongs to user id 65534');
  });
});
