import type { AgencyEntry } from './directory.ts';
import type { Matter, SuccessionKind } from './succession.ts';
import { chosenShare } from './succession.ts';

/** One step from an agency to the one that follows it, as the accepted receipt states it. */
export interface SuccessionStep {
  /** The first day on which it holds, `yyyy-mm-dd`; absent when only the code has run out. */
  readonly on?: string;
  /** `recode`: the same agency, known by another code. */
  readonly kind: SuccessionKind | 'recode';
  /** The code it was known by, and the one that answers for it now. */
  readonly from: string;
  readonly to: string;
  readonly basis?: string;
}

/** Who receives what is addressed to a code on a day. */
export type Addressee =
  /** The agency that has the code. */
  | { readonly kind: 'agency'; readonly agency: AgencyEntry }
  /** The one that follows it, by these steps. */
  | { readonly kind: 'successor'; readonly agency: AgencyEntry; readonly steps: readonly SuccessionStep[] }
  /** A person must choose among several that follow. */
  | { readonly kind: 'held'; readonly candidates: readonly AgencyEntry[]; readonly steps: readonly SuccessionStep[] }
  /** Ended, and nobody follows. */
  | { readonly kind: 'closed'; readonly agency: AgencyEntry; readonly steps: readonly SuccessionStep[] }
  /** Nobody answers for the code before this day. */
  | { readonly kind: 'not-yet'; readonly agency: AgencyEntry; readonly beginsOn: string }
  /** Nobody has the code. */
  | { readonly kind: 'unknown' };

/**
 * Who receives what is addressed to `code`: the route through all successions that hold on the day of the entry. `matter` is what the
 * rules of a split may ask of the mail. A suspended agency still is the addressee; whether it is served is decided by its status.
 */
export function addresseeOf(code: string, entry: AgencyEntry | undefined, matter: Matter = {}): Addressee {
  if (entry === undefined) return { kind: 'unknown' };
  if (entry.beginsOn !== undefined) return { kind: 'not-yet', agency: entry, beginsOn: entry.beginsOn };
  const steps: SuccessionStep[] = [];
  if (entry.ending === undefined && entry.status !== 'closed' && !entry.codeValid) {
    if (entry.code === undefined) return { kind: 'closed', agency: entry, steps };
    steps.push({ kind: 'recode', from: code, to: entry.code });
  }
  return follow(code, entry, matter, steps);
}

/** What of an answer is shown: of agencies only what names them. */
export function shownAddressee(found: Addressee) {
  const named = ({ id, code, name, status }: AgencyEntry) => ({ id, code, name, status });
  return {
    kind: found.kind,
    ...('agency' in found ? { agency: named(found.agency) } : {}),
    ...('candidates' in found ? { candidates: found.candidates.map(named) } : {}),
    ...('steps' in found ? { steps: found.steps } : {}),
    ...('beginsOn' in found ? { beginsOn: found.beginsOn } : {}),
  };
}

function follow(code: string, entry: AgencyEntry, matter: Matter, steps: SuccessionStep[]): Addressee {
  let known = steps.at(-1)?.to ?? code;
  let agency = entry;
  while (agency.ending !== undefined) {
    const { ending } = agency;
    const share = chosenShare(ending.successors, matter);
    if (share === null) {
      const candidates = heirsOf(agency);
      return candidates.length === 0 ? { kind: 'closed', agency, steps } : { kind: 'held', candidates, steps };
    }
    const to = share.to.code ?? known;
    steps.push({ on: ending.on, kind: ending.kind, from: known, to, ...(ending.basis === undefined ? {} : { basis: ending.basis }) });
    known = to;
    agency = share.to;
  }
  if (agency.status === 'closed') return { kind: 'closed', agency, steps };
  return steps.length === 0 ? { kind: 'agency', agency } : { kind: 'successor', agency, steps };
}

/**
 * All that answer for an agency on the day of the entry: itself while it exists, else the living ones at the ends of every
 * succession, each once. Any of them may act for it: recall, update and replace what it sent (it or its successor alone may).
 */
export function heirsOf(entry: AgencyEntry): readonly AgencyEntry[] {
  if (entry.ending === undefined) return entry.status === 'closed' ? [] : [entry];
  const found = new Map<string, AgencyEntry>();
  for (const { to } of entry.ending.successors) for (const heir of heirsOf(to)) found.set(heir.id, heir);
  return [...found.values()];
}

/** True when `agencyId` is the agency of the entry, or one of those that answer for it on the day of the entry. */
export function mayActFor(agencyId: string, entry: AgencyEntry): boolean {
  return entry.id === agencyId || heirsOf(entry).some((heir) => heir.id === agencyId);
}
