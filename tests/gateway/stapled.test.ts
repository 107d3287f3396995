import { createHash } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { readConfig } from '../../src/config.ts';
import { createRevocation } from '../../src/revocation.ts';
import type { AnchorPolicy } from '../../src/routing/trust.ts';
import { defaultAnchorPolicy } from '../../src/routing/trust.ts';
import type { Store } from '../../src/store.ts';
import { openStore } from '../../src/store.ts';
import { jsonOf, lienthong } from '../cli/command-line.ts';
import { newId } from '../support/acceptance.ts';
import type { Issued, TestAuthority } from '../support/authority.ts';
import { openAuthority } from '../support/authority.ts';
import type { TestGateway } from '../support/gateway.ts';
import { startTestGateway, usual } from '../support/gateway.ts';
import { answerOffline, redated } from '../support/ocsp-answers.ts';
import { OpensslAuthority, authority as rootExtensions, timestamper } from '../support/openssl-authority.ts';
import { buildPackage } from '../support/packages.ts';
import { signQuickly } from '../support/quick-signer.ts';
import type { UnsignedProperties } from '../support/xades.ts';
import { coveredByTimestamp, withUnsignedProperties } from '../support/xades.ts';

const { department } = usual;
const minute = 60_000;
const clocks = new OpensslAuthority();
const clockRoot = clocks.issue({ subject: '/C=VN/CN=Goc thu', extensions: rootExtensions });
const stamper = clocks.issue({ subject: '/C=VN/CN=Dau thoi gian thu', issuer: clockRoot, extensions: timestamper });

let gateway: TestGateway;
let store: Store;
let authority: TestAuthority;
let other: TestAuthority;
let strict: AnchorPolicy;

/** Certificates name nobody who could be asked: the responder is away for good. */
beforeAll(async () => {
  [gateway, authority, other] = await Promise.all([startTestGateway(), openAuthority('CA Thử nghiệm'), openAuthority('CA Khác')]);
  store = await openStore(readConfig(gateway.env), { info: () => undefined, warn: () => undefined, error: () => undefined });
  strict = { ...defaultAnchorPolicy, revocation: 'hard-fail' };
  const anchor = (id: string, certificate: Uint8Array, policy: AnchorPolicy) => {
    const fingerprint = createHash('sha256').update(certificate).digest('hex');
    return { id, name: id, fingerprint, certificate, policy };
  };
  const clock = anchor('gio', clockRoot.der, { ...defaultAnchorPolicy, purposes: ['timestamp'], revocation: 'off' });
  await store.trust.add([anchor('ca', authority.certificate.der, strict), clock], [], 'cli:test');
  const subject = [{ type: 'CN', value: 'Sở Nội vụ*' }];
  await store.trust.bind({ id: newId(), agencyId: gateway.agency(department).agencyId, anchorId: 'ca', subject }, 'cli:test');
  // The gateway looks at the version of the settings once a second.
  await sleep(1200);
});

afterAll(async () => {
  await store?.close();
  await Promise.all([gateway?.close(), authority?.close(), other?.close()]);
  clocks.remove();
});

let issued = 0;
let exported = 0;
/** A certificate of the department: each one is known to nobody before. */
const issue = (by = authority) => by.issue(`Sở Nội vụ ${++issued}`);

function signed(by: Issued): string {
  const from = { code: department, name: 'Sở Nội vụ' };
  const named = { number: `8${issued}`, documentId: `${department},2026/03/02,8${issued}/SNV`, from };
  const identity = { ...gateway.agency(department).identity, keyPem: by.keyPem, certificatePem: by.pem };
  return signQuickly(buildPackage(named), identity).toString();
}

/** `accepted`, or codes and what they say. */
async function send(xml: string): Promise<{ readonly says: string; readonly id: string }> {
  const headers = { 'content-type': 'application/xml', accept: 'application/json' };
  const answer = await gateway.request('/v1/packages', { as: department, headers, body: xml });
  const body = (await answer.json()) as { package?: { id: string }; problems?: readonly { code: string; en: string }[] };
  const problems = (body.problems ?? []).map(({ code, en }) => `${code}: ${en}`).join('\n');
  return { says: answer.status === 201 ? 'accepted' : problems, id: body.package?.id ?? '' };
}

const sendWith = (by: Issued, properties: UnsignedProperties) => send(withUnsignedProperties(signed(by), properties));

/** Imports a list, as `lienthong crls import` does. */
const imported = (der: Uint8Array) => createRevocation(readConfig(gateway.env), store).shelf.take(der, 'file:ca.crl');

async function forgetLists(): Promise<void> {
  await gateway.database?.pool.query('truncate crls');
  await gateway.restart();
}

/** What `lienthong verify` finds without the gateway, from the package and its evidence as files; without the evidence of a kind. */
async function judgedOffline(id: string, without?: string): Promise<Readonly<Record<string, string>>> {
  const [file, evidence] = ['edxml', 'json'].map((end) => join(gateway.folder, `${++exported}.${end}`)) as [string, string];
  await jsonOf(['packages', 'export', id, file, '--evidence', evidence], gateway.env);
  const kept = JSON.parse(await readFile(evidence, 'utf8')) as { objects: { kind: string }[] };
  await writeFile(evidence, JSON.stringify({ ...kept, objects: kept.objects.filter(({ kind }) => kind !== without) }));
  const nowhere = { ...gateway.env, DATABASE_URL: 'postgres://nobody@127.0.0.1:1/none' };
  const { stdout } = await lienthong(['verify', file, '--evidence', evidence, '--json'], nowhere);
  const { parts } = JSON.parse(stdout) as { parts: { part: string; verdict: string }[] };
  return Object.fromEntries(parts.map(({ part, verdict }) => [part, verdict]));
}

const holding = { evidence: 'holds', content: 'holds', signature: 'holds', path: 'holds', binding: 'holds', revocation: 'holds' };

describe('an OCSP answer stapled beside the signature', () => {
  it('is believed with no responder to ask; the package is judged again by it, offline', async () => {
    const by = await issue();
    expect((await send(signed(by))).says).toMatch(/^REVOCATION_UNKNOWN: .*REVOCATION_NO_SOURCE/);
    const { says, id } = await sendWith(by, { answers: [await answerOffline(authority, by)] });
    expect(says).toBe('accepted');
    expect(await judgedOffline(id)).toEqual({ ...holding, timestamp: 'not-asked' });
  });

  it('is believed through a delegate, with the list that says that the delegate is not revoked', async () => {
    const scope = 'URI:http://ca.test/ocsp.crl';
    const [by, delegate] = [
      await issue(),
      await authority.issue('OCSP', { extensions: ['extendedKeyUsage=OCSPSigning', `crlDistributionPoints=${scope}`] }),
    ];
    const answers = [await answerOffline(authority, by, { signer: delegate })];
    expect((await sendWith(by, { answers })).says).toContain('OCSP_RESPONDER_NOT_AUTHORISED');
    // Its scope leaves the certificate of the package out.
    await imported(await authority.crl({ extensions: ['issuingDistributionPoint=critical,@p', '[p]', `fullname=${scope}`] }));
    const { id, says } = await sendWith(by, { answers });
    expect(says).toBe('accepted');
    expect(await judgedOffline(id)).toMatchObject(holding);
    await forgetLists();
    expect((await judgedOffline(id, 'crl')).revocation).toBe('fails');
  });

  it('that was fresh when a timestamp says it was signed counts, though it is not any more', async () => {
    const by = await issue();
    const xml = signed(by);
    const began = Date.now();
    const whole = await answerOffline(authority, by, { options: ['-nmin', '10'] });
    const took = Date.now() - began;
    const timestamp = clocks.timestamp(coveredByTimestamp(xml), stamper);
    const end = Date.now() + 1000;
    // It ends at `end`, with the 5 minutes that clocks may differ by.
    const answer = redated(whole, end - (began + 15 * minute), authority.certificate.keyPem);
    await sleep(took + 2500);
    expect((await send(withUnsignedProperties(xml, { answers: [answer] }))).says).toContain('OCSP_EXPIRED');
    const { says, id } = await send(withUnsignedProperties(xml, { answers: [answer], timestamp }));
    expect(says).toBe('accepted');
    expect(await judgedOffline(id)).toEqual({ ...holding, timestamp: 'holds' });
  });

  it('that says revoked refuses the package, also under good ones', async () => {
    const by = await issue();
    const good = await answerOffline(authority, by);
    await authority.revoke(by, 'keyCompromise', '20260101000000Z');
    const revoked = await answerOffline(authority, by);
    expect((await sendWith(by, { answers: [good, revoked] })).says).toMatch(/^CERTIFICATE_REVOKED/);
  });

  it('does not stand against a list that the gateway has', async () => {
    const by = await issue();
    const good = await answerOffline(authority, by);
    await authority.revoke(by, 'keyCompromise', '20260101000000Z');
    await imported(await authority.crl());
    expect((await sendWith(by, { answers: [good] })).says).toMatch(/^CERTIFICATE_REVOKED/);
    await forgetLists();
  });

  it.each<[string, string, (by: Issued) => Promise<Buffer>]>([
    [
      'has run out',
      'OCSP_EXPIRED',
      async (by) => redated(await answerOffline(authority, by), -2 * 24 * 60 * minute, authority.certificate.keyPem),
    ],
    [
      'is of tomorrow',
      'OCSP_NOT_YET_VALID',
      async (by) => redated(await answerOffline(authority, by), 24 * 60 * minute, authority.certificate.keyPem),
    ],
    [
      'was signed by another authority',
      'OCSP_RESPONDER_NOT_AUTHORISED',
      async (by) => answerOffline(authority, by, { signer: other.certificate }),
    ],
    ['speaks of another certificate', 'OCSP_OTHER_CERTIFICATE', async () => answerOffline(authority, authority.certificate)],
    ['was changed', 'OCSP_SIGNATURE_INVALID', async (by) => redated(await answerOffline(authority, by), 0, other.certificate.keyPem)],
    ['is rubbish', 'OCSP_UNREADABLE', async () => Buffer.from('30050a01003000', 'hex')],
    ['says that its responder has no time', 'OCSP_NOT_SUCCESSFUL', async () => Buffer.from('30030a0103', 'hex')],
  ])('that %s is left aside with the reason', async (_what, code, make) => {
    const by = await issue();
    expect((await sendWith(by, { answers: [await make(by)] })).says).toMatch(new RegExp(`^REVOCATION_UNKNOWN: .*${code}`));
    const both = { answers: [await make(by), await answerOffline(authority, by)] };
    expect((await sendWith(by, both)).says).toBe('accepted');
  });

  it('that is no good leaves a package provisional where the anchor allows it', async () => {
    await store.trust.setPolicy('ca', { ...strict, revocation: 'quarantine' }, 'cli:test', 'thử');
    await sleep(1200);
    const by = await issue();
    const { id } = await sendWith(by, { answers: [await answerOffline(authority, by, { signer: other.certificate })] });
    const { deliveries } = await gateway.client(department).package(id);
    expect(deliveries[0]).toMatchObject({ state: 'held', problem: { code: 'AWAITING_REVOCATION' } });
    expect((await judgedOffline(id)).revocation).toBe('fails');
    await store.trust.setPolicy('ca', strict, 'cli:test', 'thử');
  });
});
