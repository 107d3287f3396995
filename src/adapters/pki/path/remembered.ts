import { createHash } from 'node:crypto';
import type { Now } from '../../../routing/ports.ts';
import type { PathQuestion, PathVerdict, ReadTrustSettings, ValidatePath } from '../../../routing/trust.ts';
import { findPath } from './build.ts';
import { readPathCertificate } from './certificate.ts';

interface Kept {
  readonly verdict: PathVerdict;
  /** The verdict holds for moments between these two … */
  readonly from: number;
  readonly to: number;
  /** … and is used until then, in milliseconds of our clock. */
  readonly until: number;
}

const MOST = 8192;
/** A path that holds is looked for again after ten minutes, one that doesn't after one: an intermediate may have been imported. */
const goodFor = 600_000;
const badFor = 60_000;

/**
 * Paths to the present anchors, remembered by leaf, purpose and version of the settings: a busy sender costs one lookup for each package.
 * A path that holds does so whatever else came along; one that was not found may be found with other hints.
 */
export function createValidatePath(settings: ReadTrustSettings, now: Now): ValidatePath {
  let kept = new Map<string, Kept>();
  let version = -1;
  return async (question) => {
    const current = await settings();
    if (current.version !== version) {
      kept = new Map();
      version = current.version;
    }
    const good = `${question.purpose} ${hash([question.leaf])}`;
    const at = question.at.getTime();
    const time = now().getTime();
    const usable = (key: string) => {
      const one = kept.get(key);
      return one !== undefined && one.until > time && one.from <= at && at <= one.to ? one.verdict : undefined;
    };
    const known = usable(good);
    if (known !== undefined) return known;
    const bad = `${good} ${hash(question.hints)}`;
    const failed = usable(bad);
    if (failed !== undefined) return failed;
    const verdict = findPath(question, current);
    if (kept.size >= MOST) kept.delete(kept.keys().next().value as string);
    kept.set(verdict.ok ? good : bad, { verdict, ...span(question, verdict), until: time + (verdict.ok ? goodFor : badFor) });
    return verdict;
  };
}

/** A path that holds does so while all its certificates are valid; why one does not is known for the minute around the question. */
function span({ at }: PathQuestion, verdict: PathVerdict): { from: number; to: number } {
  if (!verdict.ok) return { from: at.getTime() - badFor, to: at.getTime() + badFor };
  const certificates = verdict.chain.map(readPathCertificate);
  return {
    from: Math.max(...certificates.map((one) => one.notBefore.getTime())),
    to: Math.min(...certificates.map((one) => one.notAfter.getTime())),
  };
}

function hash(ders: readonly Uint8Array[]): string {
  const digest = createHash('sha256');
  for (const der of ders) digest.update(`${der.length} `).update(der);
  return digest.digest('base64');
}
