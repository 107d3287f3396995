import { createHash } from 'node:crypto';
import type { TrustObject, TrustStatement } from '../../routing/evidence.ts';
import type { Acceptance } from '../../routing/intake.ts';
import type { CertificateRecord } from '../../routing/register.ts';
import type { TrustEvidence } from '../../routing/trust.ts';

/** Evidence as rows: the statement is the same text for every package that was accepted in the same circumstances. */
export interface TrustRows {
  readonly statement: { readonly sha256: string; readonly text: string };
  readonly objects: readonly TrustObject[];
  readonly at: Date;
  /** SHA-256 of the token. */
  readonly timestamp?: string;
}

/** Makes the rows of a piece of evidence. */
export function trustRows(evidence: TrustEvidence): TrustRows {
  const objects: TrustObject[] = [];
  const keep = (kind: TrustObject['kind'], der: Uint8Array): string => {
    const sha256 = createHash('sha256').update(der).digest('hex');
    if (!objects.some((one) => one.sha256 === sha256)) objects.push({ sha256, kind, der });
    return sha256;
  };
  const { basis, verdict, policyVersion, timeFrom, revocation, binding, anchor, timestamp } = evidence;
  const statement: TrustStatement = {
    basis,
    verdict,
    policyVersion,
    timeFrom,
    chain: evidence.chain.map((der) => keep('certificate', der)),
    ...(anchor === undefined ? {} : { anchor: { id: anchor.id, name: anchor.name, policy: anchor.policy } }),
    ...(binding === undefined ? {} : { binding }),
    revocation,
    revocationEvidence: evidence.revocationEvidence.map(({ kind, der }) => ({ kind, sha256: keep(kind, der) })),
    ...(timestamp === undefined
      ? {}
      : { timestampChain: timestamp.chain.map((der) => keep('certificate', der)), timestampAnchor: timestamp.anchorId }),
  };
  const text = JSON.stringify(statement);
  const token = timestamp === undefined ? {} : { timestamp: keep('timestamp', timestamp.token) };
  return { statement: { sha256: createHash('sha256').update(text).digest('hex'), text }, objects, at: evidence.at, ...token };
}

const made = new WeakMap<TrustEvidence, TrustRows>();

/** The rows of an acceptance, made once. */
export function rowsOf({ verified: { trust } }: Acceptance): TrustRows | undefined {
  if (trust === undefined) return undefined;
  const rows = made.get(trust) ?? trustRows(trust);
  made.set(trust, rows);
  return rows;
}

/** What is still to be stored of some acceptances. */
export interface FreshTrust {
  readonly statements: readonly TrustRows['statement'][];
  readonly objects: readonly TrustObject[];
  /** Certificates that a binding accepted, with the agency and the time of their package. */
  readonly signers: readonly (CertificateRecord & { readonly agency: string; readonly at: Date })[];
}

const MOST = 20_000;

/** Which statements and objects this process has stored already, so that the busy statement carries each of them once. */
export class StoredTrust {
  readonly #known = new Set<string>();

  /** What is still to be stored of these acceptances; undefined when nothing is. */
  missing(group: readonly Acceptance[]): FreshTrust | undefined {
    const unknown = group.filter((a) => {
      const rows = rowsOf(a);
      return rows !== undefined && [rows.statement, ...rows.objects].some(({ sha256 }) => !this.#known.has(sha256));
    });
    if (unknown.length === 0) return undefined;
    const rows = unknown.flatMap((a) => rowsOf(a) ?? []);
    return {
      statements: rows.map((one) => one.statement),
      objects: rows.flatMap((one) => one.objects),
      signers: unknown.flatMap(signerOf),
    };
  }

  /** To be called once they are committed. */
  stored({ statements, objects }: FreshTrust): void {
    if (this.#known.size > MOST) this.#known.clear();
    for (const { sha256 } of [...statements, ...objects]) this.#known.add(sha256);
  }
}

/** The values that the statement of intake reads fresh rows from, each thing once. */
export function trustValues({ statements, objects, signers }: FreshTrust): unknown[] {
  const named = [...new Map(objects.map((one) => [one.sha256, one])).values()];
  const said = [...new Map(statements.map((one) => [one.sha256, one])).values()];
  const bytes = (hex: string) => Buffer.from(hex, 'hex');
  return [
    named.map((one) => bytes(one.sha256)),
    named.map((one) => one.kind),
    named.map((one) => Buffer.from(one.der)),
    said.map((one) => bytes(one.sha256)),
    said.map((one) => one.text),
    JSON.stringify(signers),
  ];
}

function signerOf(a: Acceptance): FreshTrust['signers'] {
  const { signer } = a.verified.trust ?? {};
  if (signer === undefined) return [];
  const { fingerprint, subject, issuer, serial, notBefore, notAfter } = signer;
  return [{ fingerprint, subject, issuer, serial, notBefore, notAfter, agency: a.senderAgencyId, at: a.receivedAt }];
}
