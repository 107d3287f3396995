import { authorityId, subjectOf } from '../../../../src/adapters/pki/revocation/authority.ts';
import { createTidy } from '../../../../src/adapters/pki/revocation/tidy.ts';
import { createRevocationRecords } from '../../../../src/adapters/postgres/revocation.ts';
import type { TestAuthority } from '../../../support/authority.ts';
import { openAuthority } from '../../../support/authority.ts';
import type { TestDatabase } from '../../../support/database.ts';
import { testDatabase } from '../../../support/database.ts';

const day = 86_400_000;
const now = new Date('2026-11-01T00:00:00Z');
const ago = (days: number) => new Date(now.getTime() - days * day);
const digest = (n: number) => n.toString(16).padStart(64, '0');

let database: TestDatabase;
let trusted: TestAuthority;
let records: ReturnType<typeof createRevocationRecords>;

beforeAll(async () => {
  [database, trusted] = await Promise.all([testDatabase(), openAuthority('CA Thử nghiệm')]);
  records = createRevocationRecords(database.pool);
});
afterAll(() => Promise.all([trusted?.close(), database?.drop()]));

const answer = (n: number, validUntil: Date) =>
  records.keepAnswer({
    ...{ authority: digest(1), serial: String(n), kind: 'ocsp', sha256: digest(n), der: Buffer.from([n]) },
    ...{ thisUpdate: ago(100), validUntil, fetchedAt: ago(100) },
  });

const list = (n: number, authority: string, nextUpdate: Date) =>
  records.keepCrl(
    {
      authority,
      issuer: 'x',
      scope: '',
      thisUpdate: ago(100),
      nextUpdate,
      entries: 0,
      size: 1,
      sha256: digest(n),
      source: 'x',
      fetchedAt: ago(100),
    },
    Buffer.from([n]),
  );

it('answers that ran out, lists of authorities that nobody trusts and sources that nobody names are removed; evidence is not', async () => {
  const { pool } = database;
  const known = authorityId(subjectOf(trusted.certificate.der));
  const leaf = await trusted.issue('Sở Nội vụ', { extensions: ['crlDistributionPoints=URI:http://ca.test/named.crl'] });
  await Promise.all([answer(1, ago(31)), answer(2, ago(29)), answer(3, ago(-1))]);
  await Promise.all([list(4, known, ago(90)), list(5, digest(5), ago(31)), list(6, digest(6), ago(29))]);
  const urls = ['http://ca.test/named.crl', 'http://ca.test/set.crl', 'http://ca.test/forgotten.crl'];
  await records.dueSources(urls, ago(40), 10);
  // what a package was accepted on: the very answer and list that are removed
  for (const [n, kind] of [
    [1, 'ocsp'],
    [5, 'crl'],
  ] as const) {
    await pool.query(`insert into trust_objects (sha256, kind, der) values (decode($1, 'hex'), $2, $3)`, [
      digest(n),
      kind,
      Buffer.from([n]),
    ]);
  }
  const ports = { records, authorities: async () => [trusted.certificate.der], certificates: async () => [leaf.der], now: () => now };
  const tidy = createTidy(ports, ['http://ca.test/set.crl']);
  expect(await tidy()).toEqual({ answers: 1, lists: 1, sources: 1 });
  expect(await tidy()).toEqual({ answers: 0, lists: 0, sources: 0 });
  const texts = async (sql: string) => (await pool.query<{ t: string }>(sql)).rows.map(({ t }) => t);
  expect(await texts('select serial as t from ocsp_answers order by 1')).toEqual(['2', '3']);
  expect((await records.crls()).map(({ sha256 }) => sha256).sort()).toEqual([digest(4), digest(6)]);
  expect(await texts('select url as t from crl_sources order by 1')).toEqual(urls.slice(0, 2));
  expect(await texts(`select encode(sha256, 'hex') as t from trust_objects order by 1`)).toEqual([digest(1), digest(5)]);
});
