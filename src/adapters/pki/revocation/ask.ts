import { randomBytes } from 'node:crypto';
import type { Problem } from '../../../routing/problem.ts';
import { Rejection, reject } from '../../../routing/problem.ts';
import type { RevocationRecords } from '../../../routing/revocation.ts';
import type { Subject } from './authority.ts';
import { authorityId } from './authority.ts';
import type { ProvenCrl } from './check-crl.ts';
import { parseCrl, proveCrl } from './check-crl.ts';
import type { OcspQuestion } from './check-ocsp.ts';
import { proveAnswer } from './check-ocsp.ts';
import type { Fact } from './facts.ts';
import { delegateEvidence, factOfAnswer, factOfLists } from './facts.ts';
import type { Fetch } from './fetch.ts';
import { ocspRequest, readOcsp } from './ocsp.ts';
import { listUrls, responderUrls } from './scope.ts';
import type { Shelf } from './shelf.ts';

/** What asking about one certificate needs. */
export interface AskPorts {
  readonly records: Pick<RevocationRecords, 'answer' | 'keepAnswer'>;
  readonly listsOf: (issuer: Subject) => Promise<readonly ProvenCrl[]>;
  readonly shelf: Shelf;
  readonly fetch: Fetch;
  now(): Date;
}

/** Limits of asking. */
export interface AskSettings {
  /** Longest time in milliseconds that fetching may take for one certificate, all in all. */
  readonly within: number;
  readonly mostListBytes: number;
  readonly nonce: 'required' | 'accept-absent';
}

/** A certificate and the authority that issued it. */
export interface Pair {
  readonly certificate: Subject;
  readonly issuer: Subject;
}

const mostAnswerBytes = 64 << 10;
/** A source that failed is left alone for so many milliseconds: a dead responder must not cost every package its time limit. */
const restAfterFailure = 30_000;
const mostSources = 3;

/** Asks about one certificate: what is stored first, then the responders and lists that it names. */
export function createAsk(ports: AskPorts, settings: AskSettings) {
  const resting = new Map<string, { readonly until: number; readonly problem: Problem }>();

  /** What is stored, an answer and lists: a revocation in either counts, else the newer of them. */
  async function stored(pair: Pair): Promise<Fact> {
    const at = ports.now();
    const [lists, answer] = await Promise.all([fromLists(pair, at), fromStoredAnswer(pair, at)]);
    return better(answer, lists);
  }

  async function fromLists({ certificate, issuer }: Pair, at: Date): Promise<Fact> {
    return factOfLists(await ports.listsOf(issuer), certificate, issuer, at);
  }

  async function fromStoredAnswer(pair: Pair, at: Date): Promise<Fact> {
    const kept = await ports.records.answer(authorityId(pair.issuer), pair.certificate.serial);
    if (kept === null) return { status: 'unknown', problems: [] };
    return proven(() => fromAnswer(kept.der, { ...pair, at }));
  }

  /** The fact of an answer, if it holds and its delegate, if any, is not revoked itself: what shows that belongs to the evidence. */
  async function fromAnswer(der: Uint8Array, question: OcspQuestion): Promise<Fact> {
    const answer = readOcsp(der);
    const held = proveAnswer(answer, question);
    const { issuer, at } = question;
    const lists = held.responder === undefined ? [] : await ports.listsOf(issuer);
    return factOfAnswer(
      held,
      { kind: 'ocsp', sha256: answer.sha256, der },
      question.certificate,
      delegateEvidence(held, lists, issuer, at),
    );
  }

  /** What came with the signature: answers and lists, each believed only for its own signature, fresh at `at`. */
  async function stapled(pair: Pair, at: Date, given: readonly Uint8Array[]): Promise<Fact> {
    let best: Fact = { status: 'unknown', problems: [] };
    for (const der of given) best = better(best, await proven(() => fromStaple(pair, at, der)));
    return best;
  }

  async function fromStaple(pair: Pair, at: Date, der: Uint8Array): Promise<Fact> {
    // A CertificateList is a sequence of a sequence; an OCSPResponse begins with an ENUMERATED.
    const first = der[der[1] !== undefined && der[1] > 0x80 ? 2 + (der[1] & 0x7f) : 2];
    if (first === 0x0a) return fromAnswer(der, { ...pair, at });
    const { crl } = proveCrl(parseCrl(der, settings.mostListBytes), [pair.issuer]);
    return factOfLists([crl], pair.certificate, pair.issuer, at);
  }

  /** Asks the responders and fetches the lists that the certificate names, one after another, until one tells. */
  async function fetched(pair: Pair): Promise<Fact> {
    const end = performance.now() + settings.within;
    const tries = [
      ...responderUrls(pair.certificate)
        .slice(0, mostSources)
        .map((url) => ({ url, ask: askResponder })),
      ...listUrls(pair.certificate)
        .slice(0, mostSources)
        .map((url) => ({ url, ask: fetchList })),
    ];
    const problems: Problem[] = tries.length === 0 ? [{ code: 'REVOCATION_NO_SOURCE' }] : [];
    for (const { url, ask } of tries) {
      const fact = await rested(url, end, (left) => ask(pair, url, left));
      if (fact.status !== 'unknown') return fact;
      problems.push(...fact.problems);
    }
    return { status: 'unknown', problems };
  }

  async function rested(url: string, end: number, work: (left: number) => Promise<Fact>): Promise<Fact> {
    const rest = resting.get(url);
    if (rest !== undefined && rest.until > performance.now()) return { status: 'unknown', problems: [rest.problem] };
    const left = end - performance.now();
    if (left < 50) return { status: 'unknown', problems: [{ code: 'REVOCATION_SOURCE_AWAY', params: { url, detail: 'no time left' } }] };
    const fact = await proven(() => work(left));
    resting.delete(url);
    if (resting.size > 1000) resting.clear();
    const [problem] = fact.status === 'unknown' ? fact.problems : [];
    if (problem !== undefined) resting.set(url, { until: performance.now() + restAfterFailure, problem });
    return fact;
  }

  async function askResponder(pair: Pair, url: string, within: number): Promise<Fact> {
    const nonce = randomBytes(32);
    const body = ocspRequest(pair.certificate, pair.issuer, nonce);
    const got = await ports.fetch({ url, body, type: 'application/ocsp-request', within, mostBytes: mostAnswerBytes });
    if (got.state !== 'fresh') throw reject('OCSP_UNREADABLE', { params: { detail: 'no body' } });
    const at = ports.now();
    const question: OcspQuestion = { ...pair, at, nonce, nonceMayBeAbsent: settings.nonce === 'accept-absent' };
    const fact = await fromAnswer(got.body, question);
    const [evidence] = fact.status === 'unknown' ? [] : fact.evidence;
    if (fact.status === 'unknown' || evidence === undefined) return fact;
    const { thisUpdate, validUntil } = fact;
    const place = { authority: authorityId(pair.issuer), serial: pair.certificate.serial };
    await ports.records.keepAnswer({ ...evidence, ...place, thisUpdate, validUntil, fetchedAt: at });
    return fact;
  }

  async function fetchList(pair: Pair, url: string, within: number): Promise<Fact> {
    const got = await ports.fetch({ url, within, mostBytes: settings.mostListBytes });
    if (got.state === 'fresh') await ports.shelf.take(got.body, url);
    return fromLists(pair, ports.now());
  }

  return { stored, stapled, fetched };
}

/** A refusal of what was asked is a reason not to know; anything else is a fault. */
async function proven(work: () => Promise<Fact>): Promise<Fact> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof Rejection && error.status < 500) return { status: 'unknown', problems: error.problems };
    throw error;
  }
}

/** Of two facts the one that counts: a revocation, else the newer good one, else both reasons not to know. */
export function better(a: Fact, b: Fact): Fact {
  if (a.status === 'revoked') return a;
  if (b.status === 'revoked') return b;
  if (a.status === 'unknown' && b.status === 'unknown') return { status: 'unknown', problems: [...a.problems, ...b.problems] };
  if (a.status === 'unknown') return b;
  if (b.status === 'unknown') return a;
  return a.thisUpdate >= b.thisUpdate ? a : b;
}
