import type { Problem } from '../../../routing/problem.ts';
import { vietnamTime } from '../../../routing/time.ts';
import type { AnchorPolicy, TrustPurpose } from '../../../routing/trust.ts';
import { strengthOf } from '../certificate.ts';
import type { PathCertificate } from './certificate.ts';
import { isSelfIssued } from './certificate.ts';
import type { Extensions, ReadNameConstraints } from './extensions.ts';
import { forbiddenName } from './name-constraints.ts';
import { shownName } from './names.ts';
import { isSignedBy, signatureAlgorithms } from './signature.ts';

/** What a path is judged by. */
export interface PathTerms {
  readonly at: Date;
  readonly purpose: TrustPurpose;
  readonly policy: AnchorPolicy;
}

const purposeIds = { timestamp: '1.3.6.1.5.5.7.3.8', client: '1.3.6.1.5.5.7.3.2', any: '2.5.29.37.0' } as const;

/** What the walk from the anchor down has gathered (RFC 5280, 6.1.2). */
interface State {
  issuer: PathCertificate;
  constraints: ReadNameConstraints[];
  /** How many authorities that are not self-issued may still follow. */
  pathLength: number;
}

/**
 * Validates a path as RFC 5280, 6.1 does, revocation and policies left aside; `path` runs from the leaf to the anchor. The anchor's own
 * dates, path length and name constraints bind too (RFC 5937, 3.2). Returns the first thing that is wrong, or undefined.
 */
export function pathProblem(path: readonly PathCertificate[], terms: PathTerms): Problem | undefined {
  const [anchor, ...below] = path.toReversed();
  if (anchor === undefined || below.length === 0)
    return { code: 'CHAIN_TOO_LONG', params: { detail: 'a path needs a leaf and an anchor' } };
  const state: State = { issuer: anchor, constraints: [], pathLength: Number.POSITIVE_INFINITY };
  const first = dateProblem(anchor, terms.at) ?? keyProblem(anchor, terms.policy);
  if (first !== undefined) return first;
  gather(state, anchor);
  for (const [i, certificate] of below.entries()) {
    const last = i === below.length - 1;
    const problem =
      basicProblem(certificate, state, terms, last) ?? (last ? leafProblem(certificate, terms) : authorityProblem(certificate, state));
    if (problem !== undefined) return problem;
    if (!last && !isSelfIssued(certificate)) state.pathLength -= 1;
    gather(state, certificate);
  }
  return undefined;
}

function gather(state: State, { extensions: { nameConstraints, basicConstraints } }: PathCertificate): void {
  state.pathLength = Math.min(state.pathLength, basicConstraints?.pathLength ?? Number.POSITIVE_INFINITY);
  if (nameConstraints !== undefined) state.constraints.push(nameConstraints);
}

/** RFC 5280, 6.1.3, and critical extensions (6.1.4 o, 6.1.5 f). */
function basicProblem(certificate: PathCertificate, state: State, { at, policy }: PathTerms, last: boolean): Problem | undefined {
  const subject = shownName(certificate.subject);
  const { signatureAlgorithm, extensions } = certificate;
  const { issuer, constraints } = state;
  state.issuer = certificate;
  if (certificate.issuer.key !== issuer.subject.key) return { code: 'CHAIN_NO_ANCHOR', params: { issuer: shownName(certificate.issuer) } };
  if (!signatureAlgorithms.has(signatureAlgorithm)) return { code: 'CHAIN_ALGORITHM', params: { subject, algorithm: signatureAlgorithm } };
  const tooWeak = keyProblem(certificate, policy);
  if (tooWeak !== undefined) return tooWeak;
  if (!isSignedBy(certificate, issuer)) return { code: 'CHAIN_SIGNATURE', params: { subject } };
  const [oid] = extensions.unknownCritical;
  if (oid !== undefined) return { code: 'CHAIN_CRITICAL_EXTENSION', params: { subject, oid } };
  const name = isSelfIssued(certificate) && !last ? undefined : forbiddenName(certificate, constraints);
  if (name !== undefined) return { code: 'CHAIN_NAME_CONSTRAINT', params: { subject, name } };
  return dateProblem(certificate, at);
}

/** RFC 5280, 6.1.4 k to n. */
function authorityProblem(certificate: PathCertificate, state: State): Problem | undefined {
  const subject = shownName(certificate.subject);
  const { basicConstraints, keyUsage } = certificate.extensions;
  if (basicConstraints?.ca !== true) return { code: 'CHAIN_NOT_AN_AUTHORITY', params: { subject } };
  if (!isSelfIssued(certificate) && state.pathLength <= 0) {
    return { code: 'CHAIN_TOO_LONG', params: { detail: `pathLenConstraint, ${subject}` } };
  }
  return keyUsage?.('keyCertSign') === false ? { code: 'CHAIN_KEY_USAGE', params: { subject, usage: 'keyCertSign' } } : undefined;
}

/** What the purpose asks of the leaf. */
function leafProblem({ subject, extensions }: PathCertificate, { purpose, policy }: PathTerms): Problem | undefined {
  const { keyUsage } = extensions;
  const params = { subject: shownName(subject) };
  if (keyUsage !== undefined && !keyUsage('digitalSignature') && (purpose === 'client' || !keyUsage('nonRepudiation'))) {
    return { code: 'CHAIN_KEY_USAGE', params: { ...params, usage: 'digitalSignature' } };
  }
  const usage = missingUsage(extensions, purpose, policy);
  return usage === undefined ? undefined : { code: 'CHAIN_EXTENDED_KEY_USAGE', params: { ...params, usage } };
}

/** RFC 3161, 2.3 wants timeStamping alone and critical; a client needs clientAuth when the extension is there (RFC 5280, 4.2.1.12). */
function missingUsage({ extendedKeyUsage: found }: Extensions, purpose: TrustPurpose, policy: AnchorPolicy): string | undefined {
  const { timestamp, client, any } = purposeIds;
  if (purpose === 'timestamp') return found?.critical && found.oids.length === 1 && found.oids[0] === timestamp ? undefined : timestamp;
  if (purpose === 'client' && found !== undefined && !found.oids.includes(client) && !found.oids.includes(any)) return client;
  const wanted = policy.extendedKeyUsages;
  return wanted.length === 0 || wanted.some((oid) => found?.oids.includes(oid)) ? undefined : wanted.join(', ');
}

function keyProblem({ key, subject }: PathCertificate, { rsaBits, ecBits }: AnchorPolicy): Problem | undefined {
  const strength = strengthOf(key);
  const least = key.asymmetricKeyType === 'rsa' ? rsaBits : ecBits;
  if (strength !== undefined && strength.bits >= least) return undefined;
  const { modulusLength, namedCurve } = key.asymmetricKeyDetails ?? {};
  const described = `${key.asymmetricKeyType ?? '?'} ${modulusLength ?? namedCurve ?? ''}`.trim();
  return { code: 'CHAIN_KEY_WEAK', params: { subject: shownName(subject), key: described, least: `RSA ${rsaBits}, EC ${ecBits}` } };
}

function dateProblem({ subject, notBefore, notAfter }: PathCertificate, at: Date): Problem | undefined {
  const params = { subject: shownName(subject), at: vietnamTime(at) };
  if (at < notBefore) return { code: 'CHAIN_NOT_YET_VALID', params: { ...params, notBefore: vietnamTime(notBefore) } };
  return at > notAfter ? { code: 'CHAIN_EXPIRED', params: { ...params, notAfter: vietnamTime(notAfter) } } : undefined;
}
