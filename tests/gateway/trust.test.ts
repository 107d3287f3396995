import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { jsonOf, lienthong } from '../cli/command-line.ts';
import type { TestGateway } from '../support/gateway.ts';
import { startTestGateway, usual } from '../support/gateway.ts';
import type { Issued } from '../support/openssl-authority.ts';
import { authority, OpensslAuthority, timestamper } from '../support/openssl-authority.ts';
import { buildPackage } from '../support/packages.ts';
import { signQuickly } from '../support/quick-signer.ts';
import { coveredByTimestamp, withUnsignedProperties } from '../support/xades.ts';

const { department } = usual;
const openssl = new OpensslAuthority();
const root = openssl.issue({ subject: '/C=VN/O=Ban Co yeu thu/CN=Goc thu', extensions: authority, to: 3650 });
const middle = openssl.issue({ subject: '/C=VN/CN=Cap duoi', issuer: root, extensions: authority, to: 1000 });
const tsa = openssl.issue({ subject: '/C=VN/CN=Dau thoi gian thu', issuer: root, extensions: timestamper });
const subject = '/C=VN/O=UBND tỉnh/CN=Sở Nội vụ tỉnh thử';
const leaf = openssl.issue({ subject, issuer: middle });

let gateway: TestGateway;
let documents = 0;

beforeAll(async () => {
  gateway = await startTestGateway();
  const folder = join(openssl.folder, 'anchors');
  mkdirSync(folder);
  writeFileSync(join(folder, 'root.pem'), root.pem + middle.pem);
  writeFileSync(join(folder, 'rubbish.crt'), 'rubbish');
  writeFileSync(join(folder, 'leaf-and-key.pem'), leaf.pem + readFileSync(leaf.keyFile, 'utf8'));
});
afterAll(async () => {
  await gateway?.close();
  openssl.remove();
});

interface ImportResult {
  readonly anchors: readonly { readonly id: string }[];
  readonly intermediates: readonly unknown[];
  readonly rubbish: readonly { readonly file: string; readonly place: number; readonly kind: string }[];
  readonly added: { readonly anchors: readonly string[]; readonly intermediates: number };
}

const cli = <T>(...args: string[]) => jsonOf<T>(args, gateway.env as Record<string, string>);
const spoken = (...args: string[]) => lienthong(args, gateway.env as Record<string, string>);
/** The gateway looks at the version of the settings once a second. */
const noticed = () => sleep(1200);

/** A package signed with this certificate, with others beside it in KeyInfo. */
function signed(by: Issued, beside: readonly Issued[] = [], spec = {}): string {
  const number = String(++documents);
  const named = { from: { code: department }, number, documentId: `${department},2026/03/02,${number}/SNV-TC` };
  const more = beside.map((one) => `<X509Certificate>${one.pem.replaceAll(/-----[A-Z ]+-----|\s/g, '')}</X509Certificate>`).join('');
  return signQuickly(buildPackage({ ...named, ...spec }), by.identity)
    .toString()
    .replace('</X509Data>', `${more}</X509Data>`);
}

/** The package with a timestamp over its SignatureValue, or over something else. */
function stamped(xml: string, by: Issued, covered?: string): string {
  const bytes = covered === undefined ? coveredByTimestamp(xml) : Buffer.from(covered);
  return withUnsignedProperties(xml, { timestamp: openssl.timestamp(bytes, by, [root]) });
}

async function send(xml: string): Promise<{ readonly says: string; readonly id: string; readonly warnings: readonly string[] }> {
  const headers = { 'content-type': 'application/xml', accept: 'application/json' };
  const answer = await gateway.request('/v1/packages', { as: department, headers, body: xml });
  const body = (await answer.json()) as { package?: { id: string }; problems?: readonly { code: string }[]; kind?: string };
  const codes = (body.problems ?? []).map(({ code }) => code);
  return { says: answer.status === 201 ? 'accepted' : codes.join(' '), id: body.package?.id ?? '', warnings: codes };
}

let anchor = '';

describe('anchors', () => {
  it('are looked at without being stored in a dry run, and all rubbish is named with its place', async () => {
    const folder = join(openssl.folder, 'anchors');
    const dry = await cli<ImportResult>('anchors', 'import', folder, '--dry-run');
    expect(dry.anchors).toHaveLength(1);
    expect(dry.intermediates).toHaveLength(1);
    expect(dry.rubbish.map(({ place, kind }) => `${place} ${kind}`)).toEqual(['1 no-authority', '2 private-key', '1 unreadable']);
    expect(await cli('anchors', 'list')).toEqual([]);
    const done = await cli<ImportResult>('anchors', 'import', folder, '--purpose', 'package,timestamp', '--revocation', 'off');
    expect(done.added).toEqual({ anchors: [done.anchors[0]?.id], intermediates: 1 });
    const again = await cli<ImportResult>('anchors', 'import', folder);
    expect(again.added).toEqual({ anchors: [], intermediates: 0 });
    anchor = done.anchors[0]?.id ?? '';
  });

  it('have a policy that changes with a reason, and an unknown one is refused with a code', async () => {
    const changed = await cli<{ policy: object }>('anchors', 'policy', anchor, '--rsa-bits', '3072', '--reason', 'theo quy định mới');
    expect(changed.policy).toEqual({
      purposes: ['package', 'timestamp'],
      revocation: 'off',
      extendedKeyUsages: [],
      rsaBits: 3072,
      ecBits: 256,
    });
    const unknown = await spoken('anchors', 'show', 'khong-co');
    expect(unknown.code).toBe(1);
    expect(unknown.stderr).toContain('ANCHOR_UNKNOWN');
  });
});

describe('a certificate in KeyInfo', () => {
  it('is nobody before an operator binds it, and the agency after', async () => {
    expect((await send(signed(leaf, [middle]))).says).toBe('SIGNATURE_INVALID');
    await cli('certs', 'bind', department, '--anchor', anchor, '--subject', 'CN=Sở Nội vụ*;O=UBND tỉnh');
    await noticed();
    expect((await send(signed(leaf, [middle]))).says).toBe('accepted');
  });

  it('is accepted beside its successor, which nobody had to register, and beside an imported one', async () => {
    const successor = openssl.issue({ subject, issuer: middle });
    for (const one of [leaf, successor]) expect((await send(signed(one, [middle]))).says).toBe('accepted');
    expect((await send(gateway.agency(department).document().toString())).says).toBe('accepted');
  });

  it('is refused with the reason when its subject or its path is not right', async () => {
    const other = openssl.issue({ subject: '/C=VN/O=UBND tỉnh/CN=Sở Y tế', issuer: middle });
    expect((await send(signed(other, [middle]))).says).toBe('CERTIFICATE_NOT_BOUND');
    const forger = openssl.issue({ subject: '/C=VN/CN=Cap duoi', extensions: authority });
    expect((await send(signed(openssl.issue({ subject, issuer: forger }), [forger]))).says).toMatch(/^CHAIN_/);
    const future = openssl.issue({ subject, issuer: middle, from: 1, to: 30 });
    expect((await send(signed(future, [middle]))).says).toBe('CHAIN_NOT_YET_VALID');
    const past = openssl.issue({ subject, issuer: middle, from: -30, to: -1 });
    expect((await send(signed(past, [middle]))).says).toBe('CHAIN_EXPIRED');
  });
});

describe('a timestamp', () => {
  it('lets a certificate that has ended since count at the time of signing', async () => {
    const short = openssl.issue({ subject, issuer: middle, to: 6 / 86_400 });
    const [with_, without] = [stamped(signed(short, [middle]), tsa), signed(short, [middle])];
    const other = stamped(signed(short, [middle]), tsa, 'something else');
    const stranger = openssl.issue({ subject: '/C=VN/CN=Dau thoi gian thu', extensions: timestamper });
    const untrusted = stamped(signed(short, [middle]), stranger);
    await sleep(Math.max(0, short.identity.certificate.notAfter.getTime() + 1100 - Date.now()));
    const accepted = await send(with_);
    expect(accepted.says).toBe('accepted');
    for (const xml of [without, other, untrusted]) expect((await send(xml)).says).toBe('CHAIN_EXPIRED');
    expect(await cli('verify', accepted.id)).toMatchObject({ valid: true });
  });

  it('that proves nothing is only remarked while the certificate is valid', async () => {
    const { says, warnings } = await send(stamped(signed(leaf, [middle]), tsa, 'something else'));
    expect(says).toBe('accepted');
    expect(warnings).toContain('TIMESTAMP_NOT_TRUSTED');
  });
});

describe('what was relied on', () => {
  it('is kept, shown, exported, and judged again without the gateway', async () => {
    const { id } = await send(stamped(signed(leaf, [middle]), tsa));
    const shown = await cli<{
      trust: { statement: { basis: string; chain: string[]; anchor: { id: string } }; objects: { kind: string }[] };
    }>('packages', 'show', id);
    expect(shown.trust.statement).toMatchObject({ basis: 'chain', verdict: 'trusted', timeFrom: 'timestamp', anchor: { id: anchor } });
    expect(shown.trust.statement.chain).toHaveLength(3);
    expect(shown.trust.objects.map(({ kind }) => kind)).toEqual([...Array(4).fill('certificate'), 'timestamp']);
    const [file, evidence] = [join(openssl.folder, `${id}.edxml`), join(openssl.folder, `${id}.json`)];
    await cli('packages', 'export', id, file, '--evidence', evidence);
    const parts = (await cli<{ parts: { part: string; verdict: string }[] }>('verify', file, '--evidence', evidence)).parts;
    expect(Object.fromEntries(parts.map(({ part, verdict }) => [part, verdict]))).toEqual({
      evidence: 'holds',
      content: 'holds',
      signature: 'holds',
      path: 'holds',
      binding: 'holds',
      timestamp: 'holds',
      revocation: 'not-asked',
    });
    const altered = readFileSync(evidence, 'utf8').replace('"basis\\":\\"chain', '"basis\\":\\"imported');
    writeFileSync(`${evidence}.x`, altered);
    const negative = await spoken('verify', file, '--evidence', `${evidence}.x`);
    expect(negative.code).toBe(1);
    expect(negative.stderr).toContain('a statement was altered');
    writeFileSync(`${file}.x`, readFileSync(file, 'utf8').replace('Sở', 'So'));
    expect((await spoken('verify', `${file}.x`, '--evidence', evidence)).code).toBe(1);
  });

  it('is stored once, however many packages rely on it', async () => {
    const count = async () =>
      (
        await gateway.database?.pool.query(
          'select (select count(*) from trust_objects)::int as o, (select count(*) from trust_statements)::int as s',
        )
      )?.rows[0];
    await send(signed(leaf, [middle]));
    const before = await count();
    for (let i = 0; i < 5; i += 1) await send(signed(leaf, [middle]));
    expect(await count()).toEqual(before);
  });
});

describe('the end of a certificate', () => {
  it('is listed, for imported certificates and those seen under a binding', async () => {
    const soon = openssl.issue({ subject, issuer: middle, to: 20 });
    await send(signed(soon, [middle]));
    const found = await cli<{ fingerprint: string; daysLeft: number; source: string; succeeded: boolean }[]>(
      'certs',
      'list',
      '--expiring',
      '30',
    );
    const mine = found.find(({ fingerprint }) => fingerprint === soon.identity.certificate.fingerprint);
    expect(mine).toMatchObject({ daysLeft: 19, source: 'bound', succeeded: true });
    const figures = await (await gateway.request('/metrics', {})).text();
    const counted = [...figures.matchAll(/^lienthong_certificates_expiring\{days="(\d+)"\} (\d+)$/gm)].map(([, days, n]) => [days, n]);
    expect(Object.fromEntries(counted)).toEqual({ '60': '1', '30': '1', '7': '0' });
  });
});

describe('trust withdrawn', () => {
  it('works within a second or so, and leaves an event', async () => {
    await cli('anchors', 'retire', anchor, '--reason', 'thử ngừng tin cậy');
    await noticed();
    expect((await send(signed(leaf, [middle]))).says).toBe('CHAIN_NO_ANCHOR');
    const events = await gateway.database?.pool.query<{ reason: string }>(
      `select reason from events where name = 'trust.changed' order by seq`,
    );
    expect(events?.rows.at(-1)?.reason).toBe(`anchor ${anchor} retired: thử ngừng tin cậy`);
  });

  it('from an imported certificate works as fast, with a command, and leaves an event', async () => {
    const { commune } = usual;
    const { fingerprint } = gateway.agency(commune).identity.certificate;
    const document = () => gateway.agency(commune).document({ to: [{ code: department, name: 'Sở' }] });
    await gateway.client(commune).send(document());
    expect(await spoken('certs', 'withdraw', commune, 'x', '--reason', 'y')).toMatchObject({ code: 2 });
    expect((await spoken('certs', 'withdraw', commune, '0'.repeat(64), '--reason', 'y')).stderr).toContain('CERTIFICATE_NOT_REGISTERED');
    await cli('certs', 'withdraw', commune, fingerprint, '--reason', 'mất thẻ');
    await noticed();
    await expect(gateway.client(commune).send(document())).rejects.toMatchObject({ problems: [{ code: 'CERTIFICATE_UNKNOWN' }] });
    expect(await cli('certs', 'list', commune)).toEqual([]);
    const events = await gateway.database?.pool.query<{ reason: string }>(`select reason from events where name = 'certificate.withdrawn'`);
    expect(events?.rows).toEqual([{ reason: `${gateway.agency(commune).agencyId}: ${fingerprint}: mất thẻ` }]);
    const found = await cli<object[]>('certs', 'revocation-scan', fingerprint, '--since', '2026-01-01', '--dry-run');
    expect(found).toHaveLength(1);
  });

  it('does not touch agencies with imported certificates, unless the province requires paths', async () => {
    const document = () => gateway.agency(department).document().toString();
    expect((await send(document())).says).toBe('accepted');
    await gateway.restart({ LIENTHONG_TRUST: 'chain' });
    expect((await send(document())).says).toBe('CHAIN_NO_ANCHOR');
  });
});
