import { subjectOf } from '../../../../src/adapters/pki/revocation/authority.ts';
import { datesProblem, parseCrl, proveCrl } from '../../../../src/adapters/pki/revocation/check-crl.ts';
import { entryOf } from '../../../../src/adapters/pki/revocation/crl.ts';
import { factOfLists } from '../../../../src/adapters/pki/revocation/facts.ts';
import { Rejection } from '../../../../src/routing/problem.ts';
import type { Issued, TestAuthority } from '../../../support/authority.ts';
import { openAuthority, opensslTime } from '../../../support/authority.ts';
import { largeCrl } from '../../../support/large-crl.ts';

const day = 86_400_000;
const limit = 32 << 20;

let authority: TestAuthority;
let namesake: TestAuthority;
let good: Issued;
let revoked: Issued;

beforeAll(async () => {
  authority = await openAuthority('CA Thử nghiệm');
  namesake = await openAuthority('CA Thử nghiệm');
  good = await authority.issue('Sở Nội vụ');
  revoked = await authority.issue('Sở Tài chính');
  await authority.revoke(revoked, 'keyCompromise', '20260102030405Z');
});

afterAll(() => Promise.all([authority.close(), namesake.close()]));

const subject = ({ der }: Issued) => subjectOf(der);
const prove = (der: Uint8Array, by: TestAuthority = authority) => proveCrl(parseCrl(der, limit), [subject(by.certificate)]).crl;
const factOn = (lists: readonly Uint8Array[], issued: Issued, at = new Date()) =>
  factOfLists(
    lists.map((der) => prove(der)),
    subject(issued),
    subject(authority.certificate),
    at,
  );

function codeOf(work: () => unknown): string {
  try {
    work();
    return 'none';
  } catch (error) {
    if (error instanceof Rejection) return error.problems[0]?.code ?? '';
    throw error;
  }
}

/** An INTEGER extension by its OID, as OpenSSL's configuration wants unknown ones. */
const integer = (value: number) => `DER:0201${value.toString(16).padStart(2, '0')}`;

describe('a revocation list made by openssl ca', () => {
  it('is believed when the authority signed it, and names what is revoked since when and why', async () => {
    const crl = prove(await authority.crl());
    expect(crl.index.size).toBe(1);
    expect(entryOf(crl, crl.index, subject(good).serial)).toBeUndefined();
    expect(entryOf(crl, crl.index, subject(revoked).serial)).toMatchObject({
      reason: 1,
      invalidityDate: new Date('2026-01-02T03:04:05Z'),
    });
  });

  it('is read from PEM as from DER', async () => {
    const der = await authority.crl();
    const pem = `-----BEGIN X509 CRL-----\n${der.toString('base64').replace(/.{64}/g, '$&\n')}\n-----END X509 CRL-----\n`;
    expect(parseCrl(Buffer.from(pem), limit).sha256).toBe(parseCrl(der, limit).sha256);
  });

  it('is refused from an authority that nobody knows, and from a namesake with another key', async () => {
    const other = await openAuthority('CA Khác');
    expect(codeOf(() => prove(Buffer.alloc(0)))).toBe('CRL_UNREADABLE');
    const foreign = await other.crl();
    const false_ = await namesake.crl();
    expect(codeOf(() => prove(foreign))).toBe('CRL_ISSUER_UNKNOWN');
    expect(codeOf(() => prove(false_))).toBe('CRL_SIGNATURE_INVALID');
    await other.close();
  });

  it('is refused with one bit changed, cut off, or with bytes behind it', async () => {
    const der = await authority.crl();
    const changed = Buffer.from(der);
    const at = changed.length - 5;
    changed[at] = (changed[at] as number) ^ 1;
    expect(codeOf(() => prove(changed))).toBe('CRL_SIGNATURE_INVALID');
    expect(codeOf(() => prove(der.subarray(0, -1)))).toBe('CRL_UNREADABLE');
    expect(codeOf(() => prove(Buffer.concat([der, Buffer.from([0])])))).toBe('CRL_UNREADABLE');
  });

  it('is refused signed with SHA-1', async () => {
    const der = await authority.crl({ digest: 'sha1' });
    expect(codeOf(() => prove(der))).toBe('CRL_ALGORITHM');
  });

  it('is refused from a certificate without cRLSign', async () => {
    const weak = await openAuthority('CA không ký CRL', 'keyCertSign');
    const der = await weak.crl();
    expect(codeOf(() => prove(der, weak))).toBe('CRL_SIGNER_NOT_ALLOWED');
    await weak.close();
  });

  it('is judged by its dates: expired, or of tomorrow, as with a clock that is one day off', async () => {
    const crl = prove(await authority.crl({ from: opensslTime(-day), until: opensslTime(12 * 3_600_000) }));
    expect(datesProblem(crl, new Date())).toBeUndefined();
    expect(datesProblem(crl, new Date(Date.now() + day))?.code).toBe('CRL_EXPIRED');
    expect(datesProblem(crl, new Date(Date.now() - 2 * day))?.code).toBe('CRL_NOT_YET_VALID');
  });

  it('is refused with a critical extension that nobody understands, and used with one that is not critical', async () => {
    const critical = await authority.crl({ extensions: ['1.2.3.4=critical,DER:0500'] });
    const harmless = await authority.crl({ extensions: ['1.2.3.4=DER:0500'] });
    expect(codeOf(() => prove(critical))).toBe('CRL_EXTENSION_UNKNOWN');
    expect(codeOf(() => prove(harmless))).toBe('none');
  });

  it('is refused when it is indirect, or of some reasons only', async () => {
    const indirect = await authority.crl({ extensions: ['issuingDistributionPoint=critical,@p', '[p]', 'indirectCRL=TRUE'] });
    const partial = await authority.crl({ extensions: ['issuingDistributionPoint=critical,@p', '[p]', 'onlysomereasons=keyCompromise'] });
    expect(codeOf(() => prove(indirect))).toBe('CRL_INDIRECT');
    expect(codeOf(() => prove(partial))).toBe('CRL_PARTIAL');
  });

  it('says nothing of certificates outside its scope', async () => {
    const users = await authority.crl({ extensions: ['issuingDistributionPoint=critical,@p', '[p]', 'onlyuser=TRUE'] });
    const authorities = await authority.crl({ extensions: ['issuingDistributionPoint=critical,@p', '[p]', 'onlyCA=TRUE'] });
    const elsewhere = await authority.crl({
      extensions: ['issuingDistributionPoint=critical,@p', '[p]', 'fullname=URI:http://ca.test/2.crl'],
    });
    expect(factOn([users], revoked).status).toBe('revoked');
    expect(factOn([authorities], revoked)).toMatchObject({ status: 'unknown', problems: [{ code: 'CRL_MISSING' }] });
    expect(factOn([elsewhere], revoked)).toMatchObject({ status: 'unknown', problems: [{ code: 'CRL_MISSING' }] });
  });

  it('says nothing good of a certificate that had expired before it was made', async () => {
    const brief = await authority.issue('Chứng thư ngắn hạn', { days: 1 });
    const later = await authority.crl({ from: opensslTime(3 * day), until: opensslTime(4 * day) });
    expect(factOn([later], brief, new Date(Date.now() + 3 * day))).toMatchObject({
      status: 'unknown',
      problems: [{ code: 'REVOCATION_CERTIFICATE_EXPIRED' }],
    });
  });
});

describe('a delta list', () => {
  const complete = () => authority.crl({ number: 16, index: [] });
  const entry = (issued: Issued, reason: string) =>
    `R\t271231000000Z\t260101000000Z,${reason}\t${issued.serial.toUpperCase()}\tunknown\t/CN=x`;
  const delta = (base: number, index: readonly string[], number = 17) =>
    authority.crl({ number, index, extensions: [`2.5.29.27=critical,${integer(base)}`] });

  it('adds revocations to its complete list, and takes holds away', async () => {
    const held = await authority.crl({ number: 16, index: [entry(good, 'certificateHold')] });
    expect(factOn([await complete()], good).status).toBe('good');
    expect(factOn([await complete(), await delta(16, [entry(good, 'superseded')])], good)).toMatchObject({
      status: 'revoked',
      reason: 'superseded',
    });
    expect(factOn([held], good).status).toBe('revoked');
    expect(factOn([held, await delta(16, [entry(good, 'removeFromCRL')])], good).status).toBe('good');
  });

  it('is left aside when it adds to a later list than the one at hand, or is older than it', async () => {
    const index = [entry(good, 'superseded')];
    expect(factOn([await complete(), await delta(40, index, 41)], good).status).toBe('good');
    expect(factOn([await complete(), await delta(10, index, 12)], good).status).toBe('good');
  });

  it('proves nothing without a complete list', async () => {
    expect(factOn([await delta(16, [entry(good, 'superseded')])], good)).toMatchObject({ status: 'unknown' });
  });
});

describe('large lists', () => {
  it('answers from 100 000 entries at once after indexing them in well under a second of processor time', async () => {
    const { der, serials } = await largeCrl(authority, 100_000);
    const before = process.cpuUsage();
    const crl = prove(der);
    const parse = process.cpuUsage(before);
    expect(crl.index.size).toBe(100_000);
    const start = process.cpuUsage();
    for (const serial of serials.slice(0, 1000)) expect(entryOf(crl, crl.index, serial)?.serial).toBe(serial);
    const look = process.cpuUsage(start);
    expect((parse.user + parse.system) / 1000).toBeLessThan(1500);
    expect((look.user + look.system) / 1000).toBeLessThan(1000);
  });

  it('refuses 50 MB before looking at them', () => {
    const bytes = Buffer.alloc(50_000_000, 0x30);
    const before = process.cpuUsage();
    expect(codeOf(() => parseCrl(bytes, limit))).toBe('CRL_TOO_LARGE');
    const used = process.cpuUsage(before);
    expect((used.user + used.system) / 1000).toBeLessThan(50);
  });
});
