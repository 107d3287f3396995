import { attachmentBody, attachmentFile, attachmentSources } from '../adapters/edxml/attachment-files.ts';
import { defaultLimits } from '../adapters/edxml/limits.ts';
import type { VirusFinding } from '../routing/contents.ts';
import type { Lifted } from '../routing/package.ts';
import type { ScanAnswer, ScanBytes } from '../routing/scan.ts';
import { ScannerAway, virusFinding } from '../routing/scan.ts';
import type { Wanted } from './pdf-reader.ts';

/** Scans attachments of a package, one after the other; findings in the order of `wanted`. Throws an Error when content can't be read. */
export type ScanAttachments = (lifted: Lifted, wanted: readonly Wanted[]) => Promise<VirusFinding[]>;

/**
 * Scans each attachment as it was sent and, when that is the ZIP form of the axis library, the file in it too. When the scanner is away
 * for one it is not asked about the rest. `took` is told the seconds of each answer.
 */
export function createScanAttachments(scan: ScanBytes, took: (seconds: number) => void): ScanAttachments {
  async function timed(bytes: AsyncIterable<Uint8Array>): Promise<ScanAnswer> {
    const began = performance.now();
    const answer = await scan(bytes);
    took((performance.now() - began) / 1000);
    return answer;
  }

  return async function scanAttachments(lifted, wanted) {
    const sources = attachmentSources(lifted, defaultLimits);
    const findings: VirusFinding[] = [];
    let away: string | undefined;
    for (const one of wanted) {
      const source = sources[one.ordinal];
      if (source === undefined) throw new Error(`there is no attachment ${one.ordinal}`);
      const forms = one.form === 'zip' ? [attachmentBody(source), attachmentFile(source, one)] : [attachmentBody(source)];
      const answers = away === undefined ? await answersTo(forms, timed) : away;
      if (typeof answers === 'string') away = answers;
      findings.push(typeof answers === 'string' ? { kind: 'virus', verdict: 'unscanned', detail: answers } : virusFinding(answers));
    }
    return findings;
  };
}

/** The answers about all forms of an attachment, or why the scanner is away. */
async function answersTo(forms: readonly AsyncIterable<Uint8Array>[], scan: ScanBytes): Promise<ScanAnswer[] | string> {
  const answers: ScanAnswer[] = [];
  try {
    for (const form of forms) answers.push(await scan(form));
    return answers;
  } catch (error) {
    if (error instanceof ScannerAway) return error.message;
    throw error;
  }
}
