import fc from 'fast-check';
import { addresseeOf, heirsOf, mayActFor } from '../../src/routing/addressee.ts';
import type { AgencyEntry } from '../../src/routing/directory.ts';
import type { Ending, Share } from '../../src/routing/succession.ts';
import type { KnownAgency, SuccessionFacts, SuccessionRow } from '../../src/routing/succession-plan.ts';
import { planSuccessions } from '../../src/routing/succession-plan.ts';

/** A directory in memory: a second, simple model of what successions mean. */
export class World {
  readonly known = new Map<string, KnownAgency>();
  readonly endings = new Map<string, { on: string; kind: Ending['kind']; shares: (Omit<Share, 'to'> & { to: string })[] }>();

  constructor(names: readonly string[]) {
    for (const id of names) this.known.set(id, fresh(id));
  }

  get facts(): SuccessionFacts {
    const byCode = new Map([...this.known.values()].flatMap((one) => one.codes.map((code) => [code.code, one] as const)));
    return { byCode, byId: this.known };
  }

  /** As it is now, to be gone back to. */
  copy(): World {
    const made = new World([]);
    for (const [id, one] of this.known) made.known.set(id, one);
    for (const [id, one] of this.endings) made.endings.set(id, one);
    return made;
  }

  /** Applies a batch, or throws Rejection and changes nothing. */
  apply(rows: readonly SuccessionRow[]): void {
    const { endings, changes } = planSuccessions(rows, this.facts);
    for (const { agency, kind, on, shares } of endings) {
      const to = shares.map((share) => ({ to: share.agency.id, ...(share.rule === undefined ? {} : { rule: share.rule }) }));
      this.endings.set(agency.id, { on, kind, shares: to });
      this.known.set(agency.id, { ...this.of(agency.id), endedOn: on, successors: to.map((share) => share.to) });
    }
    for (const { agency, kind, on, parent, code } of changes.toSorted((a, b) => (a.on < b.on ? -1 : 1))) {
      const before = this.of(agency.id);
      const codes =
        code === undefined
          ? before.codes
          : [...before.codes.map((one) => ({ ...one, validTo: one.validTo ?? dayBefore(on) })), { ...code, validFrom: on }];
      const parents =
        parent === undefined
          ? before.parents
          : [...before.parents, { on, id: parent.agency.id }].toSorted((a, b) => (a.on < b.on ? -1 : 1));
      this.known.set(agency.id, { ...before, codes, parents, renamedOn: kind === 'rename' ? [...before.renamedOn, on] : before.renamedOn });
    }
  }

  of(id: string): KnownAgency {
    return this.known.get(id) as KnownAgency;
  }

  /** The entry of an agency on a day, as a look-up makes it. */
  entry(id: string, code: string, on: string): AgencyEntry {
    const { codes, name } = this.of(id);
    const ending = this.endings.get(id);
    const valid = codes.filter((one) => one.validFrom <= on && (one.validTo ?? on) >= on).map((one) => one.code);
    const asked = codes.find((one) => one.code === code);
    const own = valid.includes(code) ? code : valid.at(-1);
    const over = ending !== undefined && ending.on <= on;
    return {
      ...{ id, name, channel: 'inbox', signaturePolicy: 'required', certificates: [] },
      status: over ? 'closed' : 'active',
      codeValid: valid.includes(code),
      ...(own === undefined ? {} : { code: own }),
      ...(asked !== undefined && asked.validFrom > on ? { beginsOn: asked.validFrom } : {}),
      ...(over
        ? {
            ending: {
              on: ending.on,
              kind: ending.kind,
              successors: ending.shares.map(({ to, ...rule }) => ({ to: this.entry(to, '', on), ...rule })),
            },
          }
        : {}),
    };
  }

  /** Whether the line of an agency was split by that day: then the branch that a rule chose may have been closed, others not. */
  meetsSplit(id: string, on: string): boolean {
    const ending = this.endings.get(id);
    if (ending === undefined || ending.on > on) return false;
    return ending.kind === 'split' || ending.shares.some(({ to }) => this.meetsSplit(to, on));
  }

  /** Every agency that may receive for another one on a day, itself included: all paths through all successions. */
  line(id: string, on: string, seen = new Set<string>()): Set<string> {
    if (seen.has(id)) throw new Error('circle');
    const ending = this.endings.get(id);
    if (ending === undefined || ending.on > on) return new Set([id]);
    return new Set(ending.shares.flatMap(({ to }) => [...this.line(to, on, new Set([...seen, id]))]));
  }
}

function fresh(id: string): KnownAgency {
  const codes = [{ code: `${id}.1`, scheme: 'local' as const, validFrom: '2000-01-01' }];
  return { id, name: id, codes, beginsOn: '2000-01-01', closed: false, successors: [], renamedOn: [], parents: [{ on: '0000-01-01' }] };
}

function dayBefore(day: string): string {
  return new Date(Date.parse(day) - 86_400_000).toISOString().slice(0, 10);
}

/** The agencies of every world; each begins with the code `<name>.1`. */
export const names = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'];
const agency = fc.constantFrom(...names).map((name) => `${name}.1`);
const day = fc.integer({ min: 2001, max: 2012 }).map((year) => `${year}-07-01`);
const rule = fc.constantFrom(undefined, {}, { subject: ['giáo dục'] });

const step = fc.oneof(
  fc.record({ kind: fc.constant('close' as const), from: agency, on: day }).map((row) => [row]),
  fc.record({ kind: fc.constant('merge' as const), from: agency, to: agency, on: day }).map((row) => [row]),
  fc
    .record({
      from: agency,
      on: day,
      to: fc.uniqueArray(fc.tuple(agency, rule), { minLength: 2, maxLength: 3, selector: ([code]) => code }),
    })
    .map(({ from, on, to }) =>
      to.map(([code, share]) => ({ kind: 'split' as const, from, on, to: code, ...(share === undefined ? {} : { rule: share }) })),
    ),
  fc
    .record({ from: agency, on: day, number: fc.integer({ min: 2, max: 4 }) })
    .map(({ from, on, number }) => [
      { kind: 'rename' as const, from, on, name: 'x', code: { code: `${from[0]}.${number}`, scheme: 'local' as const } },
    ]),
  fc.record({ kind: fc.constant('move' as const), from: agency, parent: agency, on: day }).map((row) => [row]),
);
/** A random history: batches of rows, not all of which are allowed. */
export const history = fc.array(fc.array(step, { minLength: 1, maxLength: 3 }), { minLength: 1, maxLength: 12 });

/** The rows of a batch with their lines. */
export function rowsOf(batch: readonly (readonly object[])[]): SuccessionRow[] {
  return batch.flat().map((row, i) => ({ ...row, line: i + 2 })) as SuccessionRow[];
}

/** Days before, between and after what histories do. */
export const days = ['2000-07-01', '2003-06-30', '2003-07-01', '2006-07-01', '2009-07-01', '2013-07-01'];

/** What `check` says of each agency's codes on each day. */
export function forEachCode(world: World, check: (asked: Asked) => void): void {
  for (const [id, known] of world.known) {
    for (const { code, validFrom } of known.codes) for (const on of days) check({ id, code, validFrom, on });
  }
}

/** One look-up: whose code, and on which day. */
export interface Asked {
  readonly id: string;
  readonly code: string;
  readonly validFrom: string;
  readonly on: string;
}

const subjects = ['V/v giáo dục', 'V/v khác', undefined];

/** Nothing is lost, nothing reaches a stranger: what an entry leads to, whatever the subject, is in the line of its agency. */
export function checkEntry(world: World, entry: AgencyEntry, { id, code, validFrom, on }: Asked): void {
  const heirs = world.line(id, on);
  const living = new Set(heirsOf(entry).map((heir) => heir.id));
  expect([...living].every((one) => heirs.has(one))).toBe(true);
  for (const subject of subjects) {
    const found = addresseeOf(code, entry, { sender: 'x', ...(subject === undefined ? {} : { subject, notation: '', typeName: '' }) });
    if (found.kind === 'not-yet') expect(validFrom > on).toBe(true);
    else if (found.kind === 'held') {
      // a rule may already have chosen a branch: then only those at its end are to choose from
      expect(found.candidates.length).toBeGreaterThan(0);
      expect(found.candidates.every((one) => living.has(one.id))).toBe(true);
    } else if (found.kind === 'closed') expect(living.size === 0 || world.meetsSplit(id, on)).toBe(true);
    else {
      expect(found.kind === 'agency' || found.kind === 'successor').toBe(true);
      if (found.kind !== 'agency' && found.kind !== 'successor') return;
      expect(heirs.has(found.agency.id)).toBe(true);
      expect(found.agency.status).toBe('active');
      expect(mayActFor(found.agency.id, entry)).toBe(true);
      if (found.kind === 'agency') expect(found.agency.id).toBe(id);
    }
  }
}
