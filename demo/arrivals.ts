import type { AgencyId } from './cast.ts';

/** A package as a recipient has it. */
export interface Arrival {
  readonly agency: AgencyId;
  readonly delivery: string;
  readonly package: string;
  readonly path: string;
  /** Of the bytes that were stored, computed by the recipient. */
  readonly sha256: string;
  readonly size: number;
}

/** What the recipients have taken, and what they found wrong. */
export class Arrivals {
  readonly taken: Arrival[] = [];
  readonly complaints: string[] = [];
  /** Deliveries that came once more and were dropped by their id. */
  repeats = 0;

  /** True when this delivery is here already: a second copy must have no effect. */
  has(delivery: string): boolean {
    return this.taken.some((arrival) => arrival.delivery === delivery);
  }

  /** Takes a package in, unless its delivery is here already. Returns whether it was new. */
  take(arrival: Arrival): boolean {
    if (this.has(arrival.delivery)) {
      this.repeats += 1;
      return false;
    }
    this.taken.push(arrival);
    return true;
  }
}
