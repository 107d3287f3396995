import { setTimeout as pause } from 'node:timers/promises';
import { entry, type Mailbox, type MailboxRow, serve, theirs } from '../support/axis-mailbox.ts';
import { openAxisRoute } from '../support/axis-pair.ts';
import { deferred } from '../support/deferred.ts';
import { eventually } from '../support/eventually.ts';
import type { TestGateway } from '../support/gateway.ts';
import { startTestGateway, usual } from '../support/gateway.ts';
import { pdf } from '../support/packages.ts';
import { seededRandom } from '../support/random.ts';
import { type AskedCall, startUnkindAxis, type UnkindAxis } from '../support/unkind-axis.ts';

const { department, commune } = usual;
const secret = 'bi mat';
const seed = Number(process.env['CRASH_SEED'] ?? Date.now() % 2 ** 31);

let province: TestGateway;
let axis: UnkindAxis;
/** Entries that were told done while their package was not there for their recipient: there may never be one. */
const tooEarly: string[] = [];

beforeAll(async () => {
  axis = await startUnkindAxis(secret);
  province = await startTestGateway({ agencies: [{ code: 'TRUC.QG', agency: { channel: 'upward', signaturePolicy: 'optional' } }] });
  const settings = { syncHours: 0, pollSeconds: 0.1 };
  await openAxisRoute(province, 'TRUC.QG', { endpoint: axis.endpoint, systemId: 'tinh.h61', secret, settings });
});
afterAll(async () => {
  await province?.close();
  await axis?.close();
});

/** Four entries of three packages, one of which is for two recipients. */
interface Batch {
  readonly entries: readonly MailboxRow[];
  readonly documentOf: ReadonlyMap<string, string>;
  readonly mailbox: Mailbox;
}

let batches = 0;

function newBatch(): Batch {
  batches += 1;
  const documents = [1, 2, 3].map((n) => `000.00.01.G22,2026/03/02,${batches}-${n}/CT`);
  const [shared, second, third] = documents.map((documentId, n) =>
    theirs({
      documentId,
      to: (n === 0 ? [department, commune] : [department]).map((code) => ({ code })),
      // long enough to lie in the spool before it has come whole
      attachments: [pdf('to-trinh.pdf', { bytes: Buffer.alloc(1_000_000, `${batches} ${n} `) })],
    }),
  ) as [Buffer, Buffer, Buffer];
  const id = (n: number) => `batch-${batches}-${n}`;
  const entries = [entry(id(0)), entry(id(1)), entry(id(2), commune), entry(id(3))];
  const packages = { [id(0)]: shared, [id(1)]: second, [id(2)]: shared, [id(3)]: third };
  const documentOf = new Map(entries.map(({ docId }, n) => [docId, documents[[0, 1, 0, 2][n] as number] as string]));
  return { entries, documentOf, mailbox: serve(packages, entries) };
}

/** Serves a batch, with some answers replaced, and watches over what is told. */
function play({ entries, documentOf, mailbox }: Batch, changed: Partial<Mailbox> = {}): void {
  const script = { ...mailbox, ...changed };
  axis.script = {
    ...script,
    updateStatus: async (call: AskedCall) => {
      const docId = call.values.get('docId') ?? '';
      const owned = await province.rows(
        `select from packages p join deliveries d on d.package_id = p.id
         where p.document_id = $1 and p.accepted and d.recipient = $2 and d.state <> 'failed'`,
        [documentOf.get(docId), entries.find((one) => one.docId === docId)?.to],
      );
      if (owned.length !== 1 || call.values.get('status') !== 'done') tooEarly.push(docId);
      return script.updateStatus(call);
    },
  };
}

const kill = async () => void (await province.processes[0]?.kill());

/** A table that nobody can write to. */
async function locked(table: string): Promise<{ waits(): Promise<true>; cutOff(): Promise<void>; release(): Promise<void> }> {
  const holder = await province.database?.pool.connect();
  if (holder === undefined) throw new Error('no database of its own');
  await holder.query(`begin; lock table ${table} in exclusive mode`);
  const waiting = () => province.rows<{ pid: number }>('select pid from pg_locks where relation = $1::regclass and not granted', [table]);
  return {
    waits: () => eventually(async () => (await waiting()).length > 0, 5),
    // a statement that waits does not notice that its client is gone, and would still be carried out
    cutOff: async () =>
      void (await province.rows('select pg_terminate_backend(pid) from pg_locks where relation = $1::regclass and not granted', [table])),
    async release() {
      await holder.query('rollback');
      holder.release();
    },
  };
}

/** Has the answer with the victim's package wait until a table is locked, and kills the gateway when it waits for that table. */
function killAtTable(table: string, cutsOff: boolean) {
  return async (batch: Batch, victim: string) => {
    const lock = deferred<Awaited<ReturnType<typeof locked>>>();
    let isFirst = true;
    play(batch, {
      getEdoc: async (call: AskedCall) => {
        if (call.values.get('docId') === victim && isFirst) {
          isFirst = false;
          lock.resolve(await locked(table));
        }
        return batch.mailbox.getEdoc(call);
      },
    });
    const held = await lock.promise;
    await held.waits();
    await kill();
    if (cutsOff) await held.cutOff();
    await held.release();
  };
}

/** Kills the gateway in the middle of the first call of an operation about the victim; `acts`: the axis has done what was asked. */
function killInCall(operation: 'getEdoc' | 'updateStatus', acts: boolean) {
  return async (batch: Batch, victim: string) => {
    const killed = deferred<void>();
    let isFirst = true;
    play(batch, {
      [operation]: async (call: AskedCall) => {
        const hits = call.values.get('docId') === victim && isFirst;
        if (!hits || acts) batch.mailbox[operation](call);
        if (!hits) return batch.mailbox[operation](call);
        isFirst = false;
        await kill();
        killed.resolve();
        return 'cut';
      },
    });
    await killed.promise;
  };
}

async function killWhileItComes(batch: Batch, victim: string): Promise<void> {
  let isFirst = true;
  play(batch, {
    getEdoc: (call: AskedCall) => {
      const reply = batch.mailbox.getEdoc(call);
      if (call.values.get('docId') !== victim || !isFirst) return reply;
      isFirst = false;
      return { status: 200, body: JSON.stringify(reply), half: true };
    },
  });
  await eventually(async () => !isFirst && (await province.spooled()) > 0, 5);
  await kill();
}

/** After a crash: every entry is told in the end, and its package is here once, for each of its recipients once. */
async function expectEachOnce({ entries, documentOf }: Batch): Promise<void> {
  const told = (docId: string) => axis.calls.some(({ operation, values }) => operation === 'updateStatus' && values.get('docId') === docId);
  await eventually(async () => {
    const done = await province.rows(`select from upward_entries where entry_id = any($1) and state = 'done'`, [
      entries.map(({ docId }) => docId),
    ]);
    return done.length === entries.length && entries.every(({ docId }) => told(docId));
  });
  expect(tooEarly).toEqual([]);
  const documents = [...new Set(documentOf.values())];
  const found = await province.rows<{ document_id: string; recipient: string }>(
    `select p.document_id, d.recipient from packages p join deliveries d on d.package_id = p.id where p.document_id = any($1)`,
    [documents],
  );
  const expected = [documents[0], documents[0], documents[1], documents[2]];
  expect(found.map(({ document_id }) => document_id).sort()).toEqual(expected.sort());
  expect(found.filter(({ recipient }) => recipient === commune).map(({ document_id }) => document_id)).toEqual([documents[0]]);
}

/** How, and about which entry: one of the package for two, before or after it is here already. */
describe('a gateway that is killed while it takes in what the axis has', () => {
  it.each([
    ['before the package is answered', killInCall('getEdoc', false), 0],
    ['while the package comes', killWhileItComes, 2],
    ['when the package has come whole and is not ours yet', killAtTable('packages', true), 0],
    ['while the package becomes ours, and nobody hears that it did', killAtTable('packages', false), 2],
    ['when the package is ours and the entry does not say so yet', killAtTable('upward_entries', true), 2],
    ['when the axis is told, before the axis acts', killInCall('updateStatus', false), 0],
    ['when the axis is told, after the axis acted', killInCall('updateStatus', true), 2],
  ] as const)(
    '%s, takes every entry once and tells the axis of it, never too early',
    async (_, crash, place) => {
      const batch = newBatch();
      await crash(batch, batch.entries[place]?.docId ?? '');
      await province.restart();
      await expectEachOnce(batch);
    },
    120_000,
  );

  it(`at any moment (CRASH_SEED=${seed})`, async () => {
    const random = seededRandom(seed);
    for (let round = 0; round < 2; round += 1) {
      const batch = newBatch();
      const listed = deferred<void>();
      play(batch, {
        getReceivedEdocList: (call: AskedCall) => {
          listed.resolve();
          return batch.mailbox.getReceivedEdocList(call);
        },
      });
      await listed.promise;
      await pause(random() * 250);
      await kill();
      await province.restart();
      await expectEachOnce(batch);
    }
  }, 300_000);
});
