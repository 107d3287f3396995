import fc from 'fast-check';
import type { Delivery, DeliveryState, Move } from '../../src/routing/delivery.ts';
import {
  afterAttempt,
  cancel,
  expire,
  faultsBeforeHold,
  hold,
  isFinal,
  laneOf,
  release,
  replay,
  ringsFor,
} from '../../src/routing/delivery.ts';
import type { AttemptResult } from '../../src/routing/outcome.ts';
import { Rejection } from '../../src/routing/problem.ts';
import { defaultSchedules } from '../../src/routing/retry.ts';

const start = new Date('2026-03-02T02:00:00Z');
const hour = 3_600_000;
const schedule = defaultSchedules[0];
const reason = 'vì mạng hỏng';

const fresh: Delivery = {
  id: '01990000-0000-7000-8000-000000000001',
  packageId: '01990000-0000-7000-8000-000000000002',
  recipient: 'H61.1.2',
  agencyId: '01990000-0000-7000-8000-000000000003',
  channel: 'push',
  urgency: 0,
  state: 'waiting',
  turn: 1,
  attempts: 0,
  tries: 0,
  faults: 0,
  dueAt: start,
  deadlineAt: new Date(start.getTime() + 168 * hour),
};

const ok: AttemptResult = { kind: 'delivered', detail: 'HTTP 200' };
const busy: AttemptResult = { kind: 'unavailable', detail: 'HTTP 503' };
const no: AttemptResult = { kind: 'refused', detail: 'HTTP 422' };
const ours: AttemptResult = { kind: 'fault', detail: 'damaged' };
const tryIt = (result: AttemptResult, from = fresh, now = start) => afterAttempt(from, result, schedule, now, 0.5);
const inState = (state: DeliveryState): Delivery =>
  state === 'waiting' || state === 'delivered' ? { ...fresh, state } : { ...fresh, state, problem: { code: 'GATEWAY_FAULT' } };

describe('an attempt', () => {
  it('that delivers ends the delivery and tells the sender', () => {
    const { delivery, receipt, event } = tryIt(ok);
    expect(delivery).toMatchObject({ state: 'delivered', attempts: 1, tries: 1, turn: 1 });
    expect([receipt, event]).toEqual(['delivered', 'delivery.delivered']);
  });

  it('that finds nobody puts the delivery off', () => {
    const { delivery, receipt, event } = tryIt(busy);
    expect(delivery).toMatchObject({ state: 'waiting', attempts: 1, tries: 1, turn: 2, dueAt: new Date(start.getTime() + 30_000) });
    expect([receipt, event]).toEqual([undefined, 'delivery.retry']);
  });

  it('that finds nobody when no time is left expires the delivery and tells the sender', () => {
    const { delivery, receipt } = tryIt(busy, fresh, new Date(fresh.deadlineAt.getTime() - 1000));
    expect(delivery).toMatchObject({ state: 'expired', attempts: 1, turn: 1, problem: { code: 'DEADLINE_PASSED' } });
    expect(receipt).toBe('expired');
  });

  it('that is refused fails the delivery and tells the sender why', () => {
    const { delivery, receipt } = tryIt(no);
    expect(delivery).toMatchObject({ state: 'failed', problem: { code: 'REFUSED_BY_RECIPIENT', params: { reason: 'HTTP 422' } } });
    expect(receipt).toBe('failed');
  });

  it('that fails by our own fault is made again in a minute, and the fifth in a row holds the delivery', () => {
    let delivery = fresh;
    for (let i = 1; i < faultsBeforeHold; i += 1) {
      const move = tryIt(ours, delivery);
      expect(move).toMatchObject({ event: 'delivery.fault', delivery: { state: 'waiting', faults: i, attempts: 0, tries: 0 } });
      expect(move.delivery.dueAt.getTime() - start.getTime()).toBe(60_000);
      delivery = move.delivery;
    }
    const last = tryIt(ours, delivery);
    expect(last).toMatchObject({ event: 'delivery.held', delivery: { state: 'held', problem: { code: 'GATEWAY_FAULT' } } });
    expect(last.receipt).toBeUndefined();
  });

  it('that reaches the recipient ends the row of our faults', () => {
    expect(tryIt(busy, tryIt(ours).delivery).delivery.faults).toBe(0);
  });
});

describe('moves by people', () => {
  it('replay starts afresh, with a new deadline, and keeps the attempts', () => {
    const old: Delivery = { ...inState('failed'), attempts: 9, tries: 9, faults: 2, turn: 4 };
    const later = new Date(start.getTime() + 1000 * hour);
    const { delivery } = replay(old, schedule, later, reason);
    expect(delivery).toMatchObject({ state: 'waiting', turn: 5, attempts: 9, tries: 0, faults: 0, dueAt: later });
    expect(delivery.deadlineAt.getTime()).toBe(later.getTime() + 168 * hour);
    expect(delivery.problem).toBeUndefined();
  });

  it('a delivered one is replayed only with a reason', () => {
    expect(() => replay(inState('delivered'), schedule, start, ' ')).toThrow('REASON_REQUIRED');
    expect(replay(inState('delivered'), schedule, start, reason).delivery.state).toBe('waiting');
  });

  it('hold and cancel need a reason', () => {
    expect(() => hold(fresh, '')).toThrow('REASON_REQUIRED');
    expect(() => cancel(fresh, start, 'x'.repeat(1001))).toThrow('REASON_REQUIRED');
  });

  it('cancel tells the sender', () => {
    expect(cancel(fresh, start, reason)).toMatchObject({ receipt: 'cancelled', delivery: { problem: { code: 'CANCELLED_BY_OPERATOR' } } });
  });
});

describe('rings', () => {
  it('are for what waits to be pushed, in the lane of its urgency', () => {
    expect(([0, 1, 2, 3, 4] as const).map(laneOf)).toEqual(['ordinary', 'urgent', 'urgent', 'urgent', 'urgent']);
    expect(ringsFor({ ...fresh, turn: 3 })).toEqual([{ deliveryId: fresh.id, turn: 3, agencyId: fresh.agencyId, lane: 'ordinary' }]);
    expect(ringsFor({ ...fresh, channel: 'inbox' })).toEqual([]);
    expect(ringsFor(inState('held'))).toEqual([]);
  });
});

/** The table of states: what may follow upon what. */
const table: Readonly<Record<DeliveryState, readonly DeliveryState[]>> = {
  waiting: ['waiting', 'delivered', 'failed', 'expired', 'held', 'cancelled'],
  held: ['waiting', 'cancelled'],
  failed: ['waiting', 'cancelled'],
  expired: ['waiting', 'cancelled'],
  delivered: ['waiting'],
  cancelled: [],
};

type Step = { readonly does: string; readonly after: number; readonly random: number; readonly result: AttemptResult };

function make(from: Delivery, { does, random, result }: Step, now: Date): Move | 'not allowed' {
  try {
    switch (does) {
      case 'attempt':
        return from.state === 'waiting' ? afterAttempt(from, result, schedule, now, random) : 'not allowed';
      case 'expire':
        return from.state === 'waiting' ? expire(from, 'late', now) : 'not allowed';
      case 'hold':
        return hold(from, reason);
      case 'release':
        return release(from, schedule, now, reason);
      case 'replay':
        return replay(from, schedule, now, reason);
      default:
        return cancel(from, now, reason);
    }
  } catch (error) {
    if (error instanceof Rejection) return 'not allowed';
    throw error;
  }
}

const results = fc.oneof(
  { weight: 1, arbitrary: fc.constant(ok) },
  { weight: 5, arbitrary: fc.constant(busy) },
  { weight: 1, arbitrary: fc.constant(no) },
  { weight: 5, arbitrary: fc.constant(ours) },
  { weight: 1, arbitrary: fc.nat(100_000).map((retryAfter): AttemptResult => ({ ...busy, kind: 'unavailable', retryAfter })) },
);
const does = fc.oneof(
  { weight: 8, arbitrary: fc.constant('attempt') },
  { weight: 3, arbitrary: fc.constantFrom('expire', 'hold', 'release', 'replay', 'cancel') },
);
const steps = fc.array(
  fc.record({ does, result: results, after: fc.nat(20 * hour), random: fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }) }),
  { maxLength: 60 },
);

/** Walks through the steps, telling `look` of every move that was allowed. */
function walk(way: readonly Step[], look: (from: Delivery, move: Move, step: Step, now: Date) => void): void {
  let delivery = fresh;
  let time = start.getTime();
  for (const step of way) {
    time += step.after;
    const now = new Date(time);
    const move = make(delivery, step, now);
    if (move === 'not allowed') continue;
    look(delivery, move, step, now);
    delivery = move.delivery;
  }
}

describe('whatever happens to a delivery, in whatever order', () => {
  const always = (look: Parameters<typeof walk>[1]) =>
    fc.assert(
      fc.property(steps, (way) => walk(way, look)),
      { numRuns: 500 },
    );

  it('it never leaves the table of states', () =>
    always((from, { delivery }) => {
      expect(table[from.state]).toContain(delivery.state);
      if (isFinal(from.state)) expect(['waiting', 'cancelled']).toContain(delivery.state);
    }));

  it('its turn grows by one when it becomes waiting, and else stays', () =>
    always((from, { delivery }) => {
      expect(delivery.turn).toBe(from.turn + (delivery.state === 'waiting' ? 1 : 0));
    }));

  it('its attempts never shrink, and grow by one with each outcome of the recipient', () =>
    always((from, { delivery }, { does: what, result }) => {
      expect(delivery.attempts).toBe(from.attempts + (what === 'attempt' && result.kind !== 'fault' ? 1 : 0));
      expect(delivery.tries).toBeLessThanOrEqual(delivery.attempts);
    }));

  it('faults of ours never use up tries, and there are never more in a row than lead to hold', () =>
    always((from, { delivery }, { does: what, result }) => {
      if (what === 'attempt' && result.kind === 'fault') expect([delivery.tries, delivery.attempts]).toEqual([from.tries, from.attempts]);
      expect(delivery.faults).toBeLessThanOrEqual(faultsBeforeHold);
    }));

  it('it says why it does not wait, and is never tried after its deadline', () =>
    always((from, { delivery, event }) => {
      const { state, problem } = delivery;
      expect(problem === undefined).toBe(state === 'waiting' || state === 'delivered');
      if (event === 'delivery.retry') expect(delivery.dueAt.getTime()).toBeLessThan(from.deadlineAt.getTime());
    }));

  it('the sender gets a receipt exactly when it is delivered, failed, expired or cancelled', () =>
    always((_, { delivery, receipt }) => {
      expect(receipt).toBe(isFinal(delivery.state) ? delivery.state : undefined);
    }));

  it('it stays the same message to the same recipient', () =>
    always((from, { delivery }) => {
      const { id, packageId, recipient, urgency } = from;
      expect(delivery).toMatchObject({ id, packageId, recipient, urgency });
    }));
});
