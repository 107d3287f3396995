import fc from 'fast-check';
import { addresseeOf } from '../../src/routing/addressee.ts';
import { Rejection } from '../../src/routing/problem.ts';
import type { SuccessionRow } from '../../src/routing/succession-plan.ts';
import { checkEntry, forEachCode, history, names, rowsOf, World } from '../support/succession-world.ts';

/** The world after all batches of a history that are not refused. */
function played(batches: readonly (readonly (readonly object[])[])[]): World {
  const world = new World(names);
  for (const batch of batches) {
    try {
      world.apply(rowsOf(batch));
    } catch (error) {
      if (!(error instanceof Rejection)) throw error;
      expect(error.problems.every((one) => one.line !== undefined)).toBe(true);
    }
  }
  return world;
}

describe('whatever the history', () => {
  it('nothing is lost, nothing reaches a stranger, nobody follows himself', () => {
    fc.assert(
      fc.property(history, (batches) => {
        const world = played(batches);
        forEachCode(world, (asked) => checkEntry(world, world.entry(asked.id, asked.code, asked.on), asked));
      }),
      { numRuns: 40 },
    );
  });

  it('a day of the past answers as it did, whatever is applied for later days', () => {
    fc.assert(
      fc.property(history, history, (before, after) => {
        const world = played(before);
        const then = answers(world, '2006-06-30');
        for (const batch of after) {
          const later = batch.flat().map((row, i) => ({ ...row, line: i, on: `20${15 + i}-01-01` })) as unknown as SuccessionRow[];
          try {
            world.apply(later);
          } catch (error) {
            if (!(error instanceof Rejection)) throw error;
          }
        }
        expect(answers(world, '2006-06-30')).toEqual(then);
      }),
      { numRuns: 40 },
    );
  });

  function answers(world: World, on: string): unknown[] {
    return names.map((id) => {
      const found = addresseeOf(`${id}.1`, world.entry(id, `${id}.1`, on));
      return [id, found.kind, 'agency' in found ? found.agency.id : '', 'steps' in found ? found.steps : []];
    });
  }
});
