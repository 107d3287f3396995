import { setTimeout as pause } from 'node:timers/promises';
import type { State } from '../../src/client/client.ts';
import { jsonOf } from '../cli/command-line.ts';
import { eventually } from '../support/eventually.ts';
import type { TestGateway } from '../support/gateway.ts';
import { sameSchedule, startTestGateway, usual } from '../support/gateway.ts';

const { department, commune, pushed } = usual;
const refusing = '000.00.62.H61';
const outside = '000.00.12.G22';

let gateway: TestGateway;

beforeAll(async () => {
  gateway = await startTestGateway({
    agencies: (receiver) => [{ code: refusing, pushUrl: receiver.url('tu-choi') }],
    env: { LIENTHONG_SCHEDULES: sameSchedule({ delays: [3600], afterwards: 3600, deadlineHours: 100 }) },
  });
});
afterAll(() => gateway?.close());
beforeEach(() => gateway.receiver.behave({ does: 'take' }));

/** Sends one package to one recipient and returns its delivery once it is in a state. */
async function deliveryIn(state: State, to: string = pushed, attempts = 0) {
  const { receipt } = await gateway.client(department).send(gateway.agency(department).document({ to: [{ code: to, name: to }] }));
  return reaching(receipt.recipients[0]?.delivery ?? '', state, attempts);
}

const reaching = (id: string, state: State, attempts = 0) =>
  eventually(async () => {
    const delivery = await gateway.operator.operator.delivery(id);
    return delivery.state === state && delivery.attempts >= attempts && delivery;
  });

/** The code with which a move is refused. */
const refusalOf = async (move: Promise<unknown>) => (await move.catch((error: unknown) => error)) as { problems?: { code: string }[] };

describe('an operator', () => {
  it('holds a delivery, releases it, and the record tells who and why', async () => {
    gateway.receiver.behave({ does: 'answer', status: 503 });
    const { id, package: packageId } = await deliveryIn('waiting', pushed, 1);
    const { operator } = gateway.operator;
    expect(await operator.hold(id, 'Chờ xác minh')).toMatchObject({ state: 'held', problem: { code: 'HELD_BY_OPERATOR' } });
    gateway.receiver.behave({ does: 'take' });
    expect(await operator.release(id, 'Đã xác minh')).toMatchObject({ state: 'waiting' });
    await reaching(id, 'delivered');
    const shown = (await operator.package(packageId)) as unknown as { events: { name: string; actor: string; reason?: string }[] };
    const moves = shown.events.filter(({ actor }) => actor === 'operator:van-hanh');
    expect(moves.map(({ name, reason }) => [name, reason])).toEqual([
      ['delivery.held', 'Chờ xác minh'],
      ['delivery.released', 'Đã xác minh'],
    ]);
  });

  it('replays a failed delivery; the attempts of before stay', async () => {
    gateway.receiver.behave({ does: 'answer', status: 400 });
    const { id } = await deliveryIn('failed');
    gateway.receiver.behave({ does: 'take' });
    await gateway.operator.operator.replay(id, 'Đơn vị nhận đã sửa lỗi');
    const delivered = await reaching(id, 'delivered');
    expect(delivered.attemptList.map(({ turn, result }) => [turn, result])).toEqual([
      [1, 'refused'],
      [2, 'delivered'],
    ]);
  });

  it('replays a delivered one only with a reason, and the recipient knows it by its delivery id', async () => {
    const { id } = await deliveryIn('delivered');
    const { operator } = gateway.operator;
    expect(await refusalOf(operator.replay(id, ''))).toMatchObject({ problems: [{ code: 'REASON_REQUIRED' }] });
    await operator.replay(id, 'Đơn vị nhận làm mất tệp');
    await reaching(id, 'delivered', 2);
    expect(gateway.receiver.pushes.filter(({ delivery }) => delivery === id)).toHaveLength(2);
  });

  it('cancels what waits, the sender is told, and nothing moves it again', async () => {
    gateway.receiver.behave({ does: 'answer', status: 503 });
    const { id, package: packageId } = await deliveryIn('waiting', pushed, 1);
    const { operator } = gateway.operator;
    expect(await operator.cancel(id, 'Gửi nhầm')).toMatchObject({ state: 'cancelled' });
    expect(await refusalOf(operator.replay(id, 'Thử lại'))).toMatchObject({ problems: [{ code: 'MOVE_NOT_ALLOWED' }] });
    const { receipts } = await gateway.client(department).package(packageId);
    expect(receipts.map(({ kind }) => kind)).toEqual(['accepted', 'cancelled']);
  });

  it('releases more at once than there are connections to the database, each of which looks its recipient up', async () => {
    const { operator } = gateway.operator;
    const held = Array.from({ length: 40 }, async () => {
      const { id } = await deliveryIn('waiting', commune);
      await operator.hold(id, 'Chờ xác minh');
      return id;
    });
    const ids = await Promise.all(held);
    // until what is remembered of the directory is looked up anew
    await pause(1500);
    const released = await Promise.all(
      ids.map((id) => operator.release(id, 'Đã xác minh').catch((error: unknown) => ({ state: String(error) }))),
    );
    expect(released.filter(({ state }) => state !== 'waiting')).toEqual([]);
  });

  it('can not release what has no route yet', async () => {
    const { id } = await deliveryIn('held', outside);
    expect(await refusalOf(gateway.operator.operator.release(id, 'Thử'))).toMatchObject({ problems: [{ code: 'NO_ROUTE' }] });
  });

  it('needs the right to operate', async () => {
    const answer = await gateway.request('/v1/operator/deliveries', { as: department });
    expect(answer.status).toBe(403);
  });
});

describe('a bulk replay', () => {
  it('says what it would do without doing it, and then does exactly that, once', async () => {
    gateway.receiver.behave({ does: 'answer', status: 400 });
    const failed = await Promise.all(Array.from({ length: 12 }, () => deliveryIn('failed', refusing)));
    gateway.receiver.behave({ does: 'take' });
    const filter = { state: 'failed', recipient: refusing } as const;
    const { operator } = gateway.operator;
    expect(await operator.forecast(filter)).toEqual({
      total: 12,
      byState: { failed: 12 },
      byRecipient: { [refusing]: 12 },
      notReplayable: 0,
    });
    expect((await operator.deliveries({ state: 'failed', recipient: refusing, limit: 100 })).deliveries).toHaveLength(12);
    const { id } = await operator.planReplay(filter, 'Hệ thống nhận đã hoạt động lại');
    const plan = await eventually(async () => {
      const now = await operator.plan(id);
      return now.finishedAt !== undefined && now;
    });
    expect(plan).toMatchObject({ total: 12, replayed: 12, skipped: 0 });
    for (const delivery of failed) await reaching(delivery.id, 'delivered');
    const taken = gateway.receiver.pushes.filter(({ path }) => path === 'tu-choi').map(({ delivery }) => delivery);
    expect(taken.sort()).toEqual(failed.map((delivery) => delivery.id).sort());
  });
});

describe('the ledger', () => {
  it('accounts for every delivery that was promised, beside a running gateway', async () => {
    const ledger = await jsonOf<{
      unaccounted: number;
      faults: unknown[];
      checkedPackages: number;
      chain: { links: number; brokenAt?: number };
    }>(['ledger'], gateway.env);
    expect(ledger).toMatchObject({ unaccounted: 0, faults: [] });
    expect(ledger.chain.brokenAt).toBeUndefined();
    expect(ledger.checkedPackages).toBeGreaterThan(0);
  });
});
