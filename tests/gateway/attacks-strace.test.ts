import { join } from 'node:path';
import { families } from '../../attacks/families/index.ts';
import { judge } from '../../attacks/judge.ts';
import type { Stage } from '../../attacks/stage.ts';
import { openStage } from '../../attacks/stage.ts';
import { readCalls, traceProcess } from '../../attacks/strace.ts';
import type { Transport } from '../../attacks/transports.ts';
import { transports } from '../../attacks/transports.ts';
import { productRoot } from '../../src/paths.ts';
import { hasTool } from '../support/signed-packages.ts';

let stage: Stage;
beforeAll(async () => {
  stage = await openStage();
});
afterAll(() => stage?.close());

const traced = hasTool('strace', '-V');
if (!traced) process.stderr.write('strace is not installed: what attacks make the gateway open is not shown here\n');

/** What a running gateway may open: its own program, its data, and what the kernel says of the process and the machine. */
const mayOpen = (path: string, data: string) =>
  [join(productRoot, '/'), join(data, '/'), '/proc/', '/sys/fs/cgroup/'].some((root) => path.startsWith(root));

/** Whether a call went to the database: to its socket in a folder, or to its port. */
const isDatabase = (to: string, url: URL) => {
  const port = url.searchParams.get('port') || url.port || '5432';
  const folder = url.searchParams.get('host') ?? '';
  return folder.startsWith('/') ? to === `unix:${join(folder, `.s.PGSQL.${port}`)}` : to.includes(`htons(${port})`);
};

describe('under strace', () => {
  it('calls of all forms are seen', () => {
    const lines = [
      '12 openat(AT_FDCWD</srv>, "/etc/hostname", O_RDONLY) = 3',
      '12 open("/etc/passwd", O_RDONLY) = -1 EACCES (Permission denied)',
      '12 connect(7<TCP:[1]>, {sa_family=AF_INET, sin_port=htons(80), sin_addr=inet_addr("10.0.0.1")}, 16) = 0',
      '12 connect(8, {sa_family=AF_UNIX, sun_path="/run/x"}, 110) = -1 ENOENT (No such file or directory)',
      '12 execve("/bin/sh", ["sh"], 0x7ff /* 9 vars */) = 0',
    ];
    expect(readCalls(lines)).toEqual({
      opened: ['/etc/hostname', '/etc/passwd'],
      connected: ['AF_INET, sin_port=htons(80), sin_addr=inet_addr("10.0.0.1")', 'unix:/run/x'],
      executed: ['/bin/sh'],
    });
  });

  (traced ? it : it.skip)(
    'what names files and addresses makes the gateway open nothing but its own data, and call nobody but its database',
    async () => {
      await stage.send(stage.target.good);
      const ended = await traceProcess(stage.pid);
      const chosen = [...(families['parser'] ?? []), ...(families['references'] ?? [])];
      const faults: string[] = [];
      for (const attack of chosen) faults.push(...(await judge(stage, attack, transports[0] as Transport)).faults);
      const { opened, connected, executed } = await ended();
      const database = new URL(stage.gateway.env['DATABASE_URL'] ?? '');
      expect(faults.filter((fault) => fault.startsWith('touched'))).toEqual([]);
      expect(opened.filter((path) => path.startsWith(`${stage.gateway.env['LIENTHONG_DATA']}/spool/`)).length).toBeGreaterThan(20);
      expect(opened.filter((path) => !mayOpen(path, stage.gateway.env['LIENTHONG_DATA'] ?? ''))).toEqual([]);
      expect(connected.filter((to) => !isDatabase(to, database))).toEqual([]);
      expect(executed).toEqual([]);
    },
    120_000,
  );
});
