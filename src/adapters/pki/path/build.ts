import type { Problem } from '../../../routing/problem.ts';
import type { PathQuestion, PathVerdict, TrustAnchor, TrustSettings } from '../../../routing/trust.ts';
import type { PathCertificate } from './certificate.ts';
import { readPathCertificate } from './certificate.ts';
import { shownName } from './names.ts';
import { pathProblem } from './validate.ts';

/** Certificates of a path at most, anchor and leaf counted. */
const LONGEST = 10;
/** Complete paths that are validated at most, and steps of the search: what strangers send along must not cost more. */
const PATHS = 32;
const STEPS = 500;
const HINTS = 16;

type Group = ReadonlyMap<string, readonly PathCertificate[]>;
type Known = Pick<TrustSettings, 'anchors' | 'intermediates'>;

interface Search {
  readonly anchors: readonly { readonly anchor: TrustAnchor; readonly certificate: PathCertificate }[];
  /** Authorities by the key of their subject: ours, then those that came along. */
  readonly groups: readonly Group[];
  readonly question: PathQuestion;
  paths: number;
  steps: number;
  problem?: Problem;
  /** The issuer that was not found, on the longest way up. */
  missing: { readonly depth: number; readonly issuer: string };
}

/**
 * Finds a path from the leaf to one of the anchors that serve the purpose and validates it (RFC 5280, section 6; RFC 4158 for the
 * search). Hints and intermediates only show the way: nothing is trusted because it is there. Pure: the moment comes with the question.
 */
export function findPath(question: PathQuestion, { anchors, intermediates }: Known): PathVerdict {
  let leaf: PathCertificate;
  try {
    leaf = readPathCertificate(question.leaf);
  } catch (error) {
    return { ok: false, problem: malformed(error) };
  }
  const search: Search = {
    anchors: anchors
      .filter((anchor) => anchor.policy.purposes.includes(question.purpose))
      .map((anchor) => ({ anchor, certificate: readPathCertificate(anchor.certificate) })),
    groups: [directory(intermediates), grouped(readable(question.hints.slice(0, HINTS)))],
    question,
    paths: 0,
    steps: 0,
    missing: { depth: 0, issuer: shownName(leaf.issuer) },
  };
  const found = climb(search, [leaf]);
  if (found !== undefined) return found;
  return { ok: false, problem: search.problem ?? { code: 'CHAIN_NO_ANCHOR', params: { issuer: search.missing.issuer } } };
}

/** Depth first: an anchor at once where there is one, then every authority of the issuer's name, the likeliest first. */
function climb(search: Search, path: readonly PathCertificate[]): PathVerdict | undefined {
  const top = path.at(-1) as PathCertificate;
  for (const { anchor, certificate } of search.anchors) {
    if (certificate.subject.key !== top.issuer.key || certificate.fingerprint === top.fingerprint) continue;
    const verdict = judge(search, [...path, certificate], anchor);
    if (verdict !== undefined) return verdict;
  }
  if (path.length + 1 >= LONGEST) return undefined;
  const named = search.groups.flatMap((group) => group.get(top.issuer.key) ?? []);
  const issuers = likeliestFirst(named, top, search.question.at);
  if (issuers.length === 0 && path.length > search.missing.depth) {
    search.missing = { depth: path.length, issuer: shownName(top.issuer) };
  }
  for (const issuer of issuers) {
    if (search.paths >= PATHS || search.steps++ >= STEPS) return undefined;
    if (path.some((one) => isSameAuthority(one, issuer))) continue;
    const verdict = climb(search, [...path, issuer]);
    if (verdict !== undefined) return verdict;
  }
  return undefined;
}

function judge(search: Search, path: readonly PathCertificate[], anchor: TrustAnchor): PathVerdict | undefined {
  if (search.paths++ >= PATHS) return undefined;
  const { at, purpose } = search.question;
  const problem = pathProblem(path, { at, purpose, policy: anchor.policy });
  if (problem === undefined) return { ok: true, chain: path.map((one) => one.der), anchor };
  search.problem ??= problem;
  return undefined;
}

/** The same name and key twice on one path is a loop. */
function isSameAuthority(one: PathCertificate, other: PathCertificate): boolean {
  return one.fingerprint === other.fingerprint || (one.subject.key === other.subject.key && one.key.equals(other.key));
}

function likeliestFirst(issuers: readonly PathCertificate[], of: PathCertificate, at: Date): PathCertificate[] {
  const wanted = of.extensions.authorityKeyId;
  const rank = ({ extensions, notBefore, notAfter }: PathCertificate) =>
    Number(wanted === undefined || extensions.subjectKeyId === wanted) * 2 + Number(notBefore <= at && at <= notAfter);
  return issuers.toSorted((a, b) => rank(b) - rank(a));
}

const directories = new WeakMap<readonly Uint8Array[], Group>();

/** The intermediates of one version of the settings are read once. */
function directory(intermediates: readonly Uint8Array[]): Group {
  const known = directories.get(intermediates) ?? grouped(readable(intermediates));
  directories.set(intermediates, known);
  return known;
}

function grouped(certificates: readonly PathCertificate[]): Map<string, PathCertificate[]> {
  const groups = new Map<string, PathCertificate[]>();
  const seen = new Set<string>();
  for (const one of certificates) {
    if (seen.has(one.fingerprint)) continue;
    seen.add(one.fingerprint);
    const group = groups.get(one.subject.key);
    if (group === undefined) groups.set(one.subject.key, [one]);
    else group.push(one);
  }
  return groups;
}

/** What can't be read can't help: samples in the wild carry cut-off certificates (domain 4.6). */
function readable(ders: readonly Uint8Array[]): PathCertificate[] {
  return ders.flatMap((der) => {
    try {
      return [readPathCertificate(der)];
    } catch {
      return [];
    }
  });
}

function malformed(error: unknown): Problem {
  const detail = error instanceof Error ? error.message : String(error);
  return { code: 'CHAIN_MALFORMED', params: { detail } };
}
