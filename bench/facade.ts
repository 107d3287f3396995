import { readConfig } from '../src/config.ts';
import { openSecretsVault } from '../src/facade.ts';
import type { Store } from '../src/store.ts';
import { agencyWith, newId } from '../tests/support/acceptance.ts';
import { AxisClient } from '../tests/support/axis-client.ts';
import { prepare, small } from './corpus.ts';
import type { BenchGateway, BenchOptions } from './gateway.ts';
import { openGateway } from './gateway.ts';
import type { ProcessorTime } from './processor-time.ts';
import { perPackage } from './processor-time.ts';
import type { Judged } from './report.ts';
import { tell } from './report.ts';
import { sendAll } from './senders.ts';

const pollers = 2000;
const waitingEach = 20;
const calls = 3000;
const atOnce = 16;
const secret = 'a secret of the bench';
const eDoc = { servicetype: 'eDoc', messagetype: 'edoc' };

/** Calls of axis clients as their library makes them, a connection each: lists and statuses a second, and what 2,000 that poll once a minute cost. */
export async function facade(options: BenchOptions): Promise<Judged[]> {
  const gateway = await openGateway(options);
  const about = { scenario: 'facade', queue: gateway.queue };
  try {
    const busy = await admit(gateway, gateway.inboxes);
    const idle = await admit(gateway, await register(gateway));
    const everything = await admitForAll(gateway);
    const packages = prepare(small, waitingEach * busy.length, gateway.senders, gateway.inboxes);
    await sendAll(gateway.url, packages, gateway.senders, 4);

    const list = (client: AxisClient) => client.call('getReceivedEdocList', eDoc);
    const entries = await Promise.all(busy.map(async (client) => idsIn((await list(client)).json)));
    await measure(gateway, calls / 10, (i) => list(at(busy, i)));
    const lists = await measure(gateway, calls, (i) => list(at(busy, i)));
    const told = (i: number) => ({ docid: at(at(entries, i), Math.floor(i / busy.length)), status: 'processing' });
    const statuses = await measure(gateway, calls, (i) => at(busy, i).call('updateStatus', told(i)));
    const polls = await measure(gateway, pollers, (i) => list(at(idle, i)));
    const together = await measure(gateway, 60, () => list(everything));
    return [
      tell({ ...about, figure: `lists of ${waitingEach} entries`, value: lists.rate, unit: '/s', target: '>= 200' }),
      tell({ ...about, figure: 'statuses', value: statuses.rate, unit: '/s', target: '>= 200' }),
      tell({ ...about, figure: 'processor time of a list: gateway and database', value: lists.cost, unit: 'ms' }),
      tell({ ...about, figure: 'processor time of a status: gateway and database', value: statuses.cost, unit: 'ms' }),
      tell({
        ...about,
        figure: `${pollers} systems that poll once a minute`,
        value: ofOneCore(polls.cost * pollers),
        unit: '% of a core',
        target: '<= 10',
      }),
      tell({ ...about, figure: `one system that polls for ${pollers} agencies`, value: together.cost, unit: 'ms of processor time' }),
    ];
  } finally {
    await gateway.remove();
  }
}

function idsIn(json: Record<string, unknown> | undefined): string[] {
  const data = json?.['data'];
  if (!Array.isArray(data)) throw new Error(JSON.stringify(json));
  return data.map(({ docId }: { docId: string }) => docId);
}

/** Milliseconds of work in a minute as a part of one core, in percent. */
const ofOneCore = (milliseconds: number) => (milliseconds / 60_000) * 100;

function at<T>(list: readonly T[], i: number): T {
  return list[i % list.length] as T;
}

/** Registers the agencies of the pollers, and returns their codes. */
async function register(gateway: BenchGateway): Promise<string[]> {
  const codes = Array.from(
    { length: pollers },
    (_, i) => `${String((i % 999) + 1).padStart(3, '0')}.${String(Math.floor(i / 999) + 41)}.40.H61`,
  );
  await gateway.withStore((store) =>
    store.register.add(
      codes.map((code) => agencyWith(code)),
      'cli:bench',
    ),
  );
  return codes;
}

/** One system that speaks for all of them. */
function admitForAll(gateway: BenchGateway): Promise<AxisClient> {
  return gateway.withStore(async (store) => {
    const { rows } = await store.database.pool.query<{ id: string }>(`select agency_id as id from agency_codes where code like '%.40.H61'`);
    return admitOne(
      gateway,
      store,
      'vxp-all',
      rows.map(({ id }) => id),
    );
  });
}

/** A system for each of the agencies. */
function admit(gateway: BenchGateway, codes: readonly string[]): Promise<AxisClient[]> {
  return gateway.withStore(async (store) => {
    const made: AxisClient[] = [];
    for (let from = 0; from < codes.length; from += atOnce) {
      const batch = codes.slice(from, from + atOnce).map(async (code) => {
        const agency = await store.register.byCode(code);
        return admitOne(gateway, store, `vxp-${code.toLowerCase()}`, [agency?.id ?? '']);
      });
      made.push(...(await Promise.all(batch)));
    }
    return made;
  });
}

async function admitOne(gateway: BenchGateway, store: Store, id: string, agencyIds: readonly string[]): Promise<AxisClient> {
  const vault = await openSecretsVault(readConfig({ LIENTHONG_DATA: gateway.data }));
  await store.register.addClient({ id, name: id, scopes: ['receive'], agencyIds }, 'cli:bench');
  const sealed = { id: newId(), sealed: vault.seal(secret, id) };
  await store.facade.addSecret({ systemId: id, clientId: id, endOlderAt: new Date(), secret: sealed }, 'cli:bench');
  return new AxisClient(`${gateway.url}/vxp`, id, secret);
}

interface Measured {
  readonly rate: number;
  /** Milliseconds of processor time of one call, of the gateway and its database. */
  readonly cost: number;
}

async function measure(
  gateway: BenchGateway,
  count: number,
  call: (i: number) => Promise<{ json: Record<string, unknown> | undefined }>,
): Promise<Measured> {
  const before: ProcessorTime = await gateway.processorTime();
  const began = performance.now();
  let next = 0;
  const work = async () => {
    for (let i = next++; i < count; i = next++) {
      const { json } = await call(i);
      if (json?.['status'] !== 'OK') throw new Error(JSON.stringify(json));
    }
  };
  await Promise.all(Array.from({ length: atOnce }, work));
  const rate = (count * 1000) / (performance.now() - began);
  const { gatewayMain, gatewayThreads, database } = perPackage(before, await gateway.processorTime(), count);
  return { rate, cost: gatewayMain + gatewayThreads + database };
}
