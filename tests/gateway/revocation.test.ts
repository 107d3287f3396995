import { createHash } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { readConfig } from '../../src/config.ts';
import { createRevocation } from '../../src/revocation.ts';
import { defaultAnchorPolicy } from '../../src/routing/trust.ts';
import type { Store } from '../../src/store.ts';
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
let store: Store;
let signer: Issued;
let hasty: Issued;
let stolen: Issued;
let steady: Issued;
let turned: Issued;

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
  steady = await authority.issue('Sở Nội vụ 4', named);
  turned = await authority.issue('Sở Nội vụ 5', named);
  responder = await startResponder(authority);
  store = await openStore(readConfig(gateway.env), { info: () => undefined, warn: () => undefined, error: () => undefined });
  await trust('quarantine');
});

afterAll(async () => {
  await store?.close();
  await Promise.all([gateway?.close(), authority?.close(), server?.close(), responder?.close()]);
});

const fingerprintOf = ({ der }: Issued) => createHash('sha256').update(der).digest('hex');

/** Makes the authority an anchor, and its certificates those of the department. */
async function trust(revocation: 'quarantine' | 'hard-fail'): Promise<void> {
  const certificate = authority.certificate.der;
  const fingerprint = createHash('sha256').update(certificate).digest('hex');
  const policy = { ...defaultAnchorPolicy, revocation };
  const { anchors } = await store.trust.add(
    [{ id: 'thu-nghiem', name: 'CA Thử nghiệm', fingerprint, certificate, policy }],
    [],
    'cli:test',
  );
  if (anchors.length === 0) await store.trust.setPolicy('thu-nghiem', policy, 'cli:test', 'test');
  for (const one of anchors.length === 0 ? [] : [signer, hasty, stolen, steady, turned]) {
    const dates = { notBefore: new Date(Date.now() - 60_000), notAfter: new Date(Date.now() + 86_400_000) };
    const record = { fingerprint: fingerprintOf(one), der: one.der, ...dates, subject: 'x', issuer: 'y', serial: one.serial };
    await store.register.addCertificate(gateway.agency(department).agencyId, record, 'cli:test');
  }
}

/** Imports a list, as `lienthong crls import` does. */
const imported = async (der: Uint8Array) => (await createRevocation(readConfig(gateway.env), store).shelf.take(der, 'file:ca.crl')).result;

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
const deliveryOf = async (id: string) => (await gateway.client(department).package(id)).deliveries[0];
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
    expect(await deliveryOf(receipt.package.id)).toMatchObject({ state: 'held', problem: { code: 'AWAITING_REVOCATION' } });
    expect(await eventsOf(receipt.package.id)).toContain('package.quarantined');
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
    const judged = await jsonOf<{ parts: readonly object[] }>(['verify', receipt.package.id], gateway.env);
    expect(judged.parts).toContainEqual({ part: 'revocation', verdict: 'holds' });
    await rowsOf('truncate crls');
  });

  it('is delivered at once when it is urgent enough; if the certificate was revoked, who got it is told', async () => {
    await authority.revoke(hasty, 'keyCompromise', '20260101000000Z');
    away();
    const urgent = await send(hasty, { priority: 3 });
    const { delivery } = await listed(urgent.package.id);
    const ordinary = await send(hasty);
    await gateway.request(`/v1/inbox/${delivery}/package`, { as: commune }).then((answer) => answer.arrayBuffer());
    await gateway.client(commune).ack(delivery);
    await gateway.restart();
    await imported(await authority.crl());
    await eventually(async () => (await eventsOf(ordinary.package.id)).includes('package.revoked'));
    await eventually(async () => (await eventsOf(urgent.package.id)).includes('package.revoked'));
    expect(await deliveryOf(ordinary.package.id)).toMatchObject({
      state: 'failed',
      problem: { code: 'REVOKED_AFTER_ACCEPTANCE' },
    });
    expect(await kindsAbout(department, ordinary.package.id)).toEqual(['accepted', 'failed', 'revoked']);
    expect(await kindsAbout(department, urgent.package.id)).toEqual(['accepted', 'delivered', 'revoked']);
    expect(await kindsAbout(commune, urgent.package.id)).toEqual(['revoked']);
    expect(await kindsAbout(commune, ordinary.package.id)).toEqual([]);
    await expect(send(hasty)).rejects.toMatchObject({ problems: [{ code: 'CERTIFICATE_REVOKED' }] });
    await rowsOf('truncate crls');
  });

  it('is refused under the policy hard-fail, and accepted when the responder answers', async () => {
    await trust('hard-fail');
    away();
    await gateway.restart();
    await expect(send(stolen)).rejects.toMatchObject({ problems: [{ code: 'REVOCATION_UNKNOWN' }] });
    back();
    await gateway.restart();
    expect((await send(stolen)).kind).toBe('accepted');
  });
});

describe('acts in a package while nobody can say whether its certificate is revoked', () => {
  const actStates = (id: string) => rowsOf<{ state: string }>('select state from acts where package_id = $1', [id]);
  let documents = 0;

  /** A document that waits in an inbox, and its recall, urgent, signed with this certificate. */
  async function recalled(by: Issued) {
    documents += 1;
    const documentId = `${department},2026/03/02,7${documents}/SNV`;
    const { receipt } = await gateway.client(department).send(gateway.agency(department).document({ documentId }));
    await listed(receipt.package.id);
    const recall = await send(by, { action: 'recall', targetId: documentId, documentId, attachments: [], priority: 4 });
    return { document: receipt.package.id, recall: recall.package.id };
  }

  beforeAll(async () => {
    await rowsOf('truncate crls, ocsp_answers');
    await trust('quarantine');
    away();
    await gateway.restart();
  });
  afterAll(() => rowsOf('truncate crls'));

  it('are carried out when it is cleared and not before, by nobody; refused when it turns out to be revoked', async () => {
    const [late, never] = [await recalled(steady), await recalled(turned)];
    await store.lifecycle.sweep();
    expect([await actStates(late.recall), await actStates(never.recall)]).toEqual([[{ state: 'open' }], [{ state: 'open' }]]);
    const [act] = await rowsOf<{ id: string }>('select id from acts where package_id = $1', [late.recall]);
    await expect(store.lifecycle.choose(act?.id ?? '', { match: late.document }, 'operator:test')).rejects.toMatchObject({
      problems: [{ code: 'ACT_AWAITS_REVOCATION' }],
    });
    for (const { document } of [late, never]) expect(await deliveryOf(document)).toMatchObject({ state: 'waiting' });
    await authority.revoke(turned, 'keyCompromise', '20260101000000Z');
    await gateway.restart();
    await imported(await authority.crl());
    await eventually(async () => (await deliveryOf(late.document))?.state === 'cancelled');
    expect(await eventsOf(late.recall)).toEqual(expect.arrayContaining(['package.cleared', 'act.applied']));
    await eventually(async () => (await eventsOf(never.recall)).includes('package.revoked'));
    expect(await actStates(never.recall)).toEqual([{ state: 'refused' }]);
    expect(await eventsOf(never.recall)).toContain('act.refused');
    expect(await deliveryOf(never.document)).toMatchObject({ state: 'waiting' });
  });
});

describe('lienthong certs revocation-scan', () => {
  it('finds what was accepted since the invalidity date and who got it, and writes each notice once', async () => {
    back();
    const receipt = await send(stolen);
    const { delivery } = await listed(receipt.package.id);
    await gateway.request(`/v1/inbox/${delivery}/package`, { as: commune }).then((answer) => answer.arrayBuffer());
    await gateway.client(commune).ack(delivery);
    await authority.revoke(stolen, 'keyCompromise', '20260101000000Z');
    await imported(await authority.crl());
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
  });

  it('says no for a certificate that is not revoked', async () => {
    const { code } = await lienthong(['certs', 'revocation-scan', fingerprintOf(signer)], gateway.env);
    expect(code).toBe(1);
  });
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
  });

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
  });
});
