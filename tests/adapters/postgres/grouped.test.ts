import { jest } from '@jest/globals';
import { grouped } from '../../../src/adapters/postgres/grouped.ts';

const limits = { groups: 1, items: 3, weight: 10, pause: 0, weightOf: (n: number) => n };

/** Runs groups one by one as the test lets them go. */
function controlled(answer: (items: readonly number[]) => readonly number[]) {
  const groups: (readonly number[])[] = [];
  const gates: (() => void)[] = [];
  const run = async (items: readonly number[]) => {
    groups.push(items);
    await new Promise<void>((open) => gates.push(open));
    return answer(items);
  };
  const letGo = async () => {
    gates.shift()?.();
    await new Promise((soon) => setImmediate(soon));
  };
  return { groups, run, letGo };
}

describe('calls in groups', () => {
  it('lets a lone call go at once, and those that come meanwhile together', async () => {
    const { groups, run, letGo } = controlled((items) => items.map((n) => n * 10));
    const call = grouped(run, limits, () => false);
    const answers = Promise.all([1, 2, 3].map(call));
    expect(groups).toEqual([[1]]);
    await letGo();
    expect(groups).toEqual([[1], [2, 3]]);
    await letGo();
    expect(await answers).toEqual([10, 20, 30]);
  });

  it('fills a group up to its number of items and to its weight, and takes one that is too heavy alone', async () => {
    const { groups, run, letGo } = controlled((items) => items);
    const call = grouped(run, limits, () => false);
    const answers = Promise.all([1, 1, 1, 1, 1, 6, 5, 99, 2].map(call));
    for (let i = 0; i < 7; i++) await letGo();
    expect(groups).toEqual([[1], [1, 1, 1], [1, 6], [5], [99], [2]]);
    await answers;
  });

  it('holds a call that comes soon after the start of a group until the pause is over or a group is full', async () => {
    jest.useFakeTimers({ doNotFake: ['setImmediate', 'nextTick'] });
    try {
      const { groups, run, letGo } = controlled((items) => items);
      const call = grouped(run, { ...limits, pause: 10 }, () => false);
      const answers = [call(1)];
      await letGo();
      answers.push(call(2));
      jest.advanceTimersByTime(9);
      expect(groups).toEqual([[1]]);
      jest.advanceTimersByTime(1);
      expect(groups).toEqual([[1], [2]]);
      await letGo();
      answers.push(...[1, 1, 1].map(call));
      expect(groups).toEqual([[1], [2], [1, 1, 1]]);
      await letGo();
      jest.advanceTimersByTime(20);
      answers.push(call(3));
      expect(groups).toEqual([[1], [2], [1, 1, 1], [3]]);
      await letGo();
      expect(await Promise.all(answers)).toEqual([1, 2, 1, 1, 1, 3]);
    } finally {
      jest.useRealTimers();
    }
  });

  it('tries each alone when a group fails, so that only the culprit fails', async () => {
    const { groups, run, letGo } = controlled((items) => {
      if (items.includes(3)) throw new Error('three');
      return items;
    });
    const call = grouped(run, limits, () => false);
    const answers = Promise.allSettled([1, 2, 3, 4].map(call));
    for (let i = 0; i < 5; i++) await letGo();
    expect(groups).toEqual([[1], [2, 3, 4], [2], [3], [4]]);
    expect((await answers).map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled', 'rejected', 'fulfilled']);
  });

  it('tries nobody alone when it is hopeless', async () => {
    const { groups, run, letGo } = controlled(() => {
      throw new Error('away');
    });
    const call = grouped(run, limits, () => true);
    const answers = Promise.allSettled([1, 2, 3].map(call));
    for (let i = 0; i < 2; i++) await letGo();
    expect(groups).toEqual([[1], [2, 3]]);
    expect((await answers).map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected']);
  });
});
