import type { AgencyEntry } from './directory.ts';
import { earlierQuery, type FindEarlier, guardLoop } from './earlier.ts';
import type { Message, Party } from './message.ts';
import type { OriginPorts } from './origin.ts';
import { settleSender } from './origin.ts';
import type { Examined, Verified } from './package.ts';
import type { Problem } from './problem.ts';
import { Rejection, reject } from './problem.ts';
import type { RoutingWorld, UpwardRoute } from './rules.ts';
import { isOfProvince } from './rules.ts';
import { fromPlace, senderStanding } from './verify.ts';

/**
 * Enters the sender of a package that came over a route into the register as an agency elsewhere, so that it is the same one from now on;
 * gives the entry of the one that has the code when there is one. Null when the code can't be given to it any more.
 */
export type AdmitSender = (sender: Party, route: string, on: string) => Promise<AgencyEntry | null>;

/** What settling the origin of packages from elsewhere asks of the world. */
export interface OutsidePorts extends OriginPorts {
  readonly findEarlier: FindEarlier;
  readonly admitSender: AdmitSender;
}

/** What came over a route. `traceCodes`: codes by which trace headers name this gateway. */
export interface FromOutside {
  readonly examined: Examined;
  readonly route: UpwardRoute;
  readonly sha256: string;
  readonly receivedAt: Date;
  readonly day: string;
  readonly traceCodes: readonly string[];
}

const SIGNATURE = '/edXML/edXMLEnvelope/edXMLHeader/Signature';

/**
 * Settles where a package comes from that was brought over a route. Its carrier may speak for whoever is not of this gateway: a package of
 * an agency that takes part here, or has a code of our province and is not registered as one elsewhere, is one of ours that came back
 * (LOOP_DETECTED) or a forgery (SENDER_OF_OURS). How it must be signed is the carrier's policy: under `optional` a signature is not
 * judged, because whoever carries it may have written the package anew. Throws Rejection with every problem.
 */
export async function settleOutside(ports: OutsidePorts, world: RoutingWorld, from: FromOutside): Promise<Settled> {
  const { examined } = from;
  if (examined.problems.length > 0 || examined.message === undefined) throw new Rejection(examined.problems);
  const { message } = examined;
  const known = world.agencies.get(message.sender.code);
  await refuseOurs(ports, world.province, message, known, from);
  const sender = known ?? (await ports.admitSender(message.sender, from.route.name, from.day));
  if (sender === null) throw reject('SENDER_UNKNOWN', { at: fromPlace, params: { sender: message.sender.code } });
  const standing = senderStanding(sender, message.sender.code);
  if (standing !== undefined) throw new Rejection([standing]);
  return { sender, verified: await settleSignature(ports, examined, message, sender, from) };
}

/** A sender with what is known of the origin of its package. */
export interface Settled {
  readonly sender: AgencyEntry;
  readonly verified: Verified;
}

async function refuseOurs(
  ports: OutsidePorts,
  province: readonly string[],
  message: Message,
  known: AgencyEntry | undefined,
  { route, sha256, traceCodes }: FromOutside,
): Promise<void> {
  const { code } = message.sender;
  const ours = known === undefined ? isOfProvince(code, province) : known.channel !== 'upward';
  if (!ours) return;
  const query = known === undefined ? null : earlierQuery(message, known.id, sha256, route.name);
  guardLoop(message, route.name, query === null ? [] : await ports.findEarlier(query), traceCodes);
  throw reject('SENDER_OF_OURS', { at: fromPlace, params: { sender: code, route: route.name } });
}

async function settleSignature(
  { verifyClaim, judge }: OutsidePorts,
  examined: Examined,
  message: Message,
  sender: AgencyEntry,
  { route, receivedAt }: FromOutside,
): Promise<Verified> {
  const { signaturePolicy = 'required' } = route;
  if (signaturePolicy !== 'optional') {
    const carrier = { id: `route:${route.name}`, scopes: [], agencyIds: new Set([sender.id]) };
    return settleSender({ verifyClaim, judge }, examined, { ...sender, signaturePolicy }, carrier, receivedAt);
  }
  const unsigned = { state: 'absent' } as const;
  const trust = await judge.settle(await judge.candidates(unsigned, sender, receivedAt), unsigned);
  return { message, signature: unsigned, warnings: [...examined.warnings, notJudged(examined, route.name)], trust };
}

function notJudged({ signature }: Examined, route: string): Problem {
  if (signature.state === 'absent') return { code: 'SIGNATURE_DROPPED', at: SIGNATURE, params: { route } };
  return { code: 'SIGNATURE_NOT_VERIFIABLE', at: SIGNATURE, params: { route } };
}

/**
 * What a message says, as one text: equal for copies of a package that whoever carried them wrote anew, each with trace headers of its own
 * and other labels on the same attachments.
 */
export function sayingOf(message: Message): string {
  const { trace: _, ...said } = message as Message & { readonly trace?: unknown };
  return JSON.stringify(said, (key, value: unknown) => {
    if (key === 'declaredType') return undefined;
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? Object.fromEntries(Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1)))
      : value;
  });
}
