import type { AgencyEntry } from './directory.ts';
import type { Judge } from './judge.ts';
import type { Examined, Verified } from './package.ts';
import type { Problem } from './problem.ts';
import { Rejection } from './problem.ts';
import type { Client, VerifyClaim } from './verify.ts';
import { verify } from './verify.ts';

/** What settling an origin asks of the world. */
export interface OriginPorts {
  readonly verifyClaim: VerifyClaim;
  readonly judge: Judge;
}

/**
 * Settles where a package comes from: the certificates that may speak for the sender are gathered and accepted first, then the signature
 * is verified with those alone, then the path and revocation of the one that made it are settled. Throws Rejection with every problem.
 */
export async function settleSender(
  { verifyClaim, judge }: OriginPorts,
  examined: Examined,
  sender: AgencyEntry | undefined,
  client: Client,
  receivedAt: Date,
): Promise<Verified> {
  // A package that claims somebody else's code is refused for that alone; nothing is looked up for it.
  if (sender === undefined || !client.agencyIds.has(sender.id)) return verify(examined, sender, client, verifyClaim, receivedAt);
  const candidates = await judge.candidates(examined.signature, sender, receivedAt);
  const entry = { ...sender, certificates: candidates.certificates };
  const verified = explaining(candidates.refusal, () => verify(examined, entry, client, verifyClaim, candidates.at));
  const trust = await judge.settle(candidates, verified.signature);
  return { ...verified, warnings: [...verified.warnings, ...candidates.warnings], trust };
}

/** Says why the certificate that came along was not accepted, where the signature alone would only be said to fit no other. */
function explaining<T>(refusal: Problem | undefined, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof Rejection) || refusal === undefined) throw error;
    const vague = (problem: Problem) => problem.code === 'SIGNATURE_INVALID' || problem.code === 'CERTIFICATE_UNKNOWN';
    throw new Rejection(error.problems.map((problem) => (vague(problem) ? refusal : problem)));
  }
}
