import type { Problem } from '../../../routing/problem.ts';
import { reject } from '../../../routing/problem.ts';
import type { CrlRecord, RevocationRecords } from '../../../routing/revocation.ts';
import { revocationReasons } from '../../../routing/revocation.ts';
import type { RevocationEvidence } from '../../../routing/trust.ts';
import type { Subject } from './authority.ts';
import { authorityId, nameOf } from './authority.ts';
import type { ProvenCrl } from './check-crl.ts';
import { datesProblem, parseCrl, proveCrl } from './check-crl.ts';
import type { ProvenAnswer } from './check-ocsp.ts';
import type { CrlEntry } from './crl.ts';
import { entryOf } from './crl.ts';
import { covers } from './scope.ts';

/** What is known about one certificate, whatever the moment it is judged at. */
export type Fact =
  | { readonly status: 'good'; readonly thisUpdate: Date; readonly validUntil: Date; readonly evidence: readonly RevocationEvidence[] }
  | {
      readonly status: 'revoked';
      readonly since: Date;
      readonly invalidityDate?: Date;
      readonly reason: string;
      readonly thisUpdate: Date;
      readonly validUntil: Date;
      readonly evidence: readonly RevocationEvidence[];
    }
  | { readonly status: 'unknown'; readonly problems: readonly Problem[] };

const unknown = (...problems: Problem[]): Fact => ({ status: 'unknown', problems });

/** The fact that a proven answer states; `delegate` is what shows that whoever signed it was not revoked. */
export function factOfAnswer(
  proven: Pick<ProvenAnswer, 'statement' | 'validUntil'>,
  evidence: RevocationEvidence,
  certificate: Subject,
  delegate: readonly RevocationEvidence[],
): Fact {
  const { statement, validUntil } = proven;
  const basis = { thisUpdate: statement.thisUpdate, validUntil, evidence: [evidence, ...delegate] };
  if (statement.status === 'revoked') {
    return { status: 'revoked', since: statement.revokedAt as Date, reason: reasonName(statement.reason ?? 0), ...basis };
  }
  return expiredBefore(certificate, statement.thisUpdate) ?? { status: 'good', ...basis };
}

/**
 * The lists that show that the delegate who signed an answer was not revoked; none when nothing is to be asked about it. Throws Rejection
 * OCSP_RESPONDER_NOT_AUTHORISED.
 */
export function delegateEvidence(
  { responder }: Pick<ProvenAnswer, 'responder'>,
  lists: readonly ProvenCrl[],
  issuer: Subject,
  at: Date,
): readonly RevocationEvidence[] {
  if (responder === undefined) return [];
  const fact = factOfLists(lists, responder, issuer, at);
  if (fact.status === 'good') return fact.evidence;
  const detail = fact.status === 'revoked' ? 'its certificate is revoked' : 'no id-pkix-ocsp-nocheck, and no list that speaks of it';
  throw reject('OCSP_RESPONDER_NOT_AUTHORISED', { params: { detail } });
}

/** The fact that the lists of a certificate's issuer state, a complete list together with the delta list that adds to it. */
export function factOfLists(lists: readonly ProvenCrl[], certificate: Subject, issuer: Subject, at: Date): Fact {
  const about = lists.filter((crl) => covers(crl.scope, certificate));
  const complete = about.filter((crl) => crl.base === undefined);
  if (complete.length === 0) return unknown({ code: 'CRL_MISSING', params: { issuer: nameOf(issuer) } });
  const facts = complete.map((crl) => factOfList(crl, deltaFor(crl, about, at), certificate, at));
  return facts.find(({ status }) => status === 'revoked') ?? facts.find(({ status }) => status === 'good') ?? (facts[0] as Fact);
}

function deltaFor(complete: ProvenCrl, lists: readonly ProvenCrl[], at: Date): ProvenCrl | undefined {
  const { number, scope } = complete;
  if (number === undefined) return undefined;
  const fitting = lists.filter((one) => one.base !== undefined && one.scope.key === scope.key && one.base <= number);
  return fitting.find((one) => (one.number ?? 0n) > number && datesProblem(one, at) === undefined);
}

function factOfList(complete: ProvenCrl, delta: ProvenCrl | undefined, certificate: Subject, at: Date): Fact {
  const late = delta === undefined ? datesProblem(complete, at) : undefined;
  const newest = delta ?? complete;
  const used = delta === undefined ? [complete] : [complete, delta];
  const basis = { thisUpdate: newest.thisUpdate, validUntil: newest.nextUpdate, evidence: used.map(evidenceOf) };
  const changed = delta === undefined ? undefined : entryOf(delta, delta.index, certificate.serial);
  const entry = changed ?? entryOf(complete, complete.index, certificate.serial);
  const removed = entry?.reason === 8;
  // A list that is too old still proves what it says of a certificate that it names, but for a hold, which may have ended.
  if (entry !== undefined && !removed && (late === undefined || entry.reason !== 6)) return { ...revokedBy(entry), ...basis };
  if (late !== undefined) return unknown(late);
  return expiredBefore(certificate, newest.thisUpdate) ?? { status: 'good', ...basis };
}

function revokedBy(entry: CrlEntry) {
  const { revokedAt, invalidityDate } = entry;
  const reason = reasonName(entry.reason);
  return { status: 'revoked' as const, since: revokedAt, reason, ...(invalidityDate === undefined ? {} : { invalidityDate }) };
}

/** Authorities drop certificates that have expired: what such a one is missing from says nothing (RFC 5280, 3.3). */
function expiredBefore(certificate: Subject, thisUpdate: Date): Fact | undefined {
  return certificate.notAfter < thisUpdate ? unknown({ code: 'REVOCATION_CERTIFICATE_EXPIRED' }) : undefined;
}

const reasonName = (reason: number) => revocationReasons[reason] ?? 'unspecified';

const evidenceOf = ({ sha256, der }: ProvenCrl): RevocationEvidence => ({ kind: 'crl', sha256, der });

/** Entries that the lists in memory may have together; one entry takes some 150 bytes. */
const mostEntries = 1_500_000;

/**
 * The lists in force, parsed. A list is read from the store, proven and indexed once, and then looked things up in at no cost; the least
 * recently used give way. What the store holds is proven again: a list is believed for its signature, not for where it lies.
 */
export function createListCache(records: Pick<RevocationRecords, 'crls' | 'crlBytes'>) {
  const kept = new Map<string, ProvenCrl>();

  async function load({ sha256 }: CrlRecord, issuer: Subject): Promise<ProvenCrl | undefined> {
    const known = kept.get(sha256);
    if (known !== undefined) {
      kept.delete(sha256);
      kept.set(sha256, known);
      return known;
    }
    const der = await records.crlBytes(sha256);
    if (der === null) return undefined;
    const { crl } = proveCrl(parseCrl(der, der.length), [issuer]);
    kept.set(sha256, crl);
    let entries = [...kept.values()].reduce((sum, { index }) => sum + index.size, 0);
    for (const [name, { index }] of kept) {
      if (entries <= mostEntries || name === sha256) break;
      kept.delete(name);
      entries -= index.size;
    }
    return crl;
  }

  return async function listsOf(issuer: Subject): Promise<ProvenCrl[]> {
    const found = await records.crls(authorityId(issuer));
    const loaded = await Promise.all(found.map((record) => load(record, issuer)));
    return loaded.filter((crl) => crl !== undefined);
  };
}
