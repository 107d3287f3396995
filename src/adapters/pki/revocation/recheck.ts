import { problemText, Rejection } from '../../../routing/problem.ts';
import type { Subject } from './authority.ts';
import { nameOf, subjectOf } from './authority.ts';
import type { ProvenCrl } from './check-crl.ts';
import { parseCrl, proveCrl } from './check-crl.ts';
import type { OcspQuestion } from './check-ocsp.ts';
import { proveAnswer } from './check-ocsp.ts';
import type { Fact } from './facts.ts';
import { delegateEvidence, factOfAnswer, factOfLists } from './facts.ts';
import { readOcsp } from './ocsp.ts';

/** A kept CRL or OCSP response. */
export interface KeptAnswer {
  readonly kind: 'crl' | 'ocsp';
  readonly der: Uint8Array;
}

const LIST_BYTES = 256 << 20;

/**
 * Judges kept CRLs and OCSP responses again, without any store or network: each certificate of the path (leaf first, anchor last) must be
 * shown not to have been revoked at `at` by something that was fresh when it was relied on. That is `usedAt`, or `at` itself for what came
 * with a signature whose time is proven. Returns why that is not so, or undefined.
 */
export function recheckRevocation(chain: readonly Uint8Array[], kept: readonly KeptAnswer[], at: Date, usedAt: Date): string | undefined {
  const subjects = chain.map(subjectOf);
  for (const [i, certificate] of subjects.slice(0, -1).entries()) {
    const reason = judge(certificate, subjects[i + 1] as Subject, kept, at, usedAt);
    if (reason !== undefined) return reason;
  }
  return undefined;
}

function judge(certificate: Subject, issuer: Subject, kept: readonly KeptAnswer[], at: Date, usedAt: Date): string | undefined {
  const reasons: string[] = [];
  const proven = <T>(prove: () => T): T[] => {
    try {
      return [prove()];
    } catch (error) {
      if (!(error instanceof Rejection)) throw error;
      reasons.push(...error.problems.map((problem) => problemText(problem).en));
      return [];
    }
  };
  const lists = kept.flatMap((one) =>
    one.kind === 'crl' ? proven((): ProvenCrl => proveCrl(parseCrl(one.der, LIST_BYTES), [issuer]).crl) : [],
  );
  const factsAt = (moment: Date): Fact[] => [
    ...kept.flatMap((one) => (one.kind === 'ocsp' ? proven(() => factFrom(one, lists, { certificate, issuer, at: moment })) : [])),
    ...(lists.length === 0 ? [] : [factOfLists(lists, certificate, issuer, moment)]),
  ];
  const facts = [...factsAt(usedAt), ...factsAt(at)];
  const revoked = facts.find((fact) => fact.status === 'revoked' && (fact.invalidityDate ?? fact.since) <= at);
  if (revoked !== undefined) return `revoked: ${nameOf(certificate)}`;
  return facts.some(({ status }) => status !== 'unknown')
    ? undefined
    : `nothing shows that it was not revoked: ${nameOf(certificate)} ${reasons[0] ?? ''}`.trim();
}

function factFrom({ der }: KeptAnswer, lists: readonly ProvenCrl[], question: OcspQuestion): Fact {
  const proven = proveAnswer(readOcsp(der), question);
  const { certificate, issuer, at } = question;
  return factOfAnswer(proven, { kind: 'ocsp', sha256: '', der }, certificate, delegateEvidence(proven, lists, issuer, at));
}
