import type { PlacedStatus } from '../../src/routing/business.ts';
import type { DeliveryState } from '../../src/routing/delivery.ts';
import { recallState } from '../../src/routing/document.ts';
import type { NoticeRecord } from '../../src/routing/records.ts';

const at = (minute: number) => new Date(Date.UTC(2026, 2, 2, 1, minute));
const asked = (minute: number, state: DeliveryState, problem?: 'ACT_REPEATED' | 'ACT_BEFORE_DELIVERY'): NoticeRecord => ({
  packageId: `p${minute}`,
  deliveryId: `d${minute}`,
  act: 'recall',
  at: at(minute),
  state,
  changedAt: at(minute),
  ...(problem === undefined ? {} : { problem: { code: problem } }),
});
const said = (code: '15' | '16', minute: number): PlacedStatus => ({
  packageId: `s${minute}`,
  code,
  receivedAt: at(minute),
  description: '',
  staff: {},
  signature: 'valid',
  regression: false,
});
const update: NoticeRecord = { ...asked(9, 'delivered'), act: 'update' };

describe('both sides of a recall', () => {
  it.each<[string, readonly NoticeRecord[], PlacedStatus | undefined, string | undefined]>([
    ['never asked', [], undefined, undefined],
    ['only updated', [update], said('15', 10), undefined],
    ['on its way', [asked(1, 'waiting')], undefined, 'waiting'],
    ['held for a person', [asked(1, 'held')], undefined, 'waiting'],
    ['delivered, no answer', [asked(1, 'delivered')], undefined, 'waiting'],
    ['agreed', [asked(1, 'delivered')], said('15', 2), 'agreed'],
    ['refused', [asked(1, 'delivered')], said('16', 2), 'refused'],
    ['an answer to an earlier recall does not count', [asked(1, 'delivered'), asked(3, 'delivered')], said('16', 2), 'waiting'],
    ['a repeated one is not asked', [asked(1, 'delivered'), asked(3, 'cancelled', 'ACT_REPEATED')], said('15', 4), 'agreed'],
    ['before delivery', [asked(1, 'cancelled', 'ACT_BEFORE_DELIVERY')], undefined, 'needless'],
    ['the recall did not arrive', [asked(1, 'expired')], undefined, 'undelivered'],
  ])('%s', (_, notices, answer, expected) => {
    const business = { history: [], ...(answer === undefined ? {} : { answer }) };
    expect(recallState({ notices, business })?.answer).toBe(expected);
  });
});
