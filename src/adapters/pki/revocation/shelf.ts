import { reject } from '../../../routing/problem.ts';
import type { CrlRecord, RevocationRecords } from '../../../routing/revocation.ts';
import type { Subject } from './authority.ts';
import { authorityId, nameOf, subjectOf } from './authority.ts';
import type { ProvenCrl } from './check-crl.ts';
import { datesProblem, parseCrl, proveCrl } from './check-crl.ts';

/** What putting a list on the shelf needs. */
export interface ShelfPorts {
  readonly records: Pick<RevocationRecords, 'keepCrl' | 'crls'>;
  /** DER of every authority whose lists are taken: the anchors and the intermediate authorities that are known. */
  authorities(): Promise<readonly Uint8Array[]>;
  now(): Date;
  /** Largest list in bytes. */
  readonly mostBytes: number;
}

/** A list that was read and proven; `result` is absent after a dry run. */
export interface Shelved {
  readonly crl: CrlRecord;
  readonly result?: 'kept' | 'known';
}

/**
 * Takes lists in, whichever way they came. `take` proves a list and puts it in the place of the one before it; `dryRun` changes nothing.
 * Throws Rejection CRL_*: the present list then stays.
 */
export function createShelf(ports: ShelfPorts) {
  return {
    async take(bytes: Uint8Array, source: string, options: { readonly dryRun?: boolean } = {}): Promise<Shelved> {
      const parsed = parseCrl(bytes, ports.mostBytes);
      const candidates = (await ports.authorities()).map(subjectOf);
      const { crl, signer } = proveCrl(parsed, candidates);
      const now = ports.now();
      const wrong = datesProblem(crl, now);
      if (wrong !== undefined) throw reject(wrong.code, wrong);
      const record = recordOf(crl, signer, source, now);
      const present = await ports.records.crls(record.authority);
      checkOrder(record, present);
      if (options.dryRun === true) return { crl: record };
      const result = await ports.records.keepCrl(record, crl.der);
      if (result === 'older') throw older(record, present);
      return { crl: record, result };
    },
  };
}

/** The shelf as other modules see it. */
export type Shelf = ReturnType<typeof createShelf>;

function recordOf(crl: ProvenCrl, signer: Subject, source: string, fetchedAt: Date): CrlRecord {
  return {
    authority: authorityId(signer),
    issuer: nameOf(signer),
    scope: crl.scope.key,
    ...(crl.number === undefined ? {} : { number: String(crl.number) }),
    ...(crl.base === undefined ? {} : { base: String(crl.base) }),
    thisUpdate: crl.thisUpdate,
    nextUpdate: crl.nextUpdate,
    entries: crl.index.size,
    size: crl.der.length,
    sha256: crl.sha256,
    source,
    fetchedAt,
  };
}

/** A list must not take the place of a newer one, and a delta list needs the complete list it adds to (RFC 5280, 5.2.4). */
function checkOrder(crl: CrlRecord, present: readonly CrlRecord[]): void {
  const sameScope = present.filter(({ scope }) => scope === crl.scope);
  const before = sameScope.find(({ base }) => (base === undefined) === (crl.base === undefined));
  if (before !== undefined && isOlder(crl, before)) throw older(crl, [before]);
  if (crl.base === undefined) return;
  const complete = sameScope.find(({ base }) => base === undefined);
  if (complete?.number === undefined || BigInt(complete.number) < BigInt(crl.base)) {
    throw reject('CRL_DELTA_WITHOUT_BASE', { params: { base: crl.base } });
  }
}

/** By number where both have one, else by time. */
export function isOlder(crl: CrlRecord, than: CrlRecord): boolean {
  if (crl.number !== undefined && than.number !== undefined && crl.number !== than.number) return BigInt(crl.number) < BigInt(than.number);
  return crl.thisUpdate < than.thisUpdate;
}

function older(crl: CrlRecord, present: readonly CrlRecord[]) {
  return reject('CRL_OLDER', { params: { issuer: crl.issuer, number: crl.number ?? '–', present: present[0]?.number ?? '–' } });
}
