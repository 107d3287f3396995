import type { StoredEvidence, TrustObject } from '../routing/evidence.ts';
import { vietnamTime } from '../routing/time.ts';
import { UsageFault } from './failure.ts';

/** Evidence as a file beside an exported package: JSON, bytes in base64, times with their offset. */
export function evidenceFile({ objects, at, receivedAt, reviews, ...rest }: StoredEvidence): string {
  const written = {
    ...rest,
    at: at.toISOString(),
    receivedAt: receivedAt.toISOString(),
    reviews: reviews.map((one) => ({ ...one, at: one.at.toISOString() })),
    objects: objects.map(({ der, ...one }) => ({ ...one, der: Buffer.from(der).toString('base64') })),
  };
  return `${JSON.stringify(written, null, 2)}\n`;
}

type Written = Omit<StoredEvidence, 'at' | 'receivedAt' | 'objects' | 'reviews'> & {
  readonly at: string;
  readonly receivedAt: string;
  readonly reviews: readonly { readonly at: string; readonly statement: string; readonly statementSha256: string }[];
  readonly objects: readonly (Omit<TrustObject, 'der'> & { readonly der: string })[];
};

/** Reads such a file; what it says is for the judge to believe or not. Throws UsageFault for a text that is none. */
export function readEvidenceFile(text: string): StoredEvidence {
  try {
    const { at, receivedAt, reviews, objects, ...rest } = JSON.parse(text) as Written;
    return {
      ...rest,
      at: moment(at),
      receivedAt: moment(receivedAt),
      reviews: reviews.map((one) => ({ ...one, at: moment(one.at) })),
      objects: objects.map((one) => ({ ...one, der: new Uint8Array(Buffer.from(one.der, 'base64')) })),
    };
  } catch (error) {
    throw new UsageFault(`không phải tệp bằng chứng / not a file of evidence: ${error instanceof Error ? error.message : String(error)}`);
  }
}

/** Evidence for `--json` of other commands: names and circumstances, without the bytes. */
export function evidenceView({ objects, reviews, statement, at, ...rest }: StoredEvidence) {
  return {
    ...rest,
    at: vietnamTime(at),
    statement: JSON.parse(statement) as unknown,
    reviews: reviews.map((one) => ({ at: vietnamTime(one.at), statement: JSON.parse(one.statement) as unknown })),
    objects: objects.map(({ sha256, kind, der }) => ({ sha256, kind, bytes: der.length })),
  };
}

function moment(text: string): Date {
  const at = new Date(text);
  if (Number.isNaN(at.getTime())) throw new Error(`not a moment: ${text}`);
  return at;
}
