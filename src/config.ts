import { availableParallelism } from 'node:os';
import { z } from 'zod';
import { clientContradictions, clientSettings, keySettings } from './config/clients.ts';
import { contentsSettings } from './config/contents.ts';
import { type Environment, readTable, type SettingRow, showTable } from './config/environment.ts';
import { facadeSettings } from './config/facade.ts';
import { addressRange, bytes, daySpans, file, folder, json, listOf, oneOf, seconds, secretUrl, text, whole } from './config/kinds.ts';
import { retentionSettings } from './config/retention.ts';
import { revocationSettings } from './config/revocation.ts';
import { readRouteSecrets } from './config/route-secrets.ts';
import { ConfigFault, optional, type Secret, type Setting, type SettingFault, setting } from './config/setting.ts';
import { defaultBreaker } from './routing/breaker.ts';
import { defaultSchedules, type RetrySchedules } from './routing/retry.ts';

export type { Environment, SettingRow } from './config/environment.ts';
export { ConfigFault, Secret, type SettingFault } from './config/setting.ts';

const positive = z.number().positive().max(10_000_000);
const schedule = z.strictObject({ delays: z.array(positive).max(50), afterwards: positive, deadlineHours: positive });
const urgencies = [0, 1, 2, 3, 4] as const;

const schedules = json(z.partialRecord(z.enum(['0', '1', '2', '3', '4']), schedule), (given): RetrySchedules => {
  const chosen = urgencies.map((urgency) => [urgency, given[`${urgency}`] ?? defaultSchedules[urgency]] as const);
  return Object.fromEntries(chosen) as unknown as RetrySchedules;
});
const breakerShape = z.strictObject({
  opensAfter: z.int().min(1).optional(),
  firstWait: positive.optional(),
  longestWait: positive.optional(),
});
const breaker = json(breakerShape, (given) => ({
  opensAfter: given.opensAfter ?? defaultBreaker.opensAfter,
  firstWait: given.firstWait ?? defaultBreaker.firstWait,
  longestWait: given.longestWait ?? defaultBreaker.longestWait,
}));

const name = text(
  'name',
  /^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/,
  'must be 1 to 63 letters, digits, ". _ -"',
  'phải gồm 1–63 chữ, số, ". _ -"',
);
const host = text('host', /^[A-Za-z0-9:.[\]_-]{1,253}$/, 'must be a host name or an address', 'phải là tên máy hoặc địa chỉ');
const levelOne = text('code', /^[A-Z]\d{2}$/, 'must be level-1 codes like H61', 'phải là mã cấp 1 dạng H61');

const agencyCode = text('code', /^[0-9A-Za-z.]{1,35}$/, 'must be an agency code', 'phải là mã định danh đơn vị');

const hour = 3600;

/** Every setting of the gateway: the only place where the environment is read. */
export const settings = {
  data: setting('LIENTHONG_DATA', folder, './data', 'Folder of the content store, the embedded database and the keys'),
  gateway: setting('LIENTHONG_GATEWAY', name, 'lienthong', 'Identifier of this gateway, written into every receipt'),
  province: setting('LIENTHONG_PROVINCE', listOf(levelOne), 'H61', 'Level-1 codes of the province that this gateway serves'),
  traceCodes: setting('LIENTHONG_TRACE_CODES', listOf(agencyCode), '', 'Codes by which trace headers of packages name this gateway'),
  host: setting('LIENTHONG_HOST', host, '127.0.0.1', 'Address to listen on'),
  port: setting('LIENTHONG_PORT', whole(0, 65_535), '8080', 'Port to listen on; 0 takes a free one'),
  role: setting(
    'LIENTHONG_ROLE',
    oneOf('api', 'worker', 'all'),
    'all',
    'What this process does: take packages in, bring them out, or both',
  ),
  profile: setting(
    'LIENTHONG_PROFILE',
    oneOf('province', 'axis'),
    'province',
    'What this gateway is: that of a province, or a small national axis on /vxp',
  ),
  workerPort: optional(
    'LIENTHONG_WORKER_PORT',
    whole(0, 65_535),
    'Port on which a process of the role worker answers /healthz, /readyz and /metrics; without it none',
  ),
  workerHost: setting('LIENTHONG_WORKER_HOST', host, '127.0.0.1', 'Address of that port'),
  databaseUrl: optional(
    'DATABASE_URL',
    secretUrl('postgres', 'postgresql'),
    'PostgreSQL 14 or newer; without it the embedded server in the data folder',
  ),
  redisUrl: optional('REDIS_URL', secretUrl('redis', 'rediss'), 'Redis for the queue; without it the queue lives in PostgreSQL'),
  trustBasis: setting(
    'LIENTHONG_TRUST',
    oneOf('imported', 'chain'),
    'imported',
    'What a certificate of an agency needs: to be imported, or also to lead to a trust anchor',
  ),
  maxPackageBytes: setting('LIENTHONG_MAX_PACKAGE_BYTES', bytes(1024), '2 GiB', 'Largest package that is taken in'),
  maxTextBytes: setting('LIENTHONG_MAX_TEXT_BYTES', bytes(1024), '4 MiB', 'Largest XML text of a package, attachments not counted'),
  bodyIdleSeconds: setting('LIENTHONG_BODY_IDLE_SECONDS', seconds(1, hour), '60', 'A body that brings no byte for so long is given up'),
  uploads: setting('LIENTHONG_UPLOADS', whole(1, 100_000), '256', 'Packages taken in at the same time; more are told to come back'),
  trustedProxies: setting('LIENTHONG_TRUSTED_PROXIES', listOf(addressRange), '', 'Proxies whose X-Forwarded-For is believed'),
  examineThreads: setting(
    'LIENTHONG_EXAMINE_THREADS',
    whole(1, 256),
    `${availableParallelism()}`,
    'Threads that parse and check packages; default: processors',
  ),
  examineSeconds: setting(
    'LIENTHONG_EXAMINE_SECONDS',
    seconds(1, hour),
    '120',
    'Longest time that the examination of one package may take',
  ),
  schedules: setting(
    'LIENTHONG_SCHEDULES',
    schedules,
    '{}',
    'Retry schedules that replace built-in ones, by urgency: {"0": {"delays": [30], "afterwards": 600, "deadlineHours": 168}}',
  ),
  breaker: setting(
    'LIENTHONG_BREAKER',
    breaker,
    '{}',
    'Circuit breaker of a recipient where it differs: {"opensAfter": 5, "firstWait": 10, "longestWait": 300}',
  ),
  urgentConcurrency: setting('LIENTHONG_URGENT_CONCURRENCY', whole(1, 1000), '32', 'Urgent deliveries that one worker makes at once'),
  ordinaryConcurrency: setting('LIENTHONG_ORDINARY_CONCURRENCY', whole(1, 1000), '64', 'Ordinary deliveries that one worker makes at once'),
  pushConnectSeconds: setting('LIENTHONG_PUSH_CONNECT_SECONDS', seconds(0.1, 300), '5', 'Longest time to connect to a recipient'),
  pushSeconds: setting('LIENTHONG_PUSH_SECONDS', seconds(1, hour), '60', 'Longest time of a whole push, apart from its size'),
  pushSecondsPerMb: setting('LIENTHONG_PUSH_SECONDS_PER_MB', seconds(0, 600), '1', 'Time added to it for each MB'),
  pushAllow: setting('LIENTHONG_PUSH_ALLOW', listOf(addressRange), '', 'Private or link-local addresses that pushes may go to'),
  pushCa: optional('LIENTHONG_PUSH_CA', file, 'PEM file with further certificate authorities that recipients are trusted by'),
  metricsAllow: setting('LIENTHONG_METRICS_ALLOW', listOf(addressRange), '127.0.0.0/8, ::1/128', 'Addresses that may read /metrics'),
  ...keySettings,
  ...clientSettings,
  workingHours: setting('LIENTHONG_WORKING_HOURS', daySpans, '07:30-11:30, 13:00-17:00', 'Working hours; the first span is the morning'),
  urgentMinutes: setting('LIENTHONG_URGENT_MINUTES', whole(1, 10_000), '30', 'Time within which an urgent document is to arrive'),
  warnPercent: setting(
    'LIENTHONG_WARN_PERCENT',
    whole(1, 100),
    '80',
    'Part of the time to a deadline by law after which a warning is given',
  ),
  ...retentionSettings,
  minFreeBytes: setting('LIENTHONG_MIN_FREE_BYTES', bytes(0), '1 GiB', 'Free space below which no package is taken in'),
  receiverAdded: setting(
    'LIENTHONG_RECEIVER_ADDED',
    oneOf('1', '0'),
    '1',
    'ReceiverType by which an update adds a recipient; the other one removes it',
  ),
  logLevel: setting(
    'LIENTHONG_LOG_LEVEL',
    oneOf('trace', 'debug', 'info', 'warn', 'error', 'silent'),
    'info',
    'Least level that is logged',
  ),
  sweepSeconds: setting(
    'LIENTHONG_SWEEP_SECONDS',
    seconds(0.1, hour),
    '1',
    'How often due deliveries are looked for that no ring announced',
  ),
  stopSeconds: setting(
    'LIENTHONG_STOP_SECONDS',
    seconds(0.1, hour),
    '20',
    'Time that running requests, and after them running attempts, get to finish when the gateway stops',
  ),
  ...contentsSettings,
  ...facadeSettings,
  ...revocationSettings,
};

type Settings = typeof settings;

/** The configuration, read and checked. Secrets are `Secret` and never print. */
export type Config = { readonly [K in keyof Settings]: Settings[K] extends Setting<infer T> ? T : never } & {
  /** Secrets of upward routes by the names of their variables, which operators choose. */
  readonly routeSecrets: ReadonlyMap<string, Secret>;
};

/** Reads every setting from the environment. Throws ConfigFault with all that is wrong. */
export function readConfig(env: Environment = process.env): Config {
  const { values, faults } = readTable(settings, env);
  const routeSecrets = readRouteSecrets(env, faults);
  // The fields are those of the table; a value of the wrong type has become a fault.
  const config = Object.freeze({ ...values, routeSecrets }) as unknown as Config;
  if (faults.length === 0) faults.push(...contradictions(config));
  if (faults.length > 0) throw new ConfigFault(faults);
  return config;
}

/** The table with what this environment says, good or bad. */
export function settingRows(env: Environment = process.env): readonly SettingRow[] {
  return showTable(settings, env);
}

function contradictions(config: Config): SettingFault[] {
  const faults: SettingFault[] = [];
  const fault = (row: { readonly name: string }, en: string, vi: string) => faults.push({ name: row.name, en, vi });
  faults.push(...clientContradictions(config));
  if (config.virusScan !== 'off' && config.clamd === undefined) {
    fault(settings.virusScan, `needs ${settings.clamd.name}`, `cần đặt ${settings.clamd.name}`);
  }
  if (config.profile !== 'axis' && Object.keys(config.axisUnkind).length > 0) {
    fault(settings.axisUnkind, `is for ${settings.profile.name}=axis alone`, `chỉ dùng với ${settings.profile.name}=axis`);
  }
  if (config.payloadMonths > config.recordMonths) {
    fault(settings.payloadMonths, `is longer than ${settings.recordMonths.name}`, 'nội dung không thể được lưu lâu hơn hồ sơ');
  }
  if (config.maxTextBytes > config.maxPackageBytes) {
    fault(settings.maxTextBytes, `is larger than ${settings.maxPackageBytes.name}`, 'lớn hơn giới hạn của cả gói tin');
  }
  if (config.pushConnectSeconds > config.pushSeconds) {
    fault(settings.pushConnectSeconds, `is longer than ${settings.pushSeconds.name}`, 'dài hơn thời gian của cả lần chuyển');
  }
  if (config.breaker.firstWait > config.breaker.longestWait) {
    fault(settings.breaker, 'firstWait is longer than longestWait', 'firstWait lớn hơn longestWait');
  }
  return faults;
}
