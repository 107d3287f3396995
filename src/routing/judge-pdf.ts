import { askRevocation } from './asked.ts';
import type { PdfFinding, PdfReading, PdfSignature, PdfSignatureClaim, PdfTrust, PdfVerdict } from './contents.ts';
import { vietnamTime } from './time.ts';
import type { CheckRevocation, PathVerdict, ValidatePath } from './trust.ts';

/** What judging asks of the world; without `checkRevocation` nobody is asked, whatever the policy of an anchor. */
export interface PdfJudgePorts {
  readonly validatePath: ValidatePath;
  readonly checkRevocation?: CheckRevocation;
}

/**
 * Judges the certificates of a PDF file's signatures: at the time of a trusted timestamp, else at the time the package was received. A
 * signer who was revoked then is not trusted; one of whom nobody can say is trusted unless the anchor's policy is `hard-fail`.
 */
export async function judgePdf(reading: PdfReading, ports: PdfJudgePorts, receivedAt: Date): Promise<PdfFinding> {
  if ('unreadable' in reading) return { kind: 'pdf', verdict: 'unreadable', signatures: [], detail: reading.unreadable };
  const signatures: PdfSignature[] = [];
  for (const claim of reading.signatures) signatures.push(await judgeSignature(claim, ports, receivedAt));
  return { kind: 'pdf', verdict: verdictOn(signatures), signatures };
}

async function judgeSignature(claim: PdfSignatureClaim, ports: PdfJudgePorts, receivedAt: Date): Promise<PdfSignature> {
  const { certificates, timestamp, ...facts } = claim;
  if (claim.integrity !== 'intact' || certificates === undefined) return { ...facts, trust: { trusted: false } };
  const proven = timestamp === undefined ? undefined : await provenTime(timestamp, ports);
  const stated = claim.kind === 'timestamp' && claim.claimedAt !== undefined ? new Date(claim.claimedAt) : undefined;
  const at = proven ?? stated ?? receivedAt;
  const purpose = claim.kind === 'timestamp' ? 'timestamp' : 'document';
  const path = await ports.validatePath({ leaf: certificates.certificate, hints: certificates.hints, purpose, at });
  const timeFrom = at === receivedAt ? 'receipt' : 'timestamp';
  const trust = await trustOf(path, ports, { at, timeFrom, subject: claim.signer?.commonName ?? '?' });
  return { ...facts, ...(proven === undefined ? {} : { timestampedAt: proven.toISOString() }), trust };
}

async function provenTime(timestamp: NonNullable<PdfSignatureClaim['timestamp']>, ports: PdfJudgePorts): Promise<Date | undefined> {
  const at = new Date(timestamp.at);
  const path = await ports.validatePath({ leaf: timestamp.certificate, hints: timestamp.hints, purpose: 'timestamp', at });
  const trust = await trustOf(path, ports, { at, timeFrom: 'timestamp', subject: '?' });
  return trust.trusted && trust.revocation !== 'unknown' ? at : undefined;
}

interface JudgedAt {
  readonly at: Date;
  readonly timeFrom: 'timestamp' | 'receipt';
  readonly subject: string;
}

async function trustOf(path: PathVerdict, { checkRevocation }: PdfJudgePorts, { at, timeFrom, subject }: JudgedAt): Promise<PdfTrust> {
  if (!path.ok) return { trusted: false, problem: path.problem };
  const { anchor, chain } = path;
  const asked = await askRevocation(checkRevocation, chain, anchor, at);
  if (asked.status === 'revoked') {
    const params = { subject, since: vietnamTime(asked.since), reason: asked.reason };
    return { trusted: false, problem: { code: 'CERTIFICATE_REVOKED', params } };
  }
  if (asked.status === 'unknown' && anchor.policy.revocation === 'hard-fail') {
    return { trusted: false, problem: { code: 'REVOCATION_UNKNOWN', params: { subject, why: asked.why, whyVi: asked.whyVi } } };
  }
  return { trusted: true, anchor: anchor.id, at: at.toISOString(), timeFrom, revocation: asked.status };
}

function verdictOn(signatures: readonly PdfSignature[]): PdfVerdict {
  if (signatures.length === 0) return 'unsigned';
  if (signatures.some((one) => one.integrity !== 'intact' || one.coverage === 'partial')) return 'broken';
  if (signatures.some((one) => one.coverage === 'changed')) return 'changed';
  return signatures.every((one) => one.trust.trusted && !one.weak) ? 'trusted' : 'untrusted';
}
