import { createHash, X509Certificate } from 'node:crypto';
import { verifyWithXmlCrypto } from './adapters/edxml/second-verifier.ts';
import { readClaim } from './adapters/edxml/signature.ts';
import type { PathCertificate } from './adapters/pki/path/certificate.ts';
import { readPathCertificate } from './adapters/pki/path/certificate.ts';
import { bindingFor } from './adapters/pki/path/subject-rule.ts';
import { pathProblem } from './adapters/pki/path/validate.ts';
import { recheckRevocation } from './adapters/pki/revocation/recheck.ts';
import { readTimestamp } from './adapters/pki/timestamp.ts';
import type { StoredEvidence, TrustObject, TrustStatement } from './routing/evidence.ts';
import type { Lifted } from './routing/package.ts';
import { problemText } from './routing/problem.ts';
import type { AnchorPolicy, TrustPurpose } from './routing/trust.ts';
import { defaultAnchorPolicy } from './routing/trust.ts';

/** What is judged again. */
export type RejudgedPart = 'evidence' | 'content' | 'signature' | 'path' | 'binding' | 'timestamp' | 'revocation';

/** How one part came out. `reason` is technical, English. `not-asked`: the package was not accepted on this. */
export interface Rejudgement {
  readonly part: RejudgedPart;
  readonly verdict: 'holds' | 'fails' | 'not-asked';
  readonly reason?: string;
}

type Verdict = Omit<Rejudgement, 'part'>;

const holds: Verdict = { verdict: 'holds' };
const notAsked: Verdict = { verdict: 'not-asked' };

/**
 * Judges a package again by what is kept with it and nothing else: no database, no network, no present settings. The signature is
 * verified by the second engine with the certificate of the evidence, the path by the policy that was in force, at the moment it was
 * judged at. Never throws for what the evidence says.
 */
export function rejudge(lifted: Lifted, evidence: StoredEvidence): readonly Rejudgement[] {
  const parts: readonly (readonly [RejudgedPart, () => Verdict])[] = [
    ['evidence', () => evidenceVerdict(evidence)],
    ['content', () => expect(lifted.sha256 === evidence.packageSha256, 'the package is another than the one the evidence is about')],
    ['signature', () => signatureVerdict(lifted, evidence)],
    ['path', () => pathVerdict(evidence)],
    ['binding', () => bindingVerdict(evidence)],
    ['timestamp', () => timestampVerdict(lifted, evidence)],
    ['revocation', () => revocationVerdict(evidence)],
  ];
  return parts.map(([part, judge]) => ({ part, ...attempt(judge) }));
}

function attempt(judge: () => Verdict): Verdict {
  try {
    return judge();
  } catch (error) {
    return fails((error instanceof Error ? error.message : String(error)).slice(0, 300));
  }
}

const fails = (reason: string): Verdict => ({ verdict: 'fails', reason });
const expect = (good: boolean, reason: string): Verdict => (good ? holds : fails(reason));
const sha256 = (bytes: Uint8Array | string) => createHash('sha256').update(bytes).digest('hex');

/** The last judgement counts: a review replaces what was provisional. */
function statementOf({ statement, reviews }: StoredEvidence): TrustStatement {
  return JSON.parse(reviews.at(-1)?.statement ?? statement) as TrustStatement;
}

function evidenceVerdict({ statement, statementSha256, reviews, objects }: StoredEvidence): Verdict {
  const statements = [{ statement, statementSha256 }, ...reviews];
  const altered = statements.find((one) => sha256(one.statement) !== one.statementSha256);
  if (altered !== undefined) return fails('a statement was altered');
  const object = objects.find((one) => sha256(one.der) !== one.sha256);
  return expect(object === undefined, `an object was altered: ${object?.kind} ${object?.sha256}`);
}

function signatureVerdict(lifted: Lifted, evidence: StoredEvidence): Verdict {
  if (evidence.signature === 'absent') return notAsked;
  const [leaf] = chainOf(evidence, statementOf(evidence).chain);
  if (leaf === undefined) return fails("the signer's certificate is not among the evidence");
  const opinion = verifyWithXmlCrypto(lifted, new X509Certificate(leaf.der).toString(), { sha1: evidence.signature === 'weak' });
  return opinion.valid ? holds : fails(opinion.reason);
}

function pathVerdict(evidence: StoredEvidence): Verdict {
  const { chain, anchor } = statementOf(evidence);
  const path = chainOf(evidence, chain);
  if (anchor !== undefined) return pathOf(path, 'package', anchor.policy, evidence.at);
  const [leaf] = path;
  if (leaf === undefined) return notAsked;
  return expect(leaf.notBefore <= evidence.at && evidence.at <= leaf.notAfter, 'the imported certificate was not valid at the moment');
}

function pathOf(path: readonly PathCertificate[], purpose: TrustPurpose, policy: AnchorPolicy, at: Date): Verdict {
  const problem = pathProblem(path, { at, purpose, policy });
  return problem === undefined ? holds : fails(problemText(problem).en);
}

function bindingVerdict(evidence: StoredEvidence): Verdict {
  const { binding, chain } = statementOf(evidence);
  if (binding === undefined) return notAsked;
  const [leaf] = chainOf(evidence, chain);
  return expect(leaf !== undefined && bindingFor(leaf.der, [binding]) !== undefined, 'the certificate does not fit the binding');
}

function timestampVerdict(lifted: Lifted, evidence: StoredEvidence): Verdict {
  const { timestampChain = [] } = statementOf(evidence);
  if (evidence.timestamp === undefined) {
    return evidence.at.getTime() === evidence.receivedAt.getTime() ? notAsked : fails('nothing proves the moment that was judged at');
  }
  const claim = readClaim(lifted);
  const attached = claim.state === 'present' ? claim.attached?.timestamp : undefined;
  if (attached === undefined || sha256(attached.token) !== evidence.timestamp) return fails('the package carries another timestamp');
  const path = chainOf(evidence, timestampChain);
  const read = readTimestamp(
    attached.token,
    attached.covered,
    path.map((one) => one.der),
  );
  if ('why' in read) return fails(read.why);
  if (read.at.getTime() !== evidence.at.getTime()) return fails('the timestamp proves another moment');
  const [signer] = path;
  if (signer === undefined || sha256(read.certificate) !== signer.fingerprint)
    return fails('the timestamp is signed with another certificate');
  return pathOf(path, 'timestamp', defaultAnchorPolicy, read.at);
}

function revocationVerdict(evidence: StoredEvidence): Verdict {
  const { revocation, chain, revocationEvidence } = statementOf(evidence);
  if (revocation === 'not-asked') return notAsked;
  if (revocation === 'unknown') return fails('accepted provisionally: it was not known whether the certificate is revoked');
  const objects = revocationEvidence.map(({ kind, sha256: name }) => ({ kind, der: objectNamed(evidence, name).der }));
  const reason = recheckRevocation(
    chainOf(evidence, chain).map((one) => one.der),
    objects,
    evidence.at,
    // a review relied on what was fresh at its own time
    new Date(evidence.reviews.at(-1)?.at ?? evidence.receivedAt),
  );
  return reason === undefined ? holds : fails(reason);
}

function chainOf(evidence: StoredEvidence, names: readonly string[]): PathCertificate[] {
  return names.map((name) => readPathCertificate(objectNamed(evidence, name).der));
}

function objectNamed({ objects }: StoredEvidence, name: string): TrustObject {
  const found = objects.find((one) => one.sha256 === name);
  if (found === undefined) throw new Error(`not among the evidence: ${name}`);
  return found;
}
