import type { ContentFinding, ContentWork, Inspect, Inspected, PdfPolicy } from '../routing/contents.ts';
import { pdfProblem, unsignedPdf } from '../routing/contents.ts';
import type { PdfJudgePorts } from '../routing/judge-pdf.ts';
import { judgePdf } from '../routing/judge-pdf.ts';
import type { Attachment } from '../routing/message.ts';
import type { Lifted } from '../routing/package.ts';
import { Rejection } from '../routing/problem.ts';
import type { ScanPolicy } from '../routing/scan.ts';
import { TOO_LARGE, virusProblem } from '../routing/scan.ts';
import type { PdfReader } from './pdf-reader.ts';
import type { ScanAttachments } from './scan.ts';

/** What is asked about attachments before a package is accepted. */
export interface GatePorts extends PdfJudgePorts {
  readonly pdf: PdfReader;
  readonly scan: ScanAttachments;
  readonly report: (result: ContentFinding['result']) => void;
}

/** What is looked for, and what is refused. */
export interface GatePolicy {
  readonly pdf: PdfPolicy;
  readonly scan: ScanPolicy;
}

type Numbered = Attachment & { readonly ordinal: number };

/**
 * The look into attachments before acceptance: viruses first, then PDF files, which are read here only when the policy may refuse them,
 * otherwise later. Those that are known to hold no signature are read by nobody.
 */
export function createInspect(ports: GatePorts, policy: GatePolicy): Inspect {
  return async function inspect(lifted, message, receivedAt) {
    const attachments = message.kind === 'document' ? message.attachments.map((one, ordinal) => ({ ...one, ordinal })) : [];
    const scanned = policy.scan === 'off' ? nothing : await scanNow(ports, policy.scan, lifted, attachments, receivedAt);
    const pdfs = policy.pdf === 'off' ? [] : attachments.filter((one) => one.sniffedType === 'application/pdf');
    if (pdfs.length === 0) return scanned;
    const unsigned = pdfs
      .filter((one) => one.unsigned)
      .map(({ ordinal }): ContentFinding => ({ ordinal, at: receivedAt, result: unsignedPdf }));
    for (const { result } of unsigned) ports.report(result);
    const others = pdfs.filter((one) => !one.unsigned);
    const later = policy.pdf === 'report' || others.length === 0;
    const judged = later ? [] : await judgeNow(ports, policy.pdf, lifted, others, receivedAt);
    const work = later ? others.map(({ ordinal }): ContentWork => ({ ordinal, kind: 'pdf' })) : [];
    return { findings: [...scanned.findings, ...unsigned, ...judged], work: [...scanned.work, ...work] };
  };
}

const nothing: Inspected = { findings: [], work: [] };

async function scanNow(
  { scan, report }: GatePorts,
  policy: ScanPolicy,
  lifted: Lifted,
  attachments: readonly Numbered[],
  at: Date,
): Promise<Inspected> {
  if (attachments.length === 0) return nothing;
  const results = await scan(lifted, attachments);
  for (const result of results) report(result);
  const problems = results.flatMap((result, i) => virusProblem(result, policy, attachments[i]?.name ?? '') ?? []);
  const infected = problems.filter(({ code }) => code === 'VIRUS_FOUND');
  if (problems.length > 0) throw new Rejection(infected.length > 0 ? infected : problems);
  const findings = results.map((result, ordinal) => ({ ordinal, at, result }));
  const again = findings.filter(({ result }) => result.verdict === 'unscanned' && result.detail !== TOO_LARGE);
  return { findings, work: again.map(({ ordinal }) => ({ ordinal, kind: 'virus' })) };
}

async function judgeNow(
  ports: GatePorts,
  policy: PdfPolicy,
  lifted: Lifted,
  pdfs: readonly Numbered[],
  at: Date,
): Promise<ContentFinding[]> {
  const readings = await ports.pdf.read(lifted, pdfs);
  const judged = await Promise.all(readings.map((reading) => judgePdf(reading, ports, at)));
  for (const finding of judged) ports.report(finding);
  const problems = judged.flatMap((finding, i) => pdfProblem(finding, policy, pdfs[i]?.name ?? '') ?? []);
  if (problems.length > 0) throw new Rejection(problems);
  return judged.map((result, i) => ({ ordinal: pdfs[i]?.ordinal ?? 0, at, result }));
}
