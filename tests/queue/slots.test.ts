import { createSlots } from '../../src/queue/slots.ts';
import type { Lane } from '../../src/routing/delivery.ts';
import { newRing } from './places.ts';

const ringTo = (agencyId: string, lane: Lane = 'ordinary') => newRing({ agencyId, lane });

describe('the slots of a recipient', () => {
  it('are one until its cap is known', () => {
    const slots = createSlots();
    expect(slots.take(ringTo('a'))).toBe(true);
    expect(slots.take(ringTo('a', 'urgent'))).toBe(false);
    expect(slots.take(ringTo('b'))).toBe(true);
    slots.learn('a', 2);
    expect(slots.take(ringTo('a'))).toBe(false);
    expect(slots.take(ringTo('a', 'urgent'))).toBe(true);
    expect(slots.taken()).toBe(3);
  });

  it.each([
    [1, 1, 1],
    [2, 1, 2],
    [4, 3, 4],
  ])('with a cap of %i are %i for ordinary and %i for urgent deliveries', (cap, ordinary, all) => {
    const slots = createSlots();
    slots.learn('a', cap);
    const takeAll = (lane: Lane) => {
      while (slots.take(ringTo('a', lane)));
      return slots.taken();
    };
    expect(takeAll('ordinary')).toBe(ordinary);
    expect(takeAll('urgent')).toBe(all);
  });

  it('remember who was turned away until the lane is found empty', () => {
    const slots = createSlots();
    slots.take(ringTo('a'));
    expect(slots.expected('a', 'ordinary')).toBeUndefined();
    slots.take(ringTo('a'));
    const mark = slots.expected('a', 'ordinary');
    expect(mark).toBeDefined();
    expect(slots.expected('a', 'urgent')).toBeUndefined();
    slots.take(ringTo('a'));
    slots.settle('a', 'ordinary', mark as number);
    expect(slots.expected('a', 'ordinary')).toBeDefined();
    slots.settle('a', 'ordinary', slots.expected('a', 'ordinary') as number);
    expect(slots.expected('a', 'ordinary')).toBeUndefined();
  });

  it('hand on what is left only when the last one goes', () => {
    const slots = createSlots();
    slots.learn('a', 3);
    slots.take(ringTo('a'));
    slots.take(ringTo('a'));
    const left = ringTo('a');
    expect(slots.take(left)).toBe(false);
    expect(slots.give('a')).toEqual([]);
    expect(slots.give('a')).toEqual([left]);
    expect(slots.take(ringTo('a'))).toBe(true);
  });
});
