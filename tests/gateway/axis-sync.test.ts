import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { readConfig } from '../../src/config.ts';
import type { SyncReport } from '../../src/routing/outside-change.ts';
import { vietnamDay } from '../../src/routing/time.ts';
import { openStore } from '../../src/store.ts';
import { jsonOf, lienthong } from '../cli/command-line.ts';
import { startTestAxis, systemOf, type TestAxis } from '../support/axis.ts';
import { openAxisRoute } from '../support/axis-pair.ts';
import { countryAgencies } from '../support/country-agencies.ts';
import { eventually } from '../support/eventually.ts';
import type { TestGateway } from '../support/gateway.ts';
import { startTestGateway, usual } from '../support/gateway.ts';

type Report = SyncReport & { readonly dryRun: boolean };

const top = '000.00.00.H61';
const { department } = usual;
/** Agencies of the axis in other provinces. */
const country = 1000;
const silent = { info: () => undefined, warn: () => undefined, error: () => undefined };
const { id: systemId, secret } = systemOf(top);

let axis: TestAxis;
let province: TestGateway;
let secretFile: string;

beforeAll(async () => {
  const carrier = { code: 'TRUC.QG', agency: { channel: 'upward', signaturePolicy: 'optional' } as const };
  [axis, province] = await Promise.all([startTestAxis({ [top]: [department] }), startTestGateway({ agencies: [carrier] })]);
  for (const { env } of [axis.gateway, province]) await jsonOf(['level-one', 'load'], env);
  const store = await openStore(readConfig(axis.gateway.env), silent);
  await store.register.add(countryAgencies(country, 'H61'), 'cli:test').finally(() => store.close());
  secretFile = await openAxisRoute(province, 'TRUC.QG', { endpoint: axis.endpoint, systemId, secret, settings: { syncHours: 0 } });
});
afterAll(async () => {
  await Promise.all([province?.close(), axis?.close()]);
});

const sync = (...options: string[]) => jsonOf<Report>(['axis', 'sync', 'axis', ...options], province.env);
const shown = (code: string) =>
  jsonOf<{ name: string; status: string; parent?: string; codes: object[] }>(['agencies', 'show', code], province.env);
const resolved = (code: string) =>
  jsonOf<{ kind: string; agency: { code: string }; steps?: object[] }>(['agencies', 'resolve', code], province.env);

/** All that the directory of the province has, by the transactions that wrote it. */
const written = () =>
  province.rows(
    `select (select max(xmin::text::bigint) from agencies) as agencies, (select max(xmin::text::bigint) from agency_codes) as codes,
       (select count(*) from agencies) as n, (select count(*) from events) as events, (select count(*) from successions) as successions`,
  );

describe('a sync of the directory with an axis', () => {
  it('says in a dry run what it would do, and stores nothing', async () => {
    const before = await written();
    const report = await sync('--dry-run');
    expect(report).toMatchObject({ dryRun: true, listed: country + 2, added: country, unmapped: {}, unread: {} });
    // the top of our province is not registered here, and the agency below it takes part here
    expect(report.skipped).toEqual({ ours: 1, province: 1 });
    expect(report.changes).toHaveLength(200);
    expect(await written()).toEqual(before);
  });

  it('does just that without the option: every agency, with both its codes, under the one above it', async () => {
    const report = await sync('--all');
    expect(report).toMatchObject({ dryRun: false, added: country });
    expect(report.changes).toHaveLength(country);
    // and the carrier of the route
    const counted = await province.rows(
      `select count(*)::int as n, (select count(*)::int from agency_codes where scheme = 'qcvn102' and agency_id in
         (select id from agencies where channel = 'upward')) as "of102"
       from agencies where channel = 'upward'`,
    );
    expect(counted).toEqual([{ n: country + 1, of102: country + 1 }]);
    expect(await shown('H01.03.02')).toMatchObject({
      parent: '000.00.03.H01',
      codes: [
        { code: '000.02.03.H01', scheme: 'qcvn102' },
        { code: 'H01.03.02', scheme: 'axis' },
      ],
    });
    expect(await resolved('000.02.03.H01')).toMatchObject({ kind: 'agency' });
  });

  it('writes nothing when nothing changed', async () => {
    const before = await written();
    const report = await sync();
    expect(report).toMatchObject({ listed: country + 2, unchanged: country, changes: [], leftOut: [{ code: top, why: 'province' }] });
    expect(await written()).toEqual(before);
  });

  it('reports what was added, renamed, closed, moved and recoded on the axis, and nothing else', async () => {
    const today = vietnamDay(new Date());
    const file = join(axis.gateway.folder, 'changes.csv');
    const changes = [
      `rename,H01.05,${today},Sở Nội vụ mới,,,`,
      `move,H01.06.01,${today},,H01.07,,`,
      `rename,H01.08,${today},,,H01.99,qd20`,
      `close,H01.02.01,${today},,,,`,
    ];
    await writeFile(file, `kind,from,on,name,parent,code,scheme\n${changes.join('\n')}\n`);
    await jsonOf(['successions', 'apply', file], axis.gateway.env);
    await jsonOf(['agencies', 'add', 'H03.98', '--name', 'Sở mới'], axis.gateway.env);

    const report = await sync();
    expect(report).toMatchObject({ added: 1, renamed: 1, closed: 1, moved: 1, recoded: 1, reopened: 0, codesAdded: 0, unmapped: {} });
    expect(report.unchanged).toBe(country - 4);
    expect(report.changes.map(({ kind, code }) => `${kind} ${code}`).sort()).toEqual([
      'add H03.98',
      'close H01.02.01',
      'move H01.06.01',
      'recode H01.99',
      'rename H01.05',
    ]);
    expect(await shown('H01.05')).toMatchObject({ name: 'Sở Nội vụ mới' });
    expect(await shown('H01.02.01')).toMatchObject({ status: 'closed' });
    expect(await shown('H01.06.01')).toMatchObject({ parent: '000.00.07.H01' });
    expect(await resolved('H01.08')).toMatchObject({ kind: 'successor', steps: [{ kind: 'recode', from: 'H01.08', to: 'H01.99' }] });
    expect(await sync()).toMatchObject({ changes: [], unchanged: country + 1 });
  });

  it('prints the report for people, too', async () => {
    await jsonOf(['agencies', 'close', 'H03.98', '--reason', 'thử'], axis.gateway.env);
    const { stderr } = await lienthong(['axis', 'sync', 'axis', '--dry-run'], province.env);
    expect(stderr).toBe('chưa ghi gì / nothing was stored\n');
    const { code, stdout } = await lienthong(['axis', 'sync', 'axis'], province.env);
    expect(code).toBe(0);
    expect(stdout).toMatch(/Đóng \/ closed +1\n/);
    expect(stdout).toMatch(/close +H03\.98 +Sở mới/);
    expect(stdout).toContain('bỏ qua / skipped: province');
  });

  it('ends with 1 when the answer is no, and with 3 when the axis is away', async () => {
    const codeAndText = async (...args: string[]) => {
      const { code, stderr } = await lienthong(['axis', 'sync', ...args, '--json'], province.env);
      return [code, stderr];
    };
    expect(await codeAndText('nowhere')).toEqual([1, expect.stringContaining('ROUTE_UNKNOWN')]);
    const busy = await province.database?.pool.connect();
    await busy?.query(`select pg_advisory_lock(13, hashtext('axis directory'))`);
    expect(await codeAndText('axis')).toEqual([1, expect.stringContaining('SYNC_RUNNING')]);
    await busy?.query(`select pg_advisory_unlock(13, hashtext('axis directory'))`);
    busy?.release();
    await writeFile(secretFile, 'a wrong one\n');
    expect(await codeAndText('axis', '--dry-run')).toEqual([1, expect.stringContaining('getSynchronizeUnit: 15')]);
    await writeFile(secretFile, `${secret}\n`);
    await Promise.all(axis.gateway.processes.map((one) => one.stop()));
    expect(await codeAndText('axis')).toEqual([3, expect.stringContaining('getSynchronizeUnit')]);
    await axis.gateway.restart();
    await province.rows(`update upward_routes set settings = settings || jsonb_build_object('endpoint', $1::text)`, [axis.endpoint]);
  });

  it('is done by the gateway itself: soon again after a failure, with what went wrong in view, then in its rhythm', async () => {
    await writeFile(secretFile, 'a wrong one\n');
    await province.rows(`update upward_polls set synced_at = synced_at - interval '2 days'`);
    await jsonOf(['agencies', 'add', 'H03.97', '--name', 'Sở mới nữa'], axis.gateway.env);
    await province.rows(`update upward_routes set settings = settings || '{"syncHours": 24, "syncRetrySeconds": 1}'`);
    const failures = async () =>
      (await province.rows<{ sync_failures: number }>('select sync_failures from upward_polls'))[0]?.sync_failures ?? 0;
    await eventually(async () => (await failures()) >= 2);
    const [failing] = await jsonOf<object[]>(['axis', 'status'], province.env);
    expect(failing).toMatchObject({ syncError: expect.stringContaining('15'), syncedAt: expect.any(String) });
    const { text } = await metrics();
    expect(text).toMatch(/lienthong_route_sync_failures\{route="axis"\} [2-9]/);
    await writeFile(secretFile, `${secret}\n`);
    await eventually(async () => (await failures()) === 0);
    expect(await shown('H03.97')).toMatchObject({ name: 'Sở mới nữa' });
    const lines = (await province.processes[0]?.log()) ?? [];
    expect(lines.find(({ msg }) => msg === 'route.sync_failed')).toMatchObject({ route: 'axis', failures: 1, retryAt: expect.any(String) });
    expect(lines.filter(({ msg }) => msg === 'route.synced')).toEqual([expect.objectContaining({ route: 'axis', added: 1 })]);
  });
});

async function metrics(): Promise<{ text: string }> {
  const answer = await province.request('/metrics', {});
  return { text: await answer.text() };
}
