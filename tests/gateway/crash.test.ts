import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { jsonOf } from '../cli/command-line.ts';
import type { Load, LoadRecord } from '../support/crash-load.ts';
import { startLoad } from '../support/crash-load.ts';
import { eventually } from '../support/eventually.ts';
import type { TestGateway } from '../support/gateway.ts';
import { startTestGateway, usual } from '../support/gateway.ts';
import type { LaunchedProcess } from '../support/gateway-process.ts';
import { launchGatewayProcess } from '../support/gateway-process.ts';
import type { Manner } from '../support/push-receiver.ts';
import { seededRandom } from '../support/random.ts';

const { department, commune, pushed } = usual;
const second = '000.00.13.H61';
const pushedToo = '000.00.63.H61';
const rounds = 40;
const seed = Number(process.env['CRASH_SEED'] ?? Date.now() % 2 ** 31);

let gateway: TestGateway;
let running: LaunchedProcess | undefined;

beforeAll(async () => {
  gateway = await startTestGateway({
    database: 'embedded',
    agencies: (receiver) => [{ code: second }, { code: pushedToo, pushUrl: receiver.url('hai') }],
    env: { LIENTHONG_BREAKER: JSON.stringify({ opensAfter: 1000 }), LIENTHONG_EXAMINE_THREADS: '1' },
  });
  await gateway.processes[0]?.stop();
}, 180_000);
afterAll(async () => {
  await running?.kill();
  await gateway?.restart();
  await gateway?.close();
}, 180_000);

/** A recipient's system as they are: mostly takes what comes, sometimes not, and sometimes it does but nobody hears of it. */
function moody(random: () => number): () => Manner {
  return () => {
    const mood = random();
    if (mood < 0.05) return { does: 'answer', status: 503 };
    if (mood < 0.1) return { does: 'drop', afterBytes: 1000 };
    return mood < 0.2 ? { does: 'take', silently: true } : { does: 'take' };
  };
}

async function killPostmaster(): Promise<void> {
  const path = join(gateway.env['LIENTHONG_DATA'] ?? '', 'postgres/cluster/postmaster.pid');
  const id = Number((await readFile(path, 'utf8').catch(() => '')).split('\n')[0]);
  try {
    if (id > 0) process.kill(id, 'SIGKILL');
  } catch {
    // It had ended already, and its file was left behind.
  }
}

/**
 * Starts the gateway and kills it at a random moment: while it starts, or when so many more packages got a receipt; at times its
 * database too.
 */
async function crash(round: number, random: () => number, { record }: Pick<Load, 'record'>): Promise<void> {
  running = await launchGatewayProcess(gateway.env, { logFile: join(gateway.folder, `round-${round}.log`) });
  const receipts = receiptsIn(record) + Math.floor(random() * 15);
  if (random() < 0.1) await pause(random() * 1200);
  else await running.started().then(() => eventually(async () => receiptsIn(record) >= receipts, 5));
  await pause(random() * 50);
  const { pid } = running;
  const postmaster = random();
  if (postmaster < 0.15) await killPostmaster();
  if (postmaster < 0.1) await pause(random() * 200);
  process.kill(pid, 'SIGKILL');
  if (postmaster > 0.85) await killPostmaster();
  await running.kill();
  running = undefined;
}

/** Deliveries that a crash interrupted wait a minute as a fault of ours; an operator need not. */
async function hurry(): Promise<void> {
  const { operator } = gateway.operator;
  const { deliveries } = await operator.deliveries({ state: 'waiting', limit: 500 });
  const late = deliveries.filter(({ channel, leased, faults }) => channel === 'push' && !leased && faults > 0);
  await Promise.all(
    late.map(({ id }) =>
      operator
        .hold(id, 'thử')
        .then(() => operator.release(id, 'thử'))
        .catch(() => undefined),
    ),
  );
}

async function settle(): Promise<void> {
  await eventually(async () => {
    await hurry();
    const { deliveries } = await gateway.operator.operator.deliveries({ state: 'waiting', limit: 1 });
    return deliveries.length === 0;
  }, 300);
}

const receiptsIn = (record: LoadRecord) => record.sent.filter(({ packageId }) => packageId !== undefined).length;

interface Delivery {
  readonly recipient: string;
  readonly id: string;
  readonly sha256: string;
}

/** By package id, what its recipients hold: by delivery id once, however often it was brought. */
function heldByRecipients(record: LoadRecord): Map<string, Delivery[]> {
  const all = new Map<string, Map<string, Delivery>>();
  const add = (packageId: string, delivery: Delivery) => {
    const same = all.get(packageId) ?? new Map<string, Delivery>();
    all.set(packageId, same.set(`${delivery.id} ${delivery.sha256}`, delivery));
  };
  const codes: Readonly<Record<string, string>> = { xa: pushed, hai: pushedToo };
  for (const push of gateway.receiver.pushes) {
    add(push.packageId, { recipient: codes[push.path] ?? '', id: push.delivery, sha256: push.sha256 });
  }
  for (const [id, { packageId, sha256 }] of record.fetched) add(packageId, { recipient: commune, id, sha256 });
  return new Map([...all].map(([id, deliveries]) => [id, [...deliveries.values()]]));
}

it(`loses, doubles and alters nothing in ${rounds} crashes (CRASH_SEED=${seed})`, async () => {
  process.stderr.write(`crash test: CRASH_SEED=${seed}\n`);
  const random = seededRandom(seed);
  gateway.receiver.behave(moody(seededRandom(seed + 1)));
  const target = { url: () => running?.url ?? gateway.url, random: seededRandom(seed + 2) };
  const senders = [gateway.agency(department), gateway.agency(second)];
  const load = startLoad(target, senders, [pushed, pushedToo, commune], gateway.agency(commune));
  try {
    for (let round = 1; round <= rounds; round += 1) await crash(round, random, load);
    await gateway.restart();
    await load.endSending();
    gateway.receiver.behave({ does: 'take' });
    await settle();
  } finally {
    await load.end();
  }
  const { record } = load;

  expect(record.strange).toEqual([]);
  checkAll(record);
  const ledger = await jsonOf<Record<string, unknown>>(['ledger'], gateway.env);
  expect(ledger).toMatchObject({ unaccounted: 0, faults: [] });
  expect(ledger['chain']).not.toHaveProperty('brokenAt');
}, 600_000);

/** Every package with a receipt is with each of its recipients once and unchanged; one without is so too, or is nowhere. */
function checkAll(record: LoadRecord): void {
  const held = heldByRecipients(record);
  const packagesOf = new Map<string, string[]>();
  for (const [packageId, deliveries] of held) {
    for (const digest of new Set(deliveries.map(({ sha256 }) => sha256)))
      packagesOf.set(digest, [...(packagesOf.get(digest) ?? []), packageId]);
  }
  const sent = new Map(record.sent.map((one) => [one.sha256, one]));
  expect([...packagesOf.keys()].filter((digest) => !sent.has(digest))).toEqual([]);
  for (const one of sent.values()) {
    const ids = packagesOf.get(one.sha256) ?? [];
    if (one.packageId === undefined && ids.length === 0) continue;
    expect(ids).toEqual([one.packageId ?? ids[0]]);
    const deliveries = held.get(ids[0] ?? '') ?? [];
    expect(deliveries.map(({ recipient }) => recipient).sort()).toEqual([...one.to].sort());
  }
  const { pushes } = gateway.receiver;
  process.stderr.write(`crash test: ${record.sent.length} packages sent, ${receiptsIn(record)} with a receipt, ${pushes.length} pushes\n`);
}
