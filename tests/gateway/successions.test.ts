import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { vietnamDay } from '../../src/routing/time.ts';
import { jsonOf } from '../cli/command-line.ts';
import { actors, freshId } from '../support/acts.ts';
import { eventually } from '../support/eventually.ts';
import type { TestGateway } from '../support/gateway.ts';
import { startTestGateway, usual } from '../support/gateway.ts';

const { department } = usual;
/** Merged, its successor; split, its two heirs; closed. */
const [merged, successor, split, heir, other, closed] = [50, 51, 52, 53, 54, 55].map((n) => `000.00.${n}.H61`) as [
  string,
  string,
  string,
  string,
  string,
  string,
];
const patience = 120_000;
const today = vietnamDay(new Date());
const ids = { received: freshId(), sent: freshId(), ofSplit: freshId() };
let packages: Record<'received' | 'sent' | 'waiting' | 'toSplit' | 'ofSplit' | 'toClosed', string>;
let batch = '';
let gateway: TestGateway;
let act: ReturnType<typeof actors>;

const to = (code: string) => [{ code, name: code }];
const send = (from: string, code: string, documentId = freshId()) => act.send(from, (a) => a.document({ documentId, to: to(code) }));
const recall = (from: string, code: string, documentId: string) => {
  const about = { action: 'recall', targetId: documentId, documentId, attachments: [], to: to(code) } as const;
  return gateway.client(from).send(gateway.agency(from).document(about));
};
const status = (from: string, code: string, documentId: string, value: string) =>
  gateway.client(from).send(gateway.agency(from).status({ status: value, about: { code, documentId, number: '', date: '' } }));
const run = <T>(...args: string[]) => jsonOf<T>(args, gateway.env);
const forwarded = [expect.objectContaining({ code: merged, forwarded: { to: successor, name: expect.any(String) } })];

/** What was sent before, and the file of what then happened to the agencies. */
beforeAll(async () => {
  gateway = await startTestGateway({ agencies: [merged, successor, split, heir, other, closed].map((code) => ({ code })) });
  act = actors(gateway);
  packages = {
    received: await send(department, merged, ids.received),
    sent: await send(merged, department, ids.sent),
    waiting: await send(department, merged),
    toSplit: await send(department, split),
    ofSplit: await send(split, department, ids.ofSplit),
    toClosed: await send(department, closed),
  };
  await act.take(merged, packages.received);
  await act.take(department, packages.sent);
  await act.take(department, packages.ofSplit);
  const rows = [`merge,${merged},${successor}`, `split,${split},${heir}`, `split,${split},${other}`, `close,${closed},`];
  const file = join(gateway.folder, 'successions.csv');
  await writeFile(file, `kind,from,to,on,basis\n${rows.map((row) => `${row},${today},NQ 202/2025/QH15\n`).join('')}`);
  expect(await run('successions', 'apply', file, '--dry-run')).toMatchObject({
    dryRun: true,
    counts: { merge: 1, split: 1, close: 1 },
    waiting: 3,
  });
  expect(await run('successions', 'list')).toEqual({ batches: [] });
  batch = (await run<{ batch: string }>('successions', 'apply', file)).batch;
  // what is known of agencies is remembered for a second
  await new Promise((resolve) => setTimeout(resolve, 1200));
}, patience);
afterAll(() => gateway?.close());

describe('after a merger', () => {
  it('the file that was applied is listed', async () => {
    expect(await run('successions', 'list')).toMatchObject({ batches: [{ id: batch, successions: 3, fileName: 'successions.csv' }] });
  });

  it('a reply that names the old code reaches the successor, and the receipt says so', async () => {
    const bytes = gateway.agency(department).document({ documentId: freshId(), to: to(merged) });
    const { receipt, xml } = await gateway.client(department).send(bytes);
    expect(receipt.recipients).toEqual(forwarded);
    expect(xml).toContain('NQ 202/2025/QH15');
    expect(await act.inbox(successor)).toEqual(expect.arrayContaining([receipt.package.id]));
  });

  it('a recall that names the old code reaches the successor, whose answer is told of the old document', async () => {
    const { receipt } = await recall(department, merged, ids.received);
    expect(receipt.recipients).toEqual(forwarded);
    await act.take(successor, receipt.package.id);
    expect((await act.deliveryOf(department, packages.received, merged)).life?.standing).toBe('recalled');
    await status(successor, department, ids.received, '15');
    const answered = async () => (await act.deliveryOf(department, packages.received, merged)).life?.answer?.code === '15';
    await eventually(answered);
  });

  it('a status that names the old code reaches the successor, and stands in the document of the old agency', async () => {
    const { receipt } = await status(department, merged, ids.sent, '03');
    expect(receipt.recipients).toEqual(forwarded);
    await act.take(successor, receipt.package.id);
    await eventually(async () => (await act.deliveryOf(successor, packages.sent, department)).life?.current?.code === '03');
  });

  it('the successor recalls what the old agency sent, and the old agency can send nothing', async () => {
    const { receipt } = await recall(successor, department, ids.sent);
    await act.take(department, receipt.package.id);
    expect((await act.deliveryOf(successor, packages.sent, department)).life?.standing).toBe('recalled');
    await expect(recall(merged, department, ids.sent)).rejects.toMatchObject({ problems: [{ code: 'SENDER_CLOSED' }] });
  });

  it('what waited for the old agency is in the inbox of the successor', async () => {
    expect(await act.inbox(successor)).toEqual(expect.arrayContaining([packages.waiting]));
    await act.take(successor, packages.waiting);
  });
});

describe('after a split', () => {
  it('what waited is held until an operator names the heir on the command line', async () => {
    const { id } = await act.settles(department, packages.toSplit, split, 'held');
    await expect(run('deliveries', 'release', id, '--to', successor, '--reason', 'x')).rejects.toThrow('NOT_A_CANDIDATE');
    await run('deliveries', 'release', id, '--to', other, '--reason', 'phòng này tiếp nhận lĩnh vực');
    await act.take(other, packages.toSplit);
    expect(await act.inbox(heir)).not.toEqual(expect.arrayContaining([packages.toSplit]));
  });

  it('every heir sees the receipts of what was sent before and may act, and none opens what was received before', async () => {
    for (const code of [heir, other]) {
      const { receipts } = await gateway.client(code).package(packages.ofSplit);
      expect(receipts.map(({ kind }) => kind)).toEqual(['accepted', 'delivered']);
      const feed = await gateway.client(code).receipts();
      expect(feed.receipts.map((one) => one.package)).toEqual(expect.arrayContaining([packages.ofSplit]));
    }
    const { receipt } = await recall(heir, department, ids.ofSplit);
    await act.take(department, receipt.package.id);
    const { id } = await act.deliveryOf(department, packages.toSplit, split);
    expect((await gateway.request(`/v1/inbox/${id}/package`, { as: heir })).status).toBe(404);
    await expect(gateway.client(successor).package(packages.ofSplit)).rejects.toMatchObject({ status: 404 });
  });
});

describe('after a closure', () => {
  it('what waited has failed on that day, and its sender was told', async () => {
    expect(await act.settles(department, packages.toClosed, closed, 'failed')).toMatchObject({ problem: { code: 'RECIPIENT_CLOSED' } });
    const { receipts } = await gateway.client(department).package(packages.toClosed);
    expect(receipts.map(({ kind }) => kind)).toEqual(['accepted', 'failed']);
  });
});

describe('the directory over HTTP', () => {
  it('is read by senders: search, tree, groups, and who receives on a day', async () => {
    const read = async (path: string) => (await gateway.request(`/v1/directory/${path}`, { as: department })).json();
    expect(await read(`resolve?code=${merged}`)).toMatchObject({
      kind: 'successor',
      agency: { code: successor },
      steps: [{ kind: 'merge', on: today, from: merged, to: successor, basis: 'NQ 202/2025/QH15' }],
    });
    expect(await read(`resolve?code=${merged}&on=2020-01-01`)).toMatchObject({ kind: 'agency', agency: { status: 'active' } });
    expect(await read(`resolve?code=${split}`)).toMatchObject({ kind: 'held', candidates: [{ code: heir }, { code: other }] });
    expect(await read(`agencies?words=${merged}`)).toMatchObject({ on: today, agencies: [{ code: merged, status: 'closed' }] });
    await run('groups', 'define', 'HOP', '--name', 'Họp giao ban');
    await run('groups', 'add', 'HOP', successor, merged);
    expect(await read('groups')).toMatchObject({ groups: [{ key: 'HOP', byHand: 2 }] });
    expect(await read('members?group=HOP')).toMatchObject({ members: [{ code: successor }] });
    expect(await read('members?group=KHONG')).toMatchObject({ problems: [{ code: 'GROUP_UNKNOWN' }] });
    const { agencies } = (await read(`tree?code=${successor}`)) as { agencies: { code: string }[] };
    expect(agencies.map(({ code }) => code)).toEqual([successor]);
  });
});

describe('a file taken back', () => {
  it('gives the old agency its mail again, and leaves what was delivered', async () => {
    const undone = await run('successions', 'undo', batch, '--reason', 'nhầm tệp');
    expect(undone).toMatchObject({ id: batch, undoReason: 'nhầm tệp' });
    await new Promise((resolve) => setTimeout(resolve, 1200));
    const id = await send(department, merged);
    await act.take(merged, id);
    expect(await act.deliveryOf(department, packages.waiting, merged)).toMatchObject({ state: 'delivered' });
  });
});
