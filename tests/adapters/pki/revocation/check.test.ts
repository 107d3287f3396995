import type { ServerResponse } from 'node:http';
import { createAsk } from '../../../../src/adapters/pki/revocation/ask.ts';
import { createCheckRevocation } from '../../../../src/adapters/pki/revocation/check.ts';
import { createListCache } from '../../../../src/adapters/pki/revocation/facts.ts';
import { createFetch } from '../../../../src/adapters/pki/revocation/fetch.ts';
import { createShelf } from '../../../../src/adapters/pki/revocation/shelf.ts';
import { createRevocationRecords } from '../../../../src/adapters/postgres/revocation.ts';
import { createAddresses } from '../../../../src/adapters/senders/addresses.ts';
import type { RevocationVerdict, TrustAnchor } from '../../../../src/routing/trust.ts';
import { defaultAnchorPolicy } from '../../../../src/routing/trust.ts';
import type { Issued, Responder, ResponderOptions, TestAuthority } from '../../../support/authority.ts';
import { openAuthority, opensslTime, startResponder } from '../../../support/authority.ts';
import type { TestDatabase } from '../../../support/database.ts';
import { testDatabase } from '../../../support/database.ts';
import type { RevocationServer } from '../../../support/revocation-server.ts';
import { passOn, startRevocationServer } from '../../../support/revocation-server.ts';

const day = 86_400_000;
/** Of a list that only the responder's certificate names, never fetched. */
const delegateList = 'http://ca.test/ocsp.crl';
const delegateExtensions = ['extendedKeyUsage=OCSPSigning', 'keyUsage=digitalSignature', 'noCheck=ignored'];

let authority: TestAuthority;
let other: TestAuthority;
let database: TestDatabase;
/** What the certificates name: a web server that stands between the gateway and the real responder. */
let server: RevocationServer;
let good: Issued;
let revoked: Issued;
let listed: Issued;
let silent: Issued;
let delegate: Issued;
let plainDelegate: Issued;
let wrongDelegate: Issued;
let foreignDelegate: Issued;
const responders: Responder[] = [];

beforeAll(async () => {
  [authority, other, database, server] = await Promise.all([
    openAuthority('CA Thử nghiệm'),
    openAuthority('CA Khác'),
    testDatabase(),
    startRevocationServer(),
  ]);
  const named = { extensions: ['basicConstraints=CA:false', `authorityInfoAccess=OCSP;URI:${server.url}/ocsp`] };
  good = await authority.issue('Sở Nội vụ', named);
  revoked = await authority.issue('Sở Tài chính', named);
  listed = await authority.issue('Sở Y tế', { extensions: [`crlDistributionPoints=URI:${server.url}/ca.crl`] });
  silent = await authority.issue('Sở Tư pháp');
  delegate = await authority.issue('OCSP', { extensions: delegateExtensions });
  plainDelegate = await authority.issue('OCSP không nocheck', {
    extensions: [...delegateExtensions.slice(0, 2), `crlDistributionPoints=URI:${delegateList}`],
  });
  wrongDelegate = await authority.issue('Không phải OCSP', { extensions: ['keyUsage=digitalSignature'] });
  foreignDelegate = await other.issue('OCSP của CA khác', { extensions: delegateExtensions });
  await authority.revoke(revoked, 'superseded');
});

afterEach(async () => {
  await Promise.all(responders.splice(0).map((one) => one.close()));
  await database.pool.query('truncate crls, ocsp_answers, crl_sources');
});

afterAll(() => Promise.all([authority.close(), other.close(), database.drop(), server.close()]));

interface World {
  readonly now?: () => Date;
  readonly allow?: readonly string[];
  readonly within?: number;
  readonly nonce?: 'required' | 'accept-absent';
  readonly freshFor?: number;
}

/** Everything a process has, with nothing in its memory. */
function world({ now = () => new Date(), allow = ['127.0.0.1'], within = 3000, nonce = 'required', freshFor = 0 }: World = {}) {
  const records = createRevocationRecords(database.pool);
  const mostListBytes = 32 << 20;
  const fetch = createFetch(createAddresses(allow));
  const shelf = createShelf({ records, authorities: async () => [authority.certificate.der], now, mostBytes: mostListBytes });
  const ask = createAsk({ records, listsOf: createListCache(records), shelf, fetch, now }, { within, mostListBytes, nonce });
  const check = createCheckRevocation(ask, now, { freshFor });
  const anchor: TrustAnchor = {
    id: 'thu-nghiem',
    name: 'CA Thử nghiệm',
    fingerprint: '',
    certificate: authority.certificate.der,
    policy: defaultAnchorPolicy,
  };
  return {
    shelf,
    records,
    judge: (issued: Issued, at = now(), stapled?: readonly Uint8Array[]) =>
      check([issued.der, authority.certificate.der], anchor, at, stapled),
  };
}

/** A real responder behind the address that certificates name; `change` works on what it answered. */
async function respond(options: ResponderOptions = {}, change: (der: Buffer) => Buffer = (der) => der): Promise<void> {
  const responder = await startResponder(authority, options);
  responders.push(responder);
  server.answer(async (asked, response) => send(response, change(await passOn(responder.url, asked))));
}

const send = (response: ServerResponse, body: Buffer) => void response.writeHead(200).end(body);

function why(verdict: RevocationVerdict): string {
  return verdict.status === 'unknown' ? (verdict.why.split(':')[0] ?? '') : verdict.status;
}

describe('an openssl ocsp responder', () => {
  it('tells good from revoked; the answer is kept and used again when the responder is away', async () => {
    await respond();
    const first = await world().judge(good);
    expect(first.verdict.status).toBe('good');
    expect(first.evidence.map(({ kind }) => kind)).toEqual(['ocsp']);
    expect(first.validUntil.getTime()).toBeGreaterThan(Date.now() + 50 * 60_000);
    expect((await world().judge(revoked)).verdict).toMatchObject({ status: 'revoked', reason: 'superseded' });
    server.answer((_, response) => void response.destroy());
    expect((await world().judge(good)).verdict.status).toBe('good');
    expect((await world().judge(revoked)).verdict.status).toBe('revoked');
  });

  it('counts a revocation only from its own moment on', async () => {
    await respond();
    const before = new Date(Date.now() - day);
    expect((await world().judge(revoked, before)).verdict.status).toBe('good');
  });

  it('is believed through a delegate that the authority certified for it', async () => {
    await respond({ signer: delegate });
    expect((await world().judge(good)).verdict.status).toBe('good');
  });

  it('is not believed through a delegate without id-kp-OCSPSigning, nor through one of another authority', async () => {
    await respond({ signer: wrongDelegate });
    expect(why((await world().judge(good)).verdict)).toBe('OCSP_RESPONDER_NOT_AUTHORISED');
    await respond({ signer: foreignDelegate });
    expect(why((await world().judge(good)).verdict)).toBe('OCSP_RESPONDER_NOT_AUTHORISED');
  });

  it('is believed through a delegate without nocheck only while a list says that it is not revoked', async () => {
    await respond({ signer: plainDelegate });
    expect(why((await world().judge(good)).verdict)).toBe('OCSP_RESPONDER_NOT_AUTHORISED');
    const { shelf, judge } = world();
    // Its scope leaves the certificate in question out: the answer has to come from the responder.
    const extensions = ['issuingDistributionPoint=critical,@p', '[p]', `fullname=URI:${delegateList}`];
    await shelf.take(await authority.crl({ extensions }), 'file:ca.crl');
    expect((await judge(good)).verdict.status).toBe('good');
  });

  it('is not believed when its answer is a replay of an earlier one', async () => {
    await respond();
    let recorded: Buffer | undefined;
    const responder = responders.at(-1) as Responder;
    server.answer(async (asked, response) => {
      recorded ??= await passOn(responder.url, asked);
      send(response, recorded);
    });
    await world().judge(good);
    await database.pool.query('truncate ocsp_answers');
    expect(why((await world().judge(good)).verdict)).toBe('OCSP_REPLAYED');
    expect(why((await world({ nonce: 'accept-absent' }).judge(good)).verdict)).toBe('OCSP_REPLAYED');
  });

  it('is believed without a nonce only where the setting says so', async () => {
    await respond({}, (der) => der);
    const responder = responders.at(-1) as Responder;
    const bare = await requestWithoutNonce(good);
    server.answer(async (asked, response) => send(response, await passOn(responder.url, { ...asked, body: bare })));
    expect(why((await world().judge(good)).verdict)).toBe('OCSP_REPLAYED');
    expect((await world({ nonce: 'accept-absent' }).judge(good)).verdict.status).toBe('good');
  });

  it('is not believed unsigned, changed, or about another certificate', async () => {
    await respond({ options: ['-nmin', '60', '-resp_no_certs'] }, (der) => {
      const changed = Buffer.from(der);
      changed[changed.length - 3] = (changed[changed.length - 3] as number) ^ 1;
      return changed;
    });
    expect(why((await world().judge(good)).verdict)).toBe('OCSP_SIGNATURE_INVALID');
    await respond({ signer: foreignDelegate, options: ['-nmin', '60', '-resp_no_certs'] });
    expect(why((await world().judge(good)).verdict)).toBe('OCSP_SIGNATURE_INVALID');
    await respond();
    const responder = responders.at(-1) as Responder;
    const others = await requestWithoutNonce(silent);
    server.answer(async (asked, response) => send(response, await passOn(responder.url, { ...asked, body: others })));
    expect(why((await world({ nonce: 'accept-absent' }).judge(good)).verdict)).toBe('OCSP_OTHER_CERTIFICATE');
  });

  it('is not believed with a clock one day off, whichever of the two is wrong', async () => {
    await respond();
    expect(why((await world({ now: () => new Date(Date.now() + day) }).judge(good)).verdict)).toBe('OCSP_EXPIRED');
    expect(why((await world({ now: () => new Date(Date.now() - day) }).judge(good)).verdict)).toBe('OCSP_NOT_YET_VALID');
  });

  it('that does not know the certificate, asks for patience or answers nonsense tells nothing', async () => {
    const responder = await startResponder(other);
    responders.push(responder);
    server.answer(async (asked, response) => send(response, await passOn(responder.url, asked)));
    expect((await world().judge(good)).verdict.status).toBe('unknown');
    server.answer((_, response) => send(response, Buffer.from('30030a0103', 'hex')));
    expect((await world().judge(good)).verdict).toMatchObject({ status: 'unknown', why: expect.stringContaining('tryLater') });
    server.answer((_, response) => send(response, Buffer.from('<html>404</html>')));
    expect(why((await world().judge(good)).verdict)).toBe('OCSP_UNREADABLE');
  });

  it('that is down or hangs costs its time limit once, and is left alone for a while', async () => {
    server.answer(() => undefined);
    const { judge } = world({ within: 300 });
    const start = performance.now();
    expect(why((await judge(good)).verdict)).toBe('REVOCATION_SOURCE_AWAY');
    const first = performance.now() - start;
    const before = server.asked.length;
    expect(why((await judge(good)).verdict)).toBe('REVOCATION_SOURCE_AWAY');
    expect(server.asked.length).toBe(before);
    expect(first).toBeGreaterThan(250);
  });
});

describe('lists', () => {
  it('are fetched from where the certificate names them, and answer then without the server', async () => {
    const der = await authority.crl();
    server.answer((_, response) => send(response, der));
    expect((await world().judge(listed)).verdict.status).toBe('good');
    server.answer((_, response) => void response.destroy());
    expect((await world().judge(listed)).verdict.status).toBe('good');
    expect((await world().judge(revoked)).verdict).toMatchObject({ status: 'revoked', reason: 'superseded' });
  });

  it('answer alone where nothing can be fetched; without them nobody knows', async () => {
    expect((await world().judge(silent)).verdict).toMatchObject({
      why: expect.stringMatching(/REVOCATION_NO_SOURCE: The certificate.*CRL_MISSING/),
      whyVi: expect.stringMatching(/REVOCATION_NO_SOURCE: Chứng thư số.*CRL_MISSING/),
    });
    const { shelf, judge } = world();
    await shelf.take(await authority.crl(), 'file:ca.crl');
    expect((await judge(silent)).verdict.status).toBe('good');
  });

  it('that came with the signature are believed for their own signature', async () => {
    const der = await authority.crl();
    expect((await world().judge(silent, new Date(), [der])).verdict.status).toBe('good');
    const foreign = await other.crl();
    expect(why((await world().judge(silent, new Date(), [foreign])).verdict)).not.toBe('good');
    const old = await authority.crl({ from: opensslTime(-3 * day), until: opensslTime(-2 * day) });
    expect((await world().judge(silent, new Date(), [old])).verdict.status).toBe('unknown');
  });

  it('of 50 MB are cut off at the limit, whether their length is announced or not', async () => {
    const part = Buffer.alloc(1 << 20, 0x30);
    let sent = 0;
    server.answer(async (_, response) => {
      response.on('error', () => undefined);
      for (sent = 0; sent < 50 && !response.destroyed; sent++) {
        response.write(part);
        await new Promise((resolve) => setImmediate(resolve));
      }
      response.end();
    });
    const before = process.memoryUsage().rss;
    expect((await world({ within: 10_000 }).judge(listed)).verdict).toMatchObject({ why: expect.stringContaining('CRL_TOO_LARGE') });
    expect(process.memoryUsage().rss - before).toBeLessThan(200 << 20);
    server.answer((_, response) => void response.writeHead(200, { 'content-length': 50_000_000 }).write(part));
    expect((await world().judge(listed)).verdict).toMatchObject({ why: expect.stringContaining('CRL_TOO_LARGE') });
  });

  it('never take the place of newer ones', async () => {
    const older = await authority.crl({ number: 100 });
    const newer = await authority.crl({ number: 101 });
    const { shelf, records } = world();
    expect((await shelf.take(newer, 'file:2')).result).toBe('kept');
    expect((await shelf.take(newer, 'file:2')).result).toBe('known');
    await expect(shelf.take(older, 'file:1')).rejects.toMatchObject({ problems: [{ code: 'CRL_OLDER' }] });
    expect((await records.crls()).map(({ number }) => number)).toEqual(['101']);
  });

  it('that only add to others are refused before those are there', async () => {
    const { shelf, judge } = world();
    const extensions = ['2.5.29.27=critical,DER:020132'];
    const index = [`R\t271231000000Z\t260101000000Z,superseded\t${silent.serial.toUpperCase()}\tunknown\t/CN=x`];
    const delta = await authority.crl({ number: 51, index, extensions });
    await expect(shelf.take(delta, 'file:delta')).rejects.toMatchObject({ problems: [{ code: 'CRL_DELTA_WITHOUT_BASE' }] });
    await shelf.take(await authority.crl({ number: 50 }), 'file:base');
    expect((await judge(silent)).verdict.status).toBe('good');
    await shelf.take(delta, 'file:delta');
    const found = await judge(silent);
    expect(found.verdict).toMatchObject({ status: 'revoked', reason: 'superseded' });
    expect(found.evidence).toHaveLength(2);
  });
});

describe('addresses', () => {
  it('in private networks are not asked unless configured', async () => {
    await respond();
    const before = server.asked.length;
    expect(why((await world({ allow: [] }).judge(good)).verdict)).toBe('REVOCATION_SOURCE_REFUSED');
    expect(server.asked.length).toBe(before);
  });

  it('that an answer redirects to are not asked', async () => {
    server.answer((_, response) => void response.writeHead(302, { location: `${server.url}/elsewhere` }).end());
    expect((await world().judge(good)).verdict).toMatchObject({ why: expect.stringContaining('HTTP 302') });
    expect(server.asked.some(({ url }) => url === '/elsewhere')).toBe(false);
  });
});

describe('memory', () => {
  it('answers again without the store or the network, for as long as it may', async () => {
    const { shelf, judge } = world({ freshFor: 60_000 });
    await shelf.take(await authority.crl(), 'file:ca.crl');
    await judge(silent);
    const before = process.cpuUsage();
    for (let i = 0; i < 1000; i++) await judge(silent);
    const used = process.cpuUsage(before);
    expect((used.user + used.system) / 1000).toBeLessThan(1000);
  });
});

/** What `openssl ocsp` itself would ask about a certificate. */
async function requestWithoutNonce(issued: Issued): Promise<Buffer> {
  const { execFile } = await import('node:child_process');
  const { readFile } = await import('node:fs/promises');
  const { promisify } = await import('node:util');
  const out = `${authority.folder}/bare.req`;
  const args = ['ocsp', '-issuer', authority.certificate.path, '-cert', issued.path, '-no_nonce', '-reqout', out];
  await promisify(execFile)('openssl', args);
  return readFile(out);
}
