import type { PdfFinding, PdfSignature } from '../../routing/contents.ts';
import { problemText } from '../../routing/problem.ts';
import type { AttachmentRecord } from '../../routing/records.ts';
import { vietnamTime } from '../../routing/time.ts';

/** An attachment as senders and operators see it. */
export function attachmentView({ inspected, ...attachment }: AttachmentRecord) {
  const pdf = inspected.flatMap(({ at, result }) => (result.kind === 'pdf' ? [pdfView(result, at)] : []))[0];
  const virus = inspected.flatMap(({ at, result }) => {
    return result.kind === 'virus' ? [{ at: vietnamTime(new Date(at)), verdict: result.verdict, detail: result.detail }] : [];
  })[0];
  return { ...attachment, pdf, virus };
}

function pdfView({ verdict, detail, signatures }: PdfFinding, at: string) {
  return { at: vietnamTime(new Date(at)), verdict, detail, signatures: signatures.map(signatureView) };
}

function signatureView({ trust, claimedAt, timestampedAt, ...facts }: PdfSignature) {
  const trusted = trust.trusted
    ? { trusted: true, anchor: trust.anchor, judgedAt: time(trust.at), revocation: trust.revocation }
    : { trusted: false, problem: trust.problem === undefined ? undefined : problemText(trust.problem) };
  return { ...facts, claimedAt: time(claimedAt), timestampedAt: time(timestampedAt), ...trusted };
}

const time = (at: string | undefined) => (at === undefined ? undefined : vietnamTime(new Date(at)));
