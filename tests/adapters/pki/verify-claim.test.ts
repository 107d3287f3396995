import { sign } from 'node:crypto';
import { verifyClaim } from '../../../src/adapters/pki/verify-claim.ts';
import type { SignatureAlgorithm, SignatureClaim, SignaturePolicy } from '../../../src/routing/package.ts';
import type { KeyKind, TestIdentity } from '../../support/certificates.ts';
import { identity, makeIdentity } from '../../support/certificates.ts';

type Present = Extract<SignatureClaim, { state: 'present' }>;

const sender = '000.00.12.H61';
const at = new Date('2026-03-02T02:15:00Z');
const signedInfo = Buffer.from('<SignedInfo>canonical</SignedInfo>');

function claimBy(signer: TestIdentity, algorithm: SignatureAlgorithm, more: Partial<Present> = {}): Present {
  const digest = algorithm.split('-')[1] as string;
  const value = sign(digest, signedInfo, { key: signer.keyPem, dsaEncoding: 'ieee-p1363' });
  return { state: 'present', algorithm, digestAlgorithm: 'sha256', digestMatches: true, signedInfo, value, line: 7, ...more };
}

/** The state of the verdict, or the code of the problem. */
function says(claim: SignatureClaim, signers: readonly TestIdentity[], policy: SignaturePolicy = 'required', when = at): string {
  const decision = verifyClaim(
    claim,
    signers.map((one) => one.certificate),
    policy,
    when,
    sender,
  );
  return 'verdict' in decision ? decision.verdict.state : decision.problem.code;
}

describe('the verdict on a signature', () => {
  it.each<[KeyKind, SignatureAlgorithm]>([
    ['rsa-2048', 'rsa-sha256'],
    ['rsa-3072', 'rsa-sha384'],
    ['rsa-2048', 'rsa-sha512'],
    ['p256', 'ecdsa-sha256'],
    ['p384', 'ecdsa-sha384'],
    ['p521', 'ecdsa-sha512'],
    ['p521', 'ecdsa-sha256'],
  ])('is valid for a key %s with %s, and names the certificate', async (kind, algorithm) => {
    const signer = await identity(kind);
    const decision = verifyClaim(claimBy(signer, algorithm), [signer.certificate], 'required', at, sender);
    expect(decision).toEqual({ verdict: { state: 'valid', algorithm, fingerprint: signer.certificate.fingerprint } });
  });

  it('is a problem with place, line and sender when something does not match', async () => {
    const signer = await identity('p256');
    const claim = claimBy(signer, 'ecdsa-sha256', { digestMatches: false });
    expect(verifyClaim(claim, [signer.certificate], 'required', at, sender)).toEqual({
      problem: { code: 'SIGNATURE_INVALID', at: '/edXML/edXMLEnvelope/edXMLHeader/Signature', line: 7, params: { sender } },
    });
  });

  it('is invalid for other bytes, another value, another key, or a key of another kind', async () => {
    const [ec, rsa, otherEc] = [await identity('p256'), await identity('rsa-2048'), await makeIdentity('p256')];
    const claim = claimBy(ec, 'ecdsa-sha256');
    expect(says({ ...claim, signedInfo: Buffer.from('other') }, [ec])).toBe('SIGNATURE_INVALID');
    expect(says({ ...claim, value: Buffer.alloc(64) }, [ec])).toBe('SIGNATURE_INVALID');
    expect(says({ ...claim, value: Buffer.alloc(3) }, [ec])).toBe('SIGNATURE_INVALID');
    expect(says(claim, [rsa, otherEc])).toBe('SIGNATURE_INVALID');
    expect(says({ ...claim, algorithm: 'rsa-sha256' }, [ec])).toBe('SIGNATURE_INVALID');
    expect(says(claimBy(rsa, 'rsa-sha256', { algorithm: 'rsa-sha512' }), [rsa])).toBe('SIGNATURE_INVALID');
  });

  it('takes r and s side by side, not DER, for ECDSA', async () => {
    const ec = await identity('p256');
    const der = sign('sha256', signedInfo, { key: ec.keyPem, dsaEncoding: 'der' });
    expect(says({ ...claimBy(ec, 'ecdsa-sha256'), value: der }, [ec])).toBe('SIGNATURE_INVALID');
  });

  it('never trusts a key that is too weak, even when it is registered', async () => {
    const weak = await identity('rsa-1024');
    expect(says(claimBy(weak, 'rsa-sha256'), [weak])).toBe('SIGNATURE_INVALID');
  });
});

describe('validity of the certificate', () => {
  const notBefore = new Date('2025-01-01T00:00:00Z');
  const notAfter = new Date('2026-01-01T00:00:00Z');

  it('is judged at the time given, both ends included', async () => {
    const old = await makeIdentity('p256', { notBefore, notAfter });
    const claim = claimBy(old, 'ecdsa-sha256');
    expect(says(claim, [old], 'required', notBefore)).toBe('valid');
    expect(says(claim, [old], 'required', notAfter)).toBe('valid');
    expect(says(claim, [old], 'required', new Date(notBefore.getTime() - 1000))).toBe('CERTIFICATE_NOT_VALID');
    expect(verifyClaim(claim, [old.certificate], 'required', at, sender)).toMatchObject({
      problem: {
        code: 'CERTIFICATE_NOT_VALID',
        params: { notBefore: '2025-01-01T07:00:00.000+07:00', notAfter: '2026-01-01T07:00:00.000+07:00' },
      },
    });
  });

  it('lets a renewed certificate of the same agency through, and says when none is valid any more', async () => {
    const [old, present] = [await makeIdentity('p256', { notBefore, notAfter }), await makeIdentity('p256')];
    expect(says(claimBy(present, 'ecdsa-sha256'), [old, present])).toBe('valid');
    expect(says(claimBy(old, 'ecdsa-sha256'), [present, old])).toBe('CERTIFICATE_NOT_VALID');
    expect(says(claimBy(present, 'ecdsa-sha256'), [old])).toBe('CERTIFICATE_UNKNOWN');
    expect(says(claimBy(present, 'ecdsa-sha256'), [])).toBe('CERTIFICATE_UNKNOWN');
  });
});

describe('the policy of the agency', () => {
  const absent: SignatureClaim = { state: 'absent' };
  const unacceptable: SignatureClaim = { state: 'unacceptable', problem: { code: 'SIGNATURE_FORM', params: { detail: 'x' } } };

  it('required and legacy want a signature, optional does not', async () => {
    const signer = await identity('p256');
    expect(says(absent, [signer], 'required')).toBe('SIGNATURE_MISSING');
    expect(says(absent, [signer], 'legacy')).toBe('SIGNATURE_MISSING');
    expect(says(absent, [signer], 'optional')).toBe('absent');
  });

  it('legacy takes SHA-1 and marks it weak, in the signature and in the digest; the others refuse it', async () => {
    const rsa = await identity('rsa-2048');
    for (const claim of [claimBy(rsa, 'rsa-sha1'), claimBy(rsa, 'rsa-sha256', { digestAlgorithm: 'sha1' })]) {
      expect(says(claim, [rsa], 'legacy')).toBe('weak');
      expect(says(claim, [rsa], 'required')).toBe('SIGNATURE_ALGORITHM');
      expect(says(claim, [rsa], 'optional')).toBe('SIGNATURE_ALGORITHM');
    }
    expect(says(claimBy(rsa, 'rsa-sha256'), [rsa], 'legacy')).toBe('valid');
    expect(says(claimBy(rsa, 'rsa-sha1', { digestMatches: false }), [rsa], 'legacy')).toBe('SIGNATURE_INVALID');
  });

  it('a signature that is there must be valid also under optional', async () => {
    const signer = await identity('p256');
    expect(says(unacceptable, [signer], 'optional')).toBe('SIGNATURE_FORM');
    expect(says(claimBy(signer, 'ecdsa-sha256', { digestMatches: false }), [signer], 'optional')).toBe('SIGNATURE_INVALID');
    expect(says(claimBy(signer, 'ecdsa-sha256'), [signer], 'optional')).toBe('valid');
  });

  it('under optional, a signature of a sender without any certificate counts as none', async () => {
    const stranger = await identity('p256');
    expect(says(unacceptable, [], 'optional')).toBe('absent');
    expect(says(claimBy(stranger, 'ecdsa-sha256'), [], 'optional')).toBe('absent');
    expect(says(unacceptable, [], 'required')).toBe('SIGNATURE_FORM');
  });
});

it('a certificate that is not the one its fingerprint names is a fault of ours', async () => {
  const [one, other] = [await makeIdentity('p256'), await makeIdentity('p256')];
  const mixed = { ...one.certificate, der: other.certificate.der };
  expect(() => verifyClaim(claimBy(one, 'ecdsa-sha256'), [mixed], 'required', at, sender)).toThrow('no certificate with fingerprint');
});
