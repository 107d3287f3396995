import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { nearest } from '../src/config/nearest.ts';
import { ConfigFault, readConfig, type SettingFault, settingRows, settings } from '../src/config.ts';
import { defaultSchedules } from '../src/routing/retry.ts';

const secretUrl = 'postgres://gateway:hunter2@db.example/lienthong';

function faultsOf(env: Record<string, string>): readonly SettingFault[] {
  try {
    readConfig(env);
    return [];
  } catch (error) {
    if (error instanceof ConfigFault) return error.faults;
    throw error;
  }
}

describe('the configuration', () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'lienthong-config-'));
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  it('has a value for every setting when nothing is set', () => {
    const config = readConfig({});
    expect(Object.keys(config)).toEqual([...Object.keys(settings), 'routeSecrets']);
    expect(config).toMatchObject({ gateway: 'lienthong', province: ['H61'], host: '127.0.0.1', port: 8080, role: 'all' });
    expect(config.maxPackageBytes).toBe(2 ** 31);
    expect(config.schedules).toEqual(defaultSchedules);
    expect(config.metricsAllow).toEqual(['127.0.0.0/8', '::1/128']);
    expect(config.pushAllow).toEqual([]);
    expect(config.databaseUrl).toBeUndefined();
  });

  it('takes a variable that is set but empty as not set', () => {
    expect(readConfig({ LIENTHONG_PORT: ' ', DATABASE_URL: '', REDIS_URL_FILE: '' })).toEqual(readConfig({}));
  });

  it.each([
    ['LIENTHONG_MAX_PACKAGE_BYTES', '500 MiB', 'maxPackageBytes', 500 * 2 ** 20],
    ['LIENTHONG_MAX_PACKAGE_BYTES', '1.5gb', 'maxPackageBytes', 1_500_000_000],
    ['LIENTHONG_PROVINCE', 'H61, H07,H59', 'province', ['H61', 'H07', 'H59']],
    ['LIENTHONG_PUSH_ALLOW', '10.1.2.3, fd00::/8', 'pushAllow', ['10.1.2.3/32', 'fd00::/8']],
    ['LIENTHONG_SWEEP_SECONDS', '0.5', 'sweepSeconds', 0.5],
    ['LIENTHONG_BREAKER', '{"opensAfter": 2}', 'breaker', { opensAfter: 2, firstWait: 10, longestWait: 300 }],
  ] as const)('reads %s=%s', (name, text, field, value) => {
    expect(readConfig({ [name]: text })[field]).toEqual(value);
  });

  it('replaces only the schedules that are given', () => {
    const own = '{"delays": [1, 2], "afterwards": 5, "deadlineHours": 1}';
    const { schedules } = readConfig({ LIENTHONG_SCHEDULES: `{"3": ${own}}` });
    expect(schedules).toEqual({ ...defaultSchedules, 3: JSON.parse(own) });
  });

  it('reports everything that is wrong at once, in both languages', () => {
    const env = {
      LIENTHONG_PORT: '80800',
      LIENTHONG_PROVINCE: 'H61,Vĩnh Long',
      LIENTHONG_PUSH_ALLOW: '10.0.0.0/33',
      LIENTHONG_SCHEDULES: '{"0": {"delays": "soon"}}',
      LIENTHONG_KEY_FILE: '/nowhere/key.pem',
      LIENTHONG_LOG_LEVEL: 'loud',
      LIENTHONG_MAX_TEXT_BYTES: 'much',
      REDIS_URL: 'http://redis.example',
      LIENTHONG_ROUTE_SECRET_EMPTY: '',
      LIENTHONG_ROUTE_SECRET_lower: 'x',
    };
    const faults = faultsOf(env);
    expect(faults.map((fault) => fault.name).sort()).toEqual(Object.keys(env).sort());
    for (const fault of faults) expect([fault.en, fault.vi].every((text) => text.length > 10)).toBe(true);
    expect(faults.find((fault) => fault.name === 'LIENTHONG_SCHEDULES')?.en).toContain('0.delays');
  });

  it('suggests the nearest name for a setting that does not exist', () => {
    expect(faultsOf({ LIENTHONG_PROT: '1', LIENTHONG_REDIS_URL: 'x' }).map((fault) => fault.en)).toEqual([
      expect.stringContaining('LIENTHONG_PORT'),
      expect.stringContaining('REDIS_URL'),
    ]);
    expect(nearest('LIENTHONG_HOSTS', ['LIENTHONG_PORT', 'LIENTHONG_HOST'], 'LIENTHONG_')).toBe('LIENTHONG_HOST');
  });

  it.each([
    [{ LIENTHONG_MAX_TEXT_BYTES: '3 GiB' }, 'LIENTHONG_MAX_TEXT_BYTES'],
    [{ LIENTHONG_PUSH_SECONDS: '2' }, 'LIENTHONG_PUSH_CONNECT_SECONDS'],
    [{ LIENTHONG_BREAKER: '{"firstWait": 900}' }, 'LIENTHONG_BREAKER'],
  ])('notices settings that contradict each other: %j', (env, name) => {
    expect(faultsOf(env).map((fault) => fault.name)).toEqual([name]);
  });

  it('wants key and certificate together', () => {
    const path = join(folder, 'key.pem');
    writeFileSync(path, 'key');
    expect(faultsOf({ LIENTHONG_KEY_FILE: path }).map((fault) => fault.name)).toEqual(['LIENTHONG_KEY_FILE']);
    expect(readConfig({ LIENTHONG_KEY_FILE: path, LIENTHONG_CERT_FILE: path }).keyFile).toBe(path);
  });
});

describe('secrets in the configuration', () => {
  let folder: string;
  let path: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'lienthong-config-'));
    path = join(folder, 'database-url');
    writeFileSync(path, `${secretUrl}\n`);
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  it('are revealed on purpose and never print', () => {
    const config = readConfig({ DATABASE_URL: secretUrl });
    expect(config.databaseUrl?.reveal()).toBe(secretUrl);
    for (const text of [JSON.stringify(config), inspect(config), `${config.databaseUrl}`]) {
      expect(text).toContain('(set)');
      expect(text).not.toContain('hunter2');
    }
  });

  it('may come from a file', () => {
    expect(readConfig({ DATABASE_URL_FILE: path }).databaseUrl?.reveal()).toBe(secretUrl);
  });

  it('come from one place only, and from a file that can be read', () => {
    expect(faultsOf({ DATABASE_URL_FILE: path, DATABASE_URL: secretUrl }).map((fault) => fault.name)).toEqual(['DATABASE_URL_FILE']);
    expect(faultsOf({ REDIS_URL_FILE: '/nowhere' })).toEqual([expect.objectContaining({ name: 'REDIS_URL_FILE' })]);
  });

  it('are not shown when they are wrong', () => {
    const [fault] = faultsOf({ DATABASE_URL: 'mysql://gateway:hunter2@db.example' });
    expect(fault?.name).toBe('DATABASE_URL');
    expect(JSON.stringify(fault)).not.toContain('hunter2');
  });

  it('are shown as set in the table', () => {
    const rows = settingRows({ DATABASE_URL_FILE: path, LIENTHONG_PORT: '9000' });
    expect(rows.find((row) => row.name === 'DATABASE_URL')).toMatchObject({ secret: true, value: '(set)' });
    expect(rows.find((row) => row.name === 'REDIS_URL')).toMatchObject({ value: null, default: null });
    expect(rows.find((row) => row.name === 'LIENTHONG_PORT')).toMatchObject({ value: '9000', default: '8080' });
    expect(rows.every((row) => row.description.length > 10)).toBe(true);
  });
});
