import type { Lane } from '../routing/delivery.ts';
import type { Ring } from '../routing/ports.ts';

/**
 * The slots of every recipient in this process: how many deliveries to it may be under way here at once, and whether some were
 * turned away because all slots were taken.
 */
export interface Slots {
  /** Takes a slot for the recipient of this ring. False when there is none: then the lane is known to have more to do. */
  take(ring: Ring): boolean;
  /** True when there is no slot for this ring now, so that whoever has one will find the delivery: it is known to be there. */
  isFull(ring: Ring): boolean;
  /** Gives a slot back. Returns one ring for each lane with more to do when nobody here is left who would do it. */
  give(agencyId: string): Ring[];
  /** How many slots the recipient has, once that is known. */
  learn(agencyId: string, cap: number): void;
  /** Notes that a lane has more to do for this recipient. */
  expect(ring: Ring): void;
  /** A mark when the lane has more to do for this recipient. */
  expected(agencyId: string, lane: Lane): Mark | undefined;
  /** The lane was found empty; what was noted after the mark was taken still counts. */
  settle(agencyId: string, lane: Lane, mark: Mark): void;
  /** Slots taken, all recipients together. */
  taken(): number;
}

/** A point in the sequence of notes. */
export type Mark = number;

interface Recipient {
  taken: number;
  cap: number;
  readonly more: Map<Lane, { readonly mark: Mark; readonly ring: Ring }>;
}

/** No slots taken, nothing known. A recipient whose cap is not known yet has one slot, until its first claim tells. */
export function createSlots(): Slots {
  const recipients = new Map<string, Recipient>();
  let notes = 0;
  let taken = 0;

  function of(agencyId: string): Recipient {
    const known = recipients.get(agencyId);
    if (known !== undefined) return known;
    const made: Recipient = { taken: 0, cap: 1, more: new Map() };
    recipients.set(agencyId, made);
    return made;
  }

  function expect(ring: Ring): void {
    notes += 1;
    of(ring.agencyId).more.set(ring.lane, { mark: notes, ring });
  }

  function isFull(ring: Ring): boolean {
    const recipient = of(ring.agencyId);
    const full = recipient.taken >= slotsFor(ring.lane, recipient.cap);
    if (full) expect(ring);
    return full;
  }

  return {
    isFull,
    take(ring) {
      if (isFull(ring)) return false;
      of(ring.agencyId).taken += 1;
      taken += 1;
      return true;
    },
    give(agencyId) {
      const recipient = of(agencyId);
      recipient.taken -= 1;
      taken -= 1;
      if (recipient.taken > 0) return [];
      return [...recipient.more.values()].map(({ ring }) => ring);
    },
    learn(agencyId, cap) {
      of(agencyId).cap = cap;
    },
    expect,
    expected: (agencyId, lane) => of(agencyId).more.get(lane)?.mark,
    settle(agencyId, lane, mark) {
      const { more } = of(agencyId);
      if (more.get(lane)?.mark === mark) more.delete(lane);
    },
    taken: () => taken,
  };
}

/** Ordinary deliveries leave one slot of a recipient that has several to urgent ones. */
function slotsFor(lane: Lane, cap: number): number {
  return lane === 'urgent' ? cap : Math.max(1, cap - 1);
}
