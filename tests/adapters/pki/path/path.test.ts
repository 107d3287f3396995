import { findPath } from '../../../../src/adapters/pki/path/build.ts';
import { readPathCertificate } from '../../../../src/adapters/pki/path/certificate.ts';
import { bindingFor, readSubjectRules } from '../../../../src/adapters/pki/path/subject-rule.ts';
import type { AnchorPolicy, CertificateBinding, PathQuestion, TrustAnchor } from '../../../../src/routing/trust.ts';
import { defaultAnchorPolicy } from '../../../../src/routing/trust.ts';
import type { Issued } from '../../../support/openssl-authority.ts';
import { authority, OpensslAuthority, signer, timestamper } from '../../../support/openssl-authority.ts';

const openssl = new OpensslAuthority();
afterAll(() => openssl.remove());

const root = openssl.issue({ subject: '/C=VN/O=Ban Co yeu thu/CN=Goc thu', extensions: authority, to: 3650 });
const middle = openssl.issue({ subject: '/C=VN/CN=Cap duoi', issuer: root, extensions: authority, to: 1000 });
const subject = '/C=VN/O=UBND tỉnh Hưng Yên/OU=Sở Nội vụ/CN=Sở Nội vụ tỉnh Hưng Yên';
const leaf = openssl.issue({ subject, issuer: middle });
const anchorOf = (one: Issued, policy: Partial<AnchorPolicy> = {}): TrustAnchor => ({
  id: 'goc',
  name: 'Gốc',
  fingerprint: one.identity.certificate.fingerprint,
  certificate: one.der,
  policy: { ...defaultAnchorPolicy, ...policy },
});

function judged(of: Issued, hints: readonly Issued[], policy: Partial<AnchorPolicy> = {}, more: Partial<PathQuestion> = {}): string {
  const question = { leaf: of.der, hints: hints.map((one) => one.der), purpose: 'package' as const, at: new Date(), ...more };
  const verdict = findPath(question, { anchors: [anchorOf(root, policy)], intermediates: [] });
  return verdict.ok ? `path of ${verdict.chain.length}` : verdict.problem.code;
}

describe('a path to an anchor', () => {
  it('is found through certificates that came along, and through those of the directory', () => {
    expect(judged(leaf, [middle])).toBe('path of 3');
    const question = { leaf: leaf.der, hints: [], purpose: 'package' as const, at: new Date() };
    expect(findPath(question, { anchors: [anchorOf(root)], intermediates: [middle.der] }).ok).toBe(true);
  });

  it('is not found without them, and the issuer that is missing is named', () => {
    const question = { leaf: leaf.der, hints: [], purpose: 'package' as const, at: new Date() };
    const verdict = findPath(question, { anchors: [anchorOf(root)], intermediates: [] });
    expect(verdict).toEqual({ ok: false, problem: { code: 'CHAIN_NO_ANCHOR', params: { issuer: 'Cap duoi' } } });
  });

  it('never ends at a root that merely came along', () => {
    const stranger = openssl.issue({ subject: '/C=VN/O=Ban Co yeu thu/CN=Goc thu', extensions: authority });
    const forged = openssl.issue({ subject, issuer: stranger });
    expect(judged(forged, [stranger])).toBe('CHAIN_SIGNATURE');
  });

  it('is not found for a purpose that the anchor does not serve', () => {
    expect(judged(leaf, [middle], { purposes: ['timestamp'] })).toBe('CHAIN_NO_ANCHOR');
  });

  it('is refused a day before the leaf is valid and a day after it ended, and the dates are named', () => {
    const day = 86_400_000;
    const { notBefore, notAfter } = leaf.identity.certificate;
    expect(judged(leaf, [middle], {}, { at: new Date(notBefore.getTime() - day) })).toBe('CHAIN_NOT_YET_VALID');
    expect(judged(leaf, [middle], {}, { at: new Date(notAfter.getTime() + day) })).toBe('CHAIN_EXPIRED');
    expect(judged(leaf, [middle], {}, { at: notAfter })).toBe('path of 3');
  });

  it('holds to the extended key usage, the key sizes and the algorithms of the policy', () => {
    expect(judged(leaf, [middle], { extendedKeyUsages: ['1.3.6.1.5.5.7.3.36'] })).toBe('CHAIN_EXTENDED_KEY_USAGE');
    expect(judged(leaf, [middle], { ecBits: 384 })).toBe('CHAIN_KEY_WEAK');
    const weak = openssl.issue({ subject, issuer: middle, algorithm: 'rsa-1024' });
    expect(judged(weak, [middle])).toBe('CHAIN_KEY_WEAK');
    const sha1 = openssl.issue({ subject, issuer: middle, digest: 'sha1' });
    expect(judged(sha1, [middle])).toBe('CHAIN_ALGORITHM');
    const usage = [...signer, 'extendedKeyUsage=1.3.6.1.5.5.7.3.36'];
    expect(
      judged(openssl.issue({ subject, issuer: middle, extensions: usage }), [middle], { extendedKeyUsages: ['1.3.6.1.5.5.7.3.36'] }),
    ).toBe('path of 3');
  });

  it('takes a leaf for timestamps only when that is all it is for', () => {
    const policy = { purposes: ['timestamp'] } as const;
    const purpose = { purpose: 'timestamp' } as const;
    expect(judged(leaf, [middle], policy, purpose)).toBe('CHAIN_EXTENDED_KEY_USAGE');
    expect(judged(openssl.issue({ subject: '/CN=TSA', issuer: root, extensions: timestamper }), [], policy, purpose)).toBe('path of 2');
    const loose = [...timestamper.slice(0, 2), 'extendedKeyUsage=timeStamping'];
    expect(judged(openssl.issue({ subject: '/CN=TSA', issuer: root, extensions: loose }), [], policy, purpose)).toBe(
      'CHAIN_EXTENDED_KEY_USAGE',
    );
  });

  it('refuses a certificate issued by one that is no authority', () => {
    const below = openssl.issue({ subject: '/CN=Duoi la', issuer: leaf });
    expect(judged(below, [leaf, middle])).toBe('CHAIN_NOT_AN_AUTHORITY');
  });

  it('says so when the certificate is rubbish, cut off or has something behind it', () => {
    for (const bytes of [Buffer.from('rubbish'), leaf.der.subarray(0, 200), Buffer.concat([leaf.der, Buffer.from('x')]), Buffer.alloc(0)]) {
      expect(judged({ ...leaf, der: bytes }, [])).toBe('CHAIN_MALFORMED');
    }
  });

  it('costs little however many authorities of one name come along', () => {
    const crowd = Array.from({ length: 16 }, () => openssl.issue({ subject: '/C=VN/CN=Cap duoi', extensions: authority }));
    const before = process.cpuUsage();
    expect(judged(leaf, crowd)).toMatch(/^CHAIN_/);
    const { user, system } = process.cpuUsage(before);
    expect(user + system).toBeLessThan(2_000_000);
  });
});

describe('a binding of an agency', () => {
  const binding = (rules: string): CertificateBinding => ({ id: 'b', agencyId: 'a', anchorId: 'goc', subject: readSubjectRules(rules) });
  const fits = (rules: string, of = leaf) => bindingFor(of.der, [binding(rules)]) !== undefined;

  it('fits a subject by its attributes, without regard to case and blanks', () => {
    expect(fits('CN=Sở Nội vụ tỉnh Hưng Yên')).toBe(true);
    expect(fits('CN=SỞ  NỘI VỤ *;O=UBND tỉnh Hưng Yên')).toBe(true);
    expect(fits('CN=Sở Y tế*')).toBe(false);
    expect(fits('CN=Sở Nội vụ')).toBe(false);
    expect(fits('CN=Sở Nội vụ*;UID=*1234')).toBe(false);
  });

  it('is not fooled by a second common name', () => {
    const two = openssl.issue({ subject: `/CN=Sở Y tế${subject}`, issuer: middle });
    expect(fits('CN=Sở Nội vụ*', two)).toBe(false);
    expect(fits('CN=Sở Nội vụ*;CN=Sở Y tế', two)).toBe(true);
  });

  it('may name the direct issuer', () => {
    const issuedBy = (one: Issued) => ({ ...binding('CN=Sở Nội vụ*'), issuer: readPathCertificate(one.der).subjectDer });
    expect(bindingFor(leaf.der, [issuedBy(middle)])).toBeDefined();
    expect(bindingFor(leaf.der, [issuedBy(root)])).toBeUndefined();
  });

  it.each(['', 'CN', '=x', 'CN=*', 'CN=ab*', 'hoten=Nguyễn', 'CN=ab*b*c*d*e*fgh'])('is refused as malformed: "%s"', (rules) => {
    expect(() => readSubjectRules(rules)).toThrow('BINDING_SUBJECT');
  });
});
