import type { Asked } from './asked.ts';
import { askRevocation, notAsked } from './asked.ts';
import type { AgencyEntry } from './directory.ts';
import type { AgencyCertificate, SignatureAttachments, SignatureClaim, SignatureVerdict } from './package.ts';
import type { Problem } from './problem.ts';
import { Rejection, reject } from './problem.ts';
import type { CertificateRecord } from './register.ts';
import { vietnamTime } from './time.ts';
import type {
  BindingFor,
  CertificateBinding,
  Chain,
  CheckRevocation,
  ProvenTime,
  ReadTimestamp,
  ReadTrustSettings,
  RevocationEvidence,
  TrustAnchor,
  TrustEvidence,
  TrustSettings,
  ValidatePath,
} from './trust.ts';

/** A certificate as the directory knows one, with its name for people. */
export type DescribedCertificate = AgencyCertificate & CertificateRecord & { readonly name: string };

/** What judging a signer asks of the world. */
export interface JudgePorts {
  readonly settings: ReadTrustSettings;
  readonly validatePath: ValidatePath;
  readonly bindingFor: BindingFor;
  readonly readTimestamp: ReadTimestamp;
  /** Reads a certificate that came with a package. Throws an Error when it can't be read. */
  readonly describe: (der: Uint8Array) => DescribedCertificate;
  /** Absent: nobody is asked about revocation, whatever the policy of an anchor. */
  readonly checkRevocation?: CheckRevocation;
}

/** `imported`: a certificate registered for an agency is trusted for that alone. `chain`: it must lead to an anchor too. */
export type TrustBasis = 'imported' | 'chain';

/** What is known before the signature itself is verified: which certificates may have made it, and for which moment they are judged. */
export interface Candidates {
  readonly certificates: readonly AgencyCertificate[];
  readonly at: Date;
  readonly settings: TrustSettings;
  readonly attached: SignatureAttachments;
  readonly bound: readonly BoundCertificate[];
  readonly warnings: readonly Problem[];
  readonly timestamp?: ProvenTime & { readonly evidence: readonly RevocationEvidence[] };
  /** Why the certificate that came along is not the agency's, to be said when the signature fits no other. */
  readonly refusal?: Problem;
}

interface BoundCertificate {
  readonly certificate: DescribedCertificate;
  readonly binding: CertificateBinding;
  readonly chain: Chain;
  readonly anchor: TrustAnchor;
}

/** Judges signers in two steps, around the verification of the signature. */
export interface Judge {
  /** Gathers the certificates that a claim may be verified with: those registered for the sender, and any that came along and a binding accepts. */
  candidates(claim: SignatureClaim, sender: AgencyEntry, receivedAt: Date): Promise<Candidates>;
  /** Settles what an accepted verdict rests on. Throws Rejection with a code of CHAIN_*, CERTIFICATE_REVOKED or REVOCATION_UNKNOWN. */
  settle(candidates: Candidates, verdict: SignatureVerdict): Promise<TrustEvidence>;
}

const SIGNATURE_AT = '/edXML/edXMLEnvelope/edXMLHeader/Signature';
/** Clocks of an authority of timestamps and ours may differ by so many milliseconds. */
const clockTolerance = 300_000;
const nothing: SignatureAttachments = { certificates: [], stapled: [] };

/** The judge of this gateway. */
export function createJudge(ports: JudgePorts, basis: TrustBasis): Judge {
  return {
    candidates: (claim, sender, receivedAt) => gather(ports, claim, sender, receivedAt),
    settle: (candidates, verdict) => settle(ports, basis, candidates, verdict),
  };
}

async function gather(ports: JudgePorts, claim: SignatureClaim, sender: AgencyEntry, receivedAt: Date): Promise<Candidates> {
  const settings = await ports.settings();
  const attached = claim.state === 'present' && claim.digestMatches ? (claim.attached ?? nothing) : nothing;
  const time = await provenTime(ports, attached, receivedAt);
  const proven = 'proven' in time ? time.proven : undefined;
  const at = proven?.at ?? receivedAt;
  const found = await acceptBound(ports, settings.bindings.get(sender.id) ?? [], attached, at, sender);
  return {
    certificates: [...sender.certificates, ...found.bound.map((one) => one.certificate)],
    at,
    settings,
    attached,
    bound: found.bound,
    warnings: 'problem' in time ? [time.problem] : [],
    ...(proven === undefined ? {} : { timestamp: proven }),
    ...(found.refusal === undefined ? {} : { refusal: found.refusal }),
  };
}

type Time = { readonly proven: ProvenTime & { readonly evidence: readonly RevocationEvidence[] } } | { readonly problem: Problem } | object;

/** The time of signing if a timestamp of a trusted authority proves it; otherwise nothing, with a warning that says why. */
async function provenTime(ports: JudgePorts, { timestamp, certificates, stapled }: SignatureAttachments, receivedAt: Date): Promise<Time> {
  if (timestamp === undefined) return {};
  const read = ports.readTimestamp(timestamp.token, timestamp.covered, certificates);
  if ('why' in read) return untrusted(read.why);
  const { at, certificate, hints } = read;
  if (at.getTime() > receivedAt.getTime() + clockTolerance) return untrusted(`it lies in the future: ${vietnamTime(at)}`);
  const path = await ports.validatePath({ leaf: certificate, hints: [...hints, ...certificates], purpose: 'timestamp', at });
  if (!path.ok) return untrusted(`its authority is not trusted: ${path.problem.code}`);
  const asked = await askRevocation(ports.checkRevocation, path.chain, path.anchor, at, stapled);
  if (asked.status === 'revoked' || asked.status === 'unknown') return untrusted(`its authority: revocation ${asked.status}`);
  const { chain, anchor } = path;
  return { proven: { token: timestamp.token, at, chain, anchorId: anchor.id, evidence: asked.evidence } };
}

function untrusted(detail: string): { readonly problem: Problem } {
  return { problem: { code: 'TIMESTAMP_NOT_TRUSTED', at: `${SIGNATURE_AT}/Object`, params: { detail } } };
}

/** Certificates of KeyInfo that a binding of the agency accepts: issuer and subject fit, and a path leads to the binding's anchor. */
async function acceptBound(
  ports: JudgePorts,
  bindings: readonly CertificateBinding[],
  { certificates }: SignatureAttachments,
  at: Date,
  { name }: AgencyEntry,
): Promise<{ readonly bound: readonly BoundCertificate[]; readonly refusal?: Problem }> {
  const bound: BoundCertificate[] = [];
  let refusal: Problem | undefined;
  for (const der of bindings.length === 0 ? [] : certificates) {
    const binding = ports.bindingFor(der, bindings);
    if (binding === undefined) continue;
    const path = await ports.validatePath({ leaf: der, hints: certificates, purpose: 'package', at });
    const fits = path.ok && bindings.find((one) => one.anchorId === path.anchor.id && ports.bindingFor(der, [one]) !== undefined);
    if (path.ok && fits) bound.push({ certificate: ports.describe(der), binding: fits, chain: path.chain, anchor: path.anchor });
    else refusal ??= path.ok ? notBound(ports, der, name) : { ...path.problem, at: SIGNATURE_AT };
  }
  const [first] = certificates;
  if (bindings.length > 0 && bound.length === 0 && first !== undefined) refusal ??= notBound(ports, first, name);
  return { bound, ...(refusal === undefined ? {} : { refusal }) };
}

function notBound({ describe }: JudgePorts, der: Uint8Array, sender: string): Problem {
  let subject = '?';
  try {
    subject = describe(der).name;
  } catch {
    // An unreadable certificate has no name; the code says enough.
  }
  return { code: 'CERTIFICATE_NOT_BOUND', at: SIGNATURE_AT, params: { subject, sender } };
}

async function settle(ports: JudgePorts, basis: TrustBasis, found: Candidates, verdict: SignatureVerdict): Promise<TrustEvidence> {
  const { at, settings, timestamp, attached } = found;
  const common = {
    policyVersion: settings.version,
    at,
    timeFrom: timestamp === undefined ? ('receipt' as const) : ('timestamp' as const),
    ...(timestamp === undefined ? {} : { timestamp }),
  };
  if (verdict.state === 'absent') {
    return { ...common, basis: 'unsigned', verdict: 'trusted', chain: [], revocation: 'not-asked', revocationEvidence: [] };
  }
  const path = await pathOf(ports, basis, found, verdict.fingerprint);
  const asked =
    path.anchor === undefined ? notAsked : await askRevocation(ports.checkRevocation, path.chain, path.anchor, at, attached.stapled);
  refuseRevoked(ports, path, asked);
  return {
    ...common,
    ...path,
    verdict: asked.status === 'unknown' ? 'provisional' : 'trusted',
    revocation: asked.status === 'good' || asked.status === 'unknown' ? asked.status : 'not-asked',
    revocationEvidence: [...asked.evidence, ...(timestamp?.evidence ?? [])],
  };
}

type SignerPath = Pick<TrustEvidence, 'basis' | 'chain' | 'anchor' | 'binding' | 'signer'>;

async function pathOf(ports: JudgePorts, basis: TrustBasis, found: Candidates, fingerprint: string): Promise<SignerPath> {
  const bound = found.bound.find((one) => one.certificate.fingerprint === fingerprint);
  if (bound !== undefined) {
    const { certificate: signer, chain, anchor, binding } = bound;
    return { basis: 'chain', chain, anchor, binding, signer };
  }
  const imported = found.certificates.find((one) => one.fingerprint === fingerprint) as AgencyCertificate;
  const noAnchors = found.settings.anchors.every((anchor) => !anchor.policy.purposes.includes('package'));
  if (noAnchors && basis === 'imported') return { basis: 'imported', chain: [imported.der] };
  const question = { leaf: imported.der, hints: found.attached.certificates, purpose: 'package' as const, at: found.at };
  const path = await ports.validatePath(question);
  if (path.ok) return { basis: basis === 'chain' ? 'chain' : 'imported', chain: path.chain, anchor: path.anchor };
  if (basis === 'chain') throw new Rejection([{ ...path.problem, at: SIGNATURE_AT }]);
  return { basis: 'imported', chain: [imported.der] };
}

function refuseRevoked({ describe }: JudgePorts, { chain, anchor }: SignerPath, asked: Asked): void {
  const place = { at: SIGNATURE_AT };
  const names = () => chain.map((der) => describe(der));
  if (asked.status === 'revoked') {
    const subject = names().find((one) => one.fingerprint === asked.fingerprint)?.name ?? '?';
    throw reject('CERTIFICATE_REVOKED', { ...place, params: { subject, since: vietnamTime(asked.since), reason: asked.reason } });
  }
  if (asked.status === 'unknown' && anchor?.policy.revocation === 'hard-fail') {
    const { why, whyVi } = asked;
    throw reject('REVOCATION_UNKNOWN', { ...place, params: { subject: names()[0]?.name ?? '?', why, whyVi } });
  }
}
