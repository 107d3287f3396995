import { spawnSync } from 'node:child_process';
import { createStorage } from '../../../src/adapters/storage/content.ts';
import { onDisk } from '../../../src/adapters/storage/disk.ts';
import { base64Text } from '../../support/byte-streams.ts';
import { codesOf, filesBelow, keep, newFolder, packageOf, removeFolders, takeIn } from '../../support/storage.ts';

afterAll(removeFolders);

describe('a full disk', () => {
  it('takes nothing in when less than the reserve is free', async () => {
    const dir = newFolder();
    const storage = createStorage({ dir, minFreeBytes: 2 ** 60 });
    let lifted = 0;
    const lift = async (): Promise<never> => {
      lifted++;
      throw new Error('must not be called');
    };
    expect(await codesOf(storage.takeIn(lift))).toEqual(['DISK_FULL']);
    expect(lifted).toBe(0);
    const spool = storage.newSpool();
    const writer = spool.openRun(0);
    const write = async () => {
      for (let i = 0; i < 8; i++) await writer.write(Buffer.alloc(200_000));
    };
    expect(await codesOf(write())).toEqual(['DISK_FULL']);
    await spool.discard();
    expect(filesBelow(dir)).toEqual([]);
  });

  it('is known from what the system says', async () => {
    for (const code of ['ENOSPC', 'EDQUOT']) {
      expect(await codesOf(onDisk(Promise.reject(Object.assign(new Error(code), { code }))))).toEqual(['DISK_FULL']);
    }
    await expect(onDisk(Promise.reject(new Error('EIO')))).rejects.toThrow('EIO');
    expect(await createStorage({ dir: newFolder() }).freeBytes()).toBeGreaterThan(0);
  });

  const small = newFolder();
  const mounted = process.getuid?.() === 0 && spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=2m', 'none', small]).status === 0;
  afterAll(() => mounted && spawnSync('umount', [small]));
  (mounted ? it : it.skip)('leaves nothing behind', async () => {
    const storage = createStorage({ dir: small });
    expect(await codesOf(takeIn(storage, packageOf(base64Text(200_000), base64Text(8_000_000))))).toEqual(['DISK_FULL']);
    expect(filesBelow(small)).toEqual([]);
    await keep(storage, packageOf(base64Text(200_000)));
    expect(filesBelow(small).length).toBe(1);
  });
});
