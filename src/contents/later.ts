import type { ClaimedWork, ContentFinding } from '../routing/contents.ts';
import type { Desk } from '../routing/desk.ts';
import type { PdfJudgePorts } from '../routing/judge-pdf.ts';
import { judgePdf } from '../routing/judge-pdf.ts';
import type { Lifted } from '../routing/package.ts';
import { Rejection } from '../routing/problem.ts';
import type { Records } from '../routing/records.ts';
import { TOO_LARGE } from '../routing/scan.ts';
import type { PdfReader } from './pdf-reader.ts';
import type { ScanAttachments } from './scan.ts';

/** What looking into an attachment of a stored package asks of the world. */
export interface LaterPorts extends PdfJudgePorts {
  readonly pdf: PdfReader;
  readonly scan: ScanAttachments;
  readonly contentPath: (sha256: string) => string;
  readonly records: Pick<Records, 'package'>;
  readonly desk: Pick<Desk, 'hold'>;
  readonly log: { error(fields: object, message: string): void };
}

const TOKEN_BYTES = 32;

/** Looks at an attachment of an accepted package; null when the scanner is still away. What waits of an infected package is held. */
export async function lookAgain(ports: LaterPorts, work: ClaimedWork): Promise<ContentFinding['result'] | null> {
  const lifted = storedAsLifted(work, ports.contentPath);
  if (work.kind === 'pdf') {
    const [reading = { unreadable: 'nothing was read' }] = await ports.pdf.read(lifted, [work]);
    return judgePdf(reading, ports, work.package.receivedAt);
  }
  const [finding] = await ports.scan(lifted, [work]);
  if (finding?.verdict === 'infected') await holdInfected(ports, work, finding.detail ?? '');
  return finding === undefined || (finding.verdict === 'unscanned' && finding.detail !== TOO_LARGE) ? null : finding;
}

async function holdInfected({ records, desk, log }: LaterPorts, { package: { id }, name }: ClaimedWork, signature: string): Promise<void> {
  const found = await records.package(id, 'any');
  const waiting = found?.deliveries.filter(({ state }) => state === 'waiting') ?? [];
  log.error({ package: id, signature, held: waiting.length }, 'a virus was found in an accepted package');
  for (const delivery of waiting) {
    await desk.hold(delivery.id, 'gateway', `mã độc / virus ${signature}: ${name}`).catch((error: unknown) => {
      // it has moved on meanwhile
      if (!(error instanceof Rejection)) throw error;
    });
  }
}

/** A stored package as it was when it came in: its runs are files of the content store now. */
function storedAsLifted({ package: stored }: ClaimedWork, contentPath: (sha256: string) => string): Lifted {
  const text = Buffer.from(stored.text);
  const runs = stored.runs.map(({ at, length, sha256 }) => {
    const token = text.toString('latin1', at, at + TOKEN_BYTES);
    return { token, at, length, sha256, path: contentPath(sha256), start: 0 };
  });
  return { sha256: stored.sha256, size: stored.size, text, runs };
}
