import type { ContentFinding, ContentWork, Inspect, PdfPolicy } from '../routing/contents.ts';
import { judgePdf, pdfProblem } from '../routing/contents.ts';
import type { Attachment, Message } from '../routing/message.ts';
import type { Lifted } from '../routing/package.ts';
import { Rejection } from '../routing/problem.ts';
import type { ValidatePath } from '../routing/trust.ts';
import type { PdfReader } from './pdf-reader.ts';

/** What is asked about attachments before a package is accepted. */
export interface GatePorts {
  readonly pdf: PdfReader;
  readonly validatePath: ValidatePath;
  readonly report: (result: ContentFinding['result']) => void;
}

/** The look into attachments before acceptance. PDF files are read here only when the policy may refuse them; otherwise later. */
export function createInspect(ports: GatePorts, policy: PdfPolicy): Inspect {
  return async function inspect(lifted, message, receivedAt) {
    const attachments = message.kind === 'document' ? message.attachments : [];
    const pdfs = policy === 'off' ? [] : pdfsAmong(attachments);
    if (pdfs.length === 0) return nothing;
    if (policy === 'report') return { findings: [], work: pdfs.map(({ ordinal }): ContentWork => ({ ordinal, kind: 'pdf' })) };
    return { findings: await judgeNow(ports, policy, lifted, message, receivedAt), work: [] };
  };
}

const nothing = { findings: [], work: [] };

async function judgeNow(ports: GatePorts, policy: PdfPolicy, lifted: Lifted, message: Message, at: Date): Promise<ContentFinding[]> {
  const pdfs = message.kind === 'document' ? pdfsAmong(message.attachments) : [];
  const readings = await ports.pdf.read(lifted, pdfs);
  const judged = await Promise.all(readings.map((reading) => judgePdf(reading, ports.validatePath, at)));
  for (const finding of judged) ports.report(finding);
  const problems = judged.flatMap((finding, i) => pdfProblem(finding, policy, pdfs[i]?.name ?? '') ?? []);
  if (problems.length > 0) throw new Rejection(problems);
  return judged.map((result, i) => ({ ordinal: pdfs[i]?.ordinal ?? 0, at, result }));
}

function pdfsAmong(attachments: readonly Attachment[]) {
  return attachments.map((one, ordinal) => ({ ...one, ordinal })).filter((one) => one.sniffedType === 'application/pdf');
}
