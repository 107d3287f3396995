import type { AgencyEntry } from './directory.ts';
import type { AgencyCertificate, Examined, SignatureClaim, SignaturePolicy, SignatureVerdict, Verified } from './package.ts';
import type { Problem } from './problem.ts';
import { Rejection } from './problem.ts';

/** Decides whether a signature was made with one of these certificates. Pure trust: the key is never taken from the message. */
export type VerifyClaim = (
  claim: SignatureClaim,
  certificates: readonly AgencyCertificate[],
  policy: SignaturePolicy,
  at: Date,
  sender: string,
) => { readonly verdict: SignatureVerdict } | { readonly problem: Problem };

/** A system that was let in, and the agencies it may speak for. */
export interface Client {
  readonly id: string;
  readonly scopes: readonly string[];
  readonly agencyIds: ReadonlySet<string>;
  /** Agencies beside those whose packages and receipts it sees: those that were split among its own and others. */
  readonly splitIds?: ReadonlySet<string>;
}

/** The agencies of which a client sees what they sent, and the receipts for it. */
export function sendersSeenBy({ agencyIds, splitIds }: Client): ReadonlySet<string> {
  return splitIds === undefined ? agencyIds : new Set([...agencyIds, ...splitIds]);
}

/**
 * Turns what was read into a message whose origin is settled: readable, from an agency that exists, is active, belongs to the
 * client, and signed as that agency's policy asks. Throws Rejection with every problem found.
 */
export function verify(examined: Examined, sender: AgencyEntry | undefined, client: Client, verifyClaim: VerifyClaim, at: Date): Verified {
  const problems: Problem[] = [...examined.problems, ...senderProblems(examined, sender, client)];
  const signed = sender === undefined ? undefined : verdictOn(examined, sender, verifyClaim, at);
  if (signed !== undefined && 'problem' in signed) problems.push(signed.problem);
  if (problems.length > 0 || examined.message === undefined || signed === undefined || 'problem' in signed) {
    throw new Rejection(problems);
  }
  return { message: examined.message, signature: signed.verdict, warnings: examined.warnings };
}

/** Where a package names its sender. */
export const fromPlace = '/edXML/edXMLEnvelope/edXMLHeader/MessageHeader/From/OrganId';

function verdictOn(examined: Examined, sender: AgencyEntry, verifyClaim: VerifyClaim, at: Date) {
  return verifyClaim(examined.signature, sender.certificates, sender.signaturePolicy, at, examined.claimedSender ?? '');
}

function senderProblems(examined: Examined, sender: AgencyEntry | undefined, client: Client): Problem[] {
  const code = examined.claimedSender;
  if (code === undefined) return examined.problems.length > 0 ? [] : [{ code: 'SENDER_UNKNOWN', params: { sender: '' } }];
  const about = { at: fromPlace, params: { sender: code } };
  if (sender === undefined || !client.agencyIds.has(sender.id)) return [{ code: 'SENDER_NOT_YOURS', ...about }];
  const standing = senderStanding(sender, code);
  return standing === undefined ? [] : [standing];
}

/** Why an agency may not send by this code, if it may not. */
export function senderStanding(sender: AgencyEntry, code: string): Problem | undefined {
  const about = { at: fromPlace, params: { sender: code } };
  if (sender.status === 'suspended') return { code: 'SENDER_SUSPENDED', ...about };
  if (sender.status === 'closed' || !sender.codeValid) return { code: 'SENDER_CLOSED', ...about };
  return undefined;
}
