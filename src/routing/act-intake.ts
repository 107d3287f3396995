import type { Act, ActDetails, ActRequest, TargetNamed } from './acts.ts';
import { actsOf, changesDocument, takeBack, targetOf } from './acts.ts';
import type { Delivery } from './delivery.ts';
import type { AgencyEntry } from './directory.ts';
import type { Message } from './message.ts';
import { addressees } from './message.ts';
import type { NewId } from './ports.ts';
import type { Routed } from './route.ts';

/**
 * The agencies that each of these answers for today: itself first, then those it succeeded, directly or not. Ids; an agency that is
 * absent from the answer answers for itself alone.
 */
export type AnswersFor = (agencyIds: readonly string[]) => Promise<ReadonlyMap<string, readonly string[]>>;

/** Those of the codes that updates of this sender, not refused, add to the recipients of the document that is named so. */
export type FindAdded = (
  document: TargetNamed & { readonly senderAgencyId: string },
  codes: readonly string[],
) => Promise<readonly string[]>;

/** What the way in asks of the world for packages that act upon documents. */
export interface ActIntakePorts {
  readonly answersFor: AnswersFor;
  readonly findAdded: FindAdded;
  /** Carries out the acts of a package that was just accepted. Never throws: what could not be done now, the sweeper does. */
  readonly carryOut: (packageId: string) => Promise<void>;
  readonly newId: NewId;
}

/** The acts of a message with the agencies that they concern; asks nobody anything for a new document. */
export async function actsFor(
  { answersFor, newId }: Pick<ActIntakePorts, 'answersFor' | 'newId'>,
  message: Message,
  agencies: ReadonlyMap<string, AgencyEntry>,
  routed: Routed,
  addedType: '0' | '1',
): Promise<readonly Act[]> {
  const requests = actsOf(message, addedType).map((request) => ({ ...request, details: asServed(request.details, routed) }));
  if (requests.length === 0) return [];
  const sender = agencies.get(message.sender.code)?.id as string;
  const addressee = agencies.get(message.recipients[0]?.code ?? '')?.id;
  const known = await answersFor(addressee === undefined ? [sender] : [sender, addressee]);
  const those = (id: string | undefined) => (id === undefined ? [] : (known.get(id) ?? [id]));
  return requests.map((request) => concerned(request, { id: newId(), sender, addressee }, those));
}

/** A document is the sender's, except when a status reports: then it is the addressee's, and the sender is its recipient. */
function concerned(
  request: ActRequest,
  { id, sender, addressee }: { readonly id: string; readonly sender: string; readonly addressee: string | undefined },
  those: (id: string | undefined) => readonly string[],
): Act {
  const reports = request.act === 'status' && request.status !== takeBack;
  const owner = reports ? addressee : sender;
  const parties = request.act === 'status' ? { parties: those(reports ? sender : addressee) } : {};
  return { ...request, id, ...(owner === undefined ? {} : { owner }), owners: those(owner), ...parties };
}

/**
 * The lists of an act by the codes of the deliveries that serve them: an agency may be named by several codes, or by its group. A code that
 * is not served now stays: a list that had entries must not become one without, and it may be served later.
 */
function asServed(details: ActDetails, { recipients }: Routed): ActDetails {
  const servedAs = (named: string) => {
    const those = recipients.filter(({ code, delivery }) => code === named || delivery.namedAs === named);
    return those.length === 0 ? [named] : those.map(({ delivery }) => delivery.recipient);
  };
  const served = (codes: readonly string[]) => [...new Set(codes.flatMap(servedAs))];
  const lists = (['added', 'removed', 'agencies', 'listedOnly'] as const).flatMap((name) => {
    const codes = details[name];
    return codes === undefined ? [] : [[name, served(codes)] as const];
  });
  return { ...details, ...Object.fromEntries(lists) };
}

/**
 * Codes that a package does not name but is wanted for, and that updates of its sender add to its document: these named them, and were
 * accepted. Asks nobody anything for a package that is wanted for no other than it names.
 */
export async function addedSince(
  { findAdded }: Pick<ActIntakePorts, 'findAdded'>,
  message: Message,
  senderAgencyId: string,
  wanted: readonly string[],
): Promise<readonly string[]> {
  const named = new Set(addressees(message).map(({ code }) => code));
  const foreign = wanted.filter((code) => !named.has(code));
  if (foreign.length === 0 || message.kind === 'status') return [];
  return findAdded({ ...targetOf(message), senderAgencyId }, foreign);
}

/** What was routed, behind a gate until its document is found when it does more than report. */
export function gatedBy(acts: readonly Act[], routed: Routed): Routed {
  if (!acts.some(changesDocument)) return routed;
  const gated = (one: Delivery): Delivery => (one.state === 'failed' ? one : { ...one, gate: 'match' });
  return { ...routed, deliveries: routed.deliveries.map(gated) };
}
