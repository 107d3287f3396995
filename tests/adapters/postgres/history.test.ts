import fc from 'fast-check';
import { createLookUp } from '../../../src/adapters/postgres/directory.ts';
import { createPool } from '../../../src/adapters/postgres/pool.ts';
import { createRegister } from '../../../src/adapters/postgres/register.ts';
import { createSuccessions } from '../../../src/adapters/postgres/successions.ts';
import { addresseeOf } from '../../../src/routing/addressee.ts';
import type { AgencyEntry } from '../../../src/routing/directory.ts';
import { Rejection } from '../../../src/routing/problem.ts';
import type { SuccessionRow } from '../../../src/routing/succession-plan.ts';
import { agencyWith, newId } from '../../support/acceptance.ts';
import type { TestDatabase } from '../../support/database.ts';
import { testDatabase } from '../../support/database.ts';
import type { Asked } from '../../support/succession-world.ts';
import { checkEntry, forEachCode, history, names, rowsOf, World } from '../../support/succession-world.ts';

const now = () => new Date();
let database: TestDatabase;
let successions: ReturnType<typeof createSuccessions>;
let register: ReturnType<typeof createRegister>;
let rounds = 0;

beforeAll(async () => {
  const made = await testDatabase();
  const pool = createPool({ url: made.url }, 4, { warn: () => undefined });
  database = { ...made, pool, drop: () => pool.end().then(() => made.drop()) };
  successions = createSuccessions(pool, now, newId);
  register = createRegister(pool, now);
});
afterAll(() => database.drop());

/** The agencies of a world in the database, with codes that no other round has. */
async function settled() {
  rounds += 1;
  const prefix = `T${rounds}.`;
  const agencies = names.map((name) => ({
    ...agencyWith(`${prefix}${name}.1`, { name }),
    codes: [{ code: `${prefix}${name}.1`, scheme: 'local' as const, validFrom: '2000-01-01' }],
  }));
  await register.add(agencies, 'test');
  return { prefix, idOf: new Map(agencies.map(({ id, name }) => [name, id])) };
}

type Settled = Awaited<ReturnType<typeof settled>>;

/** A batch as both sides took it: refused with these lines and codes, or not. */
const verdict = (error: unknown): string[] => {
  if (!(error instanceof Rejection)) throw error;
  return error.problems.map(({ line, code }) => `${line} ${code}`);
};

/** Applies a batch to both; returns the id of the batch in the database, or undefined when both refused it alike. */
async function applied(world: World, { prefix }: Settled, rows: readonly SuccessionRow[]): Promise<string | undefined> {
  const there = <T extends string | undefined>(code: T) => (code === undefined ? code : `${prefix}${code}`) as T;
  const inDatabase = rows.map((row) => ({
    ...row,
    from: there(row.from),
    ...(row.to === undefined ? {} : { to: there(row.to) }),
    ...(row.parent === undefined ? {} : { parent: there(row.parent) }),
    ...(row.code === undefined ? {} : { code: { ...row.code, code: there(row.code.code) } }),
  }));
  let batch: string | undefined;
  let refused: string[] = [];
  try {
    ({ batch } = await successions.apply({ name: 'x.csv', sha256: '0'.repeat(64), rows: inDatabase }, 'test', false));
  } catch (error) {
    refused = verdict(error);
  }
  let expected: string[] = [];
  try {
    world.apply(rows);
  } catch (error) {
    expected = verdict(error);
  }
  expect(refused).toEqual(expected);
  return batch;
}

/** An entry of the database in the words of the world: its names as ids, its codes without the prefix. */
function asInWorld(entry: AgencyEntry | undefined, { prefix, idOf }: Settled): AgencyEntry {
  const nameOf = new Map([...idOf].map(([name, id]) => [id, name]));
  const own = (one: AgencyEntry): AgencyEntry => ({
    ...one,
    id: nameOf.get(one.id) ?? '?',
    ...(one.code === undefined ? {} : { code: one.code.slice(prefix.length) }),
    ...(one.ending === undefined
      ? {}
      : { ending: { ...one.ending, successors: one.ending.successors.map(({ to, ...rule }) => ({ to: own(to), ...rule })) } }),
  });
  if (entry === undefined) throw new Error('a code was lost');
  return own(entry);
}

const told = (asked: Asked, entry: AgencyEntry) => {
  const found = addresseeOf(asked.code, entry, { subject: 'V/v giáo dục' });
  const steps = 'steps' in found ? found.steps.map(({ kind, on }) => [kind, on]) : [];
  const candidates = 'candidates' in found ? found.candidates.map(({ id }) => id).sort() : [];
  return [found.kind, 'agency' in found ? found.agency.id : undefined, steps, candidates];
};

async function compare(world: World, place: Settled): Promise<void> {
  const all: Asked[] = [];
  forEachCode(world, (asked) => all.push(asked));
  for (const day of new Set(all.map(({ on }) => on))) {
    const asked = all.filter(({ on }) => on === day);
    const found = await createLookUp(database.pool, now)(
      asked.map(({ code }) => `${place.prefix}${code}`),
      day,
    );
    for (const one of asked) {
      const entry = asInWorld(found.get(`${place.prefix}${one.code}`), place);
      checkEntry(world, entry, one);
      expect([one, ...told(one, entry)]).toEqual([one, ...told(one, world.entry(one.id, one.code, one.on))]);
    }
  }
}

describe('whatever the history', () => {
  it('the database refuses and answers what a simple model of successions does: nothing lost, nothing to a stranger, no circle', async () => {
    await fc.assert(
      fc.asyncProperty(history, async (batches) => {
        const world = new World(names);
        const place = await settled();
        for (const batch of batches) await applied(world, place, rowsOf(batch));
        await compare(world, place);
      }),
      { numRuns: 25 },
    );
  });

  it('taking batches back, the last first, brings every day back to what it was', async () => {
    await fc.assert(
      fc.asyncProperty(history, async (batches) => {
        let world = new World(names);
        const place = await settled();
        const done: { batch: string; before: World }[] = [];
        for (const rows of batches) {
          const before = world.copy();
          const batch = await applied(world, place, rowsOf(rows));
          if (batch !== undefined) done.push({ batch, before });
        }
        for (const { batch, before } of done.reverse().slice(0, 3)) {
          await successions.undo(batch, 'test', 'thử');
          world = before;
        }
        await compare(world, place);
      }),
      { numRuns: 10 },
    );
  });
});
