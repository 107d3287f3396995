import { createRegister } from '../../../src/adapters/postgres/register.ts';
import { createTrustRegister } from '../../../src/adapters/postgres/trust-register.ts';
import { agencyWith } from '../../support/acceptance.ts';
import type { TestDatabase } from '../../support/database.ts';
import { testDatabase } from '../../support/database.ts';

const day = 86_400_000;
const end = new Date('2027-03-01T00:00:00Z');
const before = (days: number) => new Date(end.getTime() - days * day);
const agency = agencyWith('000.00.12.H61');
const leaving = agencyWith('000.00.13.H61');

let database: TestDatabase;
let register: ReturnType<typeof createRegister>;
let trust: ReturnType<typeof createTrustRegister>;

beforeAll(async () => {
  database = await testDatabase();
  register = createRegister(database.pool, () => before(100));
  trust = createTrustRegister(database.pool, () => before(100));
  await register.add([agency, leaving], 'test');
  await certificate(1, end);
});
afterAll(() => database?.drop());

const fingerprintOf = (n: number) => n.toString(16).padStart(64, '0');

async function certificate(n: number, notAfter: Date, agencyId = agency.id): Promise<void> {
  const names = { subject: `CN=${n}`, issuer: 'CN=x', serial: String(n) };
  const dates = { notBefore: before(365), notAfter };
  await register.addCertificate(agencyId, { fingerprint: fingerprintOf(n), der: Buffer.from([n]), ...dates, ...names }, 'test');
}

/** Number and step of each certificate that is announced so many days before `end`. */
const announced = async (days: number) =>
  (await trust.announceExpiring(before(days))).map(({ fingerprint, step }) => [Number.parseInt(fingerprint, 16), step]);

const events = async () =>
  (await database.pool.query<{ reason: string }>(`select reason from events where name = 'certificate.expiring' order by seq`)).rows.map(
    ({ reason }) => reason,
  );

it('a certificate is announced once 60, once 30 and once 7 days before its end, with an event each', async () => {
  const told: Record<number, readonly number[][]> = {};
  for (const days of [61, 60.5, 60, 59, 31, 30, 29, 8, 7.2, 7, 1, 0, -1]) told[days] = await announced(days);
  const steps = Object.entries(told).filter(([, found]) => found.length > 0);
  expect(Object.fromEntries(steps)).toEqual({ '60': [[1, 60]], '30': [[1, 30]], '7.2': [[1, 7]] });
  expect(await events()).toEqual(
    [60, 30, 7].map((step) => `${agency.id}: ${fingerprintOf(1)} ends 2027-03-01T00:00:00.000Z, step ${step}`),
  );
});

it('is announced at its nearest step only when it is imported late, and once by several processes', async () => {
  await certificate(2, end);
  const found = await Promise.all(Array.from({ length: 8 }, () => announced(20)));
  expect(found.flat()).toEqual([[2, 30]]);
});

it('is not announced when it was withdrawn, or its agency has closed', async () => {
  await certificate(3, end);
  await certificate(4, end, leaving.id);
  await register.withdrawCertificate(agency.id, fingerprintOf(3), 'test', 'thử');
  await register.setStatus(leaving.id, 'closed', 'test', 'thử');
  expect(await announced(20)).toEqual([]);
});

it('says whether a successor is there that lives long enough', async () => {
  await certificate(5, new Date(end.getTime() + 10 * day));
  const succeeded = async () =>
    (await trust.expiring(before(20), 60)).find(({ fingerprint }) => fingerprint === fingerprintOf(2))?.succeeded;
  expect(await succeeded()).toBe(false);
  await certificate(6, new Date(end.getTime() + 61 * day));
  expect(await succeeded()).toBe(true);
});
