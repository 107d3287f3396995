import { findPath } from '../../../../src/adapters/pki/path/build.ts';
import { createAsk } from '../../../../src/adapters/pki/revocation/ask.ts';
import { createCheckRevocation } from '../../../../src/adapters/pki/revocation/check.ts';
import { createListCache } from '../../../../src/adapters/pki/revocation/facts.ts';
import { createFetch } from '../../../../src/adapters/pki/revocation/fetch.ts';
import { createShelf } from '../../../../src/adapters/pki/revocation/shelf.ts';
import { createRevocationRecords } from '../../../../src/adapters/postgres/revocation.ts';
import { createAddresses } from '../../../../src/adapters/senders/addresses.ts';
import { Rejection } from '../../../../src/routing/problem.ts';
import type { CheckRevocation, TrustAnchor } from '../../../../src/routing/trust.ts';
import { defaultAnchorPolicy } from '../../../../src/routing/trust.ts';
import type { TestDatabase } from '../../../support/database.ts';
import { testDatabase } from '../../../support/database.ts';
import { allPkitsAuthorities, allPkitsCertificates, allPkitsCrls, hasPkits, pkitsCertificate, pkitsRows } from '../../../support/pkits.ts';

const withPkits = hasPkits ? describe : describe.skip;
if (!hasPkits) process.stderr.write('PKITS skipped: python3-cryptography-vectors is not installed\n');

withPkits('NIST PKITS', () => {
  const certificate = hasPkits ? pkitsCertificate('TrustAnchorRootCertificate') : new Uint8Array();
  const policy = { ...defaultAnchorPolicy, revocation: 'hard-fail' as const };
  const anchor: TrustAnchor = { id: 'pkits', name: 'PKITS', fingerprint: '', certificate, policy };
  const intermediates = hasPkits ? allPkitsCertificates() : [];
  const at = new Date('2026-06-01T00:00:00Z');
  let database: TestDatabase;
  let check: CheckRevocation;

  beforeAll(async () => {
    database = await testDatabase();
    const records = createRevocationRecords(database.pool);
    const now = () => at;
    const mostListBytes = 1 << 20;
    const authorities = allPkitsAuthorities();
    let named: Uint8Array[] = [];
    const shelf = createShelf({ records, authorities: async () => named, now, mostBytes: mostListBytes });
    for (const list of allPkitsCrls()) {
      // Offers those whose common name stands in the list: reading all of them for each list takes half a minute.
      named = authorities.filter(({ commonName }) => Buffer.from(list).includes(commonName)).map(({ der }) => der);
      await shelf.take(list, 'pkits').catch((error: unknown) => {
        if (!(error instanceof Rejection)) throw error;
      });
    }
    findPath({ leaf: certificate, hints: [], purpose: 'package', at }, { anchors: [anchor], intermediates });
    const ports = { records, listsOf: createListCache(records), shelf, fetch: createFetch(createAddresses([])), now };
    check = createCheckRevocation(createAsk(ports, { within: 1000, mostListBytes, nonce: 'required' }), now, { freshFor: 0 });
  });
  afterAll(() => database?.drop());

  /** What the path alone says, and what is said together with the lists under the policy hard-fail. */
  async function judge(leaf: string): Promise<{ path: string; actual: string }> {
    const question = { leaf: pkitsCertificate(leaf), hints: [], purpose: 'package' as const, at };
    const path = findPath(question, { anchors: [anchor], intermediates });
    if (!path.ok) return { path: path.problem.code, actual: path.problem.code };
    const { verdict } = await check(path.chain, path.anchor, at);
    return { path: 'valid', actual: { good: 'valid', revoked: 'CERTIFICATE_REVOKED', unknown: 'REVOCATION_UNKNOWN' }[verdict.status] };
  }

  it.each(pkitsRows)('$test $leaf: $expected, $actual', async ({ leaf, path, expected, actual, differs }) => {
    expect(await judge(leaf)).toEqual({ path, actual });
    if (differs === undefined) expect(actual === 'valid' ? 'valid' : 'invalid').toBe(expected);
    else expect(actual).not.toBe('valid');
  });
});
