import type { Problem } from '../../../routing/problem.ts';
import { problemText } from '../../../routing/problem.ts';
import type { Chain, CheckRevocation, RevocationEvidence, RevocationFinding, RevocationVerdict } from '../../../routing/trust.ts';
import type { createAsk, Pair } from './ask.ts';
import { better } from './ask.ts';
import { subjectOf } from './authority.ts';
import type { Fact } from './facts.ts';

/** How the check behaves towards the way in. */
export interface CheckSettings {
  /** For how long, in milliseconds, a fact is used again without looking into the store: a new list works after that at the latest. */
  readonly freshFor: number;
}

interface Kept {
  readonly fact: Fact;
  readonly until: number;
}

const mostKept = 10_000;

/**
 * Judges a path: every certificate below the anchor, by what is in memory, stored, stapled, or fetched, in this order. A certificate
 * that is asked about again within `freshFor` costs nothing; one that is being asked about is not asked about twice.
 */
export function createCheckRevocation(ask: ReturnType<typeof createAsk>, now: () => Date, settings: CheckSettings): CheckRevocation {
  const kept = new Map<string, Kept>();
  const running = new Map<string, Promise<Fact>>();

  async function factOn(pair: Pair, at: Date, stapled: readonly Uint8Array[]): Promise<Fact> {
    const name = `${pair.certificate.fingerprint} ${pair.issuer.fingerprint}`;
    const known = kept.get(name);
    const time = now().getTime();
    if (known !== undefined && known.until > time && (known.fact.status !== 'unknown' || stapled.length === 0)) return known.fact;
    const stored = await ask.stored(pair);
    if (stored.status !== 'unknown') return remember(name, stored, time);
    // What a staple proves holds for its own moment only, and why it proves nothing matters to its sender only.
    const brought = await ask.stapled(pair, at, stapled);
    if (brought.status !== 'unknown') return brought;
    return better(brought, remember(name, better(await once(name, () => ask.fetched(pair)), stored), time));
  }

  function once(name: string, work: () => Promise<Fact>): Promise<Fact> {
    const begun = running.get(name);
    if (begun !== undefined) return begun;
    const started = work().finally(() => running.delete(name));
    running.set(name, started);
    return started;
  }

  function remember(name: string, fact: Fact, time: number): Fact {
    if (kept.size >= mostKept) kept.clear();
    const validUntil = fact.status === 'unknown' ? Number.POSITIVE_INFINITY : fact.validUntil.getTime();
    kept.set(name, { fact, until: Math.min(time + settings.freshFor, Math.max(validUntil, time)) });
    return fact;
  }

  return async (chain, anchor, at, stapled = []) => {
    const facts: [Pair, Fact][] = [];
    for (const pair of pairsOf(chain, anchor.certificate)) {
      const fact = await factOn(pair, at, stapled);
      facts.push([pair, fact]);
      if (fact.status === 'revoked' && countsAt(fact, at)) break;
    }
    return findingOf(facts, at, new Date(now().getTime() + settings.freshFor));
  };
}

const subjects = new Map<string, ReturnType<typeof subjectOf>>();

/** Reading a certificate takes a tenth of a millisecond, and the same few come with every package. */
function remembered(der: Uint8Array): ReturnType<typeof subjectOf> {
  const name = Buffer.from(der.buffer, der.byteOffset, der.length).toString('latin1');
  const known = subjects.get(name);
  if (known !== undefined) return known;
  const read = subjectOf(der);
  if (subjects.size >= mostKept) subjects.clear();
  subjects.set(name, read);
  return read;
}

/** Each certificate below the anchor with its issuer. The anchor itself is trusted because somebody said so: nobody can revoke it. */
function pairsOf(chain: Chain, anchor: Uint8Array): Pair[] {
  const whole = chain.map(remembered);
  const top = remembered(anchor);
  const below = whole.filter(({ fingerprint }) => fingerprint !== top.fingerprint);
  return below.map((certificate, i) => ({ certificate, issuer: below[i + 1] ?? top }));
}

function countsAt(fact: Extract<Fact, { status: 'revoked' }>, at: Date): boolean {
  return Math.min(fact.since.getTime(), fact.invalidityDate?.getTime() ?? Number.POSITIVE_INFINITY) <= at.getTime();
}

function findingOf(facts: readonly [Pair, Fact][], at: Date, soon: Date): RevocationFinding {
  const evidence = new Map<string, RevocationEvidence>();
  const problems: Problem[] = [];
  let verdict: RevocationVerdict = { status: 'good' };
  let validUntil = Number.POSITIVE_INFINITY;
  for (const [{ certificate }, fact] of facts) {
    if (fact.status === 'unknown') {
      problems.push(...fact.problems);
      continue;
    }
    for (const one of fact.evidence) evidence.set(one.sha256, one);
    validUntil = Math.min(validUntil, fact.validUntil.getTime());
    if (fact.status === 'revoked' && countsAt(fact, at)) {
      const { since, reason, invalidityDate } = fact;
      const { fingerprint } = certificate;
      verdict = { status: 'revoked', since, reason, fingerprint, ...(invalidityDate === undefined ? {} : { invalidityDate }) };
    }
  }
  if (verdict.status === 'good' && facts.some(([, fact]) => fact.status === 'unknown')) {
    verdict = { status: 'unknown', ...whyUnknown(problems) };
    validUntil = soon.getTime();
  }
  return { verdict, evidence: [...evidence.values()], validUntil: Number.isFinite(validUntil) ? new Date(validUntil) : soon };
}

/** The codes and texts of the reasons, each once. */
function whyUnknown(problems: readonly Problem[]): Pick<Extract<RevocationVerdict, { status: 'unknown' }>, 'why' | 'whyVi'> {
  const texts = problems.map(problemText);
  const inOne = (language: 'en' | 'vi') => [...new Set(texts.map((text) => `${text.code}: ${text[language]}`))].join('; ');
  return { why: inOne('en'), whyVi: inOne('vi') };
}
