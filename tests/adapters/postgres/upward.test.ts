import { setTimeout as pause } from 'node:timers/promises';
import { createFindEarlier, earlierText } from '../../../src/adapters/postgres/earlier.ts';
import { createIntake } from '../../../src/adapters/postgres/intake.ts';
import { createOutbox } from '../../../src/adapters/postgres/outbox.ts';
import { createOverdue, takeSeat, type WorkerSeat } from '../../../src/adapters/postgres/overdue.ts';
import { createPool } from '../../../src/adapters/postgres/pool.ts';
import { createRegister } from '../../../src/adapters/postgres/register.ts';
import { createReadRouteBook, createRouteBoard } from '../../../src/adapters/postgres/route-book.ts';
import { createSubmissions } from '../../../src/adapters/postgres/submissions.ts';
import type { Acceptance } from '../../../src/routing/intake.ts';
import type { Claim } from '../../../src/routing/outbox.ts';
import type { Outcome } from '../../../src/routing/outcome.ts';
import type { Submission, Submitted } from '../../../src/routing/upward.ts';
import { createSendUpward, sendBy } from '../../../src/routing/upward.ts';
import { acceptanceOf, agencyWith } from '../../support/acceptance.ts';
import type { TestDatabase } from '../../support/database.ts';
import { testDatabase } from '../../support/database.ts';

const now = () => new Date();
const sender = agencyWith('000.00.12.H61');
const carrier = agencyWith('TRUC.QG', { channel: 'upward' });
const elsewhere = ['000.00.01.G22', '000.00.02.G22', '000.00.00.H57'];

let database: TestDatabase;
let board: ReturnType<typeof createRouteBoard>;
let seat: WorkerSeat;

beforeAll(async () => {
  const made = await testDatabase();
  const pool = createPool({ url: made.url }, 10, { warn: () => undefined });
  database = { ...made, pool, drop: () => pool.end().then(() => made.drop()) };
  await createRegister(pool, now).add([sender, carrier], 'test');
  board = createRouteBoard(pool, now);
  seat = await takeSeat(pool, () => undefined);
  await board.openRoute({ name: 'axis', agencyId: carrier.id, carrierCode: 'TRUC.QG', kind: 'folder', settings: { folder: '/x' } }, 'test');
});
afterAll(async () => {
  await seat.release();
  await database.drop();
});

/** A package to three recipients elsewhere, all over the route. */
async function accepted(): Promise<Acceptance> {
  const made = acceptanceOf(
    sender,
    elsewhere.map((code) => ({ agency: carrier, code })),
  );
  const acceptance = { ...made, deliveries: made.deliveries.map((d) => ({ ...d, route: 'axis' })) };
  await createIntake(database.pool, () => undefined).accept(acceptance);
  return acceptance;
}

async function claims({ deliveries }: Acceptance): Promise<Claim[]> {
  const outbox = createOutbox(database.pool, { worker: 1, seconds: 60, secondsPerMb: 1 }, now);
  const found: Claim[] = [];
  for (const one of deliveries) found.push((await outbox.claim(one.id, 1)) as Claim);
  return found;
}

const time = { seconds: 5, secondsPerMb: 1 };

function upwardWith(answer: (n: number) => Submitted) {
  const sent: Submission[] = [];
  const connector = async (submission: Submission) => {
    sent.push(submission);
    await pause(50);
    return answer(sent.length);
  };
  const make = () => createSendUpward({ folder: connector }, createSubmissions(database.pool, seat.number), (ms) => pause(ms), time);
  return { sent, make };
}

const taken: Outcome = { kind: 'delivered', detail: 'DocId 7' };

describe('what goes upward', () => {
  it('is due like a push, and its claim names the route with its settings', async () => {
    const acceptance = await accepted();
    const rings = await createOverdue(database.pool, 1, () => new Date(Date.now() + 5000)).due(10, 10);
    expect(rings.map((one) => one.deliveryId)).toEqual(expect.arrayContaining(acceptance.deliveries.map((d) => d.id)));
    const [claim] = await claims(acceptance);
    expect(claim?.target).toMatchObject({ agencyId: carrier.id, route: { name: 'axis', kind: 'folder', settings: { folder: '/x' } } });
    expect(claim?.delivery).toMatchObject({ channel: 'upward', route: 'axis' });
  });

  it('is submitted once for all its recipients, in one process and in several', async () => {
    const all = await claims(await accepted());
    const { sent, make } = upwardWith(() => ({ outcome: taken }));
    const [one, other] = [make(), make()];
    const outcomes = await Promise.all(all.map((claim, at) => (at === 0 ? one : other)(claim)));
    expect(outcomes).toEqual([taken, taken, taken]);
    expect(sent).toHaveLength(1);
    expect(await make()(all[2] as Claim)).toEqual(taken);
    expect(sent).toHaveLength(1);
  });

  it('is submitted again after a failure, and when a person sends it again', async () => {
    const all = await claims(await accepted());
    const { sent, make } = upwardWith((n) => ({ outcome: n === 1 ? { kind: 'unavailable', detail: 'away' } : taken }));
    const [first, second] = all as [Claim, Claim];
    expect(await make()(first)).toMatchObject({ kind: 'unavailable' });
    expect(await make()(second)).toEqual(taken);
    await database.pool.query(
      `insert into attempts (id, delivery_id, turn, result, detail, started_at, finished_at)
       values (gen_random_uuid(), $1, 1, 'delivered', '', now(), clock_timestamp())`,
      [second.delivery.id],
    );
    expect(await make()(first)).toEqual(taken);
    expect(sent).toHaveLength(2);
    expect(await make()(second)).toEqual(taken);
    expect(sent).toHaveLength(3);
  });

  it('gives each recipient its own outcome, also to those that come later', async () => {
    const all = await claims(await accepted());
    const [bad = '', good = ''] = elsewhere;
    const refused: Outcome = { kind: 'refused', detail: '18 no such recipient' };
    const { sent, make } = upwardWith(() => ({ outcome: taken, each: new Map([[bad, refused]]), docIds: ['7'] }));
    const [first, second, third] = all as [Claim, Claim, Claim];
    const upward = make();
    expect(await Promise.all([upward(first), upward(second)])).toEqual([refused, taken]);
    expect([first.delivery.recipient, second.delivery.recipient]).toEqual([bad, good]);
    expect(await make()(third)).toEqual(taken);
    expect(await make()(first)).toEqual(refused);
    expect(sent.map((one) => one.recipients)).toEqual([[...elsewhere].sort()]);
  });

  it('is free at once when the process that submitted it is gone, and the next one is told of the doubt', async () => {
    const [claim] = (await claims(await accepted())) as [Claim];
    const gone = await takeSeat(database.pool, () => undefined);
    const begun = await createSubmissions(database.pool, gone.number).begin(claim, 3600);
    expect(begun).toMatchObject({ state: 'mine', submission: { kind: 'document', recipients: [...elsewhere].sort() } });
    expect(begun).not.toHaveProperty('submission.doubt');
    expect(await createSubmissions(database.pool, seat.number).begin(claim, 3600)).toEqual({ state: 'busy' });
    await gone.release();
    const { sent, make } = upwardWith((n) => ({ outcome: n === 1 ? { kind: 'unavailable', detail: 'away', unsent: true } : taken }));
    expect(await make()(claim)).toMatchObject({ kind: 'unavailable' });
    expect(await make()(claim)).toEqual(taken);
    expect(sent.map((one) => one.doubt)).toEqual([{ since: expect.any(Date), recipients: [...elsewhere].sort() }, sent[0]?.doubt]);
  });

  it('stays in doubt for those alone of whom nothing was heard, whoever comes to be due besides', async () => {
    const all = await claims(await accepted());
    const [lost = '', sure = '', late = ''] = elsewhere;
    const cut: Outcome = { kind: 'unavailable', detail: 'connection cut' };
    const answers: Submitted[] = [
      { outcome: taken, each: new Map([[lost, cut]]), docIds: ['7'], doubtful: true },
      { outcome: cut, each: new Map([[lost, taken]]), docIds: ['8'], doubtful: true },
      { outcome: taken, docIds: ['9'] },
    ];
    const { sent, make } = upwardWith((n) => answers[n - 1] as Submitted);
    const upward = make();
    await database.pool.query(`update deliveries set gate = 'order' where id = $1`, [all[2]?.delivery.id]);
    expect(await upward(all[0] as Claim)).toEqual(cut);
    expect(sent[0]?.recipients).toEqual([lost, sure].sort());
    await database.pool.query('update deliveries set gate = null where id = $1', [all[2]?.delivery.id]);
    await database.pool.query(`update deliveries set state = 'delivered', lease_until = null, leased_by = null where id = $1`, [
      all[1]?.delivery.id,
    ]);
    expect(await upward(all[0] as Claim)).toEqual(taken);
    expect(await upward(all[2] as Claim)).toEqual(taken);
    expect(sent.map(({ doubt }) => doubt?.recipients)).toEqual([undefined, [lost], [late]]);
  });

  it('is a fault when no connector serves the route', async () => {
    const [claim] = await claims(await accepted());
    const none = createSendUpward({}, createSubmissions(database.pool, seat.number), (ms) => pause(ms), time);
    expect(() => sendBy(async () => taken, none)(claim as Claim)).toThrow('no connector for the route axis (folder)');
    const inbox = { ...(claim as Claim), delivery: { ...(claim as Claim).delivery, channel: 'push' as const } };
    expect(await sendBy(async () => taken, none)(inbox)).toEqual(taken);
  });
});

describe('the route book', () => {
  it('has the rules that a gateway starts with, and open routes only', async () => {
    const book = await createReadRouteBook(database.pool, now)();
    expect(book.rules.map((rule) => rule.name)).toEqual(['own', 'groups', 'others', 'unknown', 'rest']);
    expect([...book.routes.keys()]).toEqual(['axis']);
  });

  it('refuses a second route of one carrier, a place used twice and a rule that is not there, changing nothing', async () => {
    const again = { name: 'second', agencyId: carrier.id, carrierCode: 'TRUC.QG', kind: 'folder', settings: {} };
    await expect(board.openRoute(again, 'test')).rejects.toThrow('CARRIER_TAKEN');
    await expect(board.setRule({ name: 'double', place: 100, condition: 'any', action: 'hold' }, 'test')).rejects.toThrow('RULE_MALFORMED');
    await expect(board.removeRule('nothing', 'test')).rejects.toThrow('RULE_UNKNOWN');
    expect((await board.rules()).map((rule) => rule.name)).toEqual(['own', 'groups', 'others', 'unknown', 'rest']);
  });
});

describe('earlier packages', () => {
  const dated = { promulgationDate: '2026-03-02' };

  it('are found by content, id, and number with its year, each with the route over which it came', async () => {
    const first = await accepted();
    const find = createFindEarlier(database.pool);
    const content = { sha256: first.lifted.sha256, ...dated };
    const found = await find({ senderAgencyId: sender.id, ...content });
    expect(await find({ senderAgencyId: carrier.id, ...content })).toEqual([]);
    expect(found).toEqual([{ by: 'content', packageId: first.packageId, receivedAt: first.receivedAt }]);
    const document = { documentId: `doc-${first.packageId}`, number: '7', notation: 'SNV-CCHC', year: '2026' };
    expect((await find({ senderAgencyId: sender.id, document })).map((one) => one.by)).toEqual(['id', 'number']);
    expect(await find({ senderAgencyId: sender.id, document: { ...document, documentId: 'no', year: '2025' } })).toEqual([]);
    expect(await find({ senderAgencyId: carrier.id, document })).toEqual([]);
  });

  it('are found for many at once, each its own', async () => {
    const [one, two] = [await accepted(), await accepted()];
    const find = createFindEarlier(database.pool);
    const asked = [one, two, one, one].map(({ lifted }) => find({ senderAgencyId: sender.id, sha256: lifted.sha256, ...dated }));
    const found = await Promise.all([...asked, find({ senderAgencyId: sender.id, sha256: 'ab'.repeat(32) })]);
    expect(found.map((each) => each.map(({ packageId }) => packageId))).toEqual([
      ...[one, two, one, one].map(({ packageId }) => [packageId]),
      [],
    ]);
  });

  it('are never looked for among all packages of a sender, though the plan be made while the tables are new', async () => {
    const { rows } = await database.pool.query<{ 'QUERY PLAN': string }>(`explain (generic_plan) ${earlierText}`);
    const conditions = rows.map((row) => row['QUERY PLAN']).flatMap((line) => /Index Cond: (.*)/.exec(line)?.[1] ?? []);
    expect(conditions.map((each) => each.match(/sha256|document_id|ltrim\(number/)?.[0])).toEqual([
      'sha256',
      'document_id',
      'ltrim(number',
    ]);
  });
});
