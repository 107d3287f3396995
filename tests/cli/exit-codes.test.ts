import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { identity } from '../support/certificates.ts';
import { packageXml } from '../support/signed-packages.ts';
import { jsonOf, lienthong } from './command-line.ts';

let folder: string;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'lienthong-cli-'));
  writeFileSync(join(folder, 'secret'), 'lts_x\n');
  writeFileSync(join(folder, 'package.edxml'), packageXml());
  writeFileSync(join(folder, 'certificate.pem'), (await identity('p256')).certificatePem);
});
afterAll(() => rmSync(folder, { recursive: true }));

const away = () => ['--url', 'http://127.0.0.1:1', '--client', 'snv', '--secret-file', join(folder, 'secret')];

describe('exit codes', () => {
  it('0: help, version, configuration', async () => {
    expect(await lienthong(['deliveries', '--help'])).toMatchObject({ code: 0, stderr: '', stdout: expect.stringContaining('replay') });
    expect((await lienthong(['--version'])).stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
    const { settings, faults } = await jsonOf<{ settings: { name: string; value: string }[]; faults: unknown[] }>(['config'], {
      DATABASE_URL: 'postgres://u:hunter2@h/d',
    });
    expect(faults).toEqual([]);
    expect(settings.find((row) => row.name === 'DATABASE_URL')?.value).toBe('(set)');
  });

  it.each([
    ['no command', []],
    ['an unknown command', ['deliver']],
    ['an unknown option', ['deliveries', 'list', '--states', 'failed']],
    ['a state that does not exist', ['deliveries', 'list', '--state', 'lost']],
    ['a missing option', ['deliveries', 'hold', '0197f000-0000-7000-8000-000000000000']],
    ['neither deliveries nor a filter', ['deliveries', 'replay', '--reason', 'x']],
    ['a file that is absent', ['agencies', 'import', '/nowhere/agencies.csv']],
  ])('2: %s', async (_, args) => {
    const { code, stdout, stderr } = await lienthong(args);
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr.length).toBeGreaterThan(20);
  });

  it('2: a configuration with faults, all of them named', async () => {
    const env = { LIENTHONG_PROT: '1', LIENTHONG_ROLE: 'boss' };
    const { code, stderr } = await lienthong(['deliveries', 'list'], env);
    expect(code).toBe(2);
    expect(stderr).toContain('LIENTHONG_PROT');
    expect(stderr).toContain('LIENTHONG_ROLE');
    const shown = await lienthong(['config', '--json'], env);
    expect(shown.code).toBe(2);
    expect(JSON.parse(shown.stdout).faults).toHaveLength(2);
  });

  it('3: the database is away', async () => {
    const env = { DATABASE_URL: 'postgres://gateway:hunter2@127.0.0.1:1/lienthong', LIENTHONG_DATA: folder };
    const { code, stderr } = await lienthong(['deliveries', 'list'], env);
    expect(code).toBe(3);
    expect(stderr).not.toContain('hunter2');
  });

  it('3: the gateway is away', async () => {
    const { code, stderr } = await lienthong(['inbox', 'list', ...away(), '--json']);
    expect(code).toBe(3);
    expect(JSON.parse(stderr)).toMatchObject({ error: { exit: 3, problems: [] } });
  });

  it('2: a package from another agency than --as names', async () => {
    const { code, stderr } = await lienthong(['send', join(folder, 'package.edxml'), '--as', '000.00.99.H61', ...away()]);
    expect([code, stderr]).toEqual([2, expect.stringContaining('000.00.12.H61')]);
  });

  it('1: a signature that is not good', async () => {
    const args = ['verify', join(folder, 'package.edxml'), '--cert', join(folder, 'certificate.pem')];
    const { code, stdout } = await lienthong([...args, '--json']);
    expect([code, JSON.parse(stdout)]).toEqual([1, { kind: 'package', valid: false, reason: expect.any(String) }]);
  });

  it('1: a file that is no package', async () => {
    writeFileSync(join(folder, 'broken.edxml'), 'no XML');
    const { code, stderr } = await lienthong(['send', join(folder, 'broken.edxml'), ...away()]);
    expect([code, stderr]).toEqual([1, expect.stringContaining('NOT_XML')]);
  });
});
