import { createHash } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { readConfig } from '../../src/config.ts';
import { defaultAnchorPolicy } from '../../src/routing/trust.ts';
import { openStore } from '../../src/store.ts';
import { jsonOf, lienthong } from '../cli/command-line.ts';
import type { Issued, Responder, TestAuthority } from '../support/authority.ts';
import { openAuthority, startResponder } from '../support/authority.ts';
import type { TestDatabase } from '../support/database.ts';
import { eventually } from '../support/eventually.ts';
import type { TestGateway } from '../support/gateway.ts';
import { startTestGateway, usual } from '../support/gateway.ts';
import type { PackageSpec } from '../support/packages.ts';
import { buildPackage } from '../support/packages.ts';
import { signQuickly } from '../support/quick-signer.ts';
import type { RevocationServer } from '../support/revocation-server.ts';
import { passOn, startRevocationServer } from '../support/revocation-server.ts';

const { department, commune } = usual;
const settings = { LIENTHONG_REVOCATION_ALLOW: '127.0.0.1', LIENTHONG_QUARANTINE_SECONDS: '1', LIENTHONG_REVOCATION_SECONDS: '1' };

let gateway: TestGateway;
let authority: TestAuthority;
let server: RevocationServer;
let responder: Responder;
let signer: Issued;
let hasty: Issued;
let stolen: Issued;

beforeAll(async () => {
  [gateway, authority, server] = await Promise.all([
    startTestGateway({ env: settings }),
    openAuthority('CA Thử nghiệm'),
    startRevocationServer(),
  ]);
  const named = {
    extensions: ['basicConstraints=CA:false', 'keyUsage=digitalSignature,nonRepudiation', `authorityInfoAccess=OCSP;URI:${server.url}`],
  };
  signer = await authority.issue('Sở Nội vụ 1', named);
  hasty = await authority.issue('Sở Nội vụ 2', named);
  stolen = await authority.issue('Sở Nội vụ 3', named);
  responder = await startResponder(authority);
  await trust('quarantine');
}, 60_000);

afterAll(() => Promise.all([gateway?.close(), authority?.close(), server?.close(), responder?.close()]));

const fingerprintOf = ({ der }: Issued) => createHash('sha256').update(der).digest('hex');

/** Makes the authority an anchor, and its certificates those of the department. */
async function trust(revocation: 'quarantine' | 'hard-fail'): Promise<void> {
  const silent = { info: () => undefined, warn: () => undefined, error: () => undefined };
  const store = await openStore(readConfig(gateway.env), silent);
  const certificate = authority.certificate.der;
  const fingerprint = createHash('sha256').update(certificate).digest('hex');
  const policy = { ...defaultAnchorPolicy, revocation };
  try {
    const { anchors } = await store.trust.add(
      [{ id: 'thu-nghiem', name: 'CA Thử nghiệm', fingerprint, certificate, policy }],
      [],
      'cli:test',
    );
    if (anchors.length === 0) await store.trust.setPolicy('thu-nghiem', policy, 'cli:test', 'test');
    for (const { der, serial } of anchors.length === 0 ? [] : [signer, hasty, stolen]) {
      const dates = { notBefore: new Date(Date.now() - 60_000), notAfter: new Date(Date.now() + 86_400_000) };
      const record = { fingerprint: createHash('sha256').update(der).digest('hex'), der, ...dates, subject: 'x', issuer: 'y', serial };
      await store.register.addCertificate(gateway.agency(department).agencyId, record, 'cli:test');
    }
  } finally {
    await store.close();
  }
}

const away = () => server.answer((_, response) => void response.destroy());
const back = () => server.answer(async (asked, response) => void response.end(await passOn(responder.url, asked)));

let sent = 0;

async function send(by: Issued, spec: PackageSpec = {}) {
  sent += 1;
  const from = { code: department, name: 'Sở Nội vụ' };
  const named = { number: `9${sent}`, documentId: `${department},2026/03/02,9${sent}/SNV`, from };
  const identity = { ...gateway.agency(department).identity, keyPem: by.keyPem, certificatePem: by.pem };
  const { receipt } = await gateway.client(department).send(signQuickly(buildPackage({ ...named, ...spec }), identity));
  return receipt;
}

const inbox = async () => (await gateway.client(commune).inbox({ limit: 500 })).entries;
const listed = (id: string) => eventually(async () => (await inbox()).find((one) => one.package === id));
const shown = (id: string) =>
  jsonOf<{ deliveries: { state: string; problem?: { code: string } }[]; events: { name: string }[] }>(
    ['packages', 'show', id],
    gateway.env,
  );
const rowsOf = async <T extends object>(sql: string, values: readonly unknown[] = []): Promise<T[]> =>
  (await (gateway.database as TestDatabase).pool.query<T>(sql, [...values])).rows;
const eventsOf = async (id: string) =>
  (await rowsOf<{ name: string }>('select name from events where package_id = $1', [id])).map(({ name }) => name);

async function kindsAbout(code: string, id: string): Promise<string[]> {
  const answer = await gateway.request('/v1/receipts?limit=500', { as: code });
  const { receipts } = (await answer.json()) as { receipts: { kind: string; package: string }[] };
  return receipts.filter((one) => one.package === id).map(({ kind }) => kind);
}

describe('a package while nobody can say whether its certificate is revoked', () => {
  it('is accepted and held; it goes on by itself, with a second evidence, when the responder is back', async () => {
    away();
    const receipt = await send(signer);
    expect(receipt.kind).toBe('accepted');
    const before = await shown(receipt.package.id);
    expect(before.deliveries[0]).toMatchObject({ state: 'held', problem: { code: 'AWAITING_REVOCATION' } });
    expect(before.events.map(({ name }) => name)).toContain('package.quarantined');
    await gateway.restart();
    back();
    // A source that failed rests for half a minute; a list from a file tells at once.
    const file = join(gateway.folder, 'ca.crl');
    await writeFile(file, await authority.crl());
    const [dry] = await jsonOf<{ result: string }[]>(['crls', 'import', file, '--dry-run'], gateway.env);
    expect(dry?.result).toContain('dry run');
    const [kept] = await jsonOf<{ result: string; entries: number }[]>(['crls', 'import', file], gateway.env);
    expect(kept).toMatchObject({ result: 'kept', entries: 0 });
    await listed(receipt.package.id);
    await eventually(async () => (await eventsOf(receipt.package.id)).includes('package.cleared'));
    const reviews = await rowsOf(
      `select s.statement::json ->> 'revocation' as revocation, json_array_length(s.statement::json -> 'revocationEvidence') as evidence
       from trust_reviews r join trust_statements s on s.sha256 = r.statement where package_id = $1`,
      [receipt.package.id],
    );
    expect(reviews).toEqual([{ revocation: 'good', evidence: 1 }]);
    await rowsOf('truncate crls');
  }, 60_000);

  it('is delivered at once when it is urgent enough; if the certificate was revoked, who got it is told', async () => {
    await authority.revoke(hasty, 'keyCompromise', '20260101000000Z');
    away();
    const urgent = await send(hasty, { priority: 3 });
    const { delivery } = await listed(urgent.package.id);
    const ordinary = await send(hasty);
    await gateway.request(`/v1/inbox/${delivery}/package`, { as: commune }).then((answer) => answer.arrayBuffer());
    await gateway.client(commune).ack(delivery);
    await gateway.restart();
    const file = join(gateway.folder, 'revoked.crl');
    await writeFile(file, await authority.crl());
    await jsonOf(['crls', 'import', file], gateway.env);
    await eventually(async () => (await eventsOf(ordinary.package.id)).includes('package.revoked'));
    await eventually(async () => (await eventsOf(urgent.package.id)).includes('package.revoked'));
    expect((await shown(ordinary.package.id)).deliveries[0]).toMatchObject({
      state: 'failed',
      problem: { code: 'REVOKED_AFTER_ACCEPTANCE' },
    });
    expect(await kindsAbout(department, ordinary.package.id)).toEqual(['accepted', 'failed', 'revoked']);
    expect(await kindsAbout(department, urgent.package.id)).toEqual(['accepted', 'delivered', 'revoked']);
    expect(await kindsAbout(commune, urgent.package.id)).toEqual(['revoked']);
    expect(await kindsAbout(commune, ordinary.package.id)).toEqual([]);
    await expect(send(hasty)).rejects.toMatchObject({ problems: [{ code: 'CERTIFICATE_REVOKED' }] });
    await rowsOf('truncate crls');
  }, 60_000);

  it('is refused under the policy hard-fail, and accepted when the responder answers', async () => {
    await trust('hard-fail');
    away();
    await gateway.restart();
    await expect(send(stolen)).rejects.toMatchObject({ problems: [{ code: 'REVOCATION_UNKNOWN' }] });
    back();
    await gateway.restart();
    expect((await send(stolen)).kind).toBe('accepted');
  }, 60_000);
});

describe('lienthong certs revocation-scan', () => {
  it('finds what was accepted since the invalidity date and who got it, and writes each notice once', async () => {
    back();
    const receipt = await send(stolen);
    const { delivery } = await listed(receipt.package.id);
    await gateway.request(`/v1/inbox/${delivery}/package`, { as: commune }).then((answer) => answer.arrayBuffer());
    await gateway.client(commune).ack(delivery);
    await authority.revoke(stolen, 'keyCompromise', '20260101000000Z');
    const file = join(gateway.folder, 'later.crl');
    await writeFile(file, await authority.crl());
    await jsonOf(['crls', 'import', file], gateway.env);
    const scan = (...more: string[]) =>
      jsonOf<{ package: { id: string }; recipients: { code: string; state: string }[]; notices?: number }[]>(
        ['certs', 'revocation-scan', fingerprintOf(stolen), ...more],
        gateway.env,
      );
    const listedOnly = await scan('--dry-run');
    const mine = listedOnly.find((one) => one.package.id === receipt.package.id);
    expect(mine?.recipients).toMatchObject([{ code: commune, state: 'delivered' }]);
    expect(mine?.notices).toBeUndefined();
    expect(await kindsAbout(commune, receipt.package.id)).toEqual([]);
    expect((await scan()).find((one) => one.package.id === receipt.package.id)?.notices).toBe(2);
    expect((await scan()).find((one) => one.package.id === receipt.package.id)?.notices).toBe(0);
    expect(await kindsAbout(commune, receipt.package.id)).toEqual(['revoked']);
    expect(await kindsAbout(department, receipt.package.id)).toContain('revoked');
    expect(await scan('--since', '2099-01-01')).toEqual([]);
  }, 60_000);

  it('says no for a certificate that is not revoked', async () => {
    const { code } = await lienthong(['certs', 'revocation-scan', fingerprintOf(signer)], gateway.env);
    expect(code).toBe(1);
  }, 30_000);
});

describe('lienthong crls', () => {
  it('refuses what is no list, a list of nobody we know, and 50 MB', async () => {
    const other = await openAuthority('CA Khác');
    const files = { nonsense: Buffer.from('xin chào'), foreign: await other.crl(), large: Buffer.alloc(50_000_000, 0x30) };
    await other.close();
    const codes: string[] = [];
    for (const [name, bytes] of Object.entries(files)) {
      const path = join(gateway.folder, name);
      await writeFile(path, bytes);
      const { code, stderr } = await lienthong(['crls', 'import', path], gateway.env);
      codes.push(`${code} ${stderr.split(/[\s(]/)[0]}`);
    }
    expect(codes).toEqual(['1 CRL_UNREADABLE', '1 CRL_ISSUER_UNKNOWN', '1 CRL_TOO_LARGE']);
  }, 60_000);

  it('fetches on schedule from where settings name a list, asking only for what changed', async () => {
    const der = await authority.crl();
    server.answer(({ headers }, response) => {
      if (headers['if-none-match'] === '"1"') return void response.writeHead(304).end();
      response.writeHead(200, { etag: '"1"' }).end(der);
    });
    const env = { ...gateway.env, LIENTHONG_CRL_URLS: `${server.url}/ca.crl` };
    expect(await jsonOf(['crls', 'fetch'], env)).toMatchObject([{ result: 'kept' }]);
    expect(await jsonOf(['crls', 'fetch'], env)).toEqual([]);
    await rowsOf('update crl_sources set next_check_at = now()');
    expect(await jsonOf(['crls', 'fetch'], env)).toMatchObject([{ result: 'unchanged' }]);
    away();
    await rowsOf('update crl_sources set next_check_at = now()');
    expect(await jsonOf(['crls', 'fetch'], env)).toMatchObject([{ result: 'failed', problem: { code: 'REVOCATION_SOURCE_AWAY' } }]);
    const { sources } = await jsonOf<{ sources: { failures: number }[] }>(['crls', 'list'], env);
    expect(sources[0]?.failures).toBe(1);
  }, 60_000);
});
