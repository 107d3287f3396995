import type { ClaimedWork, PdfFinding } from '../routing/contents.ts';
import { judgePdf } from '../routing/contents.ts';
import type { Lifted } from '../routing/package.ts';
import type { ValidatePath } from '../routing/trust.ts';
import type { PdfReader } from './pdf-reader.ts';

/** What looking into an attachment of a stored package asks of the world. */
export interface LaterPorts {
  readonly pdf: PdfReader;
  readonly validatePath: ValidatePath;
  readonly contentPath: (sha256: string) => string;
}

const TOKEN_BYTES = 32;

/** Reads and judges the signatures inside a PDF file of an accepted package. */
export async function lookAtPdf({ pdf, validatePath, contentPath }: LaterPorts, work: ClaimedWork): Promise<PdfFinding> {
  const [reading = { unreadable: 'nothing was read' }] = await pdf.read(storedAsLifted(work, contentPath), [work]);
  return judgePdf(reading, validatePath, work.package.receivedAt);
}

/** A stored package as it was when it came in: its runs are files of the content store now. */
export function storedAsLifted({ package: stored }: Pick<ClaimedWork, 'package'>, contentPath: (sha256: string) => string): Lifted {
  const text = Buffer.from(stored.text);
  const runs = stored.runs.map(({ at, length, sha256 }) => {
    const token = text.toString('latin1', at, at + TOKEN_BYTES);
    return { token, at, length, sha256, path: contentPath(sha256), start: 0 };
  });
  return { sha256: stored.sha256, size: stored.size, text, runs };
}
