import type { Delivery } from '../../src/routing/delivery.ts';
import { handedOver } from '../../src/routing/handover.ts';
import { reject } from '../../src/routing/problem.ts';

const now = new Date('2026-03-02T02:00:00Z');
const delivery: Delivery = {
  id: 'd',
  packageId: 'p',
  recipient: '000.00.50.H61',
  agencyId: 'old',
  channel: 'inbox',
  urgency: 0,
  state: 'waiting',
  turn: 3,
  attempts: 2,
  tries: 2,
  faults: 0,
  dueAt: new Date(0),
  deadlineAt: new Date('2026-03-09T02:00:00Z'),
};
const moved = (readdress: () => Promise<Delivery>) => handedOver(delivery, readdress, now);

describe('what waits for an agency that has ended', () => {
  it('goes to the one that follows, at once', async () => {
    const move = await moved(async () => ({ ...delivery, agencyId: 'new', channel: 'push' }));
    expect(move).toMatchObject({ event: 'delivery.released', delivery: { agencyId: 'new', channel: 'push', turn: 4, dueAt: now } });
  });

  it('stays when it goes where it went before', async () => {
    expect(await moved(async () => delivery)).toBeNull();
  });

  it('fails, and its sender is told, when nobody follows', async () => {
    const move = await moved(() => Promise.reject(reject('RECIPIENT_CLOSED', { params: { recipient: delivery.recipient } })));
    expect(move).toMatchObject({ receipt: 'failed', delivery: { state: 'failed', problem: { code: 'RECIPIENT_CLOSED' } } });
  });

  it.each(['RECIPIENT_SPLIT', 'RECIPIENT_SUSPENDED', 'NO_ROUTE'] as const)('is held with %s until a person acts', async (code) => {
    const move = await moved(() => Promise.reject(reject(code)));
    expect(move).toMatchObject({ event: 'delivery.held', delivery: { state: 'held', problem: { code } } });
    expect(move?.receipt).toBeUndefined();
  });

  it('is left alone while the store is away', async () => {
    await expect(moved(() => Promise.reject(reject('STORE_UNAVAILABLE')))).rejects.toThrow('STORE_UNAVAILABLE');
  });
});
