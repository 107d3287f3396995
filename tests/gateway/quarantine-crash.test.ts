import { createHash } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { readConfig } from '../../src/config.ts';
import { createRevocation } from '../../src/revocation.ts';
import { defaultAnchorPolicy } from '../../src/routing/trust.ts';
import type { Store } from '../../src/store.ts';
import { openStore } from '../../src/store.ts';
import { lienthong } from '../cli/command-line.ts';
import { newId } from '../support/acceptance.ts';
import type { Issued, TestAuthority } from '../support/authority.ts';
import { openAuthority } from '../support/authority.ts';
import type { TestGateway } from '../support/gateway.ts';
import { startTestGateway, usual } from '../support/gateway.ts';
import type { GatewayProcess } from '../support/gateway-process.ts';
import { startGatewayProcess } from '../support/gateway-process.ts';
import { buildPackage } from '../support/packages.ts';
import { signQuickly } from '../support/quick-signer.ts';
import { seededRandom } from '../support/random.ts';

const { department, commune, pushed } = usual;
/** Of each of two certificates. */
const packages = 12;
const random = seededRandom(Number(process.env['CRASH_SEED'] ?? 20_260_302));

let gateway: TestGateway;
let authority: TestAuthority;
let store: Store;
let running: GatewayProcess | undefined;

beforeAll(async () => {
  [gateway, authority] = await Promise.all([
    startTestGateway({ env: { LIENTHONG_QUARANTINE_SECONDS: '1' } }),
    openAuthority('CA Thử nghiệm'),
  ]);
  store = await openStore(readConfig(gateway.env), { info: () => undefined, warn: () => undefined, error: () => undefined });
  const certificate = authority.certificate.der;
  const fingerprint = createHash('sha256').update(certificate).digest('hex');
  await store.trust.add([{ id: 'ca', name: 'ca', fingerprint, certificate, policy: defaultAnchorPolicy }], [], 'cli:test');
  const binding = { id: newId(), agencyId: gateway.agency(department).agencyId, anchorId: 'ca' };
  await store.trust.bind({ ...binding, subject: [{ type: 'CN', value: 'Sở Nội vụ*' }] }, 'cli:test');
  // The gateway looks at the version of the settings once a second.
  await pause(1200);
}, 60_000);
afterAll(async () => {
  await running?.kill();
  await store?.close();
  await Promise.all([gateway?.close(), authority?.close()]);
});

async function send(by: Issued, number: number): Promise<string> {
  const to = [commune, pushed].map((code) => ({ code, name: 'Xã' }));
  const from = { code: department, name: 'Sở Nội vụ' };
  const named = { number: String(number), documentId: `${department},2026/03/02,${number}/SNV`, from, to };
  const identity = { ...gateway.agency(department).identity, keyPem: by.keyPem, certificatePem: by.pem };
  const { receipt } = await gateway.client(department).send(signQuickly(buildPackage(named), identity));
  return receipt.package.id;
}

const rowsOf = async <T extends object>(sql: string, values: readonly unknown[] = []): Promise<T[]> =>
  (await store.database.pool.query<T>(sql, [...values])).rows;
const settled = async () =>
  (await rowsOf<{ n: number }>('select count(*)::int as n from quarantines where settled_at is not null'))[0]?.n ?? 0;

/** Runs the gateway and kills it in the middle of its judging: some quarantines ended, others not. Returns how many have ended. */
async function crash(): Promise<number> {
  running = await startGatewayProcess(gateway.env, { logFile: `${gateway.folder}/again.log` });
  const enough = Math.min(2 * packages, (await settled()) + 1 + Math.floor(random() * 8));
  while ((await settled()) < enough) await pause(2);
  await pause(random() * 25);
  await running.kill();
  running = undefined;
  return settled();
}

it('kill -9 while packages are judged again loses none, and adds each second evidence, notice and receipt once', async () => {
  const [good, stolen] = [await authority.issue('Sở Nội vụ 1'), await authority.issue('Sở Nội vụ 2')];
  const ids = { good: [] as string[], stolen: [] as string[] };
  const numbers = Array.from({ length: packages }, (_, i) => 2 * i);
  ids.good.push(...(await Promise.all(numbers.map((number) => send(good, number + 1)))));
  ids.stolen.push(...(await Promise.all(numbers.map((number) => send(stolen, number + 2)))));
  for (const one of gateway.processes) await one.kill();
  await authority.revoke(stolen, 'keyCompromise', '20260101000000Z');
  await createRevocation(readConfig(gateway.env), store).shelf.take(await authority.crl(), 'file:ca.crl');
  const ended: number[] = [];
  while ((ended.at(-1) ?? 0) < 2 * packages) ended.push(await crash());
  const inTheMiddle = ended.filter((count) => count < 2 * packages).length;
  expect(inTheMiddle).toBeGreaterThanOrEqual(2);

  await gateway.restart();
  const counts = (names: readonly string[]) =>
    rowsOf<{ n: number }>(
      `select distinct (select count(*) from trust_reviews r where r.package_id = p.id)::int as reviews,
         (select jsonb_agg(e.name order by e.seq) from events e where e.package_id = p.id and e.name in ('package.cleared', 'package.revoked')) as ends,
         (select count(*) from revocation_notices n where n.package_id = p.id)::int as notices,
         (select jsonb_agg(r.kind order by r.kind) from receipts r where r.package_id = p.id and r.kind in ('failed', 'revoked')) as told
       from packages p where p.id = any($1)`,
      [names],
    );
  expect(await counts(ids.good)).toEqual([{ reviews: 1, ends: ['package.cleared'], notices: 0, told: null }]);
  const failed = ['failed', 'failed', 'revoked'];
  expect(await counts(ids.stolen)).toEqual([{ reviews: 1, ends: ['package.revoked'], notices: 1, told: failed }]);
  // The list is stored once, whoever relied on it.
  expect(await rowsOf(`select count(*)::int as lists from trust_objects where kind = 'crl'`)).toEqual([{ lists: 1 }]);

  await gateway.receiver.until((pushes) => new Set(pushes.map(({ packageId }) => packageId)).size >= packages);
  expect([...new Set(gateway.receiver.pushes.map(({ packageId }) => packageId))].sort()).toEqual([...ids.good].sort());
  const { entries } = await gateway.client(commune).inbox({ limit: 500 });
  expect(entries.map((one) => one.package).sort()).toEqual([...ids.good].sort());
  expect((await lienthong(['ledger'], gateway.env)).code).toBe(0);
}, 180_000);
