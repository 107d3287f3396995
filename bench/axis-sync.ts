import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readConfig } from '../src/config.ts';
import type { SyncOrder } from '../src/directory-sync.ts';
import { syncNow } from '../src/directory-sync.ts';
import { openSecretsVault } from '../src/facade.ts';
import type { SyncReport } from '../src/routing/outside-change.ts';
import type { Store } from '../src/store.ts';
import { openStore } from '../src/store.ts';
import { createOpenAxis } from '../src/upward.ts';
import { agencyWith, newId } from '../tests/support/acceptance.ts';
import { countryAgencies } from '../tests/support/country-agencies.ts';
import { memoryOf } from '../tests/support/process-memory.ts';
import type { BenchGateway } from './gateway.ts';
import { openGateway } from './gateway.ts';
import type { Judged } from './report.ts';
import { tell } from './report.ts';

/** As many as the national axis lists. */
const country = 111_000;
const secret = 'a secret of the bench';
const systemId = 'vxp.bench';
const silent = { info: () => undefined, warn: () => undefined, error: () => undefined };

/** The directory of a country, from an axis into the register of a province: the first sync, one without change, one with changes. */
export async function axisSync(): Promise<Judged[]> {
  const axis = await openGateway({ env: { LIENTHONG_PROFILE: 'axis', LIENTHONG_PROVINCE: '' } });
  const folder = await mkdtemp(join(tmpdir(), 'lienthong-bench-'));
  try {
    await fill(axis);
    const config = readConfig({ LIENTHONG_DATA: join(folder, 'data'), LIENTHONG_PUSH_ALLOW: '127.0.0.0/8' });
    const store = await openStore(config, silent);
    try {
      await openRoute(axis, store, folder);
      const parts = { config, store, openAxis: await createOpenAxis(config, store) };
      const sync = async (order: Partial<SyncOrder> = {}) => {
        const [route] = await store.board.routes();
        if (route === undefined) throw new Error('there is no route');
        return measure(() => syncNow(parts, route, { actor: 'cli:bench', dryRun: false, ...order }));
      };
      const tried = await sync({ dryRun: true });
      const first = await sync();
      const second = await sync();
      await axis.withStore(({ database }) =>
        database.pool.query(`update agencies set name = name || ' mới' where id in (select id from agencies order by id limit 1000)`),
      );
      const third = await sync();
      expectCounts([tried, first, second, third].map(({ report }) => report));
      return [
        ...figures('dry run', tried),
        ...figures('first sync', first),
        ...figures('sync without a change', second),
        ...figures('sync with 1,000 new names', third),
      ];
    } finally {
      await store.close();
    }
  } finally {
    await axis.remove();
    await rm(folder, { recursive: true, force: true });
  }
}

/** Puts the country into the directory of the axis, and lets the province in. */
function fill(axis: BenchGateway): Promise<void> {
  return axis.withStore(async (store) => {
    await store.register.add(countryAgencies(country, 'H61'), 'bench');
    const vault = await openSecretsVault(readConfig({ LIENTHONG_DATA: axis.data }));
    const agency = await store.register.byCode(axis.inboxes[0] ?? '');
    await store.register.addClient({ id: 'bench', name: 'bench', scopes: ['send', 'receive'], agencyIds: [agency?.id ?? ''] }, 'bench');
    const sealed = { id: newId(), sealed: vault.seal(secret, systemId) };
    await store.facade.addSecret({ systemId, clientId: 'bench', endOlderAt: new Date(), secret: sealed }, 'bench');
  });
}

async function openRoute(axis: BenchGateway, store: Store, folder: string): Promise<void> {
  const secretFile = join(folder, 'secret');
  await writeFile(secretFile, secret);
  const carrier = agencyWith('TRUC.QG', { channel: 'upward', signaturePolicy: 'optional' });
  await store.register.add([carrier], 'bench');
  const settings = { endpoint: `${axis.url}/vxp`, systemId, secretFile };
  await store.board.openRoute({ name: 'axis', kind: 'vxp', agencyId: carrier.id, carrierCode: 'TRUC.QG', settings }, 'bench');
}

interface Measured {
  readonly report: SyncReport;
  readonly seconds: number;
  /** Processor time of this process. */
  readonly busy: number;
  /** Bytes beyond what the process had before, at the most. */
  readonly memory: number;
}

async function measure(work: () => Promise<SyncReport>): Promise<Measured> {
  // 5 forgets the peak
  await writeFile('/proc/self/clear_refs', '5');
  const { now: before } = await memoryOf(process.pid);
  const [began, used] = [performance.now(), process.cpuUsage()];
  const report = await work();
  const { user, system } = process.cpuUsage(used);
  const { peak } = await memoryOf(process.pid);
  return { report, seconds: (performance.now() - began) / 1000, busy: (user + system) / 1e6, memory: peak - before };
}

function figures(what: string, { seconds, busy, memory }: Measured): Judged[] {
  const about = { scenario: 'axis-sync', queue: 'postgres' } as const;
  return [
    tell({ ...about, figure: `${what} of ${country} agencies`, value: seconds, unit: 's' }),
    tell({ ...about, figure: `${what}: processor time of the process that syncs`, value: busy, unit: 's' }),
    tell({ ...about, figure: `${what}: memory beyond what it had before`, value: memory / 2 ** 20, unit: 'MiB' }),
  ];
}

/** A figure of a sync that did something else is worth nothing. */
function expectCounts(reports: readonly SyncReport[]): void {
  const counts = reports.map(({ added, renamed, unchanged }) => [added, renamed, unchanged].join(' '));
  process.stdout.write(`${JSON.stringify({ addedRenamedUnchanged: counts })}\n`);
  if (reports[2]?.changes.length !== 0) throw new Error('a sync without a change has changed something');
}
